-- Parcels to be archived, for `parcelhouse annotate`: delivered a month ago and still among the
-- open ones in TrackingMore's own list. Columns as the API names them; a null is left alone.
-- One row per parcel.
select
    trackings.account,
    trackings.carrier_code,
    trackings.tracking_number,
    true as archived
from core.live_trackings as trackings
join core.as_of as as_of using (account)
where
    lower(trackings.status) = 'delivered'
    and trackings.archived is false
    and trackings.last_update_time < (as_of.as_of at time zone 'UTC') - interval 30 days
order by trackings.created_at
