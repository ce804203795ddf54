-- One row per account and whole that its parcels count into: the account itself, and where there
-- are several, (all) of them.
--
-- What marts tell of groups of parcels they tell by scope, which is their column account: figures
-- of (all) are made of all parcels, for a percentile is no mean of percentiles. To add accounts
-- up by hand, leave (all) out.
--
-- Sources: core.as_of, marts.shipments.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - scope: The same, or (all).
with

accounts as (

    select account
    from core.as_of
    where account <> '(all)'

    union

    select account
    from marts.shipments

)

select
    account,
    account as scope

from accounts

union all

select
    account,
    '(all)' as scope

from accounts

where (select count(*) from accounts) > 1
