"""`parcelhouse scale-out load | compact`: the table store that many warehouses share."""

from flows.choosing import read_settings
from flows.commands.printing import DONE, NEEDS_A_PERSON, print_json
from flows.errors import UsageError
from flows.settings import Settings
from warehouse.scale_out.store import Store, store_at


def load(url: str | None, *, as_json: bool) -> int:
    """Append to the store what this account's warehouse has loaded since the last time."""
    from flows.steps.scale_out import hand_over

    settings = read_settings()
    store = _store(settings, url)
    done = hand_over(settings, store)
    if as_json:
        print_json(done._asdict() | {"store": store.url})
    else:
        print(
            f"appended   {done.versions:,} versions from {done.answers:,} answers and"
            f" {done.deletions:,} deletions to {store.url}"
        )
        if done.lost:
            print(
                f"missing    {len(done.lost):,} loaded answers are gone from the landing or torn,"
                f" such as {done.lost[0]}: `parcelhouse backfill` reads their parcels again"
            )
    return NEEDS_A_PERSON if done.lost else DONE


def compact(url: str | None, engine: str, *, as_json: bool) -> int:
    """Make the store's current tables anew, of the months that changed."""
    from warehouse.scale_out.compact import compact as compact_store

    store = _store(read_settings(), url)
    if engine == "duckdb":
        from warehouse.scale_out.duckdb_engine import fold

        done = compact_store(store, fold)
    else:
        from warehouse.scale_out.spark_engine import folding, spark_session

        with spark_session() as spark:
            done = compact_store(store, folding(spark))
    if as_json:
        print_json(done._asdict() | {"store": store.url})
    elif done.months:
        print(f"compacted  {', '.join(done.months)}")
        for name, rows in done.rows.items():
            print(f"{name}: {rows:,} rows")
    else:
        print("up to date nothing was appended since the last time")
    return DONE


def _store(settings: Settings, url: str | None) -> Store:
    chosen = url or settings.parcelhouse_scale_out_url
    if not chosen:
        msg = "where the table store is, is not said: give --to, or set PARCELHOUSE_SCALE_OUT_URL"
        raise UsageError(msg)
    return store_at(chosen)
