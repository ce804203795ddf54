-- One row per account and carrier, and one for (all) of them: how many of the parcels on the way
-- will be delivered within 7 days from as_of.
--
-- The sum of the chances in marts.in_transit. The standard error is of the parcels' luck alone,
-- sqrt(sum of p (1 - p)): that of the curves is not in it, so that with few parcels behind them
-- the limits hold 9 times in 10 rather than 19 in 20, nor are weeks that are unlike those before.
-- Parcels that are not shipped yet are not in it either, nor those that only have a label.
--
-- Source: marts.in_transit.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - carrier_code: Carrier; (all): of all of them.
-- - open_count: Parcels that a carrier has.
-- - unknown_count: Those of them whose chance nobody knows: they are not in the sum.
-- - label_only_count: Parcels on the way besides, of which there is only a label.
-- - expected_deliveries: How many are delivered from as_of until until_at; null: nobody knows of
--   any of them.
-- - standard_error: Of that.
-- - expected_deliveries_low: 1.96 standard errors less, but not below 0.
-- - expected_deliveries_high: As many more, but not above the parcels that there are.
-- - as_of: Up to when the warehouse knows the account.
-- - until_at: 7 days later.
with

sums as (

    select
        scopes.scope as account,
        case when grouping(carrier_code) = 1 then '(all)' else carrier_code end as carrier_code,
        count(*) filter (where outcome = 'open') as open_count,
        count(*) filter (where outcome = 'open' and p_delivered_next_7d is null) as unknown_count,
        count(*) filter (where outcome = 'label_only') as label_only_count,
        coalesce(sum(p_delivered_next_7d), case when open_count = 0 then 0 end)
            as expected_deliveries,
        coalesce(
            sqrt(sum(p_delivered_next_7d * (1 - p_delivered_next_7d))),
            case when open_count = 0 then 0 end
        ) as standard_error,
        min(as_of) as as_of

    from marts.in_transit

    inner join core.scopes
        on in_transit.account = scopes.account

    group by grouping sets ((scopes.scope, carrier_code), (scopes.scope))

)

select
    account,
    carrier_code,
    open_count,
    unknown_count,
    label_only_count,
    expected_deliveries,
    standard_error,
    case
        when expected_deliveries is not null
            then greatest(0, expected_deliveries - 1.96 * standard_error)
    end as expected_deliveries_low,
    case
        when expected_deliveries is not null
            then least(open_count - unknown_count, expected_deliveries + 1.96 * standard_error)
    end as expected_deliveries_high,
    as_of,
    as_of + interval 7 days as until_at

from sums
