-- One row per account: the instant up to which the warehouse knows it. Ages are counted up to
-- here and not up to the reader's own clock: what was not read yet has not happened yet.
--
-- Where there are several accounts, one more row, (all): up to when it knows every one of them.
with

known as (

    select
        account,
        greatest(max(fetched_at), max(watermark_at)) as as_of
    from (
        select account, max(fetched_at) as fetched_at, null::timestamptz as watermark_at
        from core.trackings
        group by account
        union all by name
        select account, watermark_at
        from ops.watermarks
        where scope in ('update_time', 'created_at')
    )
    group by account

)

select
    account,
    as_of

from known

union all

select
    '(all)' as account,
    min(as_of) as as_of

from known

having count(*) > 1
