-- One row per parcel, those deleted from the account included: how long each part of its way
-- took, how it ended, and for how long it was watched.
--
-- Durations are null unless both of their ends are known, and where the second came first; they
-- are of 24 hours each, with decimals, unless they are counted in dates. Nothing hangs on the
-- reader's clock or on as_of. Repeated scans and those without a time are left out of all times.
-- A final outcome has two keys, the scans and TrackingMore's status; outcome_contradicted says
-- where they differ.
--
-- flags: negative_transit, arrived_before_departed, order_after_shipping and number_reused (scans
-- three days behind a delivery) for what cannot be; outcome_contradicted, delivered_without_event,
-- no_events, unclassified_events and country_missing for what is not known; clock_not_exact and
-- date_only_times; status_set_by_user; vendor_stopped_looking (expired).
--
-- Sources: core.trackings, core.country_names, marts.turning_points, the ref tables.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - carrier_code: Carrier who moves it, spelt as the API does.
-- - tracking_number: The carrier's number of the parcel.
-- - order_id: The merchant's order number.
-- - service_code: The carrier's service, where the API knows it.
-- - status: TrackingMore's word for the state, lower case.
-- - substatus: TrackingMore's finer code, lower case, without blanks.
-- - origin_iso2: Country it comes from, two letters; null: unknown.
-- - destination_iso2: Country it goes to, two letters; null: unknown.
-- - lane: Both of them, `DE>NO`; `??` for one that is unknown.
-- - is_domestic: Whether they are known and the same.
-- - outcome: open | delivered | returned | lost | cancelled | label_only (no carrier has had it) |
--   no_events | delivered_no_event (TrackingMore says so, nobody knows when).
-- - outcome_code: 0 open, 1 delivered, 2 returned, 3 lost, for the macros; null: the others.
-- - vendor_outcome: What status and substatus say by themselves; null: nothing final.
-- - observed_days: From the first scan to the end, of an open one to the end of follow-up: t of
--   the macros. Null where outcome_code is.
-- - ship_week: Monday of the week of the first scan, by the carrier's wall clock.
-- - created_at: When the parcel was registered.
-- - updated_at: TrackingMore's last look.
-- - fetched_at: When this version was read, by the server's clock.
-- - deleted_at: When it was found gone from the account.
-- - is_deleted: Whether it is gone from the account; its row stays, or purging would change the
--   statistics.
-- - is_archived: Whether the merchant archived it.
-- - ordered_at_local: Order time as the merchant typed it, zoneless.
-- - label_at: The first time that it was announced.
-- - first_scan_at: The first proof that the carrier had it: neither the label nor the delivery.
-- - first_scan_local_date: Its date by the carrier's wall clock.
-- - departed_at: When it first left the country it comes from.
-- - last_origin_at: The last scan on the side it comes from; null: domestic.
-- - first_destination_at: The first scan on the side it goes to; null: domestic.
-- - customs_in_at: When the customs of the destination first had it.
-- - customs_out_at: When they first let it go.
-- - first_out_for_delivery_at: When somebody first was under way with it to the recipient.
-- - first_failed_at: The first failed, refused or unclaimed delivery.
-- - available_at: When it first waited for the recipient at a counter, shop or locker.
-- - delivered_at: When it was delivered, of those whose outcome that is. Of several times the
--   first, unless it moved on.
-- - delivered_local_date: Its date by the carrier's wall clock.
-- - carrier_done_at: The end of the carrier's work: available or delivered, whichever was first.
-- - carrier_done_local_date: Its date by the carrier's wall clock.
-- - returned_at: When it was first said to be on its way back, or back.
-- - lost_at: When it was last said to be lost or damaged.
-- - cancelled_at: When it was last said to be cancelled.
-- - ended_at: When the outcome came about; null where it is not final or nobody knows when.
-- - follow_up_at: Until when it was watched: TrackingMore's last look, where it tells one, but no
--   later than ours.
-- - last_event_at: Its newest scan.
-- - last_milestone: The newest milestone that is known.
-- - last_phase: The phase of that.
-- - furthest_milestone: The furthest that it got on its way to the recipient.
-- - handover_to_carrier_days: From the label to the first scan.
-- - transit_days: From the first scan to the delivery.
-- - transit_calendar_days: The same in midnights, by the carriers' wall clocks.
-- - transit_business_days: The same in days from Monday to Friday.
-- - order_to_delivery_days: From the date of the order to that of the delivery; null where it is
--   said to be ordered two days after its first scan.
-- - carrier_days: From the first scan to the end of the carrier's work.
-- - customer_pickup_wait_days: From when it waited for the recipient to the delivery.
-- - cross_border_gap_days: From the last scan on one side to the first on the other.
-- - linehaul_days: From the departure to the first scan on the other side.
-- - customs_days: In the customs of the destination.
-- - transit_less_customs_days: transit_days without customs_days, where those are known.
-- - destination_days: From the first scan on the side it goes to, to the delivery.
-- - last_mile_days: From the first time out for delivery to the delivery.
-- - attempt_count: Dates on which a delivery was tried; 0 of one that only waited at a counter.
-- - first_attempt_success: Whether one attempt was enough; null: none yet, or not known yet.
-- - has_exception: Whether any scan is of the phase exception.
-- - clock_confidence: exact | country_main_zone | unknown: of the first scan or the delivery,
--   whichever is worse.
-- - transit_error_hours: By how much transit_days may be wrong at most, in hours; before it is
--   delivered, by how much first_scan_at may.
-- - event_count: Scans, repeated ones left out.
-- - repeat_count: Scans that were told before.
-- - unclassified_count: Scans that nobody knows the meaning of.
-- - flags: What to know before its numbers are trusted.
-- - run_id: The run that wrote its row in core.trackings.
with

parcels as (

    select
        trackings.account,
        trackings.tracking_id,
        trackings.carrier_code,
        trackings.tracking_number,
        trackings.order_id,
        trackings.service_code,
        trackings.created_at,
        trackings.updated_at,
        trackings.fetched_at,
        trackings.deleted_at,
        trackings.run_id,
        trackings.order_create_time as ordered_at_local,
        original.iso2 as origin_iso2,
        lower(trim(trackings.status)) as status,
        lower(replace(trackings.substatus, ' ', '')) as substatus,
        coalesce(trackings.archived, false) as is_archived,
        coalesce(destination.iso2, coded.iso2) as destination_iso2,
        -- a null is passed over: who was never looked at was watched until we read it
        least(trackings.updated_at, trackings.fetched_at) as follow_up_at

    from core.trackings

    left join core.country_names as original
        on trackings.account = original.account
        and trackings.original_country = original.name

    left join core.country_names as destination
        on trackings.account = destination.account
        and trackings.destination_country = destination.name

    left join ref.countries as coded
        on upper(trim(trackings.destination_code)) = coded.iso2

),

vendor as (

    select
        parcels.*,
        case
            -- set by hand, of which the API tells the number
            when parcels.status = '4' then 'delivered'
            else coalesce(fine.outcome, coarse.outcome)
        end as vendor_outcome

    from parcels

    left join ref.substatus_milestones
        on parcels.substatus = substatus_milestones.substatus

    left join ref.milestones as fine
        on substatus_milestones.milestone = fine.milestone

    left join ref.status_milestones
        on parcels.status = status_milestones.status

    left join ref.milestones as coarse
        on status_milestones.milestone = coarse.milestone

),

joined as (

    select *

    from vendor

    left join marts.turning_points using (account, tracking_id)

),

judged as (

    select
        *,
        case
            -- "delivered" at last may well be to the sender
            when returned_at is not null then 'returned'
            when vendor_outcome = 'returned' then 'returned'
            when
                first_delivered_place is not null
                and (
                    vendor_outcome = 'delivered'
                    or last_delivered_place > coalesce(last_move_place, 0)
                )
                then 'delivered'
            when vendor_outcome = 'delivered' then 'delivered_no_event'
            -- what was lost and moves again was found
            when lost_place > coalesce(last_move_place, 0) then 'lost'
            when vendor_outcome = 'lost' then 'lost'
            when cancelled_place > coalesce(last_move_place, 0) then 'cancelled'
            when vendor_outcome = 'cancelled' then 'cancelled'
            when event_count is null then 'no_events'
            when first_scan_at is null then 'label_only'
            else 'open'
        end as outcome

    from joined

),

ended as (

    select
        *,
        case outcome
            when 'open' then 0
            when 'delivered' then 1
            when 'returned' then 2
            when 'lost' then 3
        end as outcome_code,
        first_scan_local::date as first_scan_local_date,
        case when outcome = 'delivered' then delivery_at end as delivered_at,
        case when outcome = 'delivered' then delivery_local_date end as delivered_local_date,
        case outcome
            when 'delivered' then delivery_at
            when 'returned' then coalesce(returned_at, last_event_at)
            when 'lost' then coalesce(lost_at, last_event_at)
            when 'cancelled' then coalesce(cancelled_at, last_event_at)
        end as ended_at,
        -- who never waited at a counter was brought to the door once at least
        greatest(
            tried_dates,
            case
                when outcome = 'delivered' and coalesce(available_at > delivery_at, true) then 1
                else 0
            end
        )::integer as attempt_count

    from judged

),

measured as (

    select
        *,
        coalesce(
            ordered_at_local > first_scan_local + interval 2 days, false
        ) as is_ordered_after_shipping,
        least(available_at, delivered_at) as carrier_done_at,
        -- the end of follow-up is told by TrackingMore's clock, which has a zone
        case when delivered_at is null then 'exact' else delivery_confidence end as end_confidence,
        first_scan_error_hours
            + case when delivered_at is null then 0 else delivery_error_hours end as error_hours,
        epoch(coalesce(ended_at, follow_up_at) - first_scan_at) / 86400 as end_days,
        epoch(delivered_at - first_scan_at) / 86400 as delivered_days,
        epoch(customs_out_at - customs_in_at) / 86400 as in_customs_days,
        date_diff('day', ordered_at_local::date, delivered_local_date) as ordered_days

    from ended

)

select
    account,
    tracking_id,
    carrier_code,
    tracking_number,
    order_id,
    service_code,
    status,
    substatus,
    origin_iso2,
    destination_iso2,
    coalesce(origin_iso2, '??') || '>' || coalesce(destination_iso2, '??') as lane,
    coalesce(origin_iso2 = destination_iso2, false) as is_domestic,
    outcome,
    outcome_code,
    vendor_outcome,
    case when outcome_code is not null and end_days >= 0 then end_days end as observed_days,
    (first_scan_local_date - (isodow(first_scan_local_date) - 1)::integer)::date as ship_week,
    created_at,
    updated_at,
    fetched_at,
    deleted_at,
    deleted_at is not null as is_deleted,
    is_archived,
    ordered_at_local,
    label_at,
    first_scan_at,
    first_scan_local_date,
    departed_at,
    last_origin_at,
    first_destination_at,
    customs_in_at,
    customs_out_at,
    first_out_for_delivery_at,
    first_failed_at,
    available_at,
    delivered_at,
    delivered_local_date,
    carrier_done_at,
    case
        when carrier_done_at = available_at then available_local_date
        else delivered_local_date
    end as carrier_done_local_date,
    returned_at,
    lost_at,
    cancelled_at,
    ended_at,
    follow_up_at,
    last_event_at,
    last_milestone,
    last_phase,
    furthest_milestone,
    case
        when label_at <= first_scan_at then epoch(first_scan_at - label_at) / 86400
    end as handover_to_carrier_days,
    case when delivered_days >= 0 then delivered_days end as transit_days,
    case
        when delivered_days >= 0
            then date_diff('day', first_scan_local_date, delivered_local_date)
    end as transit_calendar_days,
    case
        when delivered_days >= 0 then business_days(first_scan_local_date, delivered_local_date)
    end as transit_business_days,
    case
        when not is_ordered_after_shipping and ordered_days >= 0 then ordered_days
    end as order_to_delivery_days,
    case
        when first_scan_at <= carrier_done_at then epoch(carrier_done_at - first_scan_at) / 86400
    end as carrier_days,
    case
        when available_at <= delivered_at then epoch(delivered_at - available_at) / 86400
    end as customer_pickup_wait_days,
    case
        when last_origin_at <= first_destination_at
            then epoch(first_destination_at - last_origin_at) / 86400
    end as cross_border_gap_days,
    case
        when departed_at <= first_destination_at
            then epoch(first_destination_at - departed_at) / 86400
    end as linehaul_days,
    case when in_customs_days >= 0 then in_customs_days end as customs_days,
    case
        when delivered_days >= greatest(0, in_customs_days)
            then delivered_days - greatest(0, in_customs_days)
    end as transit_less_customs_days,
    case
        when first_destination_at <= delivered_at
            then epoch(delivered_at - first_destination_at) / 86400
    end as destination_days,
    case
        when first_out_for_delivery_at <= delivered_at
            then epoch(delivered_at - first_out_for_delivery_at) / 86400
    end as last_mile_days,
    attempt_count,
    case
        when coalesce(first_failed_at <= coalesce(delivered_at, first_failed_at), false) then false
        when out_for_delivery_dates > 1 then false
        when attempt_count > 0 and outcome = 'delivered' then true
        when attempt_count > 0 and outcome in ('returned', 'lost') then false
    end as first_attempt_success,
    coalesce(has_exception, false) as has_exception,
    case
        when first_scan_confidence is null then null
        when 'unknown' in (first_scan_confidence, end_confidence) then 'unknown'
        when 'country_main_zone' in (first_scan_confidence, end_confidence)
            then 'country_main_zone'
        else 'exact'
    end as clock_confidence,
    error_hours as transit_error_hours,
    coalesce(event_count, 0)::integer as event_count,
    coalesce(repeat_count, 0)::integer as repeat_count,
    coalesce(unclassified_count, 0)::integer as unclassified_count,
    list_filter(
        [
            case when event_count is null then 'no_events' end,
            case when outcome = 'delivered_no_event' then 'delivered_without_event' end,
            case
                when
                    (vendor_outcome is not null or outcome_code > 0 or outcome = 'cancelled')
                    and outcome <> 'delivered_no_event'
                    and vendor_outcome is distinct from outcome
                    -- his plain "exception" may be any bad end
                    and not (
                        vendor_outcome is null
                        and status = 'exception'
                        and outcome <> 'delivered'
                    )
                    then 'outcome_contradicted'
            end,
            case when status in ('4', '7', '8') then 'status_set_by_user' end,
            case when delivered_days < 0 then 'negative_transit' end,
            case
                when
                    epoch(departed_at - first_destination_at) / 3600
                    > departed_error_hours + first_destination_error_hours
                    then 'arrived_before_departed'
            end,
            case when is_ordered_after_shipping then 'order_after_shipping' end,
            case
                when
                    last_delivered_at > first_delivered_at + interval 3 days
                    or (outcome = 'delivered' and last_move_at > delivered_at + interval 3 days)
                    then 'number_reused'
            end,
            case when has_date_only then 'date_only_times' end,
            case when error_hours > 0 then 'clock_not_exact' end,
            case
                when origin_iso2 is null or destination_iso2 is null then 'country_missing'
            end,
            case when unclassified_count > 0 then 'unclassified_events' end,
            case when status = 'expired' then 'vendor_stopped_looking' end
        ],
        lambda flag: flag is not null
    ) as flags,
    run_id

from measured
