-- One row per account, carrier and lane, one per carrier and one for the account (`(all)` for what
-- is not told apart, by grain): which scans the parcels that have ended do have.
--
-- Ended is delivered, with or without a scan of it, returned or lost. Of these, how many have a
-- scan of being picked up; of the delivered ones, how many have scans of being out for delivery
-- and of being delivered. Parcels whose milestones are missing show what durations can't be told.
--
-- Sources: marts.shipments, marts.events.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: what the row is of.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - ended_count: Parcels that have ended.
-- - delivered_count: Those of them that were delivered.
-- - picked_up_share: With a scan of being picked up, of the ended.
-- - out_for_delivery_share: With a scan of being out for delivery, of the delivered.
-- - delivered_share: With a scan of being delivered, of the delivered.
with

told as (

    select
        account,
        tracking_id,
        bool_or(milestone = 'picked_up') as has_picked_up,
        bool_or(milestone = 'out_for_delivery') as has_out_for_delivery,
        bool_or(milestone = 'delivered') as has_delivered

    from marts.events

    where milestone in ('picked_up', 'out_for_delivery', 'delivered')

    group by account, tracking_id

),

counts as (

    select
        scopes.scope as account,
        case
            when grouping(shipments.carrier_code) = 1 then 'account'
            when grouping(shipments.lane) = 1 then 'carrier'
            else 'lane'
        end as grain,
        case when grouping(shipments.carrier_code) = 1 then '(all)' else shipments.carrier_code end
            as carrier_code,
        case when grouping(shipments.lane) = 1 then '(all)' else shipments.lane end as lane,
        count(*) as ended_count,
        count(*) filter (where shipments.outcome in ('delivered', 'delivered_no_event'))
            as delivered_count,
        count(*) filter (where told.has_picked_up) as picked_up_count,
        count(*) filter (
            where
                told.has_out_for_delivery
                and shipments.outcome in ('delivered', 'delivered_no_event')
        ) as out_for_delivery_count,
        count(*) filter (
            where told.has_delivered and shipments.outcome in ('delivered', 'delivered_no_event')
        ) as delivered_scan_count

    from marts.shipments

    left join told
        on shipments.account = told.account
        and shipments.tracking_id = told.tracking_id

    inner join core.scopes
        on shipments.account = scopes.account

    where shipments.outcome in ('delivered', 'delivered_no_event', 'returned', 'lost')

    group by grouping sets (
        (scopes.scope, shipments.carrier_code, shipments.lane),
        (scopes.scope, shipments.carrier_code),
        (scopes.scope)
    )

)

select
    account,
    grain,
    carrier_code,
    lane,
    ended_count,
    delivered_count,
    picked_up_count / ended_count as picked_up_share,
    out_for_delivery_count / nullif(delivered_count, 0) as out_for_delivery_share,
    delivered_scan_count / nullif(delivered_count, 0) as delivered_share

from counts
