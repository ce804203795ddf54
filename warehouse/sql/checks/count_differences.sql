-- warn: One row per account whose parcels the API counted differently when last asked.

select
    status_counts.account,
    status_counts.low,
    status_counts.high,
    status_counts.api_count,
    status_counts.warehouse_count,
    status_counts.fetched_at

from ops.status_counts

where
    status_counts.status = '(total)'
    and status_counts.api_count <> status_counts.warehouse_count
    and not exists (
        select 1
        from ops.status_counts as later
        where
            later.account = status_counts.account
            and later.status = status_counts.status
            and later.fetched_at > status_counts.fetched_at
    )
