-- One row per account, day and status: how many parcels had that status at the day's end (UTC),
-- as the warehouse knew it then. The last day is the one up to which it knows, so far.
--
-- Sources: core.status_history, core.as_of. A status is listed from the first day on which any
-- parcel had it, with 0 where none has it any more; in lower case. Parcels gone from the account
-- are not counted. What was before the first sync nobody knows: the first day's stock is what the
-- account held then, however old.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - day: The day, in UTC.
-- - status: TrackingMore's word for the state, lower case; (none) where it said none.
-- - parcel_count: Parcels that had it when the day ended.
with

last_states as (

    select
        account,
        tracking_id,
        timezone('UTC', valid_from)::date as day,
        arg_max(
            case when is_deleted then '(deleted)' else coalesce(lower(status), '(none)') end,
            valid_from
        ) as status

    from core.status_history

    group by all

),

changes as (

    select
        account,
        day,
        status,
        lag(status) over (partition by account, tracking_id order by day) as left_status

    from last_states

    qualify status is distinct from left_status

),

moves as (

    select
        account,
        day,
        status,
        1 as move

    from changes

    union all

    select
        account,
        day,
        left_status as status,
        -1 as move

    from changes

    where left_status is not null

),

stocks as (

    select
        scopes.scope as account,
        status,
        day,
        sum(sum(move)) over (partition by scopes.scope, status order by day) as parcel_count

    from moves

    inner join core.scopes
        on moves.account = scopes.account

    where status <> '(deleted)'

    group by scopes.scope, status, day

),

calendar as (

    select
        first_days.account,
        first_days.status,
        unnest(
            generate_series(first_days.day, timezone('UTC', as_of.as_of)::date, interval 1 day)
        )::date as day

    from (
        select account, status, min(day) as day
        from stocks
        group by account, status
    ) as first_days

    inner join core.as_of
        on first_days.account = as_of.account

)

select
    calendar.account,
    calendar.day,
    calendar.status,
    stocks.parcel_count::bigint as parcel_count

from calendar

asof join stocks
    on calendar.account = stocks.account
    and calendar.status = stocks.status
    and calendar.day >= stocks.day
