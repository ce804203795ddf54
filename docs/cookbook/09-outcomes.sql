-- What becomes of parcels: delivered, returned or lost within 30 days?
select outcome, share, share_low, share_high
from marts.outcome_incidence
where grain = 'account' and day = 30
order by share desc
