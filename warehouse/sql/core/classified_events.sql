-- One row per carrier scan that stands, of deleted parcels too: what it means, who says so, and
-- which country its place is in. Your overrides go before the rules for texts, those before
-- TrackingMore's substatus, and that before its status.
--
-- Sources: core.live_events, core.trackings, core.event_texts, core.text_overrides,
-- core.country_names, ref.substatus_milestones, ref.status_milestones, ref.country_spellings,
-- ref.countries.
with

-- what you say a text means, for one carrier or (null) for all of them
overridden as (

    select
        event_texts.account,
        event_texts.said,
        text_overrides.carrier_code,
        text_overrides.milestone,
        text_overrides.added_at

    from core.event_texts

    inner join core.text_overrides
        on event_texts.account = text_overrides.account
        and event_texts.said = text_overrides.said

    union all

    select
        event_texts.account,
        event_texts.said,
        text_overrides.carrier_code,
        text_overrides.milestone,
        text_overrides.added_at

    from core.event_texts

    inner join core.text_overrides
        on event_texts.account = text_overrides.account
        and event_texts.words = text_overrides.said

),

overrides as (

    select
        account,
        said,
        carrier_code,
        arg_max(milestone, coalesce(added_at, '-infinity')) as milestone

    from overridden

    group by account, said, carrier_code

),

parcels as (

    select
        trackings.account,
        trackings.tracking_id,
        trackings.carrier_code,
        original.iso2 as origin_iso2,
        coalesce(destination.iso2, coded.iso2) as destination_iso2

    from core.trackings

    left join core.country_names as original
        on trackings.account = original.account
        and trackings.original_country = original.name

    left join core.country_names as destination
        on trackings.account = destination.account
        and trackings.destination_country = destination.name

    left join ref.countries as coded
        on upper(trim(trackings.destination_code)) = coded.iso2

),

scans as (

    select
        events.account,
        events.tracking_id,
        events.event_id,
        events.leg,
        events.position,
        events.event_time_raw,
        events.event_time_local,
        events.description,
        events.details,
        events.checkpoint_status,
        events.substatus,
        events.first_seen_at,
        parcels.origin_iso2,
        parcels.destination_iso2,
        coalesce(events.carrier_code, parcels.carrier_code) as carrier_code,
        coalesce(parcels.origin_iso2 = parcels.destination_iso2, false) as is_domestic,
        case
            when trim(coalesce(events.description, '')) = '' then events.details
            else events.description
        end as said,
        coalesce(
            regexp_matches(events.event_time_raw, '^\s*[0-9/-]+([T ]00:00(:00)?)?\s*$'), false
        ) as is_date_only,
        -- "CN, Shenzhen" | "China, Shenzhen" | "Leipzig, Germany" | "Germany"
        trim(split_part(events.details, ',', 1)) as place_first,
        lower(trim(split_part(events.details, ',', -1))) as place_last

    from core.live_events as events

    inner join parcels
        on events.account = parcels.account
        and events.tracking_id = parcels.tracking_id

)

select
    scans.* exclude (place_first, place_last),
    texts.rule,
    texts.milestone as text_milestone,
    texts.side as text_side,
    coalesce(by_substatus.milestone, by_status.milestone) as vendor_milestone,
    coalesce(
        by_carrier.milestone,
        by_anyone.milestone,
        texts.milestone,
        by_substatus.milestone,
        by_status.milestone
    ) as milestone,
    case
        when coalesce(by_carrier.milestone, by_anyone.milestone) is not null then 'override'
        when texts.milestone is not null then 'text'
        when by_substatus.milestone is not null then 'substatus'
        when by_status.milestone is not null then 'status'
        else 'none'
    end as milestone_source,
    case
        when scans.place_first in (scans.origin_iso2, scans.destination_iso2)
            then scans.place_first
        when first_name.iso2 in (scans.origin_iso2, scans.destination_iso2)
            then first_name.iso2
        when last_name.iso2 in (scans.origin_iso2, scans.destination_iso2)
            then last_name.iso2
        when not last_name.is_place_too then last_name.iso2
    end as place_iso2

from scans

left join core.event_texts as texts
    on scans.account = texts.account
    and scans.said = texts.said

left join overrides as by_carrier
    on scans.account = by_carrier.account
    and scans.said = by_carrier.said
    and scans.carrier_code = by_carrier.carrier_code

left join (select * from overrides where carrier_code is null) as by_anyone
    on scans.account = by_anyone.account
    and scans.said = by_anyone.said

left join ref.substatus_milestones as by_substatus
    on lower(replace(scans.substatus, ' ', '')) = by_substatus.substatus

left join ref.status_milestones as by_status
    on lower(scans.checkpoint_status) = by_status.status

left join ref.country_spellings as first_name
    on lower(scans.place_first) = first_name.spelling

left join ref.country_spellings as last_name
    on scans.place_last = last_name.spelling
