"""The three tables of core as queries over the versions: the guard and the merge of `upsert`.

`upsert` merges one answer after another into what is stored. Here each parcel's versions are
folded in that same order, all parcels at once, so that any engine may do it for any part of them:
what comes out is what `upsert` would have stored. tests/property/test_scale_out_property.py and
`make lake-test` hold them to that.
"""

from transforms.tables import STATUS_HISTORY, TRACKING_EVENTS, TRACKINGS
from warehouse.scale_out.dialects import Dialect
from warehouse.scale_out.fold import PARCEL, fold
from warehouse.scale_out.versions import DELETED, MONTH, SCAN, WHOLE
from warehouse.scans import EVENT_REMARKS

TABLES = (TRACKINGS.told, TRACKING_EVENTS, STATUS_HISTORY)


def statements(dialect: Dialect) -> dict[str, str]:
    """Return the queries by the name of what each makes, in the order in which they hang together.

    They read `versions`, a relation of `SCHEMA` that holds all versions of each of its parcels,
    and the relations made before them; the last three are rows of `TABLES` with created_month.
    """
    return {
        "ordered": _ordered(dialect),
        "steps": fold(dialect),
        "passed": _passed(),
        "trackings": _trackings(dialect),
        "tracking_events": _events(dialect),
        "status_history": _history(dialect),
    }


def _ordered(dialect: Dialect) -> str:
    """Return the query that numbers each parcel's versions; one loaded twice changes nothing."""
    return f"""
        select
            versions.*,
            {dialect.micros.format("updated_at")} as stamp_us,
            {dialect.micros.format("fetched_at")} as read_us,
            {dialect.micros.format("deleted_at")} as gone_us,
            cast(row_number() over (
                partition by {PARCEL}
                order by ledger, sequence, kind = '{DELETED}', deleted_at
            ) as int) as n
        from versions
    """


def _passed() -> str:
    """Return the query of the versions that a row gave way to, with all that they say."""
    return f"""
        select ordered.*
        from ordered
        join steps using ({PARCEL}, n)
        where steps.is_version
    """


def _trackings(dialect: Dialect) -> str:
    """Return the query of each parcel's newest version, a partial one upon those before it."""
    filled = {
        name: f"max_by(passed.{name}, passed.n) filter (where passed.{name} is not null) as {name}"
        for name in (*TRACKINGS.told.column_names, MONTH)
    }
    filled |= {
        "account": "passed.account",
        "tracking_id": "passed.tracking_id",
        "event_count": "max(ends.event_count) as event_count",
        "first_seen_at": "min(ends.first_seen_at) as first_seen_at",
        "deleted_at": f"{dialect.instant.format('max(ends.deleted_us)')} as deleted_at",
    }
    return f"""
        with
        ends as (
            select
                steps.account,
                steps.tracking_id,
                steps.event_count,
                steps.deleted_us,
                since.n as since_n,
                since.first_seen_at
            from (
                select
                    *,
                    row_number() over (partition by {PARCEL} order by n desc) as nth_last
                from steps
            ) as steps
            join (
                select
                    {PARCEL},
                    max(case when kind = '{WHOLE}' then n end) as n,
                    min(first_seen_at) as first_seen_at
                from passed
                group by {PARCEL}
            ) as since
                on {_same("steps", "since")}
            where steps.nth_last = 1
        )
        select {", ".join(filled.values())}
        from passed
        join ends on {_same("passed", "ends")}
        where passed.n >= ends.since_n
        group by passed.account, passed.tracking_id
    """


def _events(dialect: Dialect) -> str:
    """Return the query of every scan that a version had; withdrawn by the first that lacks it."""
    changed = " or ".join(f"{name} is distinct from lag_{name}" for name in EVENT_REMARKS)
    before = ", ".join(f"lag({name}) over scan as lag_{name}" for name in EVENT_REMARKS)
    scans = ", ".join(field.name for field in SCAN)
    return f"""
        with
        -- versions by whether they say anything about a leg, numbered as that leg knows them
        legs as (
            select {PARCEL}, n, 'origin' as leg, fetched_at, run_id
            from passed
            where kind = '{WHOLE}' or origin_count > 0
            union all
            select {PARCEL}, n, 'destination' as leg, fetched_at, run_id
            from passed
            where kind = '{WHOLE}' or event_count > origin_count
        ),
        spoken as (
            select
                *,
                row_number() over leg_by_leg as nth,
                lead(fetched_at) over leg_by_leg as next_fetched_at,
                lead(run_id) over leg_by_leg as next_run_id
            from legs
            window leg_by_leg as (partition by {PARCEL}, leg order by n)
        ),
        told as (
            select {PARCEL}, n, {MONTH}, {dialect.unfolded.format("scans")}
            from passed
        ),
        placed as (
            select
                told.*,
                spoken.nth,
                spoken.fetched_at,
                spoken.run_id,
                spoken.next_fetched_at,
                spoken.next_run_id
            from told
            join spoken
                on {_same("told", "spoken", "leg", "n")}
        ),
        compared as (
            select
                *,
                lag(nth) over scan as lag_nth,
                {before}
            from placed
            window scan as (partition by {PARCEL}, event_id order by nth)
        ),
        -- a version touches a scan that is new, back or told otherwise
        touched as (
            select *, lag_nth is null or lag_nth < nth - 1 or {changed} as is_touched
            from compared
        ),
        known as (
            select
                *,
                min(case when is_touched then fetched_at end) over whole as first_seen_at,
                max(case when is_touched then nth end) over whole as touched_nth,
                max(nth) over whole as last_nth
            from touched
            window whole as (partition by {PARCEL}, event_id)
        ),
        -- who wrote its row: the version that touched it last, or the one that lacks it
        writers as (
            select {PARCEL}, leg, nth, run_id as written_by
            from spoken
        )
        select
            known.account,
            known.tracking_id,
            {scans.replace("leg,", "known.leg,")},
            known.first_seen_at,
            known.next_fetched_at as withdrawn_at,
            coalesce(known.next_run_id, writers.written_by) as run_id,
            known.{MONTH}
        from known
        join writers
            on {_same("known", "writers", "leg")} and known.touched_nth = writers.nth
        where known.nth = known.last_nth
    """


def _history(dialect: Dialect) -> str:
    """Return the query of the states of each parcel, in the order in which they were learned."""
    return f"""
        select
            steps.account,
            steps.tracking_id,
            steps.status,
            steps.substatus,
            steps.archived,
            steps.event_count,
            steps.is_deleted,
            {dialect.instant.format("steps.valid_us")} as valid_from,
            {dialect.instant.format("lead(steps.valid_us) over parcel")} as valid_to,
            {dialect.instant.format("steps.stamp_us")} as updated_at,
            steps.run_id,
            ordered.{MONTH}
        from steps
        join ordered
            on {_same("steps", "ordered", "n")}
        where steps.opens
        window parcel as (partition by steps.account, steps.tracking_id order by steps.n)
    """


def _same(one: str, other: str, *columns: str) -> str:
    """Return the condition that two relations tell of the same parcel, and agree in *columns*."""
    names = (*PARCEL.split(", "), *columns)
    return " and ".join(f"{one}.{name} = {other}.{name}" for name in names)
