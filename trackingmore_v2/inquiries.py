"""The calls that ask about carriers, lanes and places rather than the account's parcels."""

from collections.abc import Iterable, Iterator
from typing import Any

from trackingmore_v2 import endpoints, findings
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.errors import InvalidRequestError, NotFoundError
from trackingmore_v2.findings import AirWaybills, RemoteAreas, TransitTimes, rows_of
from trackingmore_v2.models import Payload
from trackingmore_v2.orders import Address, Item, Lane, air_waybill, batches
from trackingmore_v2.replies import is_nothing, objects_of, unreadable
from trackingmore_v2.transport import Reply, Transport

NO_CARRIER = 4032


class Inquiries:
    """The part of TrackingMoreClient that asks for what no account holds.

    Most of it costs credits each time, see `credits`, and is not repeated by itself. None of the
    answers is landed; `server_now` tells when they came.

    The methods for many things check everything first, then return an iterator that sends one
    request for each finding it yields, *per_request* things or as many as the API takes: keep a
    finding, then ask for the next. The same thing twice is asked once.
    """

    _transport: Transport

    def remote_areas(
        self, addresses: Iterable[Address], *, per_request: int | None = None
    ) -> Iterator[RemoteAreas]:
        """Ask for which couriers *addresses* are remote, 200 a request unless told otherwise.

        Calls `POST /trackings/remote`.

        Raises:
            UnreadableAnswerError: also where the answer has no place for remote areas.
        """
        portions = _portions(endpoints.REMOTE_AREAS, addresses, per_request)
        return (self._remote_areas(portion) for portion in portions)

    def _remote_areas(self, asked: list[Address]) -> RemoteAreas:
        reply = self._inquire(endpoints.REMOTE_AREAS, [each.payload() for each in asked])
        if reply is None:
            return RemoteAreas([], [], asked, [], [])
        if not isinstance(reply.data, dict) or "remote" not in reply.data:
            raise unreadable(reply.answer, "no remote areas")
        return findings.remote_areas(asked, reply.data)

    def transit_times(
        self, lanes: Iterable[Lane], *, per_request: int | None = None
    ) -> Iterator[TransitTimes]:
        """Ask how long parcels take on *lanes*, 200 a request unless told otherwise.

        Calls `POST /trackings/costtime`, whose answer is hardly documented; it may be repeated.

        Raises:
            UnreadableAnswerError: also where nothing in the answer names a carrier.
        """
        portions = _portions(endpoints.TRANSIT_TIMES, lanes, per_request)
        return (self._transit_times(portion) for portion in portions)

    def _transit_times(self, asked: list[Lane]) -> TransitTimes:
        reply = self._inquire(endpoints.TRANSIT_TIMES, [each.payload() for each in asked])
        return findings.transit_times(asked, _rows(reply, "carrier_code"))

    def air_waybills(
        self, numbers: Iterable[str], *, lang: str = "en", per_request: int | None = None
    ) -> Iterator[AirWaybills]:
        """Ask where air waybills are, 200 a request unless told otherwise; each costs 20 credits.

        Calls `POST /trackings/aircargo`. Numbers may be spelled 123-12345678, 123 12345678 or
        12312345678; they are asked and told in the first spelling.

        Raises:
            UnreadableAnswerError: also where nothing in the answer names an air waybill.
            ValueError: a number that is not that of an air waybill.
        """
        asked = [air_waybill(number) for number in numbers]
        portions = _portions(endpoints.AIR_WAYBILLS, asked, per_request)
        return (self._air_waybills(portion, lang) for portion in portions)

    def _air_waybills(self, asked: list[str], lang: str) -> AirWaybills:
        body = {"track_number": asked, "lang": lang}
        reply = self._inquire(endpoints.AIR_WAYBILLS, body)
        return findings.air_waybills(asked, _rows(reply, "track_number"))

    def detect(self, tracking_number: str) -> list[Payload]:
        """Return the carriers that might have issued a number: `code` and `name`, likeliest first.

        Calls `POST /carriers/detect`, once; five calls cost a credit. No carrier is an empty list.

        Raises:
            ValueError: an empty number.
        """
        if not tracking_number.strip():
            raise ValueError(f"The tracking_number {tracking_number!r} is none.")
        body = {"tracking_number": tracking_number}
        try:
            reply = self._transport.call(endpoints.DETECT_CARRIER, json=body, tapped=False)
        except InvalidRequestError as error:
            if error.code != NO_CARRIER:
                raise
            return []
        if is_nothing(reply):
            return []
        data = reply.data if isinstance(reply.data, list) else [reply.data]
        found = objects_of(data, reply.answer)
        if not all(each.get("code") for each in found):
            raise unreadable(reply.answer, "a carrier without its code")
        return found

    def _inquire(self, endpoint: Endpoint, body: Any) -> Reply | None:
        """Return the answer, or None where it says that there is nothing."""
        try:
            reply = self._transport.call(endpoint, json=body, tapped=False)
        except NotFoundError:
            return None
        return None if is_nothing(reply) else reply


def _portions(
    endpoint: Endpoint, things: Iterable[Item], per_request: int | None
) -> Iterator[list[Item]]:
    limit = endpoint.batch_limit or 1 if per_request is None else per_request
    return batches(dict.fromkeys(things), limit)


def _rows(reply: Reply | None, key: str) -> list[Payload]:
    """Return the rows of *reply* that carry *key*; there must be some, or errors in their place."""
    if reply is None:
        return []
    rows = rows_of(reply.data, key)
    if not rows and not (isinstance(reply.data, dict) and reply.data.get("errors")):
        raise unreadable(reply.answer, f"no {key}")
    return rows
