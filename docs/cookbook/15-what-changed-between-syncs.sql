-- What changed between the last two syncs?
select before.status as was, after.status as became, count(*) as parcels
from core.status_history as before
join core.status_history as after
    on after.account = before.account
    and after.tracking_id = before.tracking_id
    and after.valid_from = before.valid_to
where before.status <> after.status
group by all
order by parcels desc, was, became
limit 8
