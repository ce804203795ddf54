"""The heavy marts on Spark: the .sql files of the warehouse, said in Spark's words.

One definition for both engines: sqlglot translates it, and what it cannot know is defined here,
as functions of the session. They give the same rows as the local warehouse, which `make lake-test`
compares one by one.
"""

from collections.abc import Callable, Iterator
from typing import Any

from warehouse.declarations import View, names, views
from warehouse.errors import CannotOpenError

MARTS = ("marts.events", "marts.shipments", "marts.gaps")
FUNCTIONS = (
    # Of an hour that a clock shows twice DuckDB means the second, Spark the first.
    """
    create or replace temporary function first_meant(zone string, clock timestamp_ntz)
    returns timestamp
    return to_utc_timestamp(cast(clock as timestamp), zone)
    """,
    """
    create or replace temporary function timezone(zone string, clock timestamp_ntz)
    returns timestamp
    return
        case
            when
                from_utc_timestamp(first_meant(zone, clock) + interval 1 hour, zone)
                = cast(clock as timestamp)
                then first_meant(zone, clock) + interval 1 hour
            else first_meant(zone, clock)
        end
    """,
    """
    create or replace temporary function seconds_between(since timestamp, until timestamp)
    returns double
    return (unix_micros(until) - unix_micros(since)) / 1e6D
    """,
    """
    create or replace temporary function iso_weekday(day date)
    returns int
    return weekday(day) + 1
    """,
    """
    create or replace temporary function weekdays_until(day date)
    returns bigint
    return
        cast(floor((datediff(day, date '1970-01-05') - weekday(day)) / 7) as bigint) * 5
        + least(weekday(day) + 1, 5)
    """,
    """
    create or replace temporary function business_days(since date, until date)
    returns bigint
    return weekdays_until(until) - weekdays_until(since)
    """,
)
# One row per lane and share p: by when it is delivered, parcels that are still open reckoned in,
# as km_percentiles says of (lane, observed_days, outcome_code).
DELIVERY_DAYS = """
    with
    exits as (
        select
            lane,
            observed_days as t,
            count(*) as exit_count,
            count_if(outcome_code = 1) as delivered_count
        from marts__shipments
        where observed_days is not null and outcome_code is not null
        group by lane, observed_days
    ),
    followed as (
        select
            *,
            sum(exit_count) over (partition by lane order by t desc) as at_risk_count
        from exits
    ),
    survived as (
        select
            *,
            -- the product of the shares that are left at each step; all are delivered at the last
            case
                when min(at_risk_count - delivered_count) over past = 0 then 0
                else exp(sum(ln(nullif(1 - delivered_count / at_risk_count, 0))) over past)
            end as survival
        from followed
        window past as (partition by lane order by t)
    )
    select
        lane,
        p,
        max(at_risk_count) as parcel_count,
        sum(delivered_count) as delivered_count,
        min(t) filter (where survival <= 1 - p + 1e-12) as t,
        max(at_risk_count) filter (where survival <= 1 - p + 1e-12) as at_risk_count
    from survived
    cross join (select explode(array(0.5D, 0.8D, 0.9D, 0.95D)) as p) as wanted
    group by lane, p
"""


def define(session: Any, relation: Callable[[str], Any]) -> dict[str, Any]:
    """Define the heavy marts as temporary views, `marts__shipments` and so on.

    Args:
        session: A SparkSession in UTC.
        relation: Returns the DataFrame of a table, such as `core.trackings`, `core.event_texts`
            or `ref.milestones`, once each.

    Returns:
        The marts' DataFrames by the warehouse's name of them; nothing has been computed yet.

    Raises:
        CannotOpenError: sqlglot is not installed.
    """
    for function in FUNCTIONS:
        session.sql(function)
    chain = list(_chain())
    made = {view.name for view in chain}
    for name in sorted({name for view in chain for name in _tables(view)} - made):
        relation(name).createOrReplaceTempView(_flat(name))
    found = {}
    for view in chain:
        frame = session.sql(translated(view.query))
        frame.createOrReplaceTempView(_flat(view.name))
        found[view.name] = frame
    return {name: found[name] for name in MARTS}


def translated(query: str) -> str:
    """Return a query of the warehouse in Spark's words, its relations as `schema__name`.

    Raises:
        CannotOpenError: sqlglot is not installed.
    """
    sqlglot = _sqlglot()
    exp = sqlglot.exp
    tree = sqlglot.parse_one(query, read="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            if not table.alias:  # columns are told apart by the bare name
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(_flat(f"{table.db}.{table.name}")))
            table.set("db", None)
    for called in list(tree.find_all(exp.Func)):
        name = called.name if isinstance(called, exp.Anonymous) else called.sql_name()
        if isinstance(called, exp.DayOfWeekIso):
            called.replace(exp.Anonymous(this="iso_weekday", expressions=[called.this]))
        elif name.lower() == "epoch" or isinstance(called, exp.TimeToUnix):
            told = called.expressions[0] if isinstance(called, exp.Anonymous) else called.this
            told = told.unnest()
            between = [told.expression, told.this]  # of the difference of two instants
            called.replace(exp.Anonymous(this="seconds_between", expressions=between))
    return str(tree.sql(dialect="spark"))


def _sqlglot() -> Any:
    try:
        import sqlglot
    except ImportError:
        msg = (
            "marts on Spark need the package sqlglot: `pip install 'parcelhouse[scale-out-spark]'`"
        )
        raise CannotOpenError(msg) from None
    return sqlglot


def _chain() -> Iterator[View]:
    """Yield the marts and the views that they are made of, in their order."""
    used = set(MARTS)
    for view in reversed(views()):
        if view.name in used:
            used |= names(view.query)
    yield from (view for view in views() if view.name in used)


def _tables(view: View) -> set[str]:
    exp = _sqlglot().exp
    tree = _sqlglot().parse_one(view.query, read="duckdb")
    return {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db}


def _flat(name: str) -> str:
    return name.replace(".", "__")
