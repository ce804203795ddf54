"""What is loaded is in the table store once, whoever appends it, and folds to the same tables."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.settings import Settings
from flows.steps import scale_out
from flows.steps.scale_out import HandedOver, hand_over
from flows.steps.sync import sync
from tests.folded import PARCELHOUSE, core, held, loaded, loads_at_once, renamed, versions
from tests.story import DAY, SETTLES, Past, ask, run, settings
from tests.truth import Serve
from trackingmore_v2.sandbox import Sandbox
from transforms.tables import TRACKINGS
from warehouse.errors import CannotOpenError
from warehouse.scale_out.compact import compact
from warehouse.scale_out.duckdb_engine import fold
from warehouse.scale_out.spark_engine import spark_session
from warehouse.scale_out.store import Store, store_at


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_at(str(tmp_path / "store"))


def with_portions(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(scale_out, "PORTION", rows)


def test_the_store_has_the_tables_that_the_warehouse_has(
    ours: Settings, past: Past, store: Store
) -> None:
    done = hand_over(ours, store)
    count, payloads = loaded(ours)
    assert done == HandedOver(count, payloads, len(past.gone) + 1)
    compacted = compact(store, fold)
    assert held(store) == core(ours)
    assert compacted.rows == {name: len(rows) for name, rows in core(ours).items()}
    assert sum(compacted.rows.values()) > 1000
    assert {row["kind"] for row in versions(store)} == {"whole", "partial", "deleted"}


def test_what_was_handed_over_is_not_handed_over_again(ours: Settings, store: Store) -> None:
    first = hand_over(ours, store)
    assert hand_over(ours, store) == HandedOver()
    assert len(versions(store)) == first.versions + first.deletions
    version = compact(store, fold).version
    assert compact(store, fold) == (version, [], {})


def test_a_load_that_is_ended_goes_on_where_it_was(
    ours: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_portions(monkeypatch, 1)
    done = []

    def end(so_far: HandedOver) -> None:
        done.append(so_far)
        if len(done) % 2 == 0:
            raise KeyboardInterrupt

    while True:
        try:
            hand_over(ours, store, watch=end)
            break
        except KeyboardInterrupt:
            continue
    appended = versions(store)
    whole = store_at(store.url + "-in-one-go")
    with_portions(monkeypatch, 20_000)
    hand_over(ours, whole)
    key = ("tracking_id", "sequence", "kind")
    assert sorted(tuple(row[name] for name in key) for row in appended) == sorted(
        tuple(row[name] for name in key) for row in versions(whole)
    )


def test_a_killed_load_leaves_what_it_committed(ours: Settings, past: Past, store: Store) -> None:
    """SIGKILL behind a commit: whatever is there, it folds to the truth."""
    program = f"""
import os, signal, sys
from pathlib import Path
from flows.steps import scale_out
from tests.story import settings
from warehouse.scale_out import store
scale_out.PORTION = 30
left, append = int(sys.argv[1]), store.append
def dying(*words):
    global left
    left -= 1
    append(*words)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
store.append = dying
scale_out.hand_over(settings(Path({str(ours.parcelhouse_home)!r})), store.store_at({store.url!r}))
"""
    deaths = []
    for commits in (1, 99):
        process = subprocess.run(
            [sys.executable, "-c", program, str(commits)],
            env=os.environ | {"PYTHONPATH": os.getcwd()},  # noqa: PTH109
            check=False,
        )
        deaths.append(process.returncode)
    assert deaths == [-signal.SIGKILL, 0]
    compact(store, fold)
    assert held(store) == core(ours)
    assert len(versions(store)) == loaded(ours)[1] + len(past.gone) + 1


def test_several_accounts_append_at_once(past: Past, tmp_path: Path, store: Store) -> None:
    """Twice each, in processes: of two loads of one account the slower finds its work done."""
    shops = [renamed(past, tmp_path / f"home-{number}", f"shop-{number}") for number in range(2)]
    said = loads_at_once(str(tmp_path / "store"), [*shops, *shops])
    assert sum(load["versions"] for load in said) == 2 * loaded(shops[0])[1]
    assert len(versions(store)) == sum(load["versions"] + load["deletions"] for load in said)
    compact(store, fold)
    assert held(store) == core(*shops)


def test_only_the_months_that_changed_are_made_again(
    account: Sandbox, past: Past, front_door: Serve, tmp_path: Path, store: Store
) -> None:
    ours = past.copied(tmp_path / "home")
    hand_over(ours, store)
    first = compact(store, fold)
    account.advance(DAY)
    (touched,) = [item for item in account.items() if item["id"] == past.shortened]
    account.touch(touched["id"])
    account.advance(SETTLES)
    run(
        settings(ours.parcelhouse_home, front_door(account), trackingmore_api_key=account.api_key),
        sync,
    )
    more = hand_over(ours, store)
    second = compact(store, fold)
    assert 0 < more.versions < 60
    assert set(second.months) < set(first.months)
    assert touched["created_at"][:7] in second.months
    assert held(store) == core(ours)


def test_a_warehouse_begun_anew_hands_over_all_that_it_reads(
    account: Sandbox, past: Past, front_door: Serve, tmp_path: Path, store: Store
) -> None:
    """Its answers are numbered from 1 again; the newest version of a parcel wins as ever."""
    hand_over(past.copied(tmp_path / "home"), store)
    anew = settings(tmp_path / "anew", front_door(account), trackingmore_api_key=account.api_key)
    run(anew, sync)
    assert hand_over(anew, store).versions > 0
    compact(store, fold)
    now = dict(ask(anew, "select tracking_id, status from core.trackings where deleted_at is null"))
    places = [TRACKINGS.column_names.index(name) for name in ("tracking_id", "status")]
    folded = {row[places[0]]: row[places[1]] for row in held(store)["core.trackings"]}
    assert {tracking_id: folded[tracking_id] for tracking_id in now} == now
    assert len(folded) == len(held(store)["core.trackings"])


def test_what_the_landing_lacks_is_named(ours: Settings, store: Store) -> None:
    paths = [path for (path,) in ask(ours, "select path from ops.landings order by sequence")]
    (ours.landing / paths[0]).unlink()
    (ours.landing / paths[1]).write_bytes(b"torn")
    done = hand_over(ours, store)
    assert done.lost == (paths[0], paths[1])
    assert done.answers == len(paths) - 2
    assert {row["sequence"] for row in versions(store)}.isdisjoint({1, 2})


@pytest.mark.parametrize(
    ("arguments", "sentence", "status"),
    [
        ((), "give --to, or set PARCELHOUSE_SCALE_OUT_URL", 2),
        (("--to", "{file}"), "cannot use the table store file://", 1),
        (("--to", "ftp://somewhere/tables"), "cannot use the table store ftp://somewhere", 1),
    ],
)
def test_a_store_that_cannot_be_used_is_named(
    ours: Settings, tmp_path: Path, arguments: tuple[str, ...], sentence: str, status: int
) -> None:
    (tmp_path / "a-file").touch()
    told = [word.format(file=tmp_path / "a-file") for word in arguments]
    done = subprocess.run(
        [PARCELHOUSE, "scale-out", "load", *told],
        cwd=tmp_path,
        env=os.environ | {"PARCELHOUSE_HOME": str(ours.parcelhouse_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_spark_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(CannotOpenError, match="scale-out-spark"), spark_session():
        raise AssertionError


def test_only_who_uses_the_store_imports_its_packages() -> None:
    modules = "flows.cli, flows.steps.sync, flows.steps.scale_out, warehouse.scale_out.compact"
    heavy = "{'deltalake', 'pyspark', 'sqlglot'} & sys.modules.keys()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print(len({heavy}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "0"
