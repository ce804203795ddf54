-- fail: One row per parcel that core.trackings holds more than once.

select
    account,
    tracking_id,
    count(*) as row_count

from core.trackings

group by account, tracking_id

having count(*) > 1
