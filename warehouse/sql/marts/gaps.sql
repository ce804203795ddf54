-- One row per scan with a time, and until when nothing else was heard: the dwell. Of parcels that
-- are still open the last scan is there too, up to the end of follow-up, with event 0: censored.
--
-- For the macros of survival: t is gap_days, event is event, grp is one of the grp columns. Both
-- clocks together may be wrong by error_hours: gaps shorter than that are as good as none.
--
-- Sources: marts.events, marts.shipments.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - carrier_code: Carrier of the parcel, as in marts.shipments.
-- - lane: Its lane, as in marts.shipments.
-- - outcome: Its outcome, as in marts.shipments.
-- - side: origin | destination | unknown: where the scan was.
-- - milestone: What the scan means; null: unknown.
-- - milestone_phase: The phase of that.
-- - next_milestone: What the next scan means; null: unknown, or none came.
-- - happened_at: When the scan was.
-- - next_at: When the next one was; null: none came.
-- - until_at: The same, or the end of follow-up.
-- - gap_days: From happened_at to until_at, in days of 24 hours; null where that was before.
-- - event: 1 the next scan came, 0 none did as long as it was watched.
-- - error_hours: By how much the gap may be wrong at most, in hours.
-- - grp_lane: Account, carrier, lane and milestone.
-- - grp_carrier: Account, carrier and milestone.
-- - grp_milestone: Account and milestone.
with

paired as (

    select
        account,
        tracking_id,
        side,
        milestone,
        milestone_phase,
        happened_at,
        event_time_error_hours,
        lead(milestone) over following as next_milestone,
        lead(happened_at) over following as next_at,
        lead(event_time_error_hours) over following as next_error_hours

    from marts.events

    where not is_repeat and happened_at is not null

    window following as (
        partition by account, tracking_id
        order by happened_at, event_time_local, milestone_rank, leg, position, event_id
    )

),

bounded as (

    select
        paired.*,
        shipments.carrier_code,
        shipments.lane,
        shipments.outcome,
        coalesce(paired.next_at, shipments.follow_up_at) as until_at

    from paired

    inner join marts.shipments
        on paired.account = shipments.account
        and paired.tracking_id = shipments.tracking_id

    where paired.next_at is not null or shipments.outcome in ('open', 'label_only')

)

select
    account,
    tracking_id,
    carrier_code,
    lane,
    outcome,
    side,
    milestone,
    milestone_phase,
    next_milestone,
    happened_at,
    next_at,
    until_at,
    case when until_at >= happened_at then epoch(until_at - happened_at) / 86400 end as gap_days,
    (next_at is not null)::integer as event,
    event_time_error_hours
        + case when next_at is null then 0 else next_error_hours end as error_hours,
    concat_ws('|', account, carrier_code, lane, coalesce(milestone, '?')) as grp_lane,
    concat_ws('|', account, carrier_code, coalesce(milestone, '?')) as grp_carrier,
    concat_ws('|', account, coalesce(milestone, '?')) as grp_milestone

from bounded
