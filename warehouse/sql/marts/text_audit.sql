-- One row per account, or (all) of several, and text that no rule knows or that contradicts
-- TrackingMore's own code: the most frequent first. What you know of one goes into
-- core.text_overrides.
--
-- Sources: marts.events.
select
    scopes.scope as account,
    case when is_contradicted then 'contradicted' else 'unknown' end as issue,
    said,
    milestone,
    vendor_milestone,
    count(*) as event_count,
    count(distinct (events.account, tracking_id)) as parcel_count,
    string_agg(distinct carrier_code, ', ' order by carrier_code) as carriers,
    min(tracking_id) as sample_tracking_id

from marts.events

inner join core.scopes
    on events.account = scopes.account

where
    said is not null
    and (is_contradicted or milestone_source in ('substatus', 'status', 'none'))

group by all

order by event_count desc, scopes.scope, issue, said, milestone, vendor_milestone
