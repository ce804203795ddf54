"""A whole TrackingMore v2 account in one process, for demos and tests."""

from trackingmore_v2.sandbox.account import Sandbox
from trackingmore_v2.sandbox.faults import Fault
from trackingmore_v2.sandbox.switches import Switches

__all__ = ["Fault", "Sandbox", "Switches"]
