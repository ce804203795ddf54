-- One row per grp, cause and distinct t: how many were still followed and how many left then.
--
-- The table from which every curve of survival is drawn. A parcel counts as at risk up to and
-- including its own t; on ties those that end with an event leave before those that do not.
--
-- Arguments: `relation`, the name of a table or view with the columns grp (the stratum, of any
-- type), t (how long it was followed, 0 or more, in any unit; days everywhere in marts) and event
-- (0: still open when last seen, else how it ended: 1 delivered, 2 returned, 3 lost; in gaps 1 is
-- the next event). Rows whose t or event is null are left out: count them yourself.
-- `causes`, the codes of event to be counted, `[1]` unless said otherwise.
--
-- Columns: grp, cause, t, at_risk_count, exit_count (all whose t it is), event_count (those of
-- them with any event), cause_count (those with this one).
create or replace macro risk_table(relation, causes := [1]) as table

with

followed as (

    select
        grp,
        t::double as t,
        event::integer as event,
        unnest(causes) as cause

    from query_table(relation)

    where t is not null and event is not null

),

counted as (

    select
        grp,
        cause,
        t,
        count(*) as exit_count,
        count(*) filter (where event > 0) as event_count,
        count(*) filter (where event = cause) as cause_count

    from followed

    group by grp, cause, t

)

select
    grp,
    cause,
    t,
    (
        sum(exit_count) over (
            partition by grp, cause
            order by t desc
            rows between unbounded preceding and current row
        )
    )::bigint as at_risk_count,
    exit_count,
    event_count,
    cause_count

from counted
