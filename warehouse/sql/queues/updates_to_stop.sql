-- Parcels that TrackingMore need not look at any more, for `parcelhouse stop-updates`: delivered a
-- week ago, expired, or 45 days without a new scan since they were registered. Policy: change the
-- numbers here. One row per parcel. What was stopped once is not proposed again, and what
-- TrackingMore stopped itself not at all. Scans have the carrier's wall clock, taken as UTC: a day
-- more or less does not matter here.
with quiet as (
    select
        trackings.account,
        trackings.carrier_code,
        trackings.tracking_number,
        trackings.tracking_id,
        lower(trackings.status) as status,
        trackings.last_update_time at time zone 'UTC' as last_scan_at,
        trackings.created_at,
        as_of.as_of
    from core.live_trackings as trackings
    join core.as_of as as_of using (account)
    where trackings.track_update is distinct from false
),
judged as (
    select
        *,
        case
            when status = 'delivered' then 'delivered'
            when status = 'expired' then 'expired'
            else 'silent'
        end as reason,
        -- greatest and coalesce pass over nulls: a parcel without a scan is as old as its entry
        case
            when status = 'delivered' then coalesce(last_scan_at, created_at)
            else greatest(last_scan_at, created_at)
        end as quiet_since
    from quiet
)
select
    account,
    carrier_code,
    tracking_number,
    tracking_id,
    reason,
    quiet_since,
    date_diff('second', quiet_since, as_of) // 86400 as quiet_days
from judged
where
    (
        reason = 'expired'
        or (reason = 'delivered' and quiet_since < as_of - interval 7 days)
        or (reason = 'silent' and quiet_since < as_of - interval 45 days)
    )
    and not exists (
        from ops.api_actions as actions
        where
            actions.account = judged.account
            and actions.carrier_code = judged.carrier_code
            and actions.tracking_number = judged.tracking_number
            and actions.action = 'stop-updates'
            and actions.outcome in ('done', 'already', 'missing')
    )
order by quiet_since
