-- Where do the days go? The phases of a parcel's way.
select phase, parcel_count, open_share, p50_days, p90_days
from marts.phase_times
where grain = 'account'
order by phase_order
