-- How many of the open parcels arrive within the next seven days?
select carrier_code, open_count, expected_deliveries, standard_error
from marts.arrivals_forecast
where expected_deliveries is not null
order by expected_deliveries desc
limit 6
