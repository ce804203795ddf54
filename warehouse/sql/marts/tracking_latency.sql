-- One row per account and carrier, and one for (all) of them: how long after it happened a scan
-- was known here.
--
-- An upper limit for TrackingMore's own delay: it holds the carrier's, TrackingMore's (it looks
-- every 3 to 6 hours) and ours (from sync to sync). Judged are scans that came after the parcel's
-- first sight, since what was there already may be of any age, and whose clock is known to the
-- hour: others are counted and left out. A scan that several feeds tell counts once, when the
-- first told it. negative_count of the judged were known before they happened, which says that
-- a clock is wrong; they stay in.
--
-- Sources: marts.events, core.trackings.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - carrier_code: Carrier of the scan's leg; (all): of all of them.
-- - judged_count: Scans the figures are of.
-- - p50_hours: Half of them were known so many hours after they happened, or sooner.
-- - p90_hours: 90 % of them were.
-- - negative_count: Those of them that were known before they happened.
-- - unsure_clock_count: Scans left out because nobody knows the hour of their clock.
-- - first_sight_count: Scans left out because they were there when the parcel was first read.
with

scans as (

    select
        events.account,
        events.tracking_id,
        events.carrier_code,
        any_value(trackings.first_seen_at) as parcel_seen_at,
        min(events.first_seen_at) as first_seen_at,
        min(events.happened_at) as happened_at,
        min(events.event_time_error_hours) as error_hours

    from marts.events

    inner join core.trackings
        on events.account = trackings.account
        and events.tracking_id = trackings.tracking_id

    where events.happened_at is not null

    group by
        events.account,
        events.tracking_id,
        events.carrier_code,
        date_trunc('minute', events.event_time_local),
        coalesce(events.milestone, events.said)

),

timed as (

    select
        *,
        epoch(first_seen_at - happened_at) / 3600 as hours,
        first_seen_at > parcel_seen_at as is_new,
        is_new and error_hours = 0 as is_judged

    from scans

)

select
    scopes.scope as account,
    case when grouping(carrier_code) = 1 then '(all)' else carrier_code end as carrier_code,
    count(*) filter (is_judged) as judged_count,
    median(hours) filter (is_judged) as p50_hours,
    quantile_cont(hours, 0.9) filter (is_judged) as p90_hours,
    count(*) filter (is_judged and hours < 0) as negative_count,
    count(*) filter (is_new and not is_judged) as unsure_clock_count,
    count(*) filter (not is_new) as first_sight_count

from timed

inner join core.scopes
    on timed.account = scopes.account

group by grouping sets ((scopes.scope, carrier_code), (scopes.scope))
