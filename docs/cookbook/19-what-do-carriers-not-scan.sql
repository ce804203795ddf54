-- What do carriers not scan?
select carrier_code, ended_count, picked_up_share, out_for_delivery_share
from marts.scan_completeness
where grain = 'carrier' and ended_count >= 50
order by out_for_delivery_share, carrier_code
limit 6
