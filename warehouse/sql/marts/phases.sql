-- One row per parcel, part of its way that has begun, and group that it counts in: how long that
-- part took, or takes already. It is what the survival macros read for marts.phase_times.
--
-- handover: from the label to the first scan. origin: until it leaves the country. linehaul: from
-- there to the first scan on the other side. customs: in those of the destination. destination:
-- from the first scan on that side to the end of the carrier's work. last_mile: from the first
-- time out for delivery to the delivery. pickup_wait: at the counter, until it is fetched. They
-- overlap, and are not those of ref.milestones.
--
-- event is 1 where the part is over, 0 where the parcel was last seen in it; t is null, and is
-- left out by the macros, where its end is behind it but nobody scanned it, or came before its
-- beginning. Groups are as in marts.deliveries; grp is account|carrier_code|lane|phase.
--
-- Source: marts.shipments.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: which group this is.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - phase: handover | origin | linehaul | customs | destination | last_mile | pickup_wait.
-- - phase_order: Its place on the way, from 1.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - grp: The group and phase, account|carrier_code|lane|phase.
-- - t: How long it took, or takes already, in days.
-- - event: 1 it is over, 0 it was not when TrackingMore last looked.
with

parts as (

    select
        account,
        tracking_id,
        carrier_code,
        lane,
        outcome,
        follow_up_at,
        ended_at,
        -- how far it came: beyond the end of a part, that part is over, scanned or not
        unnest(
            [
                {
                    'phase': 'handover',
                    'phase_order': 1,
                    'begun_at': label_at,
                    'over_at': first_scan_at,
                    'is_behind': first_scan_at is not null
                },
                {
                    'phase': 'origin',
                    'phase_order': 2,
                    'begun_at': case when is_domestic then null else first_scan_at end,
                    'over_at': departed_at,
                    'is_behind': first_destination_at is not null
                },
                {
                    'phase': 'linehaul',
                    'phase_order': 3,
                    'begun_at': case when is_domestic then null else departed_at end,
                    'over_at': first_destination_at,
                    'is_behind': false
                },
                {
                    'phase': 'customs',
                    'phase_order': 4,
                    'begun_at': customs_in_at,
                    'over_at': customs_out_at,
                    'is_behind': coalesce(
                        first_out_for_delivery_at, first_failed_at, available_at
                    ) is not null
                },
                {
                    'phase': 'destination',
                    'phase_order': 5,
                    'begun_at': first_destination_at,
                    'over_at': carrier_done_at,
                    'is_behind': false
                },
                {
                    'phase': 'last_mile',
                    'phase_order': 6,
                    'begun_at': first_out_for_delivery_at,
                    'over_at': delivered_at,
                    'is_behind': false
                },
                {
                    'phase': 'pickup_wait',
                    'phase_order': 7,
                    'begun_at': available_at,
                    'over_at': delivered_at,
                    'is_behind': false
                }
            ],
            recursive := true
        )

    from marts.shipments

),

-- delivered parcels have every part behind them; returned and lost ones were in it to their end
timed as (

    select
        account,
        tracking_id,
        carrier_code,
        lane,
        phase,
        phase_order,
        case
            when over_at is not null then epoch(over_at - begun_at) / 86400
            when outcome in ('delivered', 'delivered_no_event') or is_behind then null
            else epoch(coalesce(ended_at, follow_up_at) - begun_at) / 86400
        end as days,
        (over_at is not null)::integer as event

    from parts

    where begun_at is not null

),

grouped as (

    select
        scopes.scope as account,
        tracking_id,
        phase,
        phase_order,
        event,
        case when days >= 0 then days end as t,
        unnest(
            [
                {'grain': 'lane', 'carrier_code': carrier_code, 'lane': lane},
                {'grain': 'carrier', 'carrier_code': carrier_code, 'lane': '(all)'},
                {'grain': 'account', 'carrier_code': '(all)', 'lane': '(all)'}
            ],
            recursive := true
        )

    from timed

    inner join core.scopes
        on timed.account = scopes.account

)

select
    account,
    grain,
    carrier_code,
    lane,
    phase,
    phase_order,
    tracking_id,
    account || '|' || carrier_code || '|' || lane || '|' || phase as grp,
    t,
    event

from grouped
