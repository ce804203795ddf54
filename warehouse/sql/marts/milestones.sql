-- One row per parcel and milestone: the first event of that kind.
--
-- Sources: marts.events.
select
    account,
    tracking_id,
    milestone,
    min(happened_at) as happened_at,
    arg_min(event_time_local, happened_at) as local_at,
    arg_min(event_time_error_hours, happened_at) as error_hours

from marts.events

where
    milestone is not null
    and happened_at is not null

group by account, tracking_id, milestone
