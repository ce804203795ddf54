"""Prints prefect.yaml with each deployment once for each account of PARCELHOUSE_ACCOUNTS.

python -m deployments.several > accounts.yaml
prefect --no-prompt deploy --all --prefect-file accounts.yaml
"""

import json
import sys
from pathlib import Path

import yaml

from flows.choosing import named_accounts
from flows.schedules import of_each

DECLARED = Path(__file__).with_name("prefect.yaml")


def main() -> None:
    """Print the file; it holds names of accounts, and no key."""
    said = yaml.safe_load(DECLARED.read_text("utf-8"))
    said.pop("definitions")
    said["deployments"] = of_each(said["deployments"], named_accounts())
    written_out = json.loads(json.dumps(said))  # what the anchors stand for, each time
    yaml.safe_dump(written_out, sys.stdout, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    main()
