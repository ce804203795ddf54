-- One row per parcel that has scans: when what happened to it first and last, as far as its scans
-- tell. What follows from that is in marts.shipments.
--
-- A place is a scan's place in the parcel's order of scans, from 1; repeated scans and those
-- without a time have none, and are left out of all but the counts.
--
-- Source: marts.events.
with

counted as (

    select
        account,
        tracking_id,
        count(*) filter (where not is_repeat) as event_count,
        count(*) filter (where is_repeat) as repeat_count,
        count(*) filter (where not is_repeat and milestone is null) as unclassified_count

    from marts.events

    group by account, tracking_id

),

scans as (

    select
        account,
        tracking_id,
        milestone,
        milestone_rank,
        milestone_phase,
        side,
        is_domestic,
        is_date_only,
        happened_at,
        event_time_local::date as local_date,
        event_time_local,
        clock_confidence,
        event_time_error_hours,
        -- an order without ties, or the same parcel would be told in another way next time
        row_number() over (
            partition by account, tracking_id
            order by happened_at, event_time_local, milestone_rank, leg, position, event_id
        ) as place

    from marts.events

    where not is_repeat and happened_at is not null

),

told as (

    select
        account,
        tracking_id,
        min(happened_at) filter (where milestone = 'info_received') as label_at,
        -- who was called off or sent back need never have been had, and a delivery is no beginning
        min(place) filter (where milestone_rank between 20 and 88) as first_scan_place,
        min(happened_at) filter (where milestone = 'departed_origin') as departed_at,
        arg_min(event_time_error_hours, place) filter (
            where milestone = 'departed_origin'
        ) as departed_error_hours,
        max(happened_at) filter (where side = 'origin' and not is_domestic) as last_origin_at,
        min(happened_at) filter (
            where side = 'destination' and not is_domestic
        ) as first_destination_at,
        arg_min(event_time_error_hours, place) filter (
            where side = 'destination' and not is_domestic
        ) as first_destination_error_hours,
        min(happened_at) filter (
            where milestone in ('customs_processing', 'customs_hold') and side = 'destination'
        ) as customs_in_at,
        min(happened_at) filter (
            where milestone = 'customs_cleared' and side = 'destination'
        ) as customs_out_at,
        min(happened_at) filter (
            where milestone = 'out_for_delivery'
        ) as first_out_for_delivery_at,
        min(happened_at) filter (
            where milestone in ('delivery_failed', 'refused', 'unclaimed')
        ) as first_failed_at,
        min(happened_at) filter (where milestone = 'available_for_pickup') as available_at,
        arg_min(local_date, place) filter (
            where milestone = 'available_for_pickup'
        ) as available_local_date,
        min(place) filter (where milestone = 'delivered') as first_delivered_place,
        max(place) filter (where milestone = 'delivered') as last_delivered_place,
        max(place) filter (
            where milestone_phase in ('transit', 'delivery')
        ) as last_move_place,
        max(happened_at) filter (
            where milestone_phase in ('transit', 'delivery')
        ) as last_move_at,
        min(happened_at) filter (where milestone = 'delivered') as first_delivered_at,
        max(happened_at) filter (where milestone = 'delivered') as last_delivered_at,
        min(happened_at) filter (where milestone in ('returning', 'returned')) as returned_at,
        max(happened_at) filter (where milestone = 'lost_or_damaged') as lost_at,
        max(place) filter (where milestone = 'lost_or_damaged') as lost_place,
        max(happened_at) filter (where milestone = 'cancelled') as cancelled_at,
        max(place) filter (where milestone = 'cancelled') as cancelled_place,
        max(happened_at) as last_event_at,
        arg_max(milestone, place) as last_milestone,
        arg_max(milestone_phase, place) as last_phase,
        arg_max(milestone, milestone_rank) filter (
            where milestone_phase in ('before', 'transit', 'delivery') or milestone = 'delivered'
        ) as furthest_milestone,
        count(distinct local_date) filter (where milestone = 'out_for_delivery')
            as out_for_delivery_dates,
        count(distinct local_date) filter (
            where milestone in ('out_for_delivery', 'delivery_failed', 'refused')
        ) as tried_dates,
        bool_or(milestone_phase = 'exception') as has_exception,
        bool_or(is_date_only) as has_date_only

    from scans

    group by account, tracking_id

),

chosen as (

    select
        *,
        case
            when first_delivered_place > coalesce(last_move_place, 0) then first_delivered_place
            else last_delivered_place
        end as delivered_place

    from told

),

ends as (

    select
        chosen.*,
        first_scan.happened_at as first_scan_at,
        first_scan.event_time_local as first_scan_local,
        first_scan.clock_confidence as first_scan_confidence,
        first_scan.event_time_error_hours as first_scan_error_hours,
        delivery.happened_at as delivery_at,
        delivery.local_date as delivery_local_date,
        delivery.clock_confidence as delivery_confidence,
        delivery.event_time_error_hours as delivery_error_hours

    from chosen

    left join scans as first_scan
        on chosen.account = first_scan.account
        and chosen.tracking_id = first_scan.tracking_id
        and chosen.first_scan_place = first_scan.place

    left join scans as delivery
        on chosen.account = delivery.account
        and chosen.tracking_id = delivery.tracking_id
        and chosen.delivered_place = delivery.place

)

select *

from counted

left join ends using (account, tracking_id)
