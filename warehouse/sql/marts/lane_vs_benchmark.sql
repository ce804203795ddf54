-- One row per account, carrier, lane and day (7, 15, 30, 60): which share of our parcels is
-- delivered within so many days, open ones reckoned in, and which share of TrackingMore's own
-- sample of all its customers was.
--
-- Verdict: `faster` or `slower` where the benchmark lies outside our limits of 95 %, else `same`;
-- `unknown` where nobody of ours was followed for so long yet, or the benchmark does not say.
-- The sample's age, and from which scan it counts, TrackingMore does not tell: a hint, no proof.
--
-- Sources: marts.deliveries; core.transit_benchmarks, the newest reading of each lane, its ranges
-- added up, filled by `parcelhouse transit-benchmark`.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - carrier_code: Carrier who moves them.
-- - lane: Where from and where to, `DE>NO`.
-- - day: Days from the first scan.
-- - delivered_share: Ours by that day; null: nobody was followed for so long.
-- - delivered_share_low: Its lower limit of 95 %.
-- - delivered_share_high: Its upper limit of 95 %.
-- - at_risk_count: Ours that were followed until that day or longer.
-- - benchmark_share: TrackingMore's by that day.
-- - benchmark_count: Parcels in its sample.
-- - verdict: faster | slower | same | unknown.
-- - fetched_at: When the benchmark was read.
with

read as (

    -- an account may have benchmarks and no parcels yet
    select benchmarks.* replace (coalesce(scopes.scope, benchmarks.account) as account)

    from core.transit_benchmarks as benchmarks

    left join core.scopes
        on benchmarks.account = scopes.account

),

readings as (

    select
        *,
        account || '|' || carrier_code || '|' || original || '>' || destination as grp

    from read

    qualify
        row_number() over (
            partition by account, carrier_code, original, destination
            order by fetched_at desc
        ) = 1

),

benchmarks as (

    select
        account,
        carrier_code,
        original || '>' || destination as lane,
        grp,
        total as benchmark_count,
        fetched_at,
        unnest(
            [
                {'day': 7, 'benchmark_share': days_0_7_share},
                {'day': 15, 'benchmark_share': days_0_7_share + days_7_15_share},
                {
                    'day': 30,
                    'benchmark_share': days_0_7_share + days_7_15_share + days_16_30_share
                },
                {
                    'day': 60,
                    'benchmark_share': days_0_7_share
                        + days_7_15_share
                        + days_16_30_share
                        + days_31_60_share
                }
            ],
            recursive := true
        )

    from readings

),

ours as (

    select
        grp,
        t,
        event

    from marts.deliveries

    where grp in (select grp from readings)

),

shares as (

    select *

    from km_at('ours', days := [7, 15, 30, 60])

)

select
    benchmarks.account,
    benchmarks.carrier_code,
    benchmarks.lane,
    benchmarks.day,
    shares.delivered_share,
    shares.delivered_share_low,
    shares.delivered_share_high,
    shares.at_risk_count,
    benchmarks.benchmark_share,
    benchmarks.benchmark_count,
    case
        when shares.delivered_share is null or benchmarks.benchmark_share is null then 'unknown'
        when benchmarks.benchmark_share < shares.delivered_share_low then 'faster'
        when benchmarks.benchmark_share > shares.delivered_share_high then 'slower'
        else 'same'
    end as verdict,
    benchmarks.fetched_at

from benchmarks

left join shares
    on benchmarks.grp = shares.grp
    and benchmarks.day = shares.day
