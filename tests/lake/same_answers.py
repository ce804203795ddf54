"""Spark folds what several warehouses have appended to the rows that they have themselves.

`make lake-test` runs this: it needs Java 17 and pyspark, and takes minutes.
"""

import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from pyspark.sql import SparkSession

from flows.settings import Settings
from flows.steps.ranges import Steps, stored_at_once
from flows.steps.replay import replay
from flows.steps.run import Run, local_run, running
from flows.steps.sync import sync
from tests.folded import PARCELHOUSE, core, held, loaded, loads_at_once, versions
from tests.story import DAY, NOW, SETTLES, live_through, new_account, run, settings
from tests.truth import Serve
from trackingmore_v2.sandbox import Sandbox
from warehouse.connection import open_read_only
from warehouse.scale_out import marts
from warehouse.scale_out.compact import compact
from warehouse.scale_out.current import TABLES
from warehouse.scale_out.spark_engine import SETTINGS, folding
from warehouse.scale_out.store import Store, store_at
from warehouse.snapshot import published

LIVELY = 400
SUBMIT = (
    "--master local[2] --driver-memory 2g --conf spark.ui.enabled=false"
    " --conf spark.sql.shuffle.partitions=2 --conf spark.log.level=ERROR pyspark-shell"
)


class Lived(NamedTuple):
    """Two accounts, each with a warehouse of its own, and the store that both append to."""

    eventful: Sandbox  # the account of the first
    shops: tuple[Settings, Settings]
    store: Store
    folder: Path


@pytest.fixture(scope="module", autouse=True)
def _in_one_process() -> Iterator[None]:
    """Have Spark started as a cluster's surroundings would configure it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", SUBMIT)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def lived(front_door: Serve, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Real accounts over HTTP: all that can happen to one, and much of the usual to the other."""
    folder = tmp_path_factory.mktemp("lived")
    eventful = new_account()
    past = live_through(eventful, front_door(eventful), folder / "eventful")
    lively = Sandbox(LIVELY, now=NOW)
    usual = settings(
        folder / "usual",
        front_door(lively),
        trackingmore_api_key=lively.api_key,
        parcelhouse_account="lively",
    )
    for _ in range(3):
        run(usual, sync)
        lively.advance(DAY)
        lively.touch_any(LIVELY // 10)
        lively.advance(SETTLES)
    out_of_order(usual, lively)
    lively.delete(next(item["id"] for item in lively.items()))
    return Lived(eventful, (settings(past.home), usual), store_at(str(folder / "store")), folder)


def out_of_order(ours: Settings, account: Sandbox) -> None:
    """Land answers and die before they are loaded; load newer ones, and the older ones at last."""

    def die(_run: Run, _window: object) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), running(ours, "sync") as one:
        sync(one, steps=Steps(storing=stored_at_once(die)))
    account.advance(DAY)
    account.touch_any(LIVELY // 10)
    account.advance(SETTLES)
    run(ours, sync)
    with local_run(ours, "replay") as again:
        assert replay(again).answers_added > 0


@pytest.fixture(scope="module")
def spark(lived: Lived) -> Iterator[SparkSession]:
    """A session, and no JVM when all is done."""
    session = SparkSession.builder.getOrCreate()
    try:
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        yield session
    finally:
        session.stop()
        gateway = session.sparkContext._gateway
        if gateway is not None:
            gateway.shutdown()


def test_the_accounts_have_lived(lived: Lived) -> None:
    """Otherwise the comparisons below would say little."""
    rows = core(*lived.shops)
    places = {table.name: table.column_names.index for table in TABLES}
    deleted, withdrawn = places["core.trackings"], places["core.tracking_events"]
    assert sum(row[deleted("deleted_at")] is not None for row in rows["core.trackings"]) > 0
    assert sum(row[withdrawn("withdrawn_at")] is not None for row in rows["core.tracking_events"])
    assert len(rows["core.status_history"]) > len(rows["core.trackings"]) > LIVELY
    with open_read_only(published(lived.shops[1].parcelhouse_home)) as db:
        ((late,),) = db.execute(
            "select count(*) from (select fetched_at < lag(fetched_at) over (order by sequence)"
            " as is_late from ops.landings) where is_late"
        ).fetchall()
    assert late > 0


def test_spark_has_the_rows_of_the_warehouses(lived: Lived) -> None:
    """Two loads of each account at once, and the command on a Spark that it starts itself."""
    said = loads_at_once(str(lived.folder / "store"), [*lived.shops, *lived.shops])
    assert sum(load["answers"] for load in said) == sum(loaded(shop)[0] for shop in lived.shops)
    appended = versions(lived.store)
    assert len(appended) == sum(load["versions"] + load["deletions"] for load in said)
    keys = [
        (row["account"], row["ledger"], row["sequence"], row["kind"], row["tracking_id"])
        for row in appended
    ]
    assert len(set(keys)) == len(keys) > LIVELY
    done = subprocess.run(
        [PARCELHOUSE, "scale-out", "compact", "--to", lived.store.url],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = core(*lived.shops)
    assert held(lived.store) == expected
    for name, rows in expected.items():
        assert f"{name}: {len(rows):,} rows" in done.stdout


def test_months_that_changed_are_folded_again(
    lived: Lived, front_door: Serve, spark: SparkSession
) -> None:
    before = held(lived.store)
    account = lived.eventful
    ours = settings(
        lived.shops[0].parcelhouse_home,
        front_door(account),
        trackingmore_api_key=account.api_key,
    )
    account.advance(DAY)
    account.touch_any(5)
    account.advance(SETTLES)
    run(ours, sync)
    (said,) = loads_at_once(str(lived.folder / "store"), [ours])
    assert said["versions"] > 0
    done = compact(lived.store, folding(spark))
    after = held(lived.store)
    assert after == core(*lived.shops)
    assert after != before
    assert compact(lived.store, folding(spark)) == (done.version, [], {})


def test_spark_gives_the_marts_of_the_warehouse(
    lived: Lived, spark: SparkSession, tmp_path: Path
) -> None:
    """Of the lively account: each row of the heavy marts, and the days by which lanes deliver."""
    home = published(lived.shops[1].parcelhouse_home)
    with duckdb.connect(home, read_only=True) as db:
        db.execute("set TimeZone = 'UTC'")

        def relation(name: str) -> Any:
            path = tmp_path / f"{name}.parquet"
            db.execute(f"copy (from {name}) to '{path}'")
            return spark.read.parquet(str(path))

        found = marts.define(spark, relation)
        for name, frame in found.items():
            db.register("theirs", frame.persist().toArrow())
            columns = ", ".join(frame.columns)
            ((count, theirs, missing, more),) = db.execute(
                f"""
                select
                    (select count(*) from {name}),
                    (select count(*) from theirs),
                    (select count(*) from (
                        select {columns} from {name} except all select {columns} from theirs
                    )),
                    (select count(*) from (
                        select {columns} from theirs except all select {columns} from {name}
                    ))
                """
            ).fetchall()
            assert (name, theirs, missing, more) == (name, count, 0, 0)
            assert count >= LIVELY
            db.unregister("theirs")
        lanes = "lane, p, parcel_count, delivered_count, t, at_risk_count"
        days = [
            tuple(row)
            for row in spark.sql(marts.DELIVERY_DAYS).select(*lanes.split(", ")).collect()
        ]
        ours = db.execute(
            f"""
            with followed as (
                select lane as grp, observed_days as t, outcome_code as event
                from marts.shipments
            )
            select {lanes.replace("lane", "grp")} from km_percentiles('followed')
            """
        ).fetchall()
    assert sorted(days, key=repr) == sorted(ours, key=repr)
    assert len(days) > 20
    assert sum(row[4] is not None for row in days) > 10


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_a_wall_clock_is_read_as_duckdb_reads_it(spark: SparkSession, zone: str) -> None:
    """Each quarter of an hour of the days on which clocks are put forward and back."""
    for function in marts.FUNCTIONS:
        spark.sql(function)
    days = [datetime(2026, month, day) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1))]  # noqa: DTZ001
    clocks = [day + timedelta(minutes=15 * step) for day in days for step in range(96)]
    told = spark.sql(
        "select unix_micros(timezone(zone, clock)) from values "
        + ", ".join(f"('{zone}', timestamp_ntz'{clock}')" for clock in clocks)
        + " as said(zone, clock)"
    ).collect()
    with duckdb.connect() as db:
        ours = [
            db.execute("select epoch_us(timezone(?, ?::timestamp))", [zone, clock]).fetchall()[0][0]
            for clock in clocks
        ]
    assert [row[0] for row in told] == ours
