-- One row per open parcel with a scan: the chances that it is delivered, given that it was not yet
-- when TrackingMore last looked at it.
--
-- They are what became of other parcels at that age: (incidence of delivery then - now) / share
-- that is open now, by aj_curve, where returns and losses compete. Of the same carrier and lane
-- if 10 of its parcels or more are still at risk at that age and some were followed for 7 days
-- beyond it, else of the carrier, else of all; where not even those are, there is no row. Times
-- count to the hour, upward.
--
-- Sources: marts.shipments, marts.deliveries, core.as_of.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - forecast_source: lane | carrier | account: whose parcels say so.
-- - p_delivered_next_7d: That it is delivered within 7 days from as_of.
-- - p_delivered_eventually: That it ever is, as far as anybody was followed.
with

hourly as (

    select
        grp,
        ceil(t * 24) / 24 as t,
        event

    from marts.deliveries

    where account <> '(all)'

),

curves as materialized (

    select
        grp,
        t,
        at_risk_count,
        survival,
        incidence

    from aj_curve('hourly', causes := [1])

),

ends as (

    select
        grp,
        max(t) as t_max,
        min(survival) < 1e-12 as is_complete,
        max(incidence) as incidence

    from curves

    group by grp

),

candidates as (

    select
        shipments.account,
        shipments.tracking_id,
        ceil(shipments.observed_days * 24) / 24 as followed_days,
        epoch(as_of.as_of - shipments.first_scan_at) / 86400 as age_days,
        deliveries.grain as forecast_source,
        deliveries.grp

    from marts.shipments

    inner join marts.deliveries
        on shipments.account = deliveries.account
        and shipments.tracking_id = deliveries.tracking_id

    inner join core.as_of
        on shipments.account = as_of.account

    where
        shipments.outcome = 'open'
        and not shipments.is_deleted

),

-- a parcel is one of its own group: the curve has a step just where it was last looked at
chosen as (

    select
        candidates.account,
        candidates.tracking_id,
        candidates.forecast_source,
        candidates.grp,
        candidates.age_days,
        seen.survival,
        seen.incidence as incidence_seen,
        ends.incidence as incidence_ever

    from candidates

    inner join curves as seen
        on candidates.grp = seen.grp
        and candidates.followed_days = seen.t

    inner join ends
        on candidates.grp = ends.grp

    where
        seen.at_risk_count >= 10
        and (candidates.age_days + 7 <= ends.t_max or ends.is_complete)

    qualify
        row_number() over (
            partition by candidates.account, candidates.tracking_id
            order by list_position(['lane', 'carrier', 'account'], candidates.forecast_source)
        ) = 1

),

-- what the curve says at each parcel's age and 7 days later, by one walk along it
steps as (

    select
        grp,
        t,
        0 as turn,
        incidence

    from curves

    union all by name

    select
        account,
        tracking_id,
        grp,
        unnest([{'turn': 1, 't': age_days}, {'turn': 2, 't': age_days + 7}], recursive := true)

    from chosen

),

walked as (

    select
        account,
        tracking_id,
        turn,
        last_value(incidence ignore nulls) over (
            partition by grp
            order by t, turn
            rows between unbounded preceding and current row
        ) as incidence

    from steps

),

read as (

    select
        account,
        tracking_id,
        coalesce(max(incidence) filter (where turn = 1), 0) as incidence_now,
        coalesce(max(incidence) filter (where turn = 2), 0) as incidence_soon

    from walked

    where turn > 0

    group by account, tracking_id

)

select
    chosen.account,
    chosen.tracking_id,
    chosen.forecast_source,
    least(
        1,
        -- what was not looked at for long may have arrived meanwhile: neither now nor soon
        greatest(0, read.incidence_soon - greatest(read.incidence_now, chosen.incidence_seen))
        / chosen.survival
    ) as p_delivered_next_7d,
    least(1, (chosen.incidence_ever - chosen.incidence_seen) / chosen.survival)
        as p_delivered_eventually

from chosen

inner join read
    on chosen.account = read.account
    and chosen.tracking_id = read.tracking_id
