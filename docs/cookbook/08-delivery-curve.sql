-- The whole curve of one carrier, every third day of the first weeks.
select day, delivered_share, delivered_share_low, delivered_share_high, at_risk_count
from km_at('marts.deliveries', days := [3, 6, 9, 12, 15, 18, 21, 24])
where grp = 'main|china-post|(all)'
order by day
