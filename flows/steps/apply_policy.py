"""Change how personal data are kept: what is stored already, from the policy it has to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.steps.ranges import Watch
from flows.steps.rewrite import Survey, rewrite, survey_landing
from flows.steps.run import LocalRun
from transforms.tables import TRACKINGS
from warehouse import personal
from warehouse.connection import transaction
from warehouse.masking import Rewritten
from warehouse.personal import masker_of
from warehouse.policy import Stored, note_policy, stored_policy, unfinished


@dataclass
class PolicyPlan:
    """What is to be rewritten."""

    stored: Stored
    wanted: str
    is_done: bool  # what is stored is as it is wanted
    unfinished: int  # who is not wholly forgotten yet
    trackings: int
    survey: Survey

    @property
    def is_rewriting(self) -> bool:
        """Whether anything stored is to be taken away."""
        return not self.is_done and (self.wanted != "keep" or self.unfinished > 0)

    def summary(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return {
            "stored": self.stored.policy,
            "wanted": self.wanted,
            "is_done": self.is_done,
            "unfinished": self.unfinished,
            "trackings": self.trackings,
            "files": len(self.survey.files),
            "files_that_cannot_be_read": len(self.survey.torn),
        }

    def notes(self) -> Sequence[str]:
        """Return what nobody should be surprised by."""
        notes = []
        if self.wanted != self.stored.policy and self.stored.policy != "keep":
            notes.append(
                f"what `{self.stored.policy}` has taken away does not come back; what is read"
                f" from now on is kept by `{self.wanted}`"
            )
        if self.wanted == self.stored.policy == "hash" and not self.is_done:
            notes.append("tokens of the former key stay; a customer read again gets another")
        return notes


def plan_policy(run: LocalRun, *, watch: Watch | None = None) -> PolicyPlan:
    """Return what it takes to have what is stored as the settings want it; nothing is written."""
    with run.warehouse() as db:
        stored = stored_policy(db, run.account) or Stored("keep", "", is_applied=True)
        left = unfinished(db, run.account)
        ((trackings,),) = db.execute(
            f"select count(*) from {TRACKINGS.name} where account = ?", [run.account]
        ).fetchall()
    policy = run.masker.policy
    is_done = stored.is_of(policy) and not left
    survey = Survey() if is_done else survey_landing(run, run.masker, watch=watch)
    return PolicyPlan(stored, policy.name, is_done, left, trackings, survey)


def apply_policy(run: LocalRun, plan: PolicyPlan, *, watch: Watch | None = None) -> Rewritten:
    """Do what *plan* says; whoever is killed meanwhile does it again.

    Until it has ended no other run begins.

    Raises:
        WarehouseError: a file cannot be read or written.
    """
    if plan.is_done:
        return Rewritten()
    _note(run, is_applied=False)
    with run.warehouse() as db:
        masker = masker_of(db, run.account, run.masker.policy)
    done = Rewritten() if masker.is_idle else rewrite(run, masker, plan.survey, watch=watch)
    with run.warehouse() as db, transaction(db):
        personal.finish(db, run.account, done._asdict(), at=datetime.now(UTC))
    _note(run, is_applied=True)
    return done


def _note(run: LocalRun, *, is_applied: bool) -> None:
    with run.warehouse() as db, transaction(db):
        note_policy(
            db,
            run.account,
            run.masker.policy,
            is_applied=is_applied,
            at=datetime.now(UTC),
            run_id=run.run_id,
        )
