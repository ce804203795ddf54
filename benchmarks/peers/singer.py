"""The account by a Singer tap, piped into target-duckdb.

    python singer.py BASE_URL KEY FILE

To be run by the interpreter of the target's environment; the tap has one of its own beside it. The
state that the target says last is handed to the next sync, as Meltano does. A new file is a first
sync, an existing one an incremental one. Seconds and memory are with the imports of both halves.
"""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
from measuring import measured, tell

TARGET = Path(sys.executable).parent / "target-duckdb"
TAP_PYTHON = Path(sys.prefix).parent / "singer_tap" / "bin" / "python"
TAP = Path(__file__).parent / "singer_tap.py"


def main() -> None:
    base_url, key, file = sys.argv[1:]
    state = Path(f"{file}.state.json")
    tap = _written(f"{file}.tap.json", {"base_url": base_url, "key": key})
    target = _written(
        f"{file}.target.json",
        {
            "path": file,
            "default_target_schema": "account",
            "batch_size_rows": 100_000,
            "flush_all_streams": True,
        },
    )
    with measured() as cost, Path(f"{file}.log").open("w") as log:
        reads = subprocess.Popen(
            [TAP_PYTHON, TAP, "--config", tap, *(["--state", state] if state.exists() else [])],
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert reads.stdout is not None
        writes = subprocess.run(
            [TARGET, "-c", target], stdin=reads.stdout, stdout=subprocess.PIPE, stderr=log
        )
        reads.stdout.close()
        if reads.wait() or writes.returncode:
            raise SystemExit(Path(log.name).read_text()[-2000:])
    if said := writes.stdout.decode().strip():
        state.write_text(said.splitlines()[-1])
    with duckdb.connect(file, read_only=True) as db:
        ((parcels,),) = db.execute("select count(*) from account.trackings").fetchall()
        ((scans,),) = db.execute("select count(*) from account.events").fetchall()
    tell(parcels=parcels, scans=scans, cost=cost.so_far())


def _written(path: str, config: dict[str, object]) -> Path:
    file = Path(path)
    file.write_text(json.dumps(config))
    return file


if __name__ == "__main__":
    main()
