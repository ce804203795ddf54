-- How many delivered parcels a percentile needs before it may be published.
--
-- The smallest n with p^n <= 0.025: 6 for p50, 17 for p80, 36 for p90, 72 for p95, 368 for p99.
-- With fewer, all of them may lie below the percentile, and no upper limit of 95 % exists that
-- supposes nothing of the distribution. Argument: `p`, between 0 and 1. Source: the binomial
-- confidence interval of a quantile, Conover 1999, section 3.2.
create or replace macro percentile_needs(p) as
case when p > 0 and p < 1 then ceil(ln(0.025) / ln(p))::integer end
