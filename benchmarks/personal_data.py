"""What a policy for personal data costs: the same first sync kept, hashed and dropped.

    python benchmarks/personal_data.py [20000]

Processor time, for it hangs less on what else the machine does; then what changing the policy of
what is stored takes, and forgetting one parcel of it.
"""

import os
import sys
import tempfile
from pathlib import Path

from harness import Measured, account, run

POLICIES = ("keep", "hash", "drop")


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    os.environ["PARCELHOUSE_PII_KEY"] = "the benchmark's key"
    print(f"| {size:,} parcels | s | cpu s | peak MB | of keep |\n|---|---|---|---|---|")
    with account(size) as address, tempfile.TemporaryDirectory() as folder:
        kept = None
        for policy in POLICIES:
            os.environ["PARCELHOUSE_PII"] = policy
            done = run("sync", address=address, home=Path(folder, policy))
            kept = kept or done.cpu_seconds
            _row(f"first sync, {policy}", done, kept)
        home = Path(folder, "keep")
        os.environ["PARCELHOUSE_PII"] = "keep"
        query = (
            "select carrier_code || '/' || tracking_number as parcel from core.trackings limit 1"
        )
        found = run("sql", query, address=address, home=home)
        parcel = found.said["rows"][0]
        named = parcel["parcel"] if isinstance(parcel, dict) else parcel[0]
        _row("forget one", run("forget", named, "--yes", address=address, home=home), kept)
        os.environ["PARCELHOUSE_PII"] = "hash"
        done = run("personal-data", "apply", "--yes", address=address, home=home)
        _row("keep to hash", done, kept)


def _row(name: str, done: Measured, kept: float) -> None:
    wall, cpu, peak = done.wall_seconds, done.cpu_seconds, done.peak_mb
    print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} | {cpu / kept:.2f} |", flush=True)


if __name__ == "__main__":
    main()
