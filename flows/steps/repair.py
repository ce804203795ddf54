"""Read single parcels again, from the account or from the carrier itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flows.errors import UsageError
from flows.steps.load import load_answers
from flows.steps.run import Run
from trackingmore_v2.errors import ApiError, InvalidRequestError, NotFoundError, RateLimitedError
from trackingmore_v2.models import TrackingRef
from warehouse.connection import transaction


@dataclass
class Repair:
    """What became of each parcel asked for."""

    read: list[str] = field(default_factory=list)
    not_registered: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # why, by parcel


def parse_refs(words: Sequence[str]) -> list[TrackingRef]:
    """Return parcels written as CARRIER/NUMBER, each once.

    Raises:
        UsageError: a word is no parcel.
    """
    refs = []
    for word in words:
        carrier, slash, number = word.partition("/")
        if not (carrier.strip() and slash and number.strip()) or "," in number:
            msg = f"{word!r} is no parcel: write CARRIER/NUMBER, such as dhl/1234567890"
            raise UsageError(msg)
        refs.append(TrackingRef(carrier.strip(), number.strip()))
    return list(dict.fromkeys(refs))


def repair(run: Run, refs: Sequence[TrackingRef], *, live: bool = False) -> Repair:
    """Read *refs* again and store what they are now.

    One parcel is one request; of several, up to forty share one, by their numbers. With *live*
    each is asked of its carrier now, which TrackingMore does for the same parcel once in two
    hours; what its answer omits (registration, order, customer) keeps its stored value.

    Raises:
        TrackingMoreError: the account could not be read; a parcel that alone is refused is no
            error but an entry in `refused`.
    """
    outcome = Repair()
    run.landed_paths.clear()
    if live:
        _ask_carriers(run, refs, outcome)
    elif len(refs) == 1:
        _read_one(run, refs[0], outcome)
    else:
        found = run.client.find(numbers=[ref.tracking_number for ref in refs])
        present = {(item.get("carrier_code"), item.get("tracking_number")) for item in found}
        for ref in refs:
            (outcome.read if ref in present else outcome.not_registered).append(str(ref))
    with run.warehouse() as db, transaction(db):
        run.tally.add(load_answers(db, run, tuple(run.landed_paths)))
    return outcome


def _read_one(run: Run, ref: TrackingRef, outcome: Repair) -> None:
    try:
        run.client.tracking(ref)
    except NotFoundError:
        outcome.not_registered.append(str(ref))
    else:
        outcome.read.append(str(ref))


def _ask_carriers(run: Run, refs: Sequence[TrackingRef], outcome: Repair) -> None:
    for ref in refs:
        try:
            run.client.refresh(ref)
        except NotFoundError:
            outcome.not_registered.append(str(ref))
        except ApiError as error:
            if not _concerns_one_parcel(error):
                raise
            outcome.refused[str(ref)] = str(error)
        else:
            outcome.read.append(str(ref))


def _concerns_one_parcel(error: ApiError) -> bool:
    """Return whether others may still be asked: the two-hour rule speaks of one parcel."""
    return isinstance(error, InvalidRequestError | RateLimitedError)
