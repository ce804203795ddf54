-- warn: One row per parcel and action of which is not known what became: the run that sent it was
-- killed, or the answer did not say. The same command with the same input finds out.
from (
    select account, action, carrier_code, tracking_number, outcome, sent_at, run_id
    from ops.api_actions
    qualify
        row_number() over (
            partition by account, action, carrier_code, tracking_number
            order by sent_at desc, action_id desc
        ) = 1
)
where outcome in ('sent', 'unanswered')
