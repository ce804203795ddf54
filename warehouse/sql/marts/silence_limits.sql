-- One row per account, milestone and group: how long a parcel may be silent behind that milestone
-- before it is unusual, which is by when 95 % of them have their next scan.
--
-- The gaps of parcels that are still silent are reckoned in, as not ended. Told only where 72 gaps
-- have ended, of all carriers together wherever 95 % is reached. Gaps count to the hour, upward.
--
-- Sources: marts.gaps, the survival macros.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - grain: lane (of a carrier) | carrier | account: whose gaps these are.
-- - grp: Account, carrier, lane and milestone as far as they are told apart, as in marts.gaps.
-- - silence_limit_days: The p95 of the gaps, in days.
-- - gap_count: Gaps it is of, those that have not ended included.
-- - ended_count: Gaps that have ended with another scan.
with

gaps as (

    select
        account,
        ceil(gap_days * 24) / 24 as t,
        event,
        unnest(
            [
                {'grain': 'lane', 'of_grain': grp_lane},
                {'grain': 'carrier', 'of_grain': grp_carrier},
                {'grain': 'account', 'of_grain': grp_milestone}
            ],
            recursive := true
        )

    from marts.gaps

    where gap_days is not null

),

-- a carrier may be called as a lane is: the grain is part of the group
strata as (

    select
        {'account': account, 'grain': grain, 'grp': of_grain} as grp,
        t,
        event

    from gaps

)

select
    grp.account,
    grp.grain,
    grp.grp,
    t as silence_limit_days,
    parcel_count as gap_count,
    delivered_count as ended_count

from km_percentiles('strata', percentiles := [0.95])

where
    t is not null
    and (delivered_count >= percentile_needs(0.95) or grp.grain = 'account')
