"""`parcelhouse doctor | check | gaps`: what is wrong, or might be."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.choosing import chosen_accounts, read_house_settings, read_settings
from flows.commands.printing import DONE, FAILED, NEEDS_A_PERSON, print_json

if TYPE_CHECKING:
    from flows.steps.doctor import Diagnosis
    from flows.steps.gaps import LedgerGaps


def doctor(*, as_json: bool) -> int:
    """Show the settings, what the live server does and how the house stands; write nothing."""
    from flows.steps.doctor import examine

    accounts = chosen_accounts()
    found = {
        account: examine(read_settings(account), now=datetime.now(UTC)) for account in accounts
    }
    if as_json:
        said = [_diagnosed(each) for each in found.values()]
        told = [{"account": account} | each for account, each in zip(found, said, strict=True)]
        print_json(said[0] if len(said) == 1 else {"accounts": told})
    for account, each in found.items() if not as_json else ():
        if len(found) > 1:
            print(f"account {account}\n")
        width = max(len(setting.name) for setting in each.settings)
        for setting in each.settings:
            print(f"{setting.name:{width}}  {setting.value}  ({setting.origin})")
        print()
        for finding in each.findings:
            print(f"{finding.level:5} {finding.about:10} {finding.sentence}")
        if account != accounts[-1]:
            print()
    if any(each.is_cut_off for each in found.values()):
        return FAILED
    return NEEDS_A_PERSON if any(each.failures for each in found.values()) else DONE


def _diagnosed(found: "Diagnosis") -> dict[str, Any]:
    return {
        "requests": found.requests,
        "settings": [each._asdict() for each in found.settings],
        "findings": [each._asdict() for each in found.findings],
    }


def check(*, as_json: bool) -> int:
    """Run every check on what is published, and show what should not be there."""
    from flows.steps.checks import run_checks, what_to_check
    from warehouse.connection import open_read_only

    accounts = chosen_accounts()
    path = what_to_check(read_house_settings().parcelhouse_home)
    with open_read_only(path) as db:
        checks = run_checks(db, accounts)
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

    accounts = chosen_accounts()
    with open_newest(read_house_settings().parcelhouse_home) as db:
        found = {account: find_gaps(db, account) for account in accounts}
    if as_json:
        said = {account: [_plain(each) for each in ledgers] for account, ledgers in found.items()}
        several = [{"account": account, "ledgers": each} for account, each in said.items()]
        print_json({"accounts": several} if len(said) > 1 else {"ledgers": said[accounts[0]]})
    for account, ledgers in found.items() if not as_json else ():
        if len(found) > 1:
            print(f"account {account}")
        for ledger in ledgers:
            print("\n".join(_lines(ledger)))
        if not ledgers:
            print("nothing is read yet")
    is_whole = all(each.is_whole for ledgers in found.values() for each in ledgers)
    return DONE if is_whole else NEEDS_A_PERSON


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
