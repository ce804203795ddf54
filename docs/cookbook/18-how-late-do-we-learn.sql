-- How late do we learn of a scan? Hours from the scan to our first sight of it, at most.
select carrier_code, judged_count, p50_hours, p90_hours
from marts.tracking_latency
where judged_count >= 100
order by p50_hours desc
limit 6
