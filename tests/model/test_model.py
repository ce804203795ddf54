"""Whatever happens to the account and to the commands, no parcel is lost and none gets older."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Model

SUITE = settings(
    max_examples=15,
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
HAPPENED = ("sync", "sync beside", "backfill", "reconcile", "died", "failed")


def test_every_promise_is_kept_whatever_happens() -> None:
    Model.ran.clear()
    run_state_machine_as_test(Model, settings=SUITE)
    for what in HAPPENED:  # or the promises were not tried
        assert any(ran.endswith(what) for ran in Model.ran), f"no {what} in {Model.ran}"
