-- How long from the arrival in the destination country to the door?
select
    count(*) as parcels,
    round(median(days), 1) as median_days,
    round(quantile_cont(days, 0.9), 1) as p90_days,
    round(median(error_hours), 1) as clock_error_hours
from lead_time('arrived_destination', 'delivered')
