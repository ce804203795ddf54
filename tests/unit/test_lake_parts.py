"""A month is cut where it is too large to be sorted, and stays cut where it was."""

from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import lake_parts
from warehouse.lake_parts import MONTH, NO_MONTH, ROWS_A_PART, SLOT, SLOTS, Part, parts

SOME = st.dictionaries(st.integers(0, SLOTS - 1), st.integers(1, ROWS_A_PART), min_size=1)


def rows_of(part: Part, slots: dict[int, int]) -> int:
    return sum(rows for slot, rows in slots.items() if slot in part)


@given(slots=SOME)
def test_every_slot_with_parcels_is_in_one_part_and_no_part_is_too_large(
    slots: dict[int, int],
) -> None:
    cut = list(parts("2026-03", slots))
    assert [sum(slot in part for part in cut) for slot in slots] == [1] * len(slots)
    assert len({part.file for part in cut}) == len(cut)
    assert all(0 < rows_of(part, slots) <= ROWS_A_PART for part in cut)


@given(slots=SOME, later=SOME)
def test_parcels_that_are_added_leave_the_parts_of_others_as_they_are(
    slots: dict[int, int], later: dict[int, int]
) -> None:
    grown = slots | {slot: slots.get(slot, 0) + rows for slot, rows in later.items()}
    others = {part for part in parts("2026-03", slots) if not any(slot in part for slot in later)}
    assert others <= set(parts("2026-03", grown))


def test_a_month_that_is_small_is_one_file() -> None:
    assert list(parts("2026-03", {0: 1, 247: ROWS_A_PART - 1})) == [Part("2026-03", 0, SLOTS)]
    assert Part("2026-03").file == "part-0.parquet"
    assert list(parts("2026-03", {})) == []


def test_a_slot_is_not_cut_however_large_it_is() -> None:
    cut = list(parts("2026-03", {8: 9 * ROWS_A_PART, 9: 1}))
    assert [tuple(part) for part in cut] == [("2026-03", 8, 9), ("2026-03", 9, 10)]


@pytest.mark.parametrize(
    ("created_at", "place"),
    [
        (datetime(2026, 3, 1, 2, 59, 59, tzinfo=UTC), ("2026-03", 0)),
        (datetime(2026, 3, 1, 3, tzinfo=UTC), ("2026-03", 1)),
        (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), ("2026-03", 247)),
        (None, (NO_MONTH, 0)),
    ],
)
def test_a_slot_is_an_eighth_of_a_day_in_utc(
    created_at: datetime | None, place: tuple[str, int]
) -> None:
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        found = db.execute(
            f"select {MONTH.format('parcels')}, {SLOT.format('parcels')}"
            " from (select $at::timestamptz as created_at) as parcels",
            {"at": created_at},
        ).fetchall()
    assert found == [place]
    assert lake_parts.PARTITION == "created_month"
