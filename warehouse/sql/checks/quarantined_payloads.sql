-- warn: One row per payload that could not be read and still waits in ops.quarantine.

select
    quarantine.account,
    quarantine.quarantine_id,
    quarantine.tracking_id,
    quarantine.reason,
    quarantine.fetched_at

from ops.quarantine

where quarantine.released_at is null
