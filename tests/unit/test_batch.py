"""Every payload of an answer is in a row, in quarantine, or repeated beside a newer one."""

from typing import Any

import pytest

from tests.factories import at, flat, leg, parcel, parcel_id, registered, scan, stamp
from transforms.batch import Batch
from transforms.set_aside import EXAMPLE_LENGTH
from transforms.tables import QUARANTINE, TRACKING_EVENTS, TRACKINGS, UNKNOWN_FIELDS


def statuses(batch: Batch) -> list[str]:
    return list(batch.trackings.column("status").to_pylist())


def unknown(*items: Any) -> dict[str, tuple[str, str]]:
    return {
        row["field"]: (row["tracking_id"], row["example"])
        for row in flat(*items).unknown_fields.to_pylist()
    }


def quarantined(*items: Any) -> list[tuple[str | None, str, str]]:
    rows = flat(*items).quarantine.to_pylist()
    return [(row["tracking_id"], row["reason"], row["payload"]) for row in rows]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [parcel()],
        [registered()],
        [None],
        [parcel(heard="never", origin_info=leg(scan(heard="never")))],
        [parcel(created_at="no stamp")],
    ],
    ids=["nothing", "a parcel", "no legs", "junk", "unknown fields", "no row"],
)
def test_rows_have_the_columns_that_their_tables_declare(items: list[Any]) -> None:
    batch = flat(*items)
    assert batch.trackings.schema == TRACKINGS.schema
    assert batch.events.schema == TRACKING_EVENTS.schema
    assert batch.quarantine.schema == QUARANTINE.schema
    assert batch.unknown_fields.schema == UNKNOWN_FIELDS.schema


def test_an_empty_answer_is_no_rows() -> None:
    batch = flat()
    assert [part.num_rows for part in batch[:4]] == [0, 0, 0, 0]
    assert batch[4:] == (0, 0)


def test_one_parcel_is_one_row() -> None:
    batch = flat(parcel())
    assert [part.num_rows for part in batch[:4]] == [1, 2, 0, 0]
    assert batch[4:] == (1, 0)


def test_parcels_stay_in_their_order() -> None:
    answer = [parcel(str(n), status=str(n), updated_at=stamp(-n)) for n in range(5)]
    assert statuses(flat(*answer)) == ["0", "1", "2", "3", "4"]


def test_of_one_parcel_twice_in_an_answer_the_newer_version_stays() -> None:
    older = parcel(status="older", updated_at=stamp(1), origin_info=leg(scan(says="older")))
    newer = parcel(status="newer", updated_at=stamp(2), origin_info=leg(scan(says="newer")))
    for answer in ([older, parcel("b"), newer], [newer, parcel("b"), older]):
        batch = flat(*answer)
        assert sorted(statuses(batch)) == ["newer", "transit"]
        assert "older" not in batch.events.column("description").to_pylist()
        assert (batch.payloads, batch.rejected) == (3, 0)


def test_a_version_without_a_stamp_is_older_than_one_with() -> None:
    without, stamped = parcel(status="without", updated_at=None), parcel(status="stamped")
    assert statuses(flat(stamped, without)) == statuses(flat(without, stamped)) == ["stamped"]


def test_of_versions_with_one_stamp_the_last_in_the_answer_stays() -> None:
    answer = [parcel(str(n % 1000), status=str(n)) for n in range(3000)]
    assert statuses(flat(*answer)) == [str(n) for n in range(2000, 3000)]


def test_the_same_parcel_word_for_word_twice_is_one_row() -> None:
    batch = flat(parcel(), parcel())
    assert (batch.trackings.num_rows, batch.events.num_rows) == (1, 2)
    assert batch.events == flat(parcel()).events  # nor is a scan a repetition by that


def test_unknown_fields_are_kept_and_reported_with_their_path() -> None:
    strange = parcel(
        "strange",
        carbon={"kg": 1.5},
        origin_info=leg(scan(ActType="A"), depot=None),
        destination_info=leg(depot=7),
    )
    assert unknown(parcel("usual"), strange, parcel("later", carbon=2)) == {
        "carbon": (parcel_id("strange"), '{"kg":1.5}'),
        "origin_info.depot": (parcel_id("strange"), "null"),
        "destination_info.depot": (parcel_id("strange"), "7"),
        "trackinfo.ActType": (parcel_id("strange"), '"A"'),
    }
    batch = flat(strange)
    assert batch.trackings.column("extra").to_pylist() == [
        '{"carbon":{"kg":1.5},"destination_info.depot":7,"origin_info.depot":null}'
    ]
    assert batch.events.column("extra").to_pylist() == ['{"ActType":"A"}']


def test_known_fields_of_another_type_are_reported_too() -> None:
    odd = parcel(
        title={"a": 1},
        itemTimeLength="soon",
        archived=2,
        origin_info=leg(scan(substatus=[1]), phone={}),
    )
    assert unknown(odd).keys() == {
        "title",
        "itemTimeLength",
        "archived",
        "origin_info.phone",
        "trackinfo.substatus",
    }


def test_a_field_named_like_a_column_does_not_take_its_place() -> None:
    names = ("account", "run_id", "extra", "payload_hash", "row", "event_count", "tracking_id")
    intruder = parcel(**dict.fromkeys(names, "intruder"))
    (row,) = flat(intruder).trackings.to_pylist()
    assert "intruder" not in [value for name, value in row.items() if name != "extra"]
    assert unknown(intruder).keys() == set(names)


def test_nothing_unknown_is_nothing_to_report() -> None:
    batch = flat(parcel(), registered("r", destination=None))
    assert batch.unknown_fields.column("field").to_pylist() == ["destination"]
    assert flat(parcel()).unknown_fields.num_rows == 0


def test_an_example_is_shortened_and_still_json() -> None:
    ((_, example),) = unknown(parcel(long="包" * 100_000)).values()
    assert EXAMPLE_LENGTH <= len(example) < EXAMPLE_LENGTH + 10
    assert example.startswith('"\\"包')


def test_what_cannot_be_read_waits_in_quarantine_with_its_reason() -> None:
    assert quarantined(parcel(), None, {"id": "x"}, parcel("late", created_at="tomorrow")) == [
        (None, "the payload is no object but null", "null"),
        ("x", "carrier_code is no text but null", '{"id":"x"}'),
        (
            parcel_id("late"),
            "created_at is no instant: 'tomorrow'",
            quarantined(parcel("late", created_at="tomorrow"))[0][2],
        ),
    ]


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
@pytest.mark.parametrize("text", ["", "2026-03-01 08:00:00", "0000-00-00T00:00:00+00:00"])
def test_without_readable_stamps_no_version_is_newer_so_it_is_quarantined(
    name: str, text: str
) -> None:
    batch = flat(parcel("good"), parcel("bad", **{name: text}))
    assert batch.trackings.column("tracking_id").to_pylist() == [parcel_id("good")]
    assert set(batch.events.column("tracking_id").to_pylist()) == {parcel_id("good")}
    assert batch.quarantine.column("reason").to_pylist() == [f"{name} is no instant: {text!r}"]
    assert batch.rejected == 1


def test_the_same_junk_twice_waits_once_and_counts_twice() -> None:
    batch = flat(17, 17, 18)
    assert batch.quarantine.column("payload").to_pylist() == ["17", "18"]
    assert (batch.payloads, batch.rejected) == (3, 3)


def test_the_same_junk_of_two_accounts_has_two_names() -> None:
    names = [flat(17, account=each).quarantine.column("quarantine_id")[0] for each in "ab"]
    assert names[0] != names[1]


def test_every_row_says_whose_it_is_when_it_was_read_and_by_which_run() -> None:
    batch = flat(parcel(new=1), None, second=7, account="other")
    for part in batch[:4]:
        for row in part.to_pylist():
            assert (row["account"], row["run_id"]) == ("other", "run at 7")
    assert batch.trackings.column("first_seen_at").to_pylist() == [at(7)]
    assert batch.events.column("first_seen_at").to_pylist() == [at(7)] * 2
    assert batch.quarantine.column("fetched_at").to_pylist() == [at(7)]
    assert batch.unknown_fields.column("first_seen_at").to_pylist() == [at(7)]


def test_the_largest_page_of_odd_dates_is_read() -> None:
    """Each spelling alone once made the whole page unreadable."""
    odd = ["0001-01-01 00:00", "2026-03-01T08:00+08", "2026-03-01 08:00:00.123456789", "\x00"]
    answer = [
        parcel(str(n), order_create_time=odd[n % 4], origin_info=leg(scan(odd[n % 4])))
        for n in range(2000)
    ]
    assert flat(*answer).trackings.num_rows == 2000
