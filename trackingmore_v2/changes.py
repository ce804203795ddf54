"""The calls that change an account: register, annotate, correct, stop, delete."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.envelope import EMPTY
from trackingmore_v2.errors import ApiError, NotFoundError, QuotaError
from trackingmore_v2.models import Payload, TrackingRef
from trackingmore_v2.orders import Annotation, Shipment, batches, check_ref
from trackingmore_v2.outcomes import (
    ALREADY_THERE,
    MAYBE_NOT_THERE,
    NOT_THERE,
    ONE_PARCEL,
    Outcome,
    State,
    refused,
    settled,
)
from trackingmore_v2.replies import is_nothing, tracking_of
from trackingmore_v2.transport import Transport


class Changes:
    """The half of TrackingMoreClient that writes.

    What becomes of a parcel is told as an Outcome, also that it was refused; errors are raised
    for what concerns the request as a whole or the account. None of the answers is landed.

    The methods for many parcels check everything first, then return an iterator that sends one
    request for each list of outcomes it yields, *per_request* parcels or as many as the API
    takes: journal a list, then ask for the next. Where the iterator raises, the lists before stay
    true and nothing is known of the parcels of the request that failed. The same parcel twice is
    sent once.
    """

    _transport: Transport

    def register(self, shipment: Shipment) -> Outcome:
        """Register one parcel. One that was registered before is ALREADY, which costs nothing.

        Calls `POST /trackings/post`, once; it may be repeated. The payload is the new tracking,
        where TrackingMore may have corrected the carrier.
        """
        return self._one(endpoints.REGISTER, shipment.ref, json=shipment.payload())

    def register_many(
        self, shipments: Iterable[Shipment], *, per_request: int | None = None
    ) -> Iterator[list[Outcome]]:
        """Register parcels, forty a request unless *per_request* says otherwise.

        Calls `POST /trackings/batch`; it may be repeated: what has worked is ALREADY then.

        Raises:
            InvalidRequestError: also where the request held more than the API takes (202);
                nothing of it was registered.
            ValueError: two different shipments of one parcel.
        """
        bodies = _by_ref((each.ref, each.payload_of_many()) for each in shipments)
        return self._many(endpoints.REGISTER_MANY, bodies, per_request)

    def annotate(self, ref: TrackingRef, annotation: Annotation) -> Outcome:
        """Write *annotation* beside one parcel.

        Calls `PUT /trackings/{carrier_code}/{tracking_number}`, once; it may be repeated. The
        payload echoes `archived` and `status` as strings.

        Raises:
            ValueError: *ref* lacks its carrier or its number.
        """
        return self._one(endpoints.ANNOTATE, ref, path=ref, json=annotation.payload())

    def annotate_many(
        self, annotations: Mapping[TrackingRef, Annotation], *, per_request: int | None = None
    ) -> Iterator[list[Outcome]]:
        """Write beside many parcels, 200 a request unless *per_request* says otherwise.

        Calls `POST /trackings/updatemore`; it may be repeated. Its answer is hardly documented:
        be prepared for UNANSWERED.

        Raises:
            ValueError: a ref that is none, or an annotation that does not `fit_many`.
        """
        bodies = {ref: said.payload_of_many(ref) for ref, said in annotations.items()}
        return self._many(endpoints.ANNOTATE_MANY, bodies, per_request)

    def correct_carrier(self, ref: TrackingRef, carrier_code: str) -> Outcome:
        """Tell TrackingMore that another carrier moves the parcel.

        Calls `POST /trackings/update`, once. It is not repeated: once it has worked, *ref* is
        gone, and a second try finds it MISSING. After NoAnswerError look for the parcel under
        both carriers. ALREADY: it is registered under the new carrier as well.

        Raises:
            ValueError: *ref* or *carrier_code* is none, or it is the same carrier.
        """
        check_ref(ref._replace(carrier_code=carrier_code))
        if carrier_code == ref.carrier_code:
            raise ValueError(f"The carrier_code of {ref} is {carrier_code} already.")
        body = {**ref._asdict(), "update_carrier_code": carrier_code}
        return self._one(endpoints.CORRECT_CARRIER, ref, json=body)

    def stop_updates(
        self, refs: Iterable[TrackingRef], *, per_request: int | None = None
    ) -> Iterator[list[Outcome]]:
        """Tell TrackingMore to stop asking carriers, 200 parcels a request unless told otherwise.

        Calls `POST /trackings/notupdate`; it may be repeated. A stopped parcel keeps its events
        and gains no new ones: stop only what has ended.

        Raises:
            ValueError: a ref that is none.
        """
        return self._many(endpoints.STOP_UPDATES, _keys(refs), per_request)

    def delete(self, ref: TrackingRef) -> Outcome:
        """Delete one parcel and its events from the account.

        Calls `DELETE /trackings/{carrier_code}/{tracking_number}`, once; it may be repeated: what
        has worked is MISSING then. An account without parcels may speak of its quota instead
        (4021); then the parcel is looked for.

        Raises:
            ValueError: *ref* lacks its carrier or its number.
        """
        try:
            return self._one(endpoints.DELETE, ref, path=ref)
        except QuotaError as error:
            if error.code != MAYBE_NOT_THERE or self._exists(ref):
                raise
            return Outcome(ref, State.MISSING, error.code, error.message)

    def delete_many(
        self, refs: Iterable[TrackingRef], *, per_request: int | None = None
    ) -> Iterator[list[Outcome]]:
        """Delete parcels, 200 a request unless *per_request* says otherwise.

        Calls `POST /trackings/delete`; it may be repeated. Its answer names parcels by number
        alone: where one request holds a number of two carriers, both are UNANSWERED.

        Raises:
            ValueError: a ref that is none.
        """
        return self._many(endpoints.DELETE_MANY, _keys(refs), per_request)

    def _exists(self, ref: TrackingRef) -> bool:
        try:
            tracking_of(self._transport.call(endpoints.TRACKING, path=ref._asdict(), tapped=False))
        except NotFoundError:
            return False
        return True

    def _one(
        self,
        endpoint: Endpoint,
        ref: TrackingRef,
        *,
        path: TrackingRef | None = None,
        json: Payload | None = None,
    ) -> Outcome:
        check_ref(ref)
        places = None if path is None else path._asdict()
        ask = partial(self._transport.call, endpoint, path=places, json=json, tapped=False)
        try:
            reply = ask()
        except ApiError as error:
            if error.code not in ONE_PARCEL:
                raise
            return refused(ref, error.code, error.message)
        if reply.code == EMPTY:  # "successful, but": done, or nothing there
            return Outcome(ref, State.UNANSWERED, EMPTY)
        data = reply.data[0] if isinstance(reply.data, list) and reply.data else reply.data
        said = None if is_nothing(reply) or not isinstance(data, dict) else data
        return Outcome(ref, State.DONE, payload=said)

    def _many(
        self, endpoint: Endpoint, bodies: Mapping[TrackingRef, Payload], per_request: int | None
    ) -> Iterator[list[Outcome]]:
        for ref in bodies:
            check_ref(ref)
        limit = per_request if per_request is not None else endpoint.batch_limit or 1
        ask = partial(self._transport.call, endpoint, tapped=False)
        return (
            _settle(endpoint, refs, partial(ask, json=[bodies[ref] for ref in refs]))
            for refs in batches(bodies, limit)
        )


def _settle(endpoint: Endpoint, refs: list[TrackingRef], ask: Callable[[], Any]) -> list[Outcome]:
    """Send one request for *refs*; a refusal that speaks of one parcel is not raised."""
    try:
        reply = ask()
    except ApiError as error:
        if len(refs) == 1 and error.code in ONE_PARCEL:
            return [refused(refs[0], error.code, error.message)]
        unclear = {ALREADY_THERE, NOT_THERE}
        if endpoint is endpoints.DELETE_MANY:
            unclear.add(MAYBE_NOT_THERE)
        if error.code not in unclear:
            raise
        return [Outcome(ref, State.UNANSWERED, error.code, error.message) for ref in refs]
    return settled(refs, reply.data, corrected=endpoint is endpoints.REGISTER_MANY)


def _keys(refs: Iterable[TrackingRef]) -> dict[TrackingRef, Payload]:
    return {ref: ref._asdict() for ref in refs}


def _by_ref(pairs: Iterable[tuple[TrackingRef, Payload]]) -> dict[TrackingRef, Payload]:
    bodies: dict[TrackingRef, Payload] = {}
    for ref, body in pairs:
        if bodies.setdefault(ref, body) != body:
            raise ValueError(f"The parcel {ref} is to be registered in two ways.")
    return bodies
