-- fail: One row per scan that core.tracking_events holds more than once.

select
    account,
    tracking_id,
    event_id,
    count(*) as row_count

from core.tracking_events

group by account, tracking_id, event_id

having count(*) > 1
