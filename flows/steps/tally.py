"""What a run has done so far, in rows."""

from dataclasses import dataclass, fields


@dataclass
class Tally:
    """Counts; their names are columns of ops.runs."""

    windows: int = 0
    unproven_windows: int = 0
    rows_read: int = 0
    trackings_inserted: int = 0
    trackings_updated: int = 0
    trackings_unchanged: int = 0
    events_inserted: int = 0
    events_withdrawn: int = 0
    quarantined: int = 0

    def add(self, other: "Tally") -> None:
        """Add what *other* counts."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
