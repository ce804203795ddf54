"""Answers the questions of this folder from an account that is always the same.

python docs/cookbook/cookbook.py          writes README.md
python docs/cookbook/cookbook.py --check  fails where an answer is another one
"""

import math
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flows.settings import Settings
from flows.steps.run import running
from flows.steps.sync import sync
from trackingmore_v2.sandbox import Sandbox
from warehouse.connection import open_read_only
from warehouse.declarations import header
from warehouse.snapshot import published

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
BEGINNING = """\
# Cookbook

Twenty questions, their SQL, and the answers from the sandbox's account of 3,000 parcels, synced
on 1 March 2026 and again a week later. Ask them of your own parcels: `parcelhouse sql "$(cat
docs/cookbook/01-how-long-do-parcels-take.sql)"`, or in any DuckDB client that has opened
`published/warehouse.duckdb`. What each column means: [tables](../reference/tables.md),
[macros](../reference/macros.md). In a warehouse of [several
accounts](../how-to/several-accounts.md) add `account = 'main'`, or `'(all)'` for all together.
"""


def main() -> int:
    """Write the page, or compare it."""
    page = cookbook()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == page else 1
    PAGE.write_text(page, "utf-8")
    return 0


def cookbook() -> str:
    """Return the page with the answers as they are now."""
    parts = [BEGINNING]
    with (
        tempfile.TemporaryDirectory() as home,
        open_read_only(published(synced(Path(home)))) as db,
    ):
        for path in sorted(HERE.glob("*.sql")):
            text = path.read_text("utf-8")
            question = header(text)
            query = text.split("\n", text.count("\n--") + 1)[-1].strip()
            answer = db.execute(query)
            names = [column[0] for column in answer.description]
            rows = answer.fetchall()
            parts.append(f"## {question}\n\n```sql\n{query}\n```\n\n{_table(names, rows)}\n")
    return "\n".join(parts)


def synced(home: Path) -> Path:
    """Return a home whose warehouse holds the account after its two syncs."""
    account = Sandbox(3000, seed=7, now=datetime(2026, 3, 1, 8, tzinfo=UTC))
    with account.serving() as address:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            trackingmore_api_key=SecretStr(account.api_key),
            trackingmore_base_url=address,
            trackingmore_requests_per_second=0,
            parcelhouse_account="main",
            parcelhouse_home=home,
        )
        for _ in range(2):
            with running(settings, "sync") as run:
                sync(run)
            account.advance(timedelta(days=7))
    return home


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.{_digits(value)}f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _digits(value: float) -> int:
    return max(0, 2 - int(math.log10(abs(value))))


if __name__ == "__main__":
    raise SystemExit(main())
