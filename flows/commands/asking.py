"""`parcelhouse sql` and `parcelhouse status`: questions to what is published."""

from flows.commands.printing import DONE, print_json
from flows.settings import read_settings


def status(*, as_json: bool) -> int:
    """Show how far the published warehouse is."""
    from flows.status import status as read_status
    from flows.status import status_lines

    said = read_status(read_settings(), with_checks=as_json)
    if as_json:
        print_json(said)
    else:
        print("\n".join(status_lines(said)))
    return DONE


def metrics() -> int:
    """Print the same numbers for Prometheus."""
    from flows.exposition import exposition
    from flows.status import status as read_status

    print(exposition(read_status(read_settings(), with_checks=True)), end="")
    return DONE


def sql(query: str, *, as_json: bool) -> int:
    """Run one query on what is published and print its rows."""
    from flows.query import ask, show
    from warehouse.connection import open_read_only
    from warehouse.publish import published

    with open_read_only(published(read_settings().parcelhouse_home)) as db:
        if as_json:
            print_json(ask(db, query))
        else:
            show(db, query)
    return DONE
