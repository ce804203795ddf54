-- One row per account: the credits left at the newest reading, and the days until they end at the
-- pace of the last thirty days. Pace: the sum of all falls between consecutive readings, by the
-- time they span; rises are purchases and do not count. Null while there are no two readings a
-- day apart; no credits last 0 days at any pace. Source: ops.quotas, filled by `parcelhouse quota`.
with recent as (
    select *
    from ops.quotas
    where credits_left is not null
    qualify fetched_at >= max(fetched_at) over (partition by account) - interval 30 days
),
readings as (
    select
        *,
        lag(credits_left) over (partition by account order by fetched_at) - credits_left as fall
    from recent
),
paces as (
    select
        account,
        arg_max(credits_left, fetched_at) as credits_left,
        max(fetched_at) as fetched_at,
        min(fetched_at) as since,
        date_diff('second', min(fetched_at), max(fetched_at)) / 86400 as span_days,
        coalesce(sum(fall) filter (where fall > 0), 0) as credits_used
    from readings
    group by account
)
select
    account,
    credits_left,
    fetched_at,
    since,
    credits_used,
    case when span_days >= 1 then credits_used / span_days end as credits_per_day,
    case
        when credits_left <= 0 then 0
        when span_days >= 1 and credits_used > 0
            then credits_left / (credits_used / span_days)
    end as days_left
from paces
