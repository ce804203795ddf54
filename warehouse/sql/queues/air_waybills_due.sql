-- Air waybills to be asked for now, for `parcelhouse air-cargo`: those of
-- queues.air_waybills_to_follow that are still to be followed. One row per air waybill.
select
    follow.account,
    follow.air_waybill,
    follow.follow_until,
    bills.fetched_at as asked_at
from queues.air_waybills_to_follow as follow
left join core.air_waybills as bills using (account, air_waybill)
left join core.as_of as as_of using (account)
where follow.follow_until is null or follow.follow_until > coalesce(as_of.as_of, '-infinity')
order by bills.fetched_at nulls first
