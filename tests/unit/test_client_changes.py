"""What becomes of parcels that a request changes, over real HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.listener import Heard, Listener, client_of, listening
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.errors import (
    AuthenticationError,
    InvalidRequestError,
    QuotaError,
    ServerError,
)
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.orders import Annotation, Shipment
from trackingmore_v2.outcomes import Outcome, State

REF = TrackingRef("sto", "7700 1/2")
KEYS = {"carrier_code": "sto", "tracking_number": "7700 1/2"}
PLACE = "/trackings/sto/7700%201%2F2"
REFS = [TrackingRef("china-ems", f"EX{n:07}CN") for n in range(1, 4)]
NOTE = Annotation(title="a lamp")

Many = Callable[..., Iterator[list[Outcome]]]


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def client(server: Listener) -> Iterator[TrackingMoreClient]:
    with client_of(server) as client:
        yield client


def shipment(ref: TrackingRef, **fields: Any) -> Shipment:
    return Shipment(carrier_code=ref.carrier_code, tracking_number=ref.tracking_number, **fields)


def register_many(
    client: TrackingMoreClient, refs: list[TrackingRef], **how: Any
) -> Iterator[list[Outcome]]:
    return client.register_many([shipment(ref) for ref in refs], **how)


def annotate_many(
    client: TrackingMoreClient, refs: list[TrackingRef], **how: Any
) -> Iterator[list[Outcome]]:
    return client.annotate_many(dict.fromkeys(refs, NOTE), **how)


MANY: list[Many] = [
    register_many,
    annotate_many,
    TrackingMoreClient.stop_updates,
    TrackingMoreClient.delete_many,
]
SINGLE: list[Callable[[TrackingMoreClient], Outcome]] = [
    lambda client: client.register(shipment(REF)),
    lambda client: client.annotate(REF, NOTE),
    lambda client: client.correct_carrier(REF, "yto"),
    lambda client: client.delete(REF),
]
any_many = pytest.mark.parametrize("many", MANY, ids=lambda many: many.__name__)
any_single = pytest.mark.parametrize(
    "single", SINGLE, ids=["register", "annotate", "correct", "delete"]
)


def states(outcomes: list[Outcome]) -> list[State]:
    return [outcome.state for outcome in outcomes]


# --- one parcel


def test_registering_sends_what_is_known_and_nothing_else(
    server: Listener, client: TrackingMoreClient
) -> None:
    made = {**KEYS, "id": "1" * 32, "status": "pending", "created_at": "2026-03-01T06:30:02+00:00"}
    server.say(made)
    order = {"order_id": "#7", "order_create_time": "2026/3/1 10:08", "auto_correct": 1}
    assert client.register(shipment(REF, **order)) == Outcome(REF, State.DONE, payload=made)
    assert server.heard == [Heard("POST", "/trackings/post", {**KEYS, **order})]


def test_annotating_names_the_parcel_in_the_path(
    server: Listener, client: TrackingMoreClient
) -> None:
    echo = {**KEYS, "title": "a lamp", "archived": "true", "status": "7"}
    server.say(echo)
    note = Annotation(title="a lamp", customer_phone="", archived=True, status=7)
    assert client.annotate(REF, note) == Outcome(REF, State.DONE, payload=echo)
    said = {"title": "a lamp", "customer_phone": "", "archived": "true", "status": 7}
    assert server.heard == [Heard("PUT", PLACE, said)]


def test_a_corrected_carrier_answers_next_to_nothing(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say({"Usertag": ""})
    outcome = client.correct_carrier(REF, "yto")
    assert outcome == Outcome(REF, State.DONE, payload={"Usertag": ""})
    assert server.heard == [
        Heard("POST", "/trackings/update", {**KEYS, "update_carrier_code": "yto"})
    ]


def test_deleting_needs_no_body(server: Listener, client: TrackingMoreClient) -> None:
    server.say([])
    assert client.delete(REF) == Outcome(REF, State.DONE)
    assert server.heard == [Heard("DELETE", PLACE, None)]


@any_single
@pytest.mark.parametrize(
    ("data", "payload"), [([], None), (None, None), ({}, None), ("ok", None), ([KEYS], KEYS)]
)
def test_a_success_is_one_whatever_comes_with_it(
    server: Listener,
    client: TrackingMoreClient,
    single: Callable[[TrackingMoreClient], Outcome],
    data: Any,
    payload: Any,
) -> None:
    server.say(data, code=201)
    assert single(client) == Outcome(REF, State.DONE, payload=payload)
    assert server.landed == []


@any_single
@pytest.mark.parametrize(
    ("code", "state"),
    [
        (4016, State.ALREADY),
        (4017, State.MISSING),
        (4012, State.REFUSED),
        (4013, State.REFUSED),
        (4014, State.REFUSED),
        (4015, State.REFUSED),
        (4033, State.REFUSED),
    ],
)
def test_what_is_wrong_with_one_parcel_is_its_outcome(
    server: Listener,
    client: TrackingMoreClient,
    single: Callable[[TrackingMoreClient], Outcome],
    code: int,
    state: State,
) -> None:
    server.say([], code=code, message="So it is.")
    assert single(client) == Outcome(REF, state, code, "So it is.")
    assert len(server.heard) == 1


@any_single
def test_an_empty_success_settles_nothing(
    server: Listener, client: TrackingMoreClient, single: Callable[[TrackingMoreClient], Outcome]
) -> None:
    server.say([], code=4031)
    assert single(client) == Outcome(REF, State.UNANSWERED, 4031)


@any_single
@pytest.mark.parametrize(
    ("code", "error"),
    [(202, InvalidRequestError), (4001, AuthenticationError), (4019, QuotaError)],
)
def test_what_is_wrong_with_the_account_is_raised(
    server: Listener,
    client: TrackingMoreClient,
    single: Callable[[TrackingMoreClient], Outcome],
    code: int,
    error: type[Exception],
) -> None:
    server.say([], code=code)
    with pytest.raises(error, match=str(code)):
        single(client)
    assert len(server.heard) == 1


def test_a_correction_that_failed_is_not_tried_again(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say([], code=503)
    with pytest.raises(ServerError):
        client.correct_carrier(REF, "yto")
    assert len(server.heard) == 1


def test_a_deletion_that_failed_is_tried_again(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say([], code=503)
    server.say([], code=4017)
    assert client.delete(REF).state is State.MISSING
    assert len(server.heard) == 2


@pytest.mark.parametrize("absent", [4017, 4031])
def test_an_empty_account_speaks_of_its_quota_where_a_parcel_is_missing(
    server: Listener, client: TrackingMoreClient, absent: int
) -> None:
    server.say([], code=4021)
    server.say([], code=absent)
    assert client.delete(REF) == Outcome(REF, State.MISSING, 4021, "m")
    assert [(method, path) for method, path, _ in server.heard] == [
        ("DELETE", PLACE),
        ("GET", PLACE),
    ]
    assert server.landed == []


def test_a_parcel_that_is_there_is_not_missing_for_want_of_quota(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say([], code=4021)
    server.say(KEYS)
    with pytest.raises(QuotaError):
        client.delete(REF)


@pytest.mark.parametrize(
    ("ref", "field"),
    [
        (TrackingRef("", "1"), "carrier_code"),
        (TrackingRef("d h l", "1"), "carrier_code"),
        (TrackingRef("dhl", " "), "tracking_number"),
    ],
)
def test_a_parcel_that_cannot_be_addressed_is_not_sent(
    server: Listener, client: TrackingMoreClient, ref: TrackingRef, field: str
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: client.annotate(ref, NOTE),
        lambda: client.correct_carrier(ref, "yto"),
        lambda: client.delete(ref),
        lambda: client.annotate_many({REF: NOTE, ref: NOTE}),
        lambda: client.stop_updates([REF, ref]),
        lambda: client.delete_many([REF, ref]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=field):
            call()
    with pytest.raises(ValueError, match="carrier_code"):
        client.correct_carrier(REF, "")
    with pytest.raises(ValueError, match="carrier_code"):
        client.correct_carrier(REF, REF.carrier_code)
    assert server.heard == []


# --- many parcels


def test_a_partial_success_is_told_parcel_by_parcel(
    server: Listener, client: TrackingMoreClient
) -> None:
    made = {**REFS[0]._asdict(), "status": "pending", "order_create_time": 0, "destination": ""}
    error = {**REFS[1]._asdict(), "code": "4016", "message": "Tracking already exists."}
    bad = {**REFS[2]._asdict(), "code": 4014, "message": "Bad."}
    server.say(
        {"submitted": "3", "added": "1", "trackings": [made], "errors": [error, bad]}, code=201
    )
    assert list(register_many(client, REFS)) == [
        [
            Outcome(REFS[0], State.DONE, payload=made),
            Outcome(REFS[1], State.ALREADY, 4016, "Tracking already exists.", error),
            Outcome(REFS[2], State.REFUSED, 4014, "Bad.", bad),
        ]
    ]
    assert server.heard == [Heard("POST", "/trackings/batch", [ref._asdict() for ref in REFS])]


@any_many
def test_what_an_answer_does_not_mention_is_not_assumed(
    server: Listener, client: TrackingMoreClient, many: Many
) -> None:
    server.say({"submitted": 3, "added": 3, "trackings": [REFS[1]._asdict()], "errors": []})
    [outcomes] = many(client, REFS)
    assert [outcome.ref for outcome in outcomes] == REFS
    assert states(outcomes) == [State.UNANSWERED, State.DONE, State.UNANSWERED]
    assert server.landed == []


@any_many
@pytest.mark.parametrize(
    "data", [[], None, {}, "ok", 7, {"submitted": 3}, {"added": 2}, {"trackings": [None, "x"]}]
)
def test_an_answer_that_says_nothing_settles_nothing(
    server: Listener, client: TrackingMoreClient, many: Many, data: Any
) -> None:
    server.say(data)
    [outcomes] = many(client, REFS)
    assert outcomes == [Outcome(ref, State.UNANSWERED) for ref in REFS]


@any_many
@pytest.mark.parametrize("count", ["added", "delete", "change", "update"])
def test_an_answer_that_only_counts_speaks_of_all_or_of_none(
    server: Listener, client: TrackingMoreClient, many: Many, count: str
) -> None:
    server.say({"submitted": 3, count: "3"}, {"submitted": 3, count: 2, "trackings": []})
    assert [states(told) for told in (*many(client, REFS), *many(client, REFS))] == [
        [State.DONE] * 3,
        [State.UNANSWERED] * 3,
    ]


@any_many
def test_a_bare_list_names_what_was_done(
    server: Listener, client: TrackingMoreClient, many: Many
) -> None:
    server.say([ref._asdict() for ref in REFS[:2]], REFS[2]._asdict())
    [outcomes] = many(client, REFS)
    assert states(outcomes) == [State.DONE, State.DONE, State.UNANSWERED]
    [outcomes] = many(client, REFS)
    assert states(outcomes) == [State.UNANSWERED, State.UNANSWERED, State.DONE]


def test_deleted_parcels_come_wrapped_and_without_their_carrier(
    server: Listener, client: TrackingMoreClient
) -> None:
    gone = {"meta": {"tracking_number": REFS[0].tracking_number}}
    absent = {"meta": {"tracking_number": REFS[1].tracking_number, "code": 4017, "message": "no"}}
    told = {"meta": {"tracking_number": REFS[2].tracking_number, "code": 200}}
    server.say({"submitted": 3, "delete": 2, "trackings": [gone, absent, told]})
    [outcomes] = client.delete_many(REFS)
    assert outcomes == [
        Outcome(REFS[0], State.DONE, payload=gone),
        Outcome(REFS[1], State.MISSING, 4017, "no", absent),
        Outcome(REFS[2], State.DONE, 200, payload=told),
    ]


def test_a_number_of_two_carriers_is_not_guessed_at(
    server: Listener, client: TrackingMoreClient
) -> None:
    refs = [TrackingRef("dhl", "12345"), TrackingRef("ups", "12345")]
    server.say({"delete": 1, "trackings": [{"meta": {"tracking_number": 12345}}]})
    [outcomes] = client.delete_many(refs)
    assert states(outcomes) == [State.UNANSWERED] * 2


def test_numbers_and_carriers_are_known_in_any_spelling(
    server: Listener, client: TrackingMoreClient
) -> None:
    refs = [TrackingRef("Correios-Cabo-Verde", "12345"), TrackingRef("dhl", "ab1")]
    said = [
        {"carrier_code": "correios-cabo-verde", "tracking_number": 12345},
        {"carrier_code": "dhl", "tracking_number": "AB1 "},
    ]
    server.say({"trackings": said})
    [outcomes] = client.stop_updates(refs)
    assert states(outcomes) == [State.DONE] * 2


def test_only_a_registration_may_come_back_under_another_carrier(
    server: Listener, client: TrackingMoreClient
) -> None:
    other = {"carrier_code": "ups", "tracking_number": REFS[0].tracking_number}
    server.say({"trackings": [other]})
    [outcomes] = register_many(client, REFS[:1])
    assert outcomes == [Outcome(REFS[0], State.DONE, payload=other)]
    [outcomes] = client.delete_many(REFS[:1])
    assert states(outcomes) == [State.UNANSWERED]


@any_many
def test_each_request_is_sent_when_its_outcomes_are_asked_for(
    server: Listener, client: TrackingMoreClient, many: Many
) -> None:
    server.say({"trackings": [ref._asdict() for ref in REFS]})
    told = many(client, [*REFS, REFS[0]], per_request=2)
    assert len(server.heard) == 0
    assert [outcome.ref for outcome in next(told)] == REFS[:2]
    assert len(server.heard) == 1
    assert [outcome.ref for outcome in next(told)] == REFS[2:]
    assert next(told, None) is None
    assert [len(heard.body) for heard in server.heard] == [2, 1]


@pytest.mark.parametrize(("many", "limit"), list(zip(MANY, (40, 200, 200, 200), strict=True)))
def test_a_request_holds_as_many_as_the_api_takes(
    server: Listener, client: TrackingMoreClient, many: Many, limit: int
) -> None:
    server.say([])
    for size in (limit, limit + 1):
        list(many(client, [TrackingRef("dhl", f"n{n}") for n in range(size)]))
    assert [len(heard.body) for heard in server.heard] == [limit, limit, 1]


@any_many
def test_nothing_to_do_is_no_request(
    server: Listener, client: TrackingMoreClient, many: Many
) -> None:
    assert list(many(client, [])) == []
    with pytest.raises(ValueError, match="at least one"):
        many(client, REFS, per_request=0)
    assert server.heard == []


@any_many
@pytest.mark.parametrize("code", [202, 4020, 4012])
def test_a_refused_request_is_raised_and_what_was_before_stays(
    server: Listener, client: TrackingMoreClient, many: Many, code: int
) -> None:
    server.say({"trackings": [ref._asdict() for ref in REFS]})
    server.say([], code=code)
    told = many(client, [*REFS, TrackingRef("dhl", "12345")], per_request=2)
    assert states(next(told)) == [State.DONE] * 2
    with pytest.raises(InvalidRequestError, match=str(code)):
        next(told)


@any_many
@pytest.mark.parametrize(("code", "state"), [(4016, State.ALREADY), (4017, State.MISSING)])
def test_a_refusal_of_one_among_many_settles_none_of_them(
    server: Listener, client: TrackingMoreClient, many: Many, code: int, state: State
) -> None:
    server.say([], code=code)
    [outcomes] = many(client, REFS)
    assert outcomes == [Outcome(ref, State.UNANSWERED, code, "m") for ref in REFS]
    [outcomes] = many(client, REFS[:1])
    assert outcomes == [Outcome(REFS[0], state, code, "m")]


def test_a_lack_of_quota_settles_no_deletion_and_stops_everything_else(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say([], code=4021)
    [outcomes] = client.delete_many(REFS)
    assert outcomes == [Outcome(ref, State.UNANSWERED, 4021, "m") for ref in REFS]
    for many in (register_many, annotate_many, TrackingMoreClient.stop_updates):
        with pytest.raises(QuotaError):
            next(many(client, REFS))


def test_one_parcel_is_not_registered_in_two_ways(
    server: Listener, client: TrackingMoreClient
) -> None:
    with pytest.raises(ValueError, match="china-ems/EX0000001CN"):
        client.register_many([shipment(REFS[0]), shipment(REFS[0], title="x")])
    assert server.heard == []


def test_a_batch_spells_one_field_differently(server: Listener, client: TrackingMoreClient) -> None:
    parcel = shipment(REFS[0], tracking_destination_country="Chile")
    server.say([])
    client.register(parcel)
    list(client.register_many([parcel]))
    single, batch = (heard.body for heard in server.heard)
    assert single == {**REFS[0]._asdict(), "tracking_destination_country": "Chile"}
    assert batch == [{**REFS[0]._asdict(), "specialNumberDestination": "Chile"}]


@pytest.mark.parametrize("field", [{"archived": False}, {"customer_phone": "1"}])
def test_not_everything_is_annotated_beside_many(
    server: Listener, client: TrackingMoreClient, field: dict[str, Any]
) -> None:
    note = Annotation(**field)
    assert not note.fits_many
    assert NOTE.fits_many
    with pytest.raises(ValueError, match=next(iter(field))):
        client.annotate_many({REFS[0]: NOTE, REFS[1]: note})
    assert server.heard == []
