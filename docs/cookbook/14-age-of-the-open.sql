-- How old are the open parcels?
select age_bucket, count(*) as parcels, count(*) filter (where is_stalled) as stalled
from marts.in_transit
group by age_bucket
order by min(age_days)
