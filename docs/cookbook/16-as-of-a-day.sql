-- What did we know on 4 March? The state of every parcel as it was known then.
select status, count(*) as parcels
from tracking_as_of(timestamptz '2026-03-04 00:00:00+00')
where not is_deleted
group by status
order by parcels desc
