-- Which parcels need help today: silent for longer than nineteen of twenty such silences last?
select carrier_code, tracking_number, last_milestone, silence_days, silence_limit_days
from marts.in_transit
where is_stalled
order by silence_ratio desc, tracking_number
limit 8
