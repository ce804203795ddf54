-- warn: One row per override that changes nothing: no milestone has its name, or nobody said its
-- text.
--
-- Sources: core.text_overrides, core.event_texts, ref.milestones.
select
    text_overrides.account,
    text_overrides.carrier_code,
    text_overrides.said,
    text_overrides.milestone,
    case
        when milestones.milestone is null then 'no such milestone'
        else 'nobody said it'
    end as reason

from core.text_overrides

left join ref.milestones
    on text_overrides.milestone = milestones.milestone

where
    milestones.milestone is null
    or not exists (
        select 1
        from core.event_texts
        where
            event_texts.account = text_overrides.account
            and text_overrides.said in (event_texts.said, event_texts.words)
    )
