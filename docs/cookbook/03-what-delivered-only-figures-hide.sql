-- How wrong would the usual figure be, which counts delivered parcels only?
select carrier_code, naive_p90_days, p90_days, open_share
from marts.lane_performance
where grain = 'carrier' and p90_days is not null
order by p90_days - naive_p90_days desc
limit 6
