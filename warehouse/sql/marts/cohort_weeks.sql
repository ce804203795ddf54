-- One row per account, group, week of the first scan and age in days: which share of that week's
-- parcels was delivered at that age. Null until the youngest of them is that old.
--
-- Groups by grain: a carrier and lane, a carrier, the account (`(all)` for what is not told
-- apart). Weeks begin on Monday, by the carrier's wall clock. unfollowed_count is of open parcels
-- that TrackingMore stopped asking about before that age: the share may be too low by those.
-- Parcels called off or delivered nobody knows when are left out.
--
-- Sources: marts.shipments, core.as_of.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: what the row is of.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - ship_week: Monday of the week of the first scan.
-- - age_days: Days from the first scan: 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60.
-- - parcel_count: Parcels of that week.
-- - delivered_count: Delivered at that age; null: the youngest is not that old.
-- - delivered_share: The same, of all.
-- - delivered_share_low: Its lower limit of 95 %, Wilson's.
-- - delivered_share_high: Its upper limit of 95 %, Wilson's.
-- - unfollowed_count: Open ones that were not followed to that age.
with

parcels as (

    select
        scopes.scope as account,
        shipments.carrier_code,
        shipments.lane,
        shipments.ship_week,
        shipments.outcome_code,
        shipments.observed_days,
        epoch(as_of.as_of - shipments.first_scan_at) / 86400 as days_since_scan,
        unnest([1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60]) as age_days

    from marts.shipments

    inner join core.as_of
        on shipments.account = as_of.account

    inner join core.scopes
        on shipments.account = scopes.account

    where
        shipments.ship_week is not null
        and shipments.observed_days is not null

),

weeks as (

    select
        account,
        case
            when grouping(carrier_code) = 1 then 'account'
            when grouping(lane) = 1 then 'carrier'
            else 'lane'
        end as grain,
        case when grouping(carrier_code) = 1 then '(all)' else carrier_code end as carrier_code,
        case when grouping(lane) = 1 then '(all)' else lane end as lane,
        ship_week,
        age_days,
        count(*) as parcel_count,
        count(*) filter (where outcome_code = 1 and observed_days <= age_days) as delivered_count,
        count(*) filter (where outcome_code = 0 and observed_days < age_days) as unfollowed_count,
        min(days_since_scan) >= age_days as is_old_enough

    from parcels

    group by grouping sets (
        (account, ship_week, age_days, carrier_code, lane),
        (account, ship_week, age_days, carrier_code),
        (account, ship_week, age_days)
    )

)

select
    account,
    grain,
    carrier_code,
    lane,
    ship_week,
    age_days,
    parcel_count,
    case when is_old_enough then delivered_count end as delivered_count,
    case when is_old_enough then delivered_count / parcel_count end as delivered_share,
    case when is_old_enough then wilson(delivered_count, parcel_count).low end
        as delivered_share_low,
    case when is_old_enough then wilson(delivered_count, parcel_count).high end
        as delivered_share_high,
    case when is_old_enough then unfollowed_count end as unfollowed_count

from weeks
