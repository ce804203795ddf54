-- How sure is that? The limits within which the true p50 lies with 95 % confidence.
select carrier_code, p50_low_days, p50_days, p50_high_days, delivered_count
from marts.lane_performance
where grain = 'carrier' and p50_days is not null
order by p50_high_days - p50_low_days desc
limit 6
