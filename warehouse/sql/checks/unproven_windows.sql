-- warn: One row per window whose completeness is not certain and that no later one has proven.

select
    windows.account,
    windows.scope,
    windows.low,
    windows.high,
    windows.total,
    windows.fetched_at

from ops.windows

where
    not windows.proven
    and not exists (
        select 1
        from ops.windows as later
        where
            later.account = windows.account
            and later.scope = windows.scope
            and later.proven
            and later.fetched_at > windows.fetched_at
            and later.low <= windows.low
            and later.high >= windows.high
    )
