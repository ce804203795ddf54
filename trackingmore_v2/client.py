"""One account as Python methods, named after what the caller wants to know."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from trackingmore_v2 import endpoints
from trackingmore_v2.budget import Usage
from trackingmore_v2.changes import Changes
from trackingmore_v2.envelope import EMPTY, read_envelope, whole
from trackingmore_v2.inquiries import Inquiries
from trackingmore_v2.listing import parse_listing
from trackingmore_v2.models import Answer, ListQuery, Page, Payload, TrackingRef
from trackingmore_v2.replies import (
    call_of,
    is_nothing,
    object_of,
    objects_of,
    page_of,
    tracking_of,
    unreadable,
)
from trackingmore_v2.transport import Reply, Transport

NUMBERS_PER_REQUEST = 40  # also of orders


class TrackingMoreClient(Changes, Inquiries):
    """One account, seen through the v2 API: what reads it here, the rest in Changes and Inquiries.

    Every method may raise ApiError, NoAnswerError or UnreadableAnswerError, as `Transport.call`
    says; only what a method adds is said again below. The calls in this class only read: the
    transport repeats them by itself, and so may anybody else, but for `refresh`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def usage(self) -> Usage:
        """What the account's calls have cost so far."""
        return self._transport.usage

    @property
    def clock_skew(self) -> timedelta | None:
        """The server's clock less the local one, by the latest answer."""
        return self._transport.clock_skew

    def server_now(self) -> datetime | None:
        """Return the server's time, or None while no answer has told it."""
        return self._transport.server_now()

    def page(self, query: ListQuery) -> Page:
        """Return one answer of the list: one snapshot of at most `limit` trackings.

        Calls `GET /trackings/get`, once. No match is an empty page. Whether a page is all that
        the query matches is for the reader to judge: compare `total` with `items`.

        Raises:
            UnreadableAnswerError: also where the answer holds no list, or no total beside one.
        """
        return page_of(self._transport.call(endpoints.LIST_TRACKINGS, params=query.params()))

    def count(self, query: ListQuery) -> int:
        """Return how many trackings *query* matches over all pages, by one small request."""
        params = query._replace(page=1, limit=1).params()
        return page_of(
            self._transport.call(endpoints.LIST_TRACKINGS, params=params, tapped=False)
        ).total

    def find(self, *, numbers: Sequence[str] = (), orders: Sequence[str] = ()) -> list[Payload]:
        """Return the trackings that bear one of *numbers*, then those of *orders*.

        Calls `GET /trackings/get`, once per forty, and again for every further page. A number
        may belong to several carriers; one that is missing in the answer is not registered. A
        tracking that both arguments match is returned twice.

        Raises:
            UnreadableAnswerError: also where fewer came than were announced.
            ValueError: a number or order the API cannot be asked for: empty, or with a comma.
        """
        return [
            payload
            for query in (
                *(ListQuery(numbers=some) for some in _chunks(numbers)),
                *(ListQuery(orders=some) for some in _chunks(orders)),
            )
            for payload in self._all_pages(query)
        ]

    def _all_pages(self, query: ListQuery) -> Iterator[Payload]:
        found = total = 0
        while (page := self.page(query)).items:
            yield from objects_of(page.items, page.answer)
            found, total = found + len(page.items), page.total
            if found >= total:
                return
            query = query._replace(page=query.page + 1)
        if found < max(total, page.total):
            raise unreadable(page.answer, f"{found} of {max(total, page.total)} trackings")

    def tracking(self, ref: TrackingRef) -> Payload:
        """Return what TrackingMore knows of one parcel, as it was at its last refresh.

        Calls `GET /trackings/{carrier_code}/{tracking_number}`, once.

        Raises:
            NotFoundError: the account has no such tracking.
            ValueError: *ref* lacks its carrier or its number.
        """
        return tracking_of(self._transport.call(endpoints.TRACKING, path=ref._asdict()))

    def refresh(self, ref: TrackingRef) -> Payload:
        """Return what the carrier says of one parcel now, newer than the API's last refresh.

        Calls `POST /trackings/realtime`, once; it is not repeated, for the same parcel may be
        asked for only once in two hours. The payload lacks created_at, updated_at, title,
        order_id, customer_* and archived. The parcel need not be registered, and is not by this.

        Raises:
            NotFoundError: nothing is known of the parcel.
            RateLimitedError, InvalidRequestError: also where two hours have not passed; which of
                them, nobody documents.
            ValueError: *ref* lacks its carrier or its number.
        """
        if not ref.carrier_code.strip() or not ref.tracking_number.strip():
            raise ValueError(f"A carrier cannot be asked for {str(ref)!r}.")
        return tracking_of(self._transport.call(endpoints.REALTIME, json=ref._asdict()))

    def status_counts(self, *, created_at: tuple[int, int] | None = None) -> dict[str, int]:
        """Return how many trackings have each status; a status without any may be missing.

        Calls `GET /trackings/getstatusnumber`, once. *created_at* narrows it to those registered
        between two unix seconds; whether the bounds belong to it, nobody documents.
        """
        params = {}
        if created_at is not None:
            params = {"created_at_min": str(created_at[0]), "created_at_max": str(created_at[1])}
        reply = self._transport.call(endpoints.STATUS_COUNTS, params=params, tapped=False)
        if is_nothing(reply):
            return {}
        counts: dict[str, int] = {}
        for status, said in object_of(reply).items():
            count = whole(said)
            if count is None:
                raise unreadable(reply.answer, f"no count of {status}")
            counts[status] = count
        return counts

    def account(self) -> Payload:
        """Return the account's own data: e-mail, money, `track_number` credits left.

        Calls `GET /trackings/getuserinfo`, once.
        """
        return object_of(self._transport.call(endpoints.ACCOUNT, tapped=False))

    def carriers(self, lang: str = "en") -> list[Payload]:
        """Return every carrier TrackingMore knows, with names in *lang*: en, cn, tw, es, ru, it.

        Calls `GET /carriers`, once.
        """
        reply = self._transport.call(endpoints.CARRIERS, headers={"Lang": lang}, tapped=False)
        if reply.code == EMPTY:
            return []
        return objects_of(reply.data, reply.answer)


def listing_page(answer: Answer) -> Page:
    """Read a landed answer of the list again, exactly as `TrackingMoreClient.page` did.

    Raises:
        ApiError, UnreadableAnswerError: what `page` raised then.
    """
    code, data = read_envelope(answer.body, call_of(answer), parser=parse_listing)
    return page_of(Reply(code, data, answer))


def one_tracking(answer: Answer) -> Payload:
    """Read a landed answer about one parcel again, as `tracking` or `refresh` did.

    Raises:
        ApiError, UnreadableAnswerError: what they raised then.
    """
    code, data = read_envelope(answer.body, call_of(answer))
    return tracking_of(Reply(code, data, answer))


def _chunks(wanted: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield *wanted*, each once, in requestable portions."""
    for value in wanted:
        if not value.strip() or "," in value:  # an empty filter would return the whole account
            raise ValueError(f"TrackingMore cannot be asked for {value!r}.")
    once = tuple(dict.fromkeys(wanted))
    for start in range(0, len(once), NUMBERS_PER_REQUEST):
        yield once[start : start + NUMBERS_PER_REQUEST]
