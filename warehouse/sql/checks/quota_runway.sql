-- warn: One row per account whose credits end within two weeks at the present pace, or have ended:
-- new parcels are refused then.
select account, credits_left, credits_per_day, days_left
from marts.quota_runway
where days_left < 14
