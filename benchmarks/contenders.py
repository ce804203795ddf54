"""Who brings the account home in compare.py, and with what each is run."""

import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
PEERS = FOLDER / "peers"
ENVIRONMENTS = FOLDER.parent / ".venv-peers"
OURS = FOLDER.parent / "requirements.lock"


class Contender(NamedTuple):
    """One way to sync: a script of peers/, and the environment that runs it."""

    name: str
    title: str
    script: str
    words: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()  # the first one runs it; none: that of the project
    packages: tuple[str, ...] = ()  # whose versions are told
    is_bound: bool = False  # written by hand for this one API, and promises nothing

    def command(self, base_url: str, key: str, store: Path) -> list[str | Path]:
        """Return the command of one sync into *store*."""
        return [self.python, PEERS / self.script, base_url, key, store, *self.words]

    @property
    def python(self) -> Path:
        """The interpreter that runs it."""
        if not self.environments:
            return Path(sys.executable)
        return ENVIRONMENTS / self.environments[0] / "bin" / "python"

    @property
    def locks(self) -> list[Path]:
        """Where the versions of its packages are."""
        return [PEERS / f"{name}.lock" for name in self.environments] or [OURS]

    @property
    def is_installed(self) -> bool:
        """Whether `make peers` could set up what it runs in."""
        return all((ENVIRONMENTS / name / ".installed").exists() for name in self.environments)


PARCELHOUSE = Contender(
    "parcelhouse", "Parcelhouse", "parcelhouse_sync.py", packages=("duckdb", "pyarrow", "pandas")
)
ROWS_ALONE = Contender(
    "rows-alone",
    "Parcelhouse's landing and rows alone",
    "rows_alone.py",
    packages=("duckdb", "pyarrow", "pandas"),
)
CONTENDERS = (
    Contender(
        "arrow-json",
        "by hand, Arrow's JSON reader",
        "hand_written.py",
        ("--by", "arrow-json"),
        environments=("hand_written",),
        packages=("duckdb", "pyarrow", "requests"),
        is_bound=True,
    ),
    Contender(
        "pandas",
        "by hand, dicts and pandas",
        "hand_written.py",
        ("--by", "pandas"),
        environments=("hand_written",),
        packages=("duckdb", "pandas", "orjson"),
        is_bound=True,
    ),
    ROWS_ALONE,
    PARCELHOUSE,
    Contender(
        "dlt-arrow",
        "dlt, pages flattened by hand to Arrow",
        "dlt_arrow.py",
        environments=("dlt",),
        packages=("dlt", "duckdb", "pyarrow"),
    ),
    Contender(
        "dlt",
        "dlt, rest_api source",
        "dlt_rest_api.py",
        environments=("dlt",),
        packages=("dlt", "duckdb", "pyarrow"),
    ),
    Contender(
        "airbyte",
        "PyAirbyte, declarative manifest",
        "airbyte_manifest.py",
        environments=("airbyte",),
        packages=("airbyte", "airbyte-cdk", "duckdb"),
    ),
    Contender(
        "singer",
        "Singer SDK tap, target-duckdb",
        "singer.py",
        environments=("target_duckdb", "singer_tap"),
        packages=("singer-sdk", "target-duckdb", "duckdb"),
    ),
)
