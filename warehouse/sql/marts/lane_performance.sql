-- One row per account, carrier and lane, one per carrier (lane `(all)`) and one for the account
-- (both `(all)`), told apart by grain: how long parcels take, open ones reckoned in.
--
-- p50_days is by when half of them are delivered; its limits of 95 % are _low and _high. It is
-- told only where enough parcels are delivered (6, 17, 36, 72 for p50, p80, p90, p95) and at
-- least 10 are still at risk then; else p50_at_least_days tells what may be said. Parcels that
-- are returned or lost count as no longer followed; shares of outcomes are in
-- marts.outcome_incidence. mean_days_within_30 is the mean where no parcel counts for more than
-- 30 days; null until some are followed for so long.
--
-- naive_ figures are of delivered parcels alone, or of all as if the open ones had ended, as most
-- dashboards have them: too good by as much as open_share lets them. They are here for comparison.
--
-- parcel_count is of scanned parcels, untimed_count of those of them that no time can be told of:
-- called off, delivered nobody knows when, or negative. First attempt: of those tried and decided.
-- Sources: marts.shipments, marts.deliveries, core.as_of, the survival macros.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: what the row is of.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - parcel_count: Parcels that were scanned.
-- - delivered_count: Those of them that are delivered.
-- - open_count: Those that are on the way.
-- - returned_count: Those that went back.
-- - lost_count: Those that are lost or damaged.
-- - untimed_count: Those of which no time can be told; they are in no time below.
-- - open_share: On the way of all.
-- - p50_days: By when half are delivered, from the first scan; null: not to be published.
-- - p50_low_days: Its lower limit of 95 %.
-- - p50_high_days: Its upper limit; null: not reached yet.
-- - p50_at_least_days: Where p50_days is null: it is no less than this.
-- - p80_days: By when 80 % are delivered; null: not to be published.
-- - p80_low_days: Its lower limit of 95 %.
-- - p80_high_days: Its upper limit; null: not reached yet.
-- - p80_at_least_days: Where p80_days is null: it is no less than this.
-- - p90_days: By when 90 % are delivered; null: not to be published.
-- - p90_low_days: Its lower limit of 95 %.
-- - p90_high_days: Its upper limit; null: not reached yet.
-- - p90_at_least_days: Where p90_days is null: it is no less than this.
-- - p95_days: By when 95 % are delivered; null: not to be published.
-- - p95_low_days: Its lower limit of 95 %.
-- - p95_high_days: Its upper limit; null: not reached yet.
-- - p95_at_least_days: Where p95_days is null: it is no less than this.
-- - mean_days_within_30: Mean, no parcel counting for more than 30 days; null: nobody was
--   followed for so long.
-- - naive_mean_days: Mean of the delivered alone.
-- - naive_p50_days: Median of the delivered alone.
-- - naive_p90_days: p90 of the delivered alone.
-- - naive_p50_business_days: Median of the delivered alone, in dates from Monday to Friday.
-- - exception_share: With a scan of something wrong, of all.
-- - exception_share_low: Its lower limit of 95 %, Wilson's.
-- - exception_share_high: Its upper limit of 95 %, Wilson's.
-- - attempted_count: Those of which it is decided how the first attempt went.
-- - first_attempt_share: Delivered at the first attempt, of those.
-- - first_attempt_share_low: Its lower limit of 95 %, Wilson's.
-- - first_attempt_share_high: Its upper limit of 95 %, Wilson's.
-- - naive_return_rate_so_far: Gone back of all, as if those on the way would not.
-- - unsure_clock_share: Those of which a clock is not exactly known, of all.
-- - as_of: Up to when the warehouse knows the account.
with

percentiles as (

    select
        grp,
        p,
        case when is_publishable then t end as days,
        case when is_publishable then t_low end as days_low,
        case when is_publishable then t_high end as days_high,
        case when not is_publishable then at_least end as days_at_least

    from km_percentiles('marts.deliveries')

),

times as (

    select
        grp,
        max(days) filter (where p = 0.5) as p50_days,
        max(days_low) filter (where p = 0.5) as p50_low_days,
        max(days_high) filter (where p = 0.5) as p50_high_days,
        max(days_at_least) filter (where p = 0.5) as p50_at_least_days,
        max(days) filter (where p = 0.8) as p80_days,
        max(days_low) filter (where p = 0.8) as p80_low_days,
        max(days_high) filter (where p = 0.8) as p80_high_days,
        max(days_at_least) filter (where p = 0.8) as p80_at_least_days,
        max(days) filter (where p = 0.9) as p90_days,
        max(days_low) filter (where p = 0.9) as p90_low_days,
        max(days_high) filter (where p = 0.9) as p90_high_days,
        max(days_at_least) filter (where p = 0.9) as p90_at_least_days,
        max(days) filter (where p = 0.95) as p95_days,
        max(days_low) filter (where p = 0.95) as p95_low_days,
        max(days_high) filter (where p = 0.95) as p95_high_days,
        max(days_at_least) filter (where p = 0.95) as p95_at_least_days

    from percentiles

    group by grp

),

means as (

    select
        grp,
        case when is_complete then rmst end as mean_days_within_30

    from km_rmst('marts.deliveries', 30)

),

counts as (

    select
        scopes.scope as account,
        case
            when grouping(carrier_code) = 1 then 'account'
            when grouping(lane) = 1 then 'carrier'
            else 'lane'
        end as grain,
        case when grouping(carrier_code) = 1 then '(all)' else carrier_code end as carrier_code,
        case when grouping(lane) = 1 then '(all)' else lane end as lane,
        count(*) as parcel_count,
        count(*) filter (where outcome = 'delivered') as delivered_count,
        count(*) filter (where outcome = 'open') as open_count,
        count(*) filter (where outcome = 'returned') as returned_count,
        count(*) filter (where outcome = 'lost') as lost_count,
        count(*) filter (where observed_days is null) as untimed_count,
        avg(transit_days) as naive_mean_days,
        median(transit_days) as naive_p50_days,
        quantile_cont(transit_days, 0.9) as naive_p90_days,
        median(transit_business_days) as naive_p50_business_days,
        count(*) filter (where has_exception) as exception_count,
        count(first_attempt_success) as attempted_count,
        count(*) filter (where first_attempt_success) as first_attempt_count,
        count(*) filter (where clock_confidence is distinct from 'exact') as unsure_clock_count

    from marts.shipments

    inner join core.scopes
        on shipments.account = scopes.account

    where first_scan_at is not null

    group by grouping sets (
        (scopes.scope, carrier_code, lane), (scopes.scope, carrier_code), (scopes.scope)
    )

)

select
    counts.account,
    counts.grain,
    counts.carrier_code,
    counts.lane,
    counts.parcel_count,
    counts.delivered_count,
    counts.open_count,
    counts.returned_count,
    counts.lost_count,
    counts.untimed_count,
    counts.open_count / counts.parcel_count as open_share,
    times.* exclude (grp),
    means.mean_days_within_30,
    counts.naive_mean_days,
    counts.naive_p50_days,
    counts.naive_p90_days,
    counts.naive_p50_business_days,
    counts.exception_count / counts.parcel_count as exception_share,
    wilson(counts.exception_count, counts.parcel_count).low as exception_share_low,
    wilson(counts.exception_count, counts.parcel_count).high as exception_share_high,
    counts.attempted_count,
    counts.first_attempt_count / nullif(counts.attempted_count, 0) as first_attempt_share,
    wilson(counts.first_attempt_count, counts.attempted_count).low as first_attempt_share_low,
    wilson(counts.first_attempt_count, counts.attempted_count).high as first_attempt_share_high,
    counts.returned_count / counts.parcel_count as naive_return_rate_so_far,
    counts.unsure_clock_count / counts.parcel_count as unsure_clock_share,
    as_of.as_of

from counts

left join times
    on counts.account || '|' || counts.carrier_code || '|' || counts.lane = times.grp

left join means
    on counts.account || '|' || counts.carrier_code || '|' || counts.lane = means.grp

left join core.as_of
    on counts.account = as_of.account
