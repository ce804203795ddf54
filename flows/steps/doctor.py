"""What stands in the way of a sync: asks the live server, looks the house over."""

from dataclasses import dataclass
from datetime import datetime

from flows.errors import SettingsError
from flows.origins import Setting, origins
from flows.settings import Settings
from flows.steps.house import look_over
from flows.steps.probes import probe
from flows.steps.verdicts import Finding
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.transport import Transport

# without these the account cannot be asked at all
INDISPENSABLE = frozenset({"settings", "key", "network"})


@dataclass(frozen=True)
class Diagnosis:
    """What was found; `requests` is what finding it cost."""

    settings: list[Setting]
    findings: list[Finding]
    requests: int

    @property
    def is_cut_off(self) -> bool:
        """Whether the account cannot be asked at all: no key, a refused one, no network."""
        return any(each.about in INDISPENSABLE for each in self.failures)

    @property
    def failures(self) -> list[Finding]:
        """What does not mend itself."""
        return [each for each in self.findings if each.level == "fail"]


def examine(settings: Settings, *, now: datetime) -> Diagnosis:
    """Look at everything that a sync needs, and write nothing anywhere.

    Spends eight requests at most. What cannot be asked or opened is a finding, never an error.
    """
    findings, requests = _ask_server(settings)
    return Diagnosis(origins(settings), findings + look_over(settings, now=now), requests)


def _ask_server(settings: Settings) -> tuple[list[Finding], int]:
    try:
        transport = Transport(
            base_url=settings.trackingmore_base_url,
            api_key=settings.api_key,
            requests_per_second=settings.trackingmore_requests_per_second,
            attempts=1,
        )
    except SettingsError as error:
        return [Finding("key", "fail", str(error))], 0
    except ValueError as error:
        return [Finding("settings", "fail", str(error).rstrip("."))], 0
    with transport:
        client = TrackingMoreClient(transport)
        return probe(client), client.usage.requests
