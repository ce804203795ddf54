"""`parcelhouse sql` and `parcelhouse status`: questions to what is published."""

from flows.choosing import chosen_accounts, read_house_settings, read_settings
from flows.commands.printing import DONE, print_json


def status(*, as_json: bool) -> int:
    """Show how far the published warehouse is, of each account."""
    from flows.status import status as read_status
    from flows.status import status_lines

    said = [
        read_status(read_settings(account), with_checks=as_json) for account in chosen_accounts()
    ]
    if as_json:
        print_json(said[0] if len(said) == 1 else {"accounts": said})
    else:
        print("\n\n".join("\n".join(status_lines(each)) for each in said))
    return DONE


def metrics() -> int:
    """Print the same numbers for Prometheus."""
    from flows.exposition import exposition
    from flows.status import status as read_status

    said = [read_status(read_settings(each), with_checks=True) for each in chosen_accounts()]
    print(exposition(*said), end="")
    return DONE


def sql(query: str, *, as_json: bool) -> int:
    """Run one query on what is published and print its rows."""
    from flows.query import ask, show
    from warehouse.connection import open_read_only
    from warehouse.snapshot import published

    with open_read_only(published(read_house_settings().parcelhouse_home)) as db:
        if as_json:
            print_json(ask(db, query))
        else:
            show(db, query)
    return DONE
