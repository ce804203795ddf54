-- Parcels whose story is over, for `parcelhouse purge`, oldest first: delivered, expired, returned
-- (exception010), lost (exception007) or cancelled (exception008). The command deletes those that
-- are 180 days old, or as many as it is told. One row per parcel; age_days are whole days from the
-- registration up to core.as_of.
select
    trackings.account,
    trackings.carrier_code,
    trackings.tracking_number,
    trackings.tracking_id,
    lower(trackings.status) as status,
    trackings.created_at,
    date_diff('second', trackings.created_at, as_of.as_of) // 86400 as age_days
from core.live_trackings as trackings
join core.as_of as as_of using (account)
where
    trackings.created_at is not null
    and (
        lower(trackings.status) in ('delivered', 'expired')
        or lower(trackings.substatus) in ('exception010', 'exception007', 'exception008')
    )
order by trackings.created_at
