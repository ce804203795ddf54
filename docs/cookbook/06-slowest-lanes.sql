-- Which lanes are the slowest, of those with enough parcels to tell?
select carrier_code, lane, parcel_count, p50_days, p90_days
from marts.lane_performance
where grain = 'lane' and p50_days is not null and lane not like '%?%'
order by p50_days desc
limit 6
