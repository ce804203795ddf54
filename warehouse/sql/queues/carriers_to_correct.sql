-- Parcels that are probably registered under the wrong carrier, for `parcelhouse correct-carrier`:
-- three days after their registration nobody knows them, while numbers of the same shape (digits
-- as 9, letters as A) are nearly always another carrier's: 20 parcels or more, 9 of 10 of them.
-- One row per parcel. A proposal that was answered is not made again.
with shapes as (
    select
        account,
        carrier_code,
        tracking_number,
        created_at,
        lower(status) in ('pending', 'notfound') as is_unknown,
        regexp_replace(regexp_replace(tracking_number, '[0-9]', '9', 'g'), '[A-Za-z]', 'A', 'g')
            as shape
    from core.live_trackings
),
owners as (
    select
        account,
        shape,
        carrier_code as update_carrier_code,
        count(*) as parcels_of_shape,
        count(*) / sum(count(*)) over (partition by account, shape) as carrier_share
    from shapes
    where not is_unknown
    group by account, shape, carrier_code
)
select
    shapes.account,
    shapes.carrier_code,
    shapes.tracking_number,
    owners.update_carrier_code,
    owners.parcels_of_shape,
    owners.carrier_share
from shapes
join core.as_of as as_of using (account)
join owners using (account, shape)
where
    shapes.is_unknown
    and shapes.created_at < as_of.as_of - interval 3 days
    and owners.update_carrier_code <> shapes.carrier_code
    and owners.parcels_of_shape >= 20
    and owners.carrier_share >= 0.9
    and not exists (
        from ops.api_actions as actions
        where
            actions.account = shapes.account
            and actions.carrier_code = shapes.carrier_code
            and actions.tracking_number = shapes.tracking_number
            and actions.action = 'correct-carrier'
            and actions.outcome not in ('sent', 'unanswered')
    )
order by shapes.created_at
