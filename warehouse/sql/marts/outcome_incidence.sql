-- One row per account, group, outcome and day: the share of parcels that have ended so within
-- 7, 14, 21, 30, 45, 60 days of their first scan, open ones reckoned in.
--
-- Groups by grain: a carrier and lane, a carrier, the account (`(all)` for what is not told
-- apart). The outcomes compete: a returned parcel will not be delivered any more, so the shares of
-- delivered, returned, lost and open_share add up to 1. Null beyond the longest follow-up, unless
-- all had ended by then. at_risk_count is of parcels followed until that day: where it is small,
-- believe the limits of 95 %, not the share. Times count to the hour.
--
-- Sources: marts.deliveries, core.as_of; Aalen and Johansen, as of aj_curve.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: what the row is of.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - outcome: delivered | returned | lost.
-- - day: Days from the first scan.
-- - share: Ended so by that day; null: nobody was followed for so long.
-- - share_low: Its lower limit of 95 %.
-- - share_high: Its upper limit of 95 %.
-- - open_share: Not ended in any way by that day.
-- - at_risk_count: Parcels that were followed until that day or longer.
-- - as_of: Up to when the warehouse knows the account.
with

hourly as (

    -- upward: whoever ends within a day still does
    select
        grp,
        ceil(t * 24) / 24 as t,
        event

    from marts.deliveries

),

curves as (

    select * from aj_curve('hourly')

),

read as (

    select
        curves.grp,
        curves.cause,
        days.day,
        max(curves.t) as t_max,
        arg_max(curves.incidence, curves.t) filter (where curves.t <= days.day) as incidence,
        arg_max(curves.incidence_low, curves.t) filter (where curves.t <= days.day) as low,
        arg_max(curves.incidence_high, curves.t) filter (where curves.t <= days.day) as high,
        arg_max(curves.survival, curves.t) filter (where curves.t <= days.day) as survival,
        arg_min(curves.at_risk_count, curves.t) filter (where curves.t >= days.day) as at_risk_count

    from curves

    cross join (select unnest([7, 14, 21, 30, 45, 60]) as day) as days

    group by curves.grp, curves.cause, days.day

),

known as (

    select
        grp,
        ['delivered', 'returned', 'lost'][cause] as outcome,
        day,
        coalesce(incidence, 0) as share,
        coalesce(low, 0) as share_low,
        coalesce(high, 0) as share_high,
        coalesce(survival, 1) as open_share,
        coalesce(at_risk_count, 0) as at_risk_count,
        day <= t_max or coalesce(survival, 1) < 1e-12 as is_known

    from read

),

groups as (

    select distinct
        account,
        grain,
        carrier_code,
        lane,
        grp

    from marts.deliveries

)

select
    groups.account,
    groups.grain,
    groups.carrier_code,
    groups.lane,
    known.outcome,
    known.day,
    case when known.is_known then known.share end as share,
    case when known.is_known then known.share_low end as share_low,
    case when known.is_known then known.share_high end as share_high,
    case when known.is_known then known.open_share end as open_share,
    known.at_risk_count,
    as_of.as_of

from known

inner join groups
    on known.grp = groups.grp

left join core.as_of
    on groups.account = as_of.account
