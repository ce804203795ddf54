-- One row per account and kind of doubt: how many scans, parcels, payloads or fields it is about,
-- those of no doubt included, with 0.
--
-- Scans: `unknown_text`, no rule and no override knows the text (marts.text_audit lists them);
-- `contradicted_text`, the text tells another end than TrackingMore's code; `unknown_clock`,
-- nobody knows whose clock it was, up to 14 hours; `date_only`, a date without a time;
-- `unreadable_time`; `repeated_feed`, told again by another feed at the same minute. Parcels:
-- `no_scans`; `unknown_country`, origin or destination; `contradicted_outcome`, scans and status
-- tell different ends; `delivered_without_scan`; `negative_transit` and
-- `arrived_before_departed`, the later came first; `ordered_after_shipping`; `reused_number`,
-- delivered and moving days afterwards; `status_set_by_hand`. `quarantined_payload` waits in
-- ops.quarantine; `unknown_field` came without a column for it, ops.unknown_fields.
--
-- Sources: marts.events, marts.shipments, ops.quarantine, ops.unknown_fields, core.as_of.
--
-- - account: Which TrackingMore account; (all): all of them, where there are several.
-- - kind: The doubt.
-- - unit: scans | parcels | payloads | fields: what is counted.
-- - doubt_count: How many of them.
-- - total_count: Of how many; null: nobody counts fields.
-- - share: Of them all.
-- - example_id: The least tracking_id that it is about, quarantine_id of a payload, name of a
--   field; null: none.
with

scans as (

    select
        account,
        count(*) as total_count,
        [
            {
                'kind': 'unknown_text',
                'doubt_count': count(*) filter (where is_unknown),
                'example_id': min(tracking_id) filter (where is_unknown)
            },
            {
                'kind': 'contradicted_text',
                'doubt_count': count(*) filter (where is_contradicted),
                'example_id': min(tracking_id) filter (where is_contradicted)
            },
            {
                'kind': 'unknown_clock',
                'doubt_count': count(*) filter (where is_unclocked),
                'example_id': min(tracking_id) filter (where is_unclocked)
            },
            {
                'kind': 'date_only',
                'doubt_count': count(*) filter (where is_date_only),
                'example_id': min(tracking_id) filter (where is_date_only)
            },
            {
                'kind': 'unreadable_time',
                'doubt_count': count(*) filter (where is_untimed),
                'example_id': min(tracking_id) filter (where is_untimed)
            },
            {
                'kind': 'repeated_feed',
                'doubt_count': count(*) filter (where is_repeat),
                'example_id': min(tracking_id) filter (where is_repeat)
            }
        ] as doubts

    from (
        select
            account,
            tracking_id,
            is_contradicted,
            is_date_only,
            is_repeat,
            milestone_source not in ('text', 'override') as is_unknown,
            clock_confidence = 'unknown' as is_unclocked,
            happened_at is null as is_untimed
        from marts.events
    )

    group by account

),

-- in the order of kinds: flag in marts.shipments, kind here
flags as (

    select *

    from (
        values
            ('no_events', 'no_scans'),
            ('country_missing', 'unknown_country'),
            ('outcome_contradicted', 'contradicted_outcome'),
            ('delivered_without_event', 'delivered_without_scan'),
            ('negative_transit', 'negative_transit'),
            ('arrived_before_departed', 'arrived_before_departed'),
            ('order_after_shipping', 'ordered_after_shipping'),
            ('number_reused', 'reused_number'),
            ('status_set_by_user', 'status_set_by_hand')
    ) as flags (flag, kind)

),

flagged as (

    select
        account,
        flag,
        count(*) as doubt_count,
        min(tracking_id) as example_id

    from (select account, tracking_id, unnest(flags) as flag from marts.shipments)

    group by account, flag

),

parcels as (

    select
        account,
        count(*) as parcel_count

    from marts.shipments

    group by account

),

quarantined as (

    select
        account,
        count(*) as doubt_count,
        min(quarantine_id) as example_id

    from ops.quarantine

    where released_at is null

    group by account

),

fields as (

    select
        scopes.scope as account,
        count(distinct field) as doubt_count,
        min(field) as example_id

    from ops.unknown_fields

    inner join core.scopes
        on unknown_fields.account = scopes.account

    group by scopes.scope

),

counted as (

    select
        account,
        'scans' as unit,
        total_count,
        unnest(doubts, recursive := true)

    from scans

    union all by name

    select
        parcels.account,
        'parcels' as unit,
        parcels.parcel_count as total_count,
        flags.kind,
        coalesce(flagged.doubt_count, 0) as doubt_count,
        flagged.example_id

    from parcels

    cross join flags

    left join flagged
        on parcels.account = flagged.account
        and flags.flag = flagged.flag

    union all by name

    -- those that could be read are parcels
    select
        as_of.account,
        'payloads' as unit,
        coalesce(parcels.parcel_count, 0) + coalesce(quarantined.doubt_count, 0) as total_count,
        'quarantined_payload' as kind,
        coalesce(quarantined.doubt_count, 0) as doubt_count,
        quarantined.example_id

    from core.as_of

    left join parcels
        on as_of.account = parcels.account

    left join quarantined
        on as_of.account = quarantined.account

    where as_of.account <> '(all)'

),

summed as (

    select
        scopes.scope as account,
        unit,
        kind,
        sum(total_count)::bigint as total_count,
        sum(doubt_count)::bigint as doubt_count,
        min(example_id) as example_id

    from counted

    inner join core.scopes
        on counted.account = scopes.account

    group by scopes.scope, unit, kind

    union all by name

    -- a field that two accounts send is one field
    select
        as_of.account,
        'fields' as unit,
        'unknown_field' as kind,
        coalesce(fields.doubt_count, 0) as doubt_count,
        fields.example_id

    from core.as_of

    left join fields
        on as_of.account = fields.account

)

select
    account,
    kind,
    unit,
    doubt_count,
    total_count,
    doubt_count / nullif(total_count, 0) as share,
    example_id

from summed
