"""What a command refuses before or beside the work itself."""


class ParcelhouseError(Exception):
    """Base: one clear sentence for the person at the terminal."""

    retryable = False


class SettingsError(ParcelhouseError):
    """A setting is missing or cannot be used."""


class UsageError(ParcelhouseError):
    """The command was called with something that makes no sense."""


class RefusedError(ParcelhouseError):
    """The command could be carried out, and should not be without a person's word."""


class DeliveryError(ParcelhouseError):
    """What was to be told reached nobody."""
