-- One row per account, carrier, lane and week of the first scan that a promise is made for: how
-- many parcels kept it.
--
-- Of the promises in core.promises the one that says most counts: carrier before origin before
-- destination, the newest of equals. Days are dates by the carrier's wall clocks, from the first
-- scan until the parcel was delivered or waited at a counter, whichever was first. Not delivered:
-- returned or lost is late; open is late once the promised days are over, and before is not
-- judged. While some are not due yet the share flatters: only the quick ones are told. Parcels
-- called off, or delivered nobody knows when, are left out.
--
-- Sources: core.promises, marts.shipments.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - carrier_code: Carrier who moves them.
-- - lane: Where from and where to, `DE>NO`; `??` for what is unknown.
-- - ship_week: Monday of the week of the first scan, by the carrier's wall clock.
-- - promised_days: What was promised.
-- - is_business_days: Whether only dates from Monday to Friday count.
-- - parcel_count: Parcels shipped in that week.
-- - judged_count: Those of them that are on time or late.
-- - on_time_count: Those that kept the promise.
-- - overdue_open_count: Those of the late that are still on the way.
-- - not_yet_due_count: Open ones whose days are not over: not judged.
-- - on_time_share: On time of the judged; final where not_yet_due_count is 0.
-- - on_time_share_low: Lower limit of 95 %, Wilson's.
-- - on_time_share_high: Upper limit of 95 %, Wilson's.
with

promises as (

    select
        lanes.account,
        lanes.carrier_code,
        lanes.lane,
        promises.promised_days,
        coalesce(promises.is_business_days, false) as is_business_days

    from (
        select distinct account, carrier_code, lane, origin_iso2, destination_iso2
        from marts.shipments
    ) as lanes

    inner join core.promises
        on lanes.account = promises.account
        and coalesce(promises.carrier_code = lanes.carrier_code, promises.carrier_code is null)
        and coalesce(promises.origin_iso2 = lanes.origin_iso2, promises.origin_iso2 is null)
        and coalesce(
            promises.destination_iso2 = lanes.destination_iso2, promises.destination_iso2 is null
        )

    qualify
        row_number() over (
            partition by lanes.account, lanes.carrier_code, lanes.lane
            order by
                promises.carrier_code is null,
                promises.origin_iso2 is null,
                promises.destination_iso2 is null,
                promises.added_at desc nulls last
        ) = 1

),

taken as (

    select
        shipments.account,
        shipments.carrier_code,
        shipments.lane,
        shipments.ship_week,
        shipments.outcome,
        promises.promised_days,
        promises.is_business_days,
        shipments.carrier_done_local_date is not null as is_done,
        coalesce(
            shipments.carrier_done_local_date, timezone('UTC', shipments.follow_up_at)::date
        ) as until_date,
        case
            when promises.is_business_days
                then business_days(shipments.first_scan_local_date, until_date)
            else until_date - shipments.first_scan_local_date
        end as taken_days

    from marts.shipments

    inner join promises
        on shipments.account = promises.account
        and shipments.carrier_code = promises.carrier_code
        and shipments.lane = promises.lane

    where
        shipments.first_scan_local_date is not null
        and shipments.outcome in ('open', 'delivered', 'returned', 'lost')

),

judged as (

    select
        *,
        case
            when outcome in ('returned', 'lost') then false
            when is_done then taken_days <= promised_days
            when taken_days > promised_days then false
        end as is_on_time

    from taken

),

counts as (

    select
        scopes.scope as account,
        carrier_code,
        lane,
        ship_week,
        promised_days,
        is_business_days,
        count(*) as parcel_count,
        count(is_on_time) as judged_count,
        count(*) filter (where is_on_time) as on_time_count,
        count(*) filter (where not is_on_time and outcome = 'open') as overdue_open_count,
        count(*) filter (where is_on_time is null) as not_yet_due_count

    from judged

    inner join core.scopes
        on judged.account = scopes.account

    group by scopes.scope, carrier_code, lane, ship_week, promised_days, is_business_days

)

select
    *,
    on_time_count / nullif(judged_count, 0) as on_time_share,
    wilson(on_time_count, judged_count).low as on_time_share_low,
    wilson(on_time_count, judged_count).high as on_time_share_high

from counts
