-- One row per parcel that was known at an instant, in the state in which it was known then.
--
-- What the warehouse had read by then, not what is known of that instant today. A parcel found
-- gone from the account by then is there with is_deleted. Argument: `instant`, a timestamptz or
-- its text: tracking_as_of('2026-11-01 09:00+00').
--
-- Columns: those of core.status_history, without valid_to, of which nobody knew then.
create or replace macro tracking_as_of(instant) as table

select
    account,
    tracking_id,
    status,
    substatus,
    archived,
    event_count,
    is_deleted,
    valid_from,
    updated_at,
    run_id

from core.status_history

where
    valid_from <= instant::timestamptz
    and (valid_to > instant::timestamptz or valid_to is null)
