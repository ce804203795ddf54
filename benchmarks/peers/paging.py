"""The list page after page, as whoever proves nothing reads it."""

import re
from collections.abc import Iterator

import requests

LIMIT = 2000


def answers(base_url: str, key: str, since: int | None) -> Iterator[bytes]:
    """Yield each page that changed after *since*, unix seconds, as it came."""
    page, pages = 1, 1
    with requests.Session() as session:
        session.headers["Trackingmore-Api-Key"] = key
        while page <= pages:
            params = {"page": page, "limit": LIMIT, "update_time_min": (since or 0) + 1}
            answer = session.get(f"{base_url}/trackings/get", params=params, timeout=60)
            answer.raise_for_status()
            if (total := re.search(rb'"total":"(\d+)"', answer.content[:300])) is None:
                return
            pages = -(-int(total[1]) // LIMIT)
            yield answer.content
            page += 1
