-- How often does the first attempt at the door succeed?
select carrier_code, attempted_count, first_attempt_share, first_attempt_share_low
from marts.lane_performance
where grain = 'carrier' and attempted_count >= 50
order by first_attempt_share, carrier_code
limit 6
