-- Lanes for `parcelhouse transit-benchmark`, busiest first: the carriers and pairs of countries of
-- the parcels registered in the last 180 days, as far as both countries are known, whose benchmark
-- was never read or is a week old. One row per lane.
with lanes as (
    select
        trackings.account,
        trackings.carrier_code,
        origin.iso2 as original,
        coalesce(destination.iso2, upper(nullif(trackings.destination_code, ''))) as destination,
        count(*) as parcels
    from core.live_trackings as trackings
    join core.as_of as as_of using (account)
    left join core.country_names as origin
        on origin.account = trackings.account and origin.name = trackings.original_country
    left join core.country_names as destination
        on destination.account = trackings.account
        and destination.name = trackings.destination_country
    where trackings.created_at > as_of.as_of - interval 180 days
    group by all
)
select lanes.account, lanes.carrier_code, lanes.original, lanes.destination, lanes.parcels
from lanes
join core.as_of as as_of using (account)
where
    lanes.original is not null
    and lanes.destination is not null
    and not exists (
        from core.transit_benchmarks as benchmarks
        where
            benchmarks.account = lanes.account
            and benchmarks.carrier_code = lanes.carrier_code
            and benchmarks.original = lanes.original
            and benchmarks.destination = lanes.destination
            and benchmarks.fetched_at > as_of.as_of - interval 7 days
    )
order by lanes.parcels desc
