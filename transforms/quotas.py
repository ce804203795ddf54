"""The account's own data as a row of its credits."""

from datetime import datetime
from typing import Any

from trackingmore_v2.envelope import whole
from trackingmore_v2.models import Payload


def quota_row(
    payload: Payload, *, account: str, fetched_at: datetime, run_id: str
) -> dict[str, Any]:
    """Return the row of `ops.quotas` for an answer of `GET /trackings/getuserinfo`.

    The credits are `track_number`, or `plan.remaining_order` as a later variant has it; null
    where neither is a number. E-mail and telephone of the account are not kept.
    """
    plan = payload.get("plan")
    later = plan.get("remaining_order") if isinstance(plan, dict) else None
    credits_left = whole(payload.get("track_number"))
    return {
        "account": account,
        "fetched_at": fetched_at,
        "credits_left": whole(later) if credits_left is None else credits_left,
        "money": _number(payload.get("money")),
        "run_id": run_id,
    }


def _number(said: Any) -> float | None:
    try:
        return float(said)
    except (TypeError, ValueError):
        return None
