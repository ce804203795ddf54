-- Are we getting faster? Delivered within ten days, by the week of the first scan; weeks too
-- young to tell are null.
select ship_week, parcel_count, delivered_share
from marts.cohort_weeks
where grain = 'account' and age_days = 10
order by ship_week desc
limit 8
