-- One row per change of a parcel that a healthy one never makes, and kind of it.
--
-- Kinds: `undelivered`, it was delivered and is not any more; `revived`, TrackingMore had given it
-- up as expired and found it again; `set_by_hand`, its status became a number, which only a
-- person's PUT leaves (4 delivered, 7 exception, 8 restored); `came_back`, it was gone from the
-- account and is there again.
--
-- Source: core.status_history. seen_at is when the change was read; it happened after
-- not_before, when TrackingMore had last looked at the parcel as it was.
--
-- - account: Which TrackingMore account; PARCELHOUSE_ACCOUNT.
-- - tracking_id: The API's id of the parcel, 32 hex digits.
-- - carrier_code: Carrier who moves it.
-- - tracking_number: The carrier's number of the parcel.
-- - kind: undelivered | revived | set_by_hand | came_back.
-- - left_status: Its status before, lower case.
-- - status: Its status after, lower case.
-- - not_before: TrackingMore's last look at it as it was; null: it told none.
-- - seen_at: When the change was first read.
-- - run_id: The run that read it, as in ops.runs.
with

states as (

    select
        account,
        tracking_id,
        lower(status) as status,
        coalesce(is_deleted, false) as is_deleted,
        valid_from,
        updated_at,
        run_id,
        lag(lower(status)) over parcel as left_status,
        lag(coalesce(is_deleted, false)) over parcel as was_deleted,
        lag(updated_at) over parcel as left_updated_at

    from core.status_history

    window parcel as (partition by account, tracking_id order by valid_from)

),

kinds as (

    select
        *,
        unnest(
            list_filter(
                [
                    case
                        when left_status in ('delivered', '4') and status not in ('delivered', '4')
                            then 'undelivered'
                    end,
                    case when left_status = 'expired' and status <> 'expired' then 'revived' end,
                    case
                        when status in ('4', '7', '8') and status is distinct from left_status
                            then 'set_by_hand'
                    end,
                    case when was_deleted then 'came_back' end
                ],
                lambda kind: kind is not null
            )
        ) as kind

    from states

    where not is_deleted

)

select
    kinds.account,
    kinds.tracking_id,
    trackings.carrier_code,
    trackings.tracking_number,
    kinds.kind,
    kinds.left_status,
    kinds.status,
    kinds.left_updated_at as not_before,
    kinds.valid_from as seen_at,
    kinds.run_id

from kinds

left join core.trackings
    on kinds.account = trackings.account
    and kinds.tracking_id = trackings.tracking_id
