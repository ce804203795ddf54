-- One row per carrier scan that stands: what it means, on which side of the border it happened,
-- when it happened by the world's clock, and how sure that is. Nothing is clamped and nothing left
-- out: scans told twice have is_repeat, texts that contradict the vendor have is_contradicted.
--
-- Sources: core.classified_events, ref.milestones, ref.countries.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - event_id: The scan, as in core.tracking_events.
-- - carrier_code: Carrier of the leg that said it, else of the parcel.
-- - leg: origin | destination: which array said it, not a place.
-- - position: Place in its leg's array, 1 = oldest.
-- - milestone: What it means, as in ref.milestones; null: nobody knows.
-- - milestone_rank: The usual order in a parcel's life.
-- - milestone_phase: before | transit | delivery | exception | return | final.
-- - milestone_source: override | text | substatus | status | none: who says so.
-- - rule: The rule that read the text: language and order.
-- - text_milestone: What the text means by itself.
-- - vendor_milestone: What TrackingMore's codes mean by themselves.
-- - is_contradicted: Whether the text and the vendor's code tell different ends.
-- - side: origin | destination | unknown: on which side of the border it was.
-- - place_iso2: The country that it names; null: none.
-- - origin_iso2: Country the parcel comes from.
-- - destination_iso2: Country it goes to.
-- - is_domestic: Whether they are known and the same.
-- - happened_at: When it was, as far as its clock is known; null: its time cannot be read.
-- - event_time_local: The carrier's wall clock, zoneless.
-- - event_time_raw: The same as sent.
-- - time_zone: Which clock that was taken to be; null: unknown, read as UTC.
-- - clock_confidence: exact | country_main_zone (it has others) | unknown.
-- - event_time_error_hours: By how much happened_at may be wrong at most.
-- - is_date_only: Whether no time of the day was given.
-- - is_repeat: Whether another feed told the same at the same minute, and says more.
-- - said: The description; the details where that is blank.
-- - description: What the carrier says happened, exactly as sent.
-- - details: Mostly the place, exactly as sent.
-- - checkpoint_status: TrackingMore's word for this scan.
-- - substatus: TrackingMore's finer code for this scan.
-- - first_seen_at: When this scan was first read.
with

told as (

    select
        classified.*,
        milestones.rank as milestone_rank,
        milestones.phase as milestone_phase,
        milestones.outcome,
        vendor.outcome as vendor_outcome,
        -- by the wall clocks, which are the best there is
        row(classified.event_time_local, classified.position) as moment,
        date_trunc('minute', classified.event_time_local) as minute,
        coalesce(classified.milestone, classified.said) as word,
        row(
            -length(coalesce(classified.details, '')),
            classified.leg,
            classified.position,
            classified.event_id
        ) as brevity

    from core.classified_events as classified

    left join ref.milestones
        on classified.milestone = milestones.milestone

    left join ref.milestones as vendor
        on classified.vendor_milestone = vendor.milestone

),

-- since when the parcel had come how far
turns as (

    select
        account,
        tracking_id,
        min(moment) filter (where milestone_rank in (50, 70, 80, 82, 84, 90)) as arrived_since,
        min(moment) filter (where milestone = 'departed_origin') as departed_since,
        min(moment) filter (where milestone = 'returning') as turned_since

    from told

    group by account, tracking_id

),

-- several feeds tell the same scan at the same minute; the one that says most stays
twins as (

    select
        account,
        tracking_id,
        minute,
        word,
        min(brevity) as least

    from told

    where event_time_local is not null

    group by account, tracking_id, minute, word

    having count(*) > 1

),

progress as (

    select
        told.*,
        coalesce(told.moment >= turns.arrived_since, false) as has_arrived,
        coalesce(told.moment >= turns.departed_since, false) as has_departed,
        turns.departed_since is not null as departs,
        coalesce(told.moment >= turns.turned_since, false) as has_turned,
        coalesce(told.brevity > twins.least, false) as is_repeat

    from told

    inner join turns
        on told.account = turns.account
        and told.tracking_id = turns.tracking_id

    left join twins
        on told.account = twins.account
        and told.tracking_id = twins.tracking_id
        and told.minute = twins.minute
        and told.word is not distinct from twins.word

),

sided as (

    select
        progress.*,
        case
            when place_iso2 = origin_iso2 and not is_domestic then 'origin'
            when place_iso2 = destination_iso2 and not is_domestic then 'destination'
            when milestone in ('departed_origin', 'returned') then 'origin'
            when text_side is not null then text_side
            when has_turned and milestone is distinct from 'returning' then null
            when milestone_rank in (50, 70, 80, 82, 84, 87, 88, 90) then 'destination'
            when has_arrived then 'destination'
            when milestone in ('info_received', 'picked_up') then 'origin'
            when milestone in ('customs_processing', 'customs_hold', 'customs_cleared')
                then case when has_departed then 'destination' when departs then 'origin' end
            when not has_departed and milestone is distinct from 'returning' then 'origin'
        end as known_side

    from progress

),

clocked as (

    select
        sided.*,
        countries.main_zone as time_zone,
        countries.error_hours as zone_error_hours

    from sided

    left join ref.countries
        on countries.iso2 = coalesce(
            sided.place_iso2,
            case
                when sided.is_domestic or sided.known_side = 'origin' then sided.origin_iso2
                when sided.known_side = 'destination' then sided.destination_iso2
            end
        )

)

select
    account,
    tracking_id,
    event_id,
    carrier_code,
    leg,
    position,
    milestone,
    milestone_rank,
    milestone_phase,
    milestone_source,
    rule,
    text_milestone,
    vendor_milestone,
    -- the text and the vendor's code tell different ends; his plain "exception" may be any bad end,
    -- and on its way back or back is one end
    milestone_source = 'text'
    and vendor_milestone is not null
    and outcome is distinct from vendor_outcome
    and not (vendor_milestone = 'exception' and outcome is distinct from 'delivered')
    as is_contradicted,
    coalesce(known_side, 'unknown') as side,
    place_iso2,
    origin_iso2,
    destination_iso2,
    is_domestic,
    timezone(coalesce(time_zone, 'UTC'), event_time_local) as happened_at,
    event_time_local,
    event_time_raw,
    time_zone,
    case
        when time_zone is null then 'unknown'
        when zone_error_hours = 0 then 'exact'
        else 'country_main_zone'
    end as clock_confidence,
    -- no clock on earth is more than 14 hours from UTC; a date without a time may be a day later
    case
        when event_time_local is not null
            then coalesce(zone_error_hours, 14) + case when is_date_only then 24 else 0 end
    end as event_time_error_hours,
    is_date_only,
    is_repeat,
    said,
    description,
    details,
    checkpoint_status,
    substatus,
    first_seen_at

from clocked
