-- One row per grp, cause and distinct t: the share that has ended by t in this way.
--
-- The cumulative incidence of competing outcomes: a returned parcel will not be delivered any
-- more, and an open one may still end in either way. Where no follow-up ends early the
-- incidences are the plain shares; the incidences of all causes and survival add up to 1.
--
-- Arguments: `relation`, as risk_table wants it: (grp, t, event). `causes`, the codes of event to
-- be told, `[1, 2, 3]` unless said otherwise; a code above 0 that is not among them ends a parcel
-- all the same. `z`, standard errors to either limit, 1.96 (95 %) unless said otherwise.
--
-- Columns: grp, cause, t, at_risk_count, cause_count, survival (share without any event by t),
-- incidence, incidence_se, incidence_low, incidence_high. Where incidence is 1 its lower limit is
-- that of the row before, 0 if there is none: it only rises.
--
-- Source: Aalen and Johansen 1978; variance by the delta method, Dinse and Larson 1986, equation 6
-- (Marubini and Valsecchi 1995, section 10.3), ties exact; limits log(-log).
create or replace macro aj_curve(
    relation, causes := [1, 2, 3], z := 1.959963984540054
) as table

with

open_before as (

    select
        grp,
        cause,
        t,
        at_risk_count::double as at_risk,
        event_count,
        cause_count,
        coalesce(
            product(1 - event_count / at_risk_count) over (
                partition by grp, cause
                order by t
                rows between unbounded preceding and 1 preceding
            ),
            1.0
        ) as survival_before

    from risk_table(relation, causes := causes)

),

incidences as (

    select
        *,
        sum(survival_before * cause_count / at_risk) over (
            partition by grp, cause
            order by t
            rows between unbounded preceding and current row
        ) as incidence

    from open_before

),

-- what each time adds to the variance
terms as (

    select
        *,
        case
            when at_risk > event_count then event_count / (at_risk * (at_risk - event_count))
            else 0
        end as a,
        survival_before * survival_before * cause_count * (at_risk - cause_count)
            / (at_risk * at_risk * at_risk) as b,
        survival_before * cause_count / (at_risk * at_risk) as c

    from incidences

),

-- the sum of (incidence now - incidence then)^2 a + b - 2 (incidence now - incidence then) c,
-- multiplied out: running sums instead of a sum over pairs of times
errors as (

    select
        *,
        sqrt(
            greatest(
                0,
                incidence * incidence * sum(a) over past
                - 2 * incidence * sum(a * incidence + c) over past
                + sum(a * incidence * incidence + b + 2 * c * incidence) over past
            )
        ) as incidence_se

    from terms

    window past as (
        partition by grp, cause order by t rows between unbounded preceding and current row
    )

),

limits as (

    select
        *,
        case
            when incidence < 1 - 1e-12 then loglog_limit(incidence, incidence_se, -z)
        end as low

    from errors

)

select
    grp,
    cause,
    t,
    at_risk::bigint as at_risk_count,
    cause_count,
    survival_before * (1 - event_count / at_risk) as survival,
    incidence,
    incidence_se,
    coalesce(low, lag(low) over (partition by grp, cause order by t), 0.0) as incidence_low,
    case
        when incidence < 1 - 1e-12 then loglog_limit(incidence, incidence_se, z)
        else 1.0
    end as incidence_high

from limits
