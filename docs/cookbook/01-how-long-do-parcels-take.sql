-- How long do our parcels take, by carrier? Half of them, eight of ten and nine of ten have
-- arrived by then; parcels still on the way count as what they are, not yet arrived.
select carrier_code, parcel_count, open_share, p50_days, p80_days, p90_days, p90_at_least_days
from marts.lane_performance
where grain = 'carrier'
order by parcel_count desc
limit 6
