-- How many parcels were open on each of the last days?
select day, sum(parcel_count) as open_parcels
from marts.status_stock
where status not in ('delivered', 'expired')
group by day
order by day desc
limit 7
