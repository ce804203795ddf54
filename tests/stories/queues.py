"""Stories of the queues, and of the instant up to which their ages are counted."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories import at
from tests.stories.story import Story, tracking

DAY = 86_400
NUMBER = "tracking_number"


def read(account: str = "main", *, second: float = 0) -> dict[str, Any]:
    """A watermark: the account is known up to that second."""
    return {"account": account, "scope": "update_time", "watermark_at": at(second)}


def old(name: str, *, days: float, **columns: Any) -> dict[str, Any]:
    """A parcel that was registered so many days before second 0; its number is its name."""
    said = {"carrier_code": "dhl", NUMBER: name, "created_at": at(-days * DAY)}
    return tracking(name, **(said | columns))


def wall(days: float) -> datetime:
    """So many days before second 0, on a clock without a zone."""
    return (at(0) - timedelta(days=days)).replace(tzinfo=None)


def action(name: str, kind: str, outcome: str, *, second: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "action_id": f"{name} {kind} {second}",
        "action": kind,
        "carrier_code": "dhl",
        NUMBER: name,
        "outcome": outcome,
        "sent_at": at(second),
    } | more


def shaped(number: int, carrier: str, status: str | None, days: float = 10) -> dict[str, Any]:
    """A parcel with a number of the shape AA999999."""
    return old(f"ZQ{number:06}", days=days, carrier_code=carrier, status=status)


def waybill(number: str, until: float | None = None) -> dict[str, Any]:
    ends = None if until is None else at(until)
    return {"account": "main", "air_waybill": number, "follow_until": ends}


def lane(name: str, **columns: Any) -> dict[str, Any]:
    said = {"original_country": "China", "destination_country": "Norway"}
    return old(name, days=9, **(said | columns))


def country(name: str, iso2: str | None) -> dict[str, Any]:
    return {"account": "main", "name": name, "iso2": iso2}


def benchmark(carrier: str, *, days_ago: float) -> dict[str, Any]:
    return {
        "account": "main",
        "carrier_code": carrier,
        "original": "CN",
        "destination": "NO",
        "fetched_at": at(-days_ago * DAY),
    }


STORIES = [
    Story(
        "core.as_of",
        "the newest of what was read and of what a sync says is read",
        {
            "core.trackings": [
                tracking("a", fetched_at=at(5)),
                tracking("b", fetched_at=at(3)),
                tracking("c", fetched_at=at(9), account="theirs"),
            ],
            "ops.watermarks": [
                read(second=7),
                read("theirs", second=2),
                read("new", second=1),
                read(second=99) | {"scope": "backfill:some"},
            ],
        },
        [
            {"account": "main", "as_of": at(7)},
            {"account": "new", "as_of": at(1)},
            {"account": "theirs", "as_of": at(9)},
        ],
    ),
    Story(
        "queues.trackings_to_annotate",
        "delivered a month ago and not archived; what is not known is left alone",
        {
            "ops.watermarks": [read()],
            "core.trackings": [
                old("due", days=90, status="Delivered", archived=False, last_update_time=wall(31)),
                old(
                    "young", days=90, status="delivered", archived=False, last_update_time=wall(29)
                ),
                old(
                    "archived",
                    days=90,
                    status="delivered",
                    archived=True,
                    last_update_time=wall(60),
                ),
                old("unsaid", days=90, status="delivered", last_update_time=wall(60)),
                old("undated", days=90, status="delivered", archived=False),
                old("open", days=90, status="transit", archived=False, last_update_time=wall(60)),
                old(
                    "gone",
                    days=90,
                    status="delivered",
                    archived=False,
                    last_update_time=wall(60),
                    deleted_at=at(-1),
                ),
            ],
        },
        [{NUMBER: "due", "archived": True}],
    ),
    Story(
        "queues.trackings_to_purge",
        "what has ended, with its age in whole days; null is no end",
        {
            "ops.watermarks": [read()],
            "core.trackings": [
                old("arrived", days=180.9, status="Delivered"),
                old("expired", days=200, status="expired"),
                old("returned", days=10, status="exception", substatus="exception010"),
                old("held", days=300, status="exception", substatus="exception004"),
                old("open", days=300, status="transit"),
                old("unknown", days=300, status=None),
                old("undated", days=1, status="delivered", created_at=None),
                old("gone", days=300, status="delivered", deleted_at=at(-1)),
            ],
        },
        [
            {NUMBER: "arrived", "status": "delivered", "age_days": 180},
            {NUMBER: "expired", "status": "expired", "age_days": 200},
            {NUMBER: "returned", "status": "exception", "age_days": 10},
        ],
    ),
    Story(
        "queues.updates_to_stop",
        "the delivered after a week, the expired, the silent after 45 days; each once",
        {
            "ops.watermarks": [read()],
            "core.trackings": [
                old("arrived", days=50, status="delivered", last_update_time=wall(8)),
                old("just arrived", days=50, status="delivered", last_update_time=wall(6)),
                old("arrived unread", days=8, status="delivered"),
                old("expired", days=2, status="Expired", last_update_time=wall(1)),
                old("silent", days=99, status="transit", last_update_time=wall(46)),
                old("heard of", days=99, status="transit", last_update_time=wall(44)),
                old("never heard of", days=46, status="pending"),
                old("new to us", days=1, status="transit", last_update_time=wall(300)),
                old("no status", days=46, status=None),
                old("stopped there", days=99, status="expired", track_update=False),
                old("stopped by us", days=99, status="expired", track_update=True),
                old("tried in vain", days=99, status="expired", track_update=True),
                old("gone", days=99, status="expired", deleted_at=at(-1)),
            ],
            "ops.api_actions": [
                action("stopped by us", "stop-updates", "done"),
                action("tried in vain", "stop-updates", "unanswered"),
                action("silent", "annotate", "done"),
                action("expired", "stop-updates", "done", account="theirs"),
            ],
        },
        [
            {NUMBER: "arrived", "reason": "delivered", "quiet_days": 8},
            {NUMBER: "arrived unread", "reason": "delivered", "quiet_days": 8},
            {NUMBER: "expired", "reason": "expired", "quiet_days": 1},
            {NUMBER: "never heard of", "reason": "silent", "quiet_days": 46},
            {NUMBER: "no status", "reason": "silent", "quiet_days": 46},
            {NUMBER: "silent", "reason": "silent", "quiet_days": 46},
            {NUMBER: "tried in vain", "reason": "expired", "quiet_days": 99},
        ],
    ),
    Story(
        "queues.carriers_to_correct",
        "unknown for three days, of a shape that nine in ten times is another carrier's",
        {
            "ops.watermarks": [read()],
            "core.trackings": [
                *(shaped(number, "yanwen", "transit") for number in range(20)),
                shaped(30, "dhl", "delivered"),
                shaped(40, "dhl", "NotFound"),
                shaped(41, "dhl", "pending", days=2),
                shaped(42, "dhl", None),
                shaped(43, "yanwen", "pending"),
                shaped(44, "dhl", "pending"),
                shaped(45, "dhl", "pending"),
                old("9-OTHER", days=10, status="pending"),
            ],
            "ops.api_actions": [
                action("ZQ000044", "correct-carrier", "refused"),
                action("ZQ000045", "correct-carrier", "unanswered"),
            ],
        },
        [
            {
                NUMBER: number,
                "carrier_code": "dhl",
                "update_carrier_code": "yanwen",
                "parcels_of_shape": 20,
                "carrier_share": 20 / 21,
            }
            for number in ("ZQ000040", "ZQ000045")
        ],
    ),
    Story(
        "queues.carriers_to_correct",
        "19 parcels are too few, and so is a share of 8 in 10",
        {
            "ops.watermarks": [read(), read("theirs")],
            "core.trackings": [
                *(shaped(number, "yanwen", "transit") for number in range(20)),
                *(shaped(number, "usps", "transit") for number in range(30, 35)),
                shaped(40, "dhl", "pending"),
                *(shaped(n, "yanwen", "transit") | {"account": "theirs"} for n in range(60, 79)),
                shaped(80, "dhl", "pending") | {"account": "theirs"},
                # and one that is proposed: the numbers are read
                *(old(f"{n:05}", days=9, carrier_code="sto", status="transit") for n in range(20)),
                old("00099", days=9, status="pending"),
            ],
        },
        [{NUMBER: "00099", "update_carrier_code": "sto"}],
    ),
    Story(
        "queues.lanes_to_benchmark",
        "lanes of two known countries, busiest first, whose benchmark is none or a week old",
        {
            "ops.watermarks": [read()],
            "core.country_names": [
                country("China", "CN"),
                country("Norway", "NO"),
                country("Norge", "NO"),
                country("Atlantis", None),
            ],
            "core.trackings": [
                lane("1"),
                lane("2", destination_country="Norge"),
                lane("3", destination_country=None, destination_code="no"),
                lane("4", destination_country="Atlantis"),
                lane("5", original_country="Atlantis"),
                lane("6", original_country=None),
                lane("7", destination_country=None, destination_code=""),
                lane("8", created_at=at(-181 * DAY), carrier_code="dpd"),
                lane("9", carrier_code="read"),
                lane("10", carrier_code="stale"),
                lane("11", carrier_code="gone", deleted_at=at(-1)),
            ],
            "core.transit_benchmarks": [
                benchmark("read", days_ago=6.9),
                benchmark("read", days_ago=70),
                benchmark("stale", days_ago=7.1),
            ],
        },
        [
            {"carrier_code": "dhl", "original": "CN", "destination": "NO", "parcels": 3},
            {"carrier_code": "stale", "original": "CN", "destination": "NO", "parcels": 1},
        ],
    ),
    Story(
        "queues.air_waybills_due",
        "those that are still to be followed, and when they were asked for last",
        {
            "ops.watermarks": [read()],
            "queues.air_waybills_to_follow": [
                waybill("020-1"),
                waybill("020-2", until=1),
                waybill("020-3", until=-1),
                waybill("020-4", until=-1) | {"account": "never synced"},
            ],
            "core.air_waybills": [
                {"account": "main", "air_waybill": "020-1", "fetched_at": at(-5)},
                {"account": "theirs", "air_waybill": "020-2", "fetched_at": at(-5)},
            ],
        },
        [
            {"air_waybill": "020-1", "asked_at": at(-5)},
            {"air_waybill": "020-2", "asked_at": None},
            {"air_waybill": "020-4", "asked_at": None},
        ],
    ),
]
