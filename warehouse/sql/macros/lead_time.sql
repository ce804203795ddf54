-- One row per parcel that has both milestones: how long it took from the one to the other.
--
-- Arguments: `from_milestone` and `to_milestone`, words such as 'picked_up', 'delivered'.
-- `milestones`, the name of a table or view with the first event of each milestone of a parcel,
-- (account, tracking_id, milestone, happened_at, local_at, error_hours); marts.milestones unless
-- said otherwise.
--
-- Columns: account, tracking_id, from_at, to_at (instants), hours, days (24 hours each, with
-- decimals), date_changes (midnights crossed by the carriers' own wall clocks), business_days
-- (Monday to Friday, by the same clocks), error_hours (by how much hours may be wrong at most:
-- what both clocks may be off, together). All are negative where the second came first.
create or replace macro lead_time(
    from_milestone, to_milestone, milestones := 'marts.milestones'
) as table

with

departures as (

    select
        account,
        tracking_id,
        happened_at,
        local_at,
        error_hours

    from query_table(milestones)

    where milestone = from_milestone

),

arrivals as (

    select
        account,
        tracking_id,
        happened_at,
        local_at,
        error_hours

    from query_table(milestones)

    where milestone = to_milestone

)

select
    departures.account,
    departures.tracking_id,
    departures.happened_at as from_at,
    arrivals.happened_at as to_at,
    epoch(arrivals.happened_at - departures.happened_at) / 3600 as hours,
    epoch(arrivals.happened_at - departures.happened_at) / 86400 as days,
    date_diff('day', departures.local_at::date, arrivals.local_at::date) as date_changes,
    business_days(departures.local_at, arrivals.local_at) as business_days,
    departures.error_hours + arrivals.error_hours as error_hours

from departures

inner join arrivals
    on departures.account = arrivals.account
    and departures.tracking_id = arrivals.tracking_id
