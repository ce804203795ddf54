-- One row per scanned parcel and group that it counts in: how long it was followed and how that
-- ended. It is what the survival macros read: `from km_at('marts.deliveries')`.
--
-- Each parcel counts in three groups, by grain: `lane`, its carrier and lane; `carrier`, its
-- carrier; `account`, all of them. `(all)` stands for what a group does not tell apart; grp is
-- account|carrier_code|lane. t is days from the first scan; event is 1 delivered, 2 returned,
-- 3 lost, 0 none of these when TrackingMore last looked. Left out are parcels without a scan,
-- those called off, and those whose end or beginning has no time that can be.
--
-- Source: marts.shipments.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - grain: lane (of a carrier) | carrier | account: which group this is.
-- - carrier_code: Carrier; (all): of all of them.
-- - lane: Where from and where to, `DE>NO`, `??` for what is unknown; (all): of all of them.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - grp: The group, account|carrier_code|lane.
-- - t: How long it was followed, in days from the first scan.
-- - event: 1 delivered, 2 returned, 3 lost, 0 none of these.
with

grouped as (

    select
        scopes.scope as account,
        shipments.tracking_id,
        shipments.observed_days as t,
        shipments.outcome_code as event,
        unnest(
            [
                {
                    'grain': 'lane',
                    'carrier_code': shipments.carrier_code,
                    'lane': shipments.lane
                },
                {'grain': 'carrier', 'carrier_code': shipments.carrier_code, 'lane': '(all)'},
                {'grain': 'account', 'carrier_code': '(all)', 'lane': '(all)'}
            ],
            recursive := true
        )

    from marts.shipments

    inner join core.scopes
        on shipments.account = scopes.account

    where shipments.observed_days is not null and shipments.outcome_code is not null

)

select
    account,
    grain,
    carrier_code,
    lane,
    tracking_id,
    account || '|' || carrier_code || '|' || lane as grp,
    t,
    event

from grouped
