"""What can go wrong with the warehouse, one sentence each.

WarehouseError
├── SeatTakenError      another process writes
├── CannotOpenError     the file or its folder cannot be used
├── IncompatibleError   an existing table is not what tables.py says
├── LandingError        a landed file cannot be written or read
├── LostRaceError       another writer of the table store was faster
└── NothingPublishedError   readers have nothing to read yet
"""


class WarehouseError(Exception):
    """Base of everything that the warehouse refuses."""

    retryable = False


class SeatTakenError(WarehouseError):
    """Another process holds the one writer's seat."""

    retryable = True


class CannotOpenError(WarehouseError):
    """The warehouse file, or the folder it lies in, cannot be used."""


class IncompatibleError(WarehouseError):
    """An existing table differs from tables.py by more than added columns."""


class LandingError(WarehouseError):
    """A landed answer cannot be written or read."""


class LostRaceError(WarehouseError):
    """Another writer of the table store has committed the same first."""

    retryable = True


class NothingPublishedError(WarehouseError):
    """There is no published snapshot to read."""
