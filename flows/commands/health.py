"""`parcelhouse doctor | check | gaps`: what is wrong, or might be."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.commands.printing import DONE, FAILED, NEEDS_A_PERSON, print_json
from flows.settings import read_settings

if TYPE_CHECKING:
    from flows.steps.gaps import LedgerGaps


def doctor(*, as_json: bool) -> int:
    """Show the settings, what the live server does and how the house stands; write nothing."""
    from flows.steps.doctor import examine

    found = examine(read_settings(), now=datetime.now(UTC))
    if as_json:
        print_json(
            {
                "requests": found.requests,
                "settings": [each._asdict() for each in found.settings],
                "findings": [each._asdict() for each in found.findings],
            }
        )
    else:
        width = max(len(each.name) for each in found.settings)
        for setting in found.settings:
            print(f"{setting.name:{width}}  {setting.value}  ({setting.origin})")
        print()
        for each in found.findings:
            print(f"{each.level:5} {each.about:10} {each.sentence}")
    if found.is_cut_off:
        return FAILED
    return NEEDS_A_PERSON if found.failures else DONE


def check(*, as_json: bool) -> int:
    """Run every check on what is published, and show what should not be there."""
    from flows.steps.checks import run_checks, what_to_check
    from warehouse.connection import open_read_only

    path = what_to_check(read_settings().parcelhouse_home)
    with open_read_only(path) as db:
        checks = run_checks(db)
    if as_json:
        print_json({"checked": path, "checks": [each._asdict() for each in checks]})
    else:
        for each in checks:
            if each.row_count is None:
                print(f"later {each.name}: not in {path} yet, the next run makes it")
                continue
            word = each.level if each.row_count else "ok"
            print(f"{word:5} {each.name}: {_many(each.row_count, 'row')}")
            if each.row_count:
                print(f"      {each.sentence}")
            for row in each.examples:
                print("      " + ", ".join(f"{name} {value}" for name, value in row.items()))
    return NEEDS_A_PERSON if any(each.row_count for each in checks) else DONE


def gaps(*, as_json: bool) -> int:
    """Show which ranges of the ledgers were never read, or not with certainty."""
    from flows.steps.gaps import find_gaps, open_newest

    settings = read_settings()
    with open_newest(settings.parcelhouse_home) as db:
        ledgers = find_gaps(db, settings.parcelhouse_account)
    if as_json:
        print_json({"ledgers": [_plain(each) for each in ledgers]})
    else:
        for ledger in ledgers:
            print("\n".join(_lines(ledger)))
        if not ledgers:
            print("nothing is read yet")
    return DONE if all(each.is_whole for each in ledgers) else NEEDS_A_PERSON


def _plain(ledger: "LedgerGaps") -> dict[str, Any]:
    return {
        "scope": ledger.scope,
        "low": _instant(ledger.low),
        "high": _instant(ledger.high),
        "unread": [
            {"low": _instant(low), "high": _instant(high), "seconds": high - low + 1}
            for low, high in ledger.unread
        ],
        "unproven": [
            each._asdict() | {"low": _instant(each.low), "high": _instant(each.high)}
            for each in ledger.unproven
        ],
    }


def _lines(ledger: "LedgerGaps") -> list[str]:
    head = f"{ledger.scope}  {_instant(ledger.low)} to {_instant(ledger.high)}"
    if ledger.is_whole:
        return [f"{head}: all proven"]
    return [
        f"{head}: {_many(len(ledger.unread), 'range')} unread,"
        f" {_many(len(ledger.unproven), 'window')} unproven",
        *(
            f"  unread    {_instant(low)} to {_instant(high)} ({high - low + 1:,} s)"
            for low, high in ledger.unread
        ),
        *(
            f"  unproven  {_instant(each.low)} to {_instant(each.high)},"
            f" {each.rows:,} read for {each.total:,} parcels"
            for each in ledger.unproven
        ),
    ]


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
