-- fail: One row per parcel whose standing scans are not as many as its newest version has.

with

standing as (

    select
        account,
        tracking_id,
        count(*) as standing_count

    from core.tracking_events

    where withdrawn_at is null

    group by account, tracking_id

)

select
    trackings.account,
    trackings.tracking_id,
    trackings.event_count,
    coalesce(standing.standing_count, 0) as standing_count

from core.trackings

left join standing
    on trackings.account = standing.account
    and trackings.tracking_id = standing.tracking_id

where trackings.event_count <> coalesce(standing.standing_count, 0)
