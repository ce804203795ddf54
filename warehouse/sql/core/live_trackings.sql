-- One row per parcel that is in the account now: core.trackings without the deleted.

select trackings.*
from core.trackings
where trackings.deleted_at is null
