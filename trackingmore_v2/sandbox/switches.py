"""What the public material leaves open about the API, as switches of the sandbox."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Switches:
    """One setting for each behaviour that no public source establishes.

    The defaults are what is assumed; a client that is worth trusting gives the same result
    under all of them. Assumed without a switch: whatever the merchant changes of a tracking
    stamps `updated_at`; an annotation that says nothing changes nothing; a status set by hand
    stays until it is set to 8, while scans go on; a tracking whose carrier is corrected is a new
    one, with an id and a creation of its own; one that is deleted and added again has its old
    id, its old creation and all scans since; where every part of a request for many is refused,
    so is the request.

    Attributes:
        empty_as: What a list without items answers: meta code 4031 with `data: []`, or 200 with
            `items: []` and a total of 0. A page past the end is such a list.
        bounds: Whether the ends of `*_min` and `*_max` belong to the range; `half_open`: the min
            does.
        order: How the list is sorted. `random` deals everything anew on each request.
        max_limit: The most items of a page; a larger `limit` is clamped to it without a word.
        unknown_tracking: The meta code for a single tracking that the account does not hold.
        realtime_again: The meta code for a parcel that is asked for in real time within two hours
            of the last time; that it is refused is documented, how is not. Realtime answers for
            parcels of the account only, does not register anything and leaves the list as it is.
        too_many_requests: What a 429 looks like: HTTP 200 with meta code 429, HTTP 429 with the
            same body, or the HTML page of a gateway with HTTP 502.
        missing_key: The meta code for a request without a key.
        total_as: Whether `total` is a string, as documented, or a number.
        with_count: Whether a page carries `count`, its own number of items.
        no_destination: How a parcel without a destination leg says so; `mixed` is each of the
            other ways, by parcel.
        visibility_delay_seconds: A change shows in the list and in the status counts up to this
            long after its stamp; each change has a delay of its own.
        key_headers: Which of the two headers in use may carry the key.
        corrects_carriers: Whether a number that cannot be of the carrier it is registered under
            goes to the first one that detect names, unless the request says `auto_correct` 1;
            if not, its carrier never finds it.
        detect_as: Whether detect answers an array of carriers, or the likeliest as one object.
        rate_limited: Refuse what exceeds the documented rate with a 429, in real time.

    """

    empty_as: Literal["4031", "items"] = "4031"
    bounds: Literal["inclusive", "exclusive", "half_open"] = "inclusive"
    order: Literal["created_desc", "created_asc", "updated_desc", "updated_asc", "id", "random"] = (
        "created_desc"
    )
    max_limit: int = 2000
    unknown_tracking: Literal[4017, 4031] = 4017
    realtime_again: Literal[429, 202] = 429
    too_many_requests: Literal["meta", "http", "html"] = "meta"
    missing_key: Literal[4001, 401] = 4001
    total_as: Literal["string", "number"] = "string"
    with_count: bool = True
    no_destination: Literal["mixed", "null", "absent", "all_null", "empty_list"] = "mixed"
    visibility_delay_seconds: int = 0
    key_headers: Literal["both", "trackingmore", "tracking"] = "both"
    corrects_carriers: bool = False
    detect_as: Literal["array", "object"] = "array"
    rate_limited: bool = False
