-- One row per carrier scan that stands: core.tracking_events without what carriers took back.

select tracking_events.*
from core.tracking_events
where tracking_events.withdrawn_at is null
