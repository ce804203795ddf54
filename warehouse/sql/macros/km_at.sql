-- One row per grp and day: the share that is delivered by then, open parcels reckoned in.
--
-- Arguments: `relation`, as risk_table wants it: (grp, t, event), with t in days. `days`,
-- `[1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60]` unless said otherwise. `z`, as of km_curve.
--
-- Columns: grp, day, delivered_share, delivered_share_low, delivered_share_high, at_risk_count
-- (those followed until that day or longer). The shares are null beyond the longest follow-up,
-- unless everything was delivered by then: unknown is not unchanged.
--
-- Source: 1 less the Kaplan-Meier estimate of km_curve.
create or replace macro km_at(
    relation, days := [1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60], z := 1.959963984540054
) as table

with

steps as (

    select
        grp,
        day::double as day,
        t,
        delivered_count + censored_count as exit_count,
        survival,
        survival_low,
        survival_high

    from km_curve(relation, z := z)

    cross join (select unnest(days) as day) as wanted

),

read as (

    select
        grp,
        day,
        coalesce(arg_max(survival, t) filter (where t <= day), 1) as survival,
        coalesce(arg_max(survival_low, t) filter (where t <= day), 1) as survival_low,
        coalesce(arg_max(survival_high, t) filter (where t <= day), 1) as survival_high,
        coalesce(sum(exit_count) filter (where t >= day), 0)::bigint as at_risk_count

    from steps

    group by grp, day

)

select
    grp,
    day,
    case when at_risk_count > 0 or survival = 0 then 1 - survival end as delivered_share,
    case when at_risk_count > 0 or survival = 0 then 1 - survival_high end as delivered_share_low,
    case when at_risk_count > 0 or survival = 0 then 1 - survival_low end as delivered_share_high,
    at_risk_count

from read
