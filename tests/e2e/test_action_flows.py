"""What changes the account, as flows: planned, shown as an artifact, carried out, recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ParameterTypeError

from flows.actions import purge_trackings, read_quota, register_shipments
from flows.choosing import read_settings
from tests.e2e.command_line import CommandLine, parcels_of
from tests.e2e.test_prefect_flow import (  # noqa: F401  (fixtures)
    artifacts_of,
    newest_run,
    reader,
    server,
)
from tests.sheets import CARRIER, label
from trackingmore_v2.sandbox import Sandbox
from warehouse import catalog
from warehouse.connection import open_for_writing

pytestmark = pytest.mark.e2e


@pytest.fixture
def queued(reader: CommandLine) -> Iterator[CommandLine]:  # noqa: F811
    """Somebody whose own jobs have filled the queue with three shipments."""
    home: Path = read_settings().parcelhouse_home
    with open_for_writing(home, "a job") as db:
        catalog.ensure(db)
        for number in range(3):
            db.execute(
                "insert into queues.shipments_to_register by name"
                " select 'main' as account, ? as carrier_code, ? as tracking_number",
                [CARRIER, label(number)],
            )
    return reader


def test_the_queue_is_registered_by_a_flow_as_far_as_the_credits_reach(
    account: Sandbox, queued: CommandLine
) -> None:
    before = len(parcels_of(account))
    looked = register_shipments(dry_run=True)
    assert (looked["plan"]["parcels"], looked["done"]) == (3, None)
    assert len(parcels_of(account)) == before
    said = register_shipments(max_credits=2)
    assert (said["done"]["done"], said["plan"]["left"], said["state"]) == (2, 1, "attention")
    run = newest_run()
    assert (run.name != "", run.state_type) == (True, StateType.COMPLETED)
    (artifact,) = artifacts_of(run)
    assert artifact.key == "register-plan"
    assert f"{CARRIER}/{label(0)}" in str(artifact.data)
    assert register_shipments()["done"]["done"] == 1
    assert len(parcels_of(account)) == before + 3
    outcomes = "select outcome, count(*) from ops.api_actions group by all"
    assert queued.ask(outcomes) == [("done", 3)]


def test_a_purge_is_a_dry_run_unless_told_otherwise(account: Sandbox, queued: CommandLine) -> None:
    assert queued.run("sync").returncode == 0
    before = parcels_of(account)
    said = purge_trackings(older_than=0)
    assert said["plan"]["parcels"] > 0
    assert said["done"] is None
    assert parcels_of(account) == before


@pytest.mark.usefixtures("reader")
def test_a_flow_reads_the_quota_and_refuses_what_cannot_be_meant(account: Sandbox) -> None:
    assert read_quota()["credits_left"] == account.credits
    with pytest.raises(ParameterTypeError, match="greater than or equal to 0"):
        register_shipments(max_credits=-1)
