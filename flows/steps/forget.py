"""Erase the personal data of parcels or of a customer, and keep them from coming back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from flows.errors import UsageError
from flows.steps.personal_data import require_settled
from flows.steps.ranges import Watch
from flows.steps.rewrite import Scope, Survey, rewrite, survey_landing
from flows.steps.run import LocalRun
from trackingmore_v2.models import TrackingRef
from transforms.personal.masker import Forgotten, Masker
from transforms.personal.stored import FIELDS
from transforms.personal.tokens import Kind, token
from transforms.tables import LANDINGS, QUARANTINE, TRACKINGS
from warehouse import personal
from warehouse.connection import transaction
from warehouse.landing import landed_paths
from warehouse.masking import Rewritten
from warehouse.personal import Wish, masker_of


class Found(NamedTuple):
    """What is stored of whoever is to be forgotten, as of one moment."""

    parcels: dict[str, TrackingRef]  # by id
    scope: Scope
    survey: Survey
    stand: tuple[frozenset[Path], int]  # what was landed then, and how much of it loaded


@dataclass
class ForgetPlan:
    """Who is to be forgotten, and what is stored of them."""

    wishes: list[Wish]
    wanted: Forgotten  # the parcels that were named, and the customers' marks
    found: Found
    unknown: list[TrackingRef] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return {
            "parcels": [str(ref) for ref in self.found.parcels.values()],
            "customers": sum(each.kind != "parcel" for each in self.wishes),
            "files": len(self.found.survey.files),
            "unknown": [str(ref) for ref in self.unknown],
        }


def plan_forgetting(
    run: LocalRun,
    refs: Sequence[TrackingRef],
    customers: Mapping[Kind, Sequence[str]],
    *,
    watch: Watch | None = None,
) -> ForgetPlan:
    """Return what is stored of *refs* and of all parcels of *customers*; nothing is written.

    Args:
        run: The run.
        refs: Parcels.
        customers: Names, e-mail addresses and telephone numbers.
        watch: Told after each file of the landing.

    Raises:
        UsageError: nobody is named.
        RefusedError: what is stored is kept otherwise than the settings want.
    """
    said = [(kind, each.strip()) for kind, several in customers.items() for each in several]
    if not refs and not any(each for _, each in said):
        raise UsageError("nobody is named: write CARRIER/NUMBER, or --email, --name, --phone")
    policy = run.masker.policy
    with run.warehouse() as db:
        require_settled(db, run)
        salt = personal.salt_of(db, run.account)
        marker = Forgotten(salt=salt)
        wishes = []
        for kind, each in said:
            spellings = [each, token(policy.key, kind, each)] if policy.key else [each]
            wishes += [Wish(kind, marker.mark(kind, one)) for one in spellings if each]
        marks = frozenset(each.mark for each in wishes)
    wanted = Forgotten(salt=salt, refs=frozenset(refs), marks=marks)
    found = _found(run, wanted, watch=watch)
    known = set(found.parcels.values())
    unknown = [ref for ref in refs if ref not in known]
    return ForgetPlan(wishes + _wishes(found.parcels), wanted, found, unknown)


def forget(run: LocalRun, plan: ForgetPlan, *, watch: Watch | None = None) -> Rewritten:
    """Do what *plan* says, and enter it in ops.forgotten, without a word of whom it is about.

    Who is entered there is masked in whatever is read later. Whoever is killed meanwhile leaves
    an entry that is not finished; no other run begins before `personal-data apply` has ended it.

    Raises:
        WarehouseError: a file cannot be read or written.
    """
    found = plan.found
    _enter(run, plan.wishes, plan.wanted.salt)
    # whatever is stored from now on is masked; what was since the plan was made, is not
    if _stand(run) != found.stand:
        found = _found(run, plan.wanted, watch=watch)
        _enter(run, _wishes(found.parcels), plan.wanted.salt)
    with run.warehouse() as db:
        masker = masker_of(db, run.account, run.masker.policy)
    done = rewrite(run, masker, found.survey, found.scope, watch=watch)
    run.masker = masker
    with run.warehouse() as db, transaction(db):
        personal.finish(db, run.account, done._asdict(), at=datetime.now(UTC))
    return done


def _found(run: LocalRun, wanted: Forgotten, *, watch: Watch | None) -> Found:
    """Return what is stored now of the parcels and customers in *wanted*."""
    stand = _stand(run)
    with run.warehouse() as db:
        parcels = _stored(db, run.account, wanted)
    refs = sorted(TrackingRef(*ref) for ref in wanted.refs)
    covered = replace(wanted, ids=frozenset(parcels))
    scope = Scope(None, None) if wanted.marks else _scope(parcels, refs)
    survey = survey_landing(run, Masker(run.masker.policy, covered), scope, watch=watch)
    with run.warehouse() as db:
        more = survey.forgotten_ids - parcels.keys()
        parcels |= _named(db, run.account, sorted(more))
    if wanted.marks and more:  # other answers tell of these parcels without naming the customer
        covered = replace(covered, ids=covered.ids | parcels.keys())
        survey = survey_landing(run, Masker(run.masker.policy, covered), scope, watch=watch)
    return Found(parcels, scope._replace(tracking_ids=frozenset(parcels)), survey, stand)


def _stand(run: LocalRun) -> tuple[frozenset[Path], int]:
    """Return what is landed, and how many answers of it were loaded."""
    landed = frozenset(landed_paths(run.settings.landing, run.account))
    with run.warehouse() as db:
        ((loaded,),) = db.execute(
            f"select count(*) from {LANDINGS.name} where account = ?", [run.account]
        ).fetchall()
    return landed, loaded


def _wishes(parcels: Mapping[str, TrackingRef]) -> list[Wish]:
    return [Wish("parcel", each, *ref) for each, ref in parcels.items()]


def _enter(run: LocalRun, wishes: Sequence[Wish], salt: bytes) -> None:
    with run.warehouse() as db, transaction(db):
        now = datetime.now(UTC)
        personal.wish(db, run.account, wishes, salt=salt, at=now, run_id=run.run_id)


def _scope(parcels: Mapping[str, TrackingRef], refs: Sequence[TrackingRef]) -> Scope:
    words = {*parcels, *(ref.tracking_number for ref in (*parcels.values(), *refs))}
    return Scope(None, tuple(word.encode() for word in words))


def _stored(
    db: duckdb.DuckDBPyConnection, account: str, wanted: Forgotten
) -> dict[str, TrackingRef]:
    """Return the parcels in core and in quarantine that *wanted* covers, by id."""
    names = ("tracking_id", "carrier_code", "tracking_number", *FIELDS)
    condition = (
        "true"
        if wanted.marks
        else "(carrier_code, tracking_number) in (select unnest($carriers), unnest($numbers))"
    )
    refs = {} if wanted.marks else _columns(wanted)
    rows = db.execute(
        f"select {', '.join(names)} from {TRACKINGS.name} where account = $account and {condition}",
        {"account": account} | refs,
    )
    found = {}
    while portion := rows.fetchmany(10_000):
        for row in portion:
            said = dict(zip(names, row, strict=True))
            item = {FIELDS.get(name, name): value for name, value in said.items()}
            if wanted.covers(item):
                found[row[0]] = TrackingRef(row[1], row[2])
    quarantined = db.execute(
        f"select tracking_id, payload from {QUARANTINE.name}"
        " where account = ? and tracking_id is not null",
        [account],
    ).fetchall()
    for tracking_id, payload in quarantined:
        item = _object(payload)
        if wanted.covers(item) and tracking_id not in found:
            found[tracking_id] = TrackingRef(
                str(item.get("carrier_code")), str(item.get("tracking_number"))
            )
    return found


def _columns(wanted: Forgotten) -> dict[str, list[str]]:
    refs = sorted(wanted.refs)
    return {"carriers": [ref[0] for ref in refs], "numbers": [ref[1] for ref in refs]}


def _object(payload: str) -> dict[str, Any]:
    found = json.loads(payload)
    return found if isinstance(found, dict) else {}


def _named(
    db: duckdb.DuckDBPyConnection, account: str, tracking_ids: Sequence[str]
) -> dict[str, TrackingRef]:
    rows = db.execute(
        f"""
        select tracking_id, carrier_code, tracking_number from {TRACKINGS.name}
        where account = $account and tracking_id in $ids
        """,
        {"account": account, "ids": list(tracking_ids)},
    ).fetchall()
    return {tracking_id: TrackingRef(carrier, number) for tracking_id, carrier, number in rows}
