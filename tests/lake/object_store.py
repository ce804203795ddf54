"""The table store in an object store: an S3 endpoint over HTTP, and several writers at once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import boto3
import pytest

from tests.folded import core, held, loaded, loads_at_once, renamed, versions
from tests.story import live_through, new_account
from tests.truth import Serve
from warehouse.scale_out.compact import compact
from warehouse.scale_out.duckdb_engine import fold
from warehouse.scale_out.store import store_at

SHOPS = 2


@pytest.fixture(scope="module")
def endpoint() -> Iterator[dict[str, str]]:
    """A bucket, and what the environment says of it; in a process of its own, as a store is."""
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(
            found[0] for line in server.stderr or () if (found := re.search(r"http://\S+", line))
        )
        Thread(target=(server.stderr or sys.stdin).read, daemon=True).start()  # it says a lot
        told = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in told.items():
                patch.setenv(name, value)
            boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(
                Bucket="parcels"
            )
            yield told
    finally:
        server.kill()
        server.wait()


def test_several_writers_append_to_a_bucket(
    endpoint: dict[str, str], front_door: Serve, tmp_path: Path
) -> None:
    account = new_account()
    past = live_through(account, front_door(account), tmp_path / "past")
    shops = [
        renamed(past, tmp_path / f"home-{number}", f"shop-{number}") for number in range(SHOPS)
    ]
    store = store_at("s3://parcels/house")
    said = loads_at_once(store.url, [*shops, *shops], **endpoint)
    assert sum(load["versions"] for load in said) == SHOPS * loaded(shops[0])[1]
    assert len(versions(store)) == sum(load["versions"] + load["deletions"] for load in said)
    compact(store, fold)
    assert held(store) == core(*shops)
