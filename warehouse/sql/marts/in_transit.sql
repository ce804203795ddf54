-- One row per parcel on the way: how old it is, for how long nothing was heard of it, whether that
-- is unusual, and when to expect it.
--
-- Those that only have a label are included, of no age; those gone from the account are not.
-- Silence ends when TrackingMore last looked: what it has not asked, the carrier may have answered
-- since. A limit of silence is that of the parcel's carrier and lane behind the same milestone,
-- else of the carrier, else of all: see marts.silence_limits. The two days from Monday to Friday
-- that is_stalled wants besides keep Monday mornings quiet. For the chances see
-- marts.delivery_chances.
--
-- Sources: marts.shipments, marts.gaps, marts.silence_limits, marts.delivery_chances,
-- marts.deliveries, core.as_of, core.trackings.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - tracking_number: The carrier's number of the parcel.
-- - order_id: The merchant's order number.
-- - carrier_code: Carrier who moves it.
-- - lane: Where from and where to, `DE>NO`; `??` for what is unknown.
-- - status: TrackingMore's word for the state, lower case.
-- - substatus: TrackingMore's finer code, lower case.
-- - outcome: open | label_only.
-- - last_milestone: What the newest scan means whose meaning is known.
-- - label_at: The first time that it was announced.
-- - first_scan_at: The first proof that the carrier had it; null: only a label.
-- - last_event_at: The newest scan.
-- - follow_up_at: When TrackingMore last looked.
-- - age_days: From the first scan to as_of.
-- - age_bucket: 0-3 | 4-7 | 8-14 | 15-30 | 31-60 | 60+ days begun; null: only a label.
-- - silence_days: From the newest scan to follow_up_at.
-- - silence_business_days: Dates from Monday to Friday between them, the last included, in UTC.
-- - silence_limit_days: By when 95 % have their next scan; null: not known.
-- - limit_source: lane | carrier | account: whose limit that is.
-- - silence_ratio: Silence by its limit; the longer above 1, the more unusual.
-- - is_stalled: Silent for longer than its limit, and for 2 days from Monday to Friday or more;
--   null: for 2 such days, and its limit is not known.
-- - is_later_than_lane_p90: Older than the p90 of its carrier and lane; null: that may not be
--   published (marts.lane_performance).
-- - forecast_source: lane | carrier | account: whose parcels the chances are from.
-- - p_delivered_next_7d: The chance that it is delivered within 7 days from as_of.
-- - p_delivered_eventually: The chance that it is ever delivered.
-- - weblink: The carrier's page to look it up, of the destination where it tells one.
-- - flags: What is doubtful about it, as in marts.shipments.
-- - as_of: Up to when the warehouse knows the account.
with

lanes as (

    select
        grp,
        t,
        event

    from marts.deliveries

    where grain = 'lane' and account <> '(all)'

),

lane_percentiles as (

    select
        grp,
        case when is_publishable then t end as p90_days

    from km_percentiles('lanes', percentiles := [0.9])

),

parcels as (

    select
        shipments.*,
        as_of.as_of,
        epoch(as_of.as_of - shipments.first_scan_at) / 86400 as age_days,
        gaps.gap_days as silence_days,
        business_days(timezone('UTC', gaps.happened_at), timezone('UTC', gaps.until_at))
            as silence_business_days,
        coalesce(
            by_lane.silence_limit_days,
            by_carrier.silence_limit_days,
            by_account.silence_limit_days
        ) as silence_limit_days,
        coalesce(by_lane.grain, by_carrier.grain, by_account.grain) as limit_source

    from marts.shipments

    inner join core.as_of
        on shipments.account = as_of.account

    left join marts.gaps
        on shipments.account = gaps.account
        and shipments.tracking_id = gaps.tracking_id
        and gaps.event = 0

    left join marts.silence_limits as by_lane
        on gaps.account = by_lane.account
        and gaps.grp_lane = by_lane.grp
        and by_lane.grain = 'lane'

    left join marts.silence_limits as by_carrier
        on gaps.account = by_carrier.account
        and gaps.grp_carrier = by_carrier.grp
        and by_carrier.grain = 'carrier'

    left join marts.silence_limits as by_account
        on gaps.account = by_account.account
        and gaps.grp_milestone = by_account.grp
        and by_account.grain = 'account'

    where
        not shipments.is_deleted
        and shipments.outcome in ('open', 'label_only')

)

select
    parcels.account,
    parcels.tracking_id,
    parcels.tracking_number,
    parcels.order_id,
    parcels.carrier_code,
    parcels.lane,
    parcels.status,
    parcels.substatus,
    parcels.outcome,
    parcels.last_milestone,
    parcels.label_at,
    parcels.first_scan_at,
    parcels.last_event_at,
    parcels.follow_up_at,
    parcels.age_days,
    case
        when parcels.age_days < 4 then '0-3'
        when parcels.age_days < 8 then '4-7'
        when parcels.age_days < 15 then '8-14'
        when parcels.age_days < 31 then '15-30'
        when parcels.age_days < 61 then '31-60'
        when parcels.age_days >= 61 then '60+'
    end as age_bucket,
    parcels.silence_days,
    parcels.silence_business_days,
    parcels.silence_limit_days,
    parcels.limit_source,
    parcels.silence_days / nullif(parcels.silence_limit_days, 0) as silence_ratio,
    parcels.silence_days > parcels.silence_limit_days and parcels.silence_business_days >= 2
        as is_stalled,
    parcels.age_days > lane_percentiles.p90_days as is_later_than_lane_p90,
    chances.forecast_source,
    chances.p_delivered_next_7d,
    chances.p_delivered_eventually,
    coalesce(trackings.destination_weblink, trackings.origin_weblink) as weblink,
    parcels.flags,
    parcels.as_of

from parcels

left join core.trackings
    on parcels.account = trackings.account
    and parcels.tracking_id = trackings.tracking_id

left join lane_percentiles
    on parcels.account || '|' || parcels.carrier_code || '|' || parcels.lane = lane_percentiles.grp

left join marts.delivery_chances as chances
    on parcels.account = chances.account
    and parcels.tracking_id = chances.tracking_id
