-- One row per grp and distinct t: the share that is not delivered by t, open parcels reckoned in.
--
-- The Kaplan-Meier estimate. Whatever ended otherwise than with event 1 counts as no longer
-- followed: the curve answers what would happen if nothing were ever returned or lost (aj_curve
-- does not suppose that).
--
-- Arguments: `relation`, as risk_table wants it: (grp, t, event). `z`, standard errors to either
-- limit, 1.96 (95 %) unless said otherwise.
--
-- Columns: grp, t, at_risk_count, delivered_count, censored_count (those at t without event 1),
-- survival, survival_se, survival_low, survival_high. Where survival is 0 its error is unknown
-- (null) and its upper limit is that of the row before, 1 if there is none: the curve only falls.
--
-- Source: Kaplan and Meier 1958; variance Greenwood 1926; limits log(-log), Kalbfleisch and
-- Prentice 1980.
create or replace macro km_curve(relation, z := 1.959963984540054) as table

with

steps as (

    select
        grp,
        t,
        at_risk_count,
        exit_count,
        cause_count,
        product(1 - cause_count / at_risk_count) over past as survival,
        sum(
            case
                when at_risk_count > cause_count
                    then cause_count / (at_risk_count * (at_risk_count - cause_count)::double)
            end
        ) over past as greenwood

    from risk_table(relation)

    window past as (
        partition by grp order by t rows between unbounded preceding and current row
    )

),

limits as (

    select
        *,
        case when survival > 0 then survival * sqrt(coalesce(greenwood, 0)) end as survival_se,
        case when survival > 0 then loglog_limit(survival, survival_se, z) end as high

    from steps

)

select
    grp,
    t,
    at_risk_count,
    cause_count as delivered_count,
    exit_count - cause_count as censored_count,
    survival,
    survival_se,
    loglog_limit(survival, survival_se, -z) as survival_low,
    coalesce(high, lag(high) over (partition by grp order by t), 1.0) as survival_high

from limits
