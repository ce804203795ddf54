-- One row per grp and distinct t: km_curve for parcels that were not followed from the beginning.
--
-- A parcel that is registered with the tracker only some days after its first scan could not
-- have been seen if it had been delivered before: until its entry it is not at risk.
--
-- Arguments: `relation`, as risk_table wants it, with one column more: (grp, t, event, entry),
-- entry in the unit of t, 0 for those followed from the beginning. At risk at some time are those
-- with entry < time <= t; rows that end before they enter, or with a null, are left out. `z`, as
-- of km_curve.
--
-- Columns: those of km_curve. Early on few may have entered: where all of them end, survival is 0
-- for good, whatever comes later. Look at at_risk_count before anything else.
--
-- Source: left truncation, Tsai, Jewell and Wang 1987; variance and limits as of km_curve.
create or replace macro km_curve_entry(relation, z := 1.959963984540054) as table

with

followed as (

    select
        grp,
        t::double as t,
        event::integer as event,
        -- from the beginning is before 0: some are delivered at 0
        case when entry <= 0 then '-infinity'::double else entry::double end as entry

    from query_table(relation)

    where t is not null and event is not null and (entry < t or entry <= 0)

),

moves as (

    select
        grp,
        t,
        1 as exit_count,
        (event = 1)::integer as delivered_count,
        0 as entry_count

    from followed

    union all

    select
        grp,
        entry as t,
        0 as exit_count,
        0 as delivered_count,
        1 as entry_count

    from followed

),

counted as (

    select
        grp,
        t,
        sum(exit_count) as exit_count,
        sum(delivered_count) as delivered_count,
        sum(entry_count) as entry_count

    from moves

    group by grp, t

),

-- who leaves at t or later, less who enters at t or later
followed_at as (

    select
        grp,
        t,
        exit_count::bigint as exit_count,
        delivered_count::bigint as delivered_count,
        (
            sum(exit_count - entry_count) over (
                partition by grp order by t desc rows between unbounded preceding and current row
            )
        )::bigint as at_risk_count

    from counted

    qualify exit_count > 0

),

steps as (

    select
        *,
        product(1 - delivered_count / at_risk_count) over past as survival,
        sum(
            case
                when at_risk_count > delivered_count
                    then delivered_count
                        / (at_risk_count * (at_risk_count - delivered_count)::double)
            end
        ) over past as greenwood

    from followed_at

    window past as (
        partition by grp order by t rows between unbounded preceding and current row
    )

),

limits as (

    select
        *,
        case when survival > 0 then survival * sqrt(coalesce(greenwood, 0)) end as survival_se,
        case when survival > 0 then loglog_limit(survival, survival_se, z) end as high

    from steps

)

select
    grp,
    t,
    at_risk_count,
    delivered_count,
    exit_count - delivered_count as censored_count,
    survival,
    survival_se,
    loglog_limit(survival, survival_se, -z) as survival_low,
    -- the last limit there was: survival may be 0 for many rows here
    coalesce(
        last_value(high ignore nulls) over (
            partition by grp order by t rows between unbounded preceding and current row
        ),
        1.0
    ) as survival_high

from limits
