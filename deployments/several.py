"""Prints prefect.yaml with each deployment once for each account of PARCELHOUSE_ACCOUNTS.

python -m deployments.several > accounts.yaml
prefect --no-prompt deploy --all --prefect-file accounts.yaml
"""

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
    yaml.dump(said, sys.stdout, Dumper=_Plain, sort_keys=False, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """Writes out what the anchors of prefect.yaml stand for."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """Never refer back."""
        return True


if __name__ == "__main__":
    main()
