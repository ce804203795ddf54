-- One row per grp: the mean time to delivery, where no parcel counts for more than tau.
--
-- The restricted mean survival time: the only average that open parcels do not falsify. It is
-- the area under the curve of km_curve from 0 to tau.
--
-- Arguments: `relation`, as risk_table wants it: (grp, t, event). `tau`, in the unit of t.
--
-- Columns: grp, tau, rmst (in the unit of t), is_complete (whether somebody was followed for tau,
-- or nobody was left: else the curve is drawn on as it ended, and rmst is too high).
--
-- Source: Irwin 1949; Royston and Parmar 2013.
create or replace macro km_rmst(relation, tau) as table

with

curve as (

    select
        grp,
        t,
        survival

    from km_curve(relation)

),

steps as (

    select
        grp,
        0.0::double as t,
        1.0::double as survival

    from curve

    group by grp

    union all

    select
        grp,
        t,
        survival

    from curve

),

-- of two steps at 0 the one that begins the curve comes first
widths as (

    select
        grp,
        t,
        survival,
        least(
            coalesce(
                lead(t) over (partition by grp order by t, survival desc), greatest(tau, t)
            ),
            tau
        ) - t as width

    from steps

)

select
    grp,
    tau::double as tau,
    sum(survival * width) filter (where width > 0) as rmst,
    max(t) >= tau or min(survival) = 0 as is_complete

from widths

group by grp
