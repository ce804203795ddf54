"""The model must notice every common way of reading that loses parcels."""

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model import verdict
from tests.model.machine import Model
from tests.model.mutants import MUTANTS, Mutant
from tests.model.verdict import BrokenError

# The first few worlds of its seed convict each; many more, for when the model draws otherwise.
SEARCH = settings(
    max_examples=60,
    stateful_step_count=20,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_model_convicts(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mutated(Model):
        wears = mutant.wears

    monkeypatch.setattr(verdict, "judged", mutant.breaks)
    with mutant.applied(), pytest.raises(BrokenError) as broken:
        run_state_machine_as_test(seed(mutant.seed)(Mutated), settings=SEARCH)
    assert broken.value.promise in mutant.breaks
