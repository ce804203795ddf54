"""Which versions a stored row gives way to, and what its state is behind each of them.

The guard looks at what is stored, which is what the guard let through before: no window function
can say it, so a parcel's versions are folded into a list of steps, one parcel at a time.
"""

from warehouse.scale_out.dialects import Dialect
from warehouse.scale_out.versions import DELETED, PARTIAL, WHOLE

PARCEL = "account, tracking_id"
_NEVER = "-9000000000000000000"  # before any instant, in microseconds
# What happened at a step: one that was passed over has none.
_LOG = {
    "n": "int",
    "is_version": "boolean",
    "opens": "boolean",  # whether it begins another state
    "status": "string",
    "substatus": "string",
    "archived": "boolean",
    "event_count": "int",
    "is_deleted": "boolean",
    "deleted_us": "bigint",
    "valid_us": "bigint",
    "stamp_us": "bigint",
    "run_id": "string",
}
_STATE = {
    "stamp_us": "bigint",
    "read_us": "bigint",  # null: nobody has seen the parcel yet
    "payload_hash": "string",
    "deleted_us": "bigint",
    "status": "string",
    "substatus": "string",
    "archived": "boolean",
    "origin_count": "int",
    "other_count": "int",
    "valid_us": "bigint",  # of the open state
    "opened_us": "bigint",  # updated_at when that was read
}


def fold(dialect: Dialect) -> str:
    """Return the query of the versions that a row gave way to, and of the deletions that were one.

    It reads `ordered`, in which n numbers the versions of a parcel.
    """
    words = ("n", "kind", "stamp_us", "read_us", "gone_us", "payload_hash", "status", "substatus")
    more = ("archived", "event_count", "origin_count", "run_id")
    step = dialect.made({name: name for name in (*words, *more)})
    first = dialect.made(
        {name: f"cast(null as {kind})" for name, kind in _STATE.items()}
        | {"log": dialect.empty(_LOG)}
    )
    following = f"""
        case
            when x.kind = '{DELETED}' then
                case
                    when s.read_us is not null and s.deleted_us is null and s.read_us <= x.gone_us
                        then {_deleted(dialect)}
                    else s
                end
            when {_guard()} then {_replaced(dialect)}
            else s
        end
    """
    folded = dialect.fold.format(
        items=dialect.listed.format(step), first=first, following=following
    )
    return f"""
        with folded as (
            select {PARCEL}, {folded} as state
            from ordered
            group by {PARCEL}
        )
        select {PARCEL}, {dialect.unfolded.format("state.log")}
        from folded
    """


def _guard() -> str:
    """Return `upsert.GUARD` of a whole version, `overlay.GUARD` of a partial one, over s and x."""
    stamp, kept = (f"coalesce({each}.stamp_us, {_NEVER})" for each in "xs")
    return f"""
        case
            when x.kind = '{PARTIAL}'
                then s.read_us is not null and s.deleted_us is null and x.read_us >= s.read_us
            else
                s.read_us is null
                or (s.deleted_us is not null and x.read_us > s.deleted_us)
                or (
                    s.payload_hash <> x.payload_hash
                    and ({stamp} > {kept} or ({stamp} = {kept} and x.read_us >= s.read_us))
                )
        end
    """


def _replaced(dialect: Dialect) -> str:
    """Return the state behind a version that the row gave way to."""
    origin = _leg("x.origin_count", "s.origin_count")
    other = _leg("(x.event_count - x.origin_count)", "s.other_count")
    # read before it was found gone: newer words, but it is not back
    is_deleted = "coalesce(x.read_us <= s.deleted_us, false)"
    deleted = f"case when {is_deleted} then s.deleted_us end"
    told = {name: _told(name) for name in ("status", "substatus", "archived")}
    opens = f"""(
        s.read_us is null
        or s.status is distinct from {told["status"]}
        or s.substatus is distinct from {told["substatus"]}
        or s.archived is distinct from {told["archived"]}
        or s.origin_count + s.other_count <> {origin} + {other}
        or (s.deleted_us is not null) <> {is_deleted}
    )"""
    # a newer version may have been read before the one that it replaces
    valid = "(case when s.valid_us >= x.read_us then s.valid_us + 1 else x.read_us end)"
    stamp = _told("stamp_us")
    entry = told | {
        "n": "x.n",
        "is_version": "true",
        "opens": opens,
        "event_count": f"{origin} + {other}",
        "is_deleted": is_deleted,
        "deleted_us": deleted,
        "valid_us": valid,
        "stamp_us": stamp,
        "run_id": "x.run_id",
    }
    return dialect.made(
        {
            "stamp_us": stamp,
            "read_us": "x.read_us",
            "payload_hash": f"case when x.kind = '{PARTIAL}' then s.payload_hash"
            " else x.payload_hash end",
            "deleted_us": deleted,
            **told,
            "origin_count": origin,
            "other_count": other,
            "valid_us": f"case when {opens} then {valid} else s.valid_us end",
            "opened_us": f"case when {opens} then {stamp} else s.opened_us end",
            "log": dialect.append.format("s.log", _entry(dialect, entry)),
        }
    )


def _deleted(dialect: Dialect) -> str:
    """Return the state behind a deletion: the same one, gone."""
    entry = {
        "n": "x.n",
        "is_version": "false",
        "opens": "true",
        "status": "s.status",
        "substatus": "s.substatus",
        "archived": "s.archived",
        "event_count": "s.origin_count + s.other_count",
        "is_deleted": "true",
        "deleted_us": "x.gone_us",
        "valid_us": "x.gone_us",
        "stamp_us": "s.opened_us",
        "run_id": "x.run_id",
    }
    return dialect.made(
        {name: f"s.{name}" for name in _STATE}
        | {"deleted_us": "x.gone_us", "valid_us": "x.gone_us"}
        | {"log": dialect.append.format("s.log", _entry(dialect, entry))}
    )


def _entry(dialect: Dialect, values: dict[str, str]) -> str:
    return dialect.made({name: f"cast({values[name]} as {kind})" for name, kind in _LOG.items()})


def _told(name: str) -> str:
    """Return what is known of *name* behind a version: of a partial one a null says nothing."""
    return f"(case when x.kind = '{PARTIAL}' then coalesce(x.{name}, s.{name}) else x.{name} end)"


def _leg(said: str, stood: str) -> str:
    """Return how many scans of a leg stand behind a version."""
    return f"(case when x.kind = '{WHOLE}' or {said} > 0 then {said} else {stood} end)"
