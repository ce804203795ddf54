-- One row per grp and p: by when a share p is delivered, open parcels reckoned in.
--
-- Arguments: `relation`, as risk_table wants it: (grp, t, event). `percentiles`, the shares,
-- `[0.5, 0.8, 0.9, 0.95]` unless said otherwise. `z`, as of km_curve.
--
-- Columns: grp, p, parcel_count, delivered_count, censored_share; t, the first at which
-- survival is down to 1 - p (null: not reached yet; never take the last t for it); t_low and
-- t_high, its limits (null: not reached by the curve's lower, upper limit); at_risk_count at t;
-- t_max, how long the longest was followed; at_least, what may be said where t may not: t_low, or
-- t_max where even that is not reached; is_publishable: t is reached with at least 10 at risk, and
-- as many are delivered as percentile_needs(p) wants.
--
-- Source: limits by inverting the curve's, Brookmeyer and Crowley 1982.
create or replace macro km_percentiles(
    relation, percentiles := [0.5, 0.8, 0.9, 0.95], z := 1.959963984540054
) as table

with

-- a product of shares misses 1 - p by less than this, and must not be taken for above it
steps as (

    select
        grp,
        p::double as p,
        t,
        at_risk_count,
        delivered_count,
        survival <= 1 - p + 1e-12 as is_reached,
        survival_low <= 1 - p + 1e-12 as is_low_reached,
        survival_high <= 1 - p + 1e-12 as is_high_reached

    from km_curve(relation, z := z)

    cross join (select unnest(percentiles) as p) as wanted

),

reached as (

    select
        grp,
        p,
        max(at_risk_count) as parcel_count,
        sum(delivered_count)::bigint as delivered_count,
        min(t) filter (where is_reached) as t_p,
        min(t) filter (where is_low_reached) as t_low,
        min(t) filter (where is_high_reached) as t_high,
        max(at_risk_count) filter (where is_reached) as at_risk_count,
        max(t) as t_max

    from steps

    group by grp, p

)

select
    grp,
    p,
    parcel_count,
    delivered_count,
    1 - delivered_count / parcel_count as censored_share,
    t_p as t,
    t_low,
    t_high,
    at_risk_count,
    t_max,
    coalesce(t_low, t_max) as at_least,
    coalesce(at_risk_count >= 10 and delivered_count >= percentile_needs(p), false)
        as is_publishable

from reached
