-- One row per account, carrier and lane, or all of them, and part of the way: where the days go.
--
-- The parts and groups are those of marts.phases. p50_days and p90_days reckon in the parcels that
-- are still in that part, and are told only where enough have left it (6 and 36, at least 10 of
-- them later); else p50_at_least_days tells what may be said. The parts overlap, and medians do
-- not add up to that of the whole way.
--
-- Sources: marts.phases, the survival macros.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: what the row is of.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - phase: handover | origin | linehaul | customs | destination | last_mile | pickup_wait.
-- - phase_order: Its place on the way, from 1.
-- - parcel_count: Parcels for which it has begun.
-- - ended_count: Those of them for which it is over.
-- - untimed_count: Those of which nobody knows how long it took; they are in no time below.
-- - open_share: Those who were last seen in it, of those whose time is known.
-- - p50_days: By when half are through; null: not to be published.
-- - p50_low_days: Its lower limit of 95 %.
-- - p50_high_days: Its upper limit; null: not reached yet.
-- - p50_at_least_days: Where p50_days is null: it is no less than this.
-- - p90_days: By when 90 % are through; null: not to be published.
-- - p90_low_days: Its lower limit of 95 %.
-- - p90_high_days: Its upper limit; null: not reached yet.
with

percentiles as (

    select
        grp,
        max(t) filter (where p = 0.5 and is_publishable) as p50_days,
        max(t_low) filter (where p = 0.5 and is_publishable) as p50_low_days,
        max(t_high) filter (where p = 0.5 and is_publishable) as p50_high_days,
        max(at_least) filter (where p = 0.5 and not is_publishable) as p50_at_least_days,
        max(t) filter (where p = 0.9 and is_publishable) as p90_days,
        max(t_low) filter (where p = 0.9 and is_publishable) as p90_low_days,
        max(t_high) filter (where p = 0.9 and is_publishable) as p90_high_days

    from km_percentiles('marts.phases', percentiles := [0.5, 0.9])

    group by grp

),

counted as (

    select
        account,
        grain,
        carrier_code,
        lane,
        phase,
        phase_order,
        any_value(grp) as grp,
        count(*) as parcel_count,
        count(*) filter (where event = 1 and t is not null) as ended_count,
        count(*) filter (where t is null) as untimed_count

    from marts.phases

    group by account, grain, carrier_code, lane, phase, phase_order

)

select
    counted.account,
    counted.grain,
    counted.carrier_code,
    counted.lane,
    counted.phase,
    counted.phase_order,
    counted.parcel_count,
    counted.ended_count,
    counted.untimed_count,
    1 - counted.ended_count / nullif(counted.parcel_count - counted.untimed_count, 0)
        as open_share,
    percentiles.p50_days,
    percentiles.p50_low_days,
    percentiles.p50_high_days,
    percentiles.p50_at_least_days,
    percentiles.p90_days,
    percentiles.p90_low_days,
    percentiles.p90_high_days

from counted

left join percentiles
    on counted.grp = percentiles.grp
