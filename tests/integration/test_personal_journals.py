"""What is sent for customers is journalled, shown and archived without them."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyarrow.parquet as pq
import pytest

from flows.commands.account import change
from flows.settings import Settings
from flows.steps import actions
from flows.steps.annotate import plan_annotations
from flows.steps.apply_policy import apply_policy, plan_policy
from flows.steps.forget import forget, plan_forgetting
from flows.steps.purge import carry_out, plan_purge
from flows.steps.register import plan_registrations
from flows.steps.run import local_run, running
from tests.factories import parcel
from tests.planted import EMAIL, NAME, PLANTED, TELLING, found_in, planted_account
from tests.truth import Mirror
from trackingmore_v2.errors import UnreadableAnswerError
from trackingmore_v2.models import TrackingRef

DROPPED = {"parcelhouse_pii": "drop"}
HASHED = {"parcelhouse_pii": "hash", "parcelhouse_pii_key": "a key of ours"}


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.csv"
    number = parcel(TELLING)["tracking_number"]
    path.write_text(
        "carrier_code,tracking_number,customer_name,customer_email,title\n"
        f"dhl,{number},{NAME},{EMAIL},Two lamps\n"
    )
    return path


def annotated(ours: Mirror, sheet: Path) -> int:
    with running(ours.settings, "annotate") as run:
        plan = plan_annotations(run, sheet)
        actions.apply(run, plan)
    return len(plan.acts)


@pytest.mark.parametrize(("policy", "again"), [(HASHED, 0), (DROPPED, 1)])
def test_a_customer_written_beside_a_parcel_is_journalled_masked(
    policy: dict[str, str], again: int, mirror: Callable[..., Mirror], sheet: Path
) -> None:
    account = planted_account()
    ours = mirror(account, **policy)
    ours.sync()
    assert annotated(ours, sheet) == 1
    sent = next(item for item in account.items() if item["title"] == "Two lamps")
    assert sent["customer_name"] == NAME
    assert found_in(ours.settings.parcelhouse_home) == []
    ((name,),) = ours.query("select request ->> 'customer_name' from ops.api_actions")
    assert (name or "pii_").startswith("pii_")
    # what was dropped cannot be told from another customer: rather twice than never
    assert annotated(ours, sheet) == again


def test_a_plan_is_shown_without_the_customers(
    mirror: Callable[..., Mirror],
    sheet: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = mirror(planted_account(), **HASHED)
    monkeypatch.setattr("flows.commands.account.read_settings", lambda: ours.settings)
    change(
        "annotate",
        lambda run: plan_annotations(run, sheet),
        actions.apply,
        dry_run=True,
        as_json=False,
    )
    shown = capsys.readouterr().out
    assert "customer_name=pii_" in shown
    assert [word for word in PLANTED if word in shown] == []


def test_archives_journals_and_the_queue_are_rewritten_too(
    mirror: Callable[..., Mirror], sheet: Path
) -> None:
    ours = mirror(planted_account())
    ours.sync()
    annotated(ours, sheet)
    with local_run(ours.settings, "fill") as run, run.warehouse() as db:
        db.execute(
            "insert into queues.shipments_to_register by name select 'main' as account,"
            f" 'dhl' as carrier_code, '{parcel(TELLING)['tracking_number']}' as"
            f" tracking_number, '{NAME}' as customer_name, '{EMAIL}' as customer_email"
        )
    refs = sheet.with_name("refs.csv")
    refs.write_text(
        "\n".join(",".join(row.split(",")[:2]) for row in sheet.read_text().split("\n"))
    )
    with running(ours.settings, "purge") as run:
        carry_out(run, plan_purge(run, refs))
    home = ours.settings.parcelhouse_home
    assert {path.split("/")[0] for path, _ in found_in(home)} >= {"archive", "landing"}
    assert None not in archived_hashes(home)
    values = ours.settings.model_dump() | DROPPED
    ours.settings = Settings(_env_file=None, **values)
    with local_run(ours.settings, "personal-data apply", is_rewriting=True) as run:
        done = apply_policy(run, plan_policy(run))
    assert done.files >= 3
    assert found_in(home) == []
    assert archived_hashes(home) == {None}  # nobody can try names until one fits
    assert ours.query("select count(*) from queues.shipments_to_register") == [(1,)]


def archived_hashes(home: Path) -> set[object]:
    (path,) = home.glob("archive/*/trackings.parquet")
    kept = pq.read_table(path, columns=["payload_hash", "scans_hash"]).to_pylist()
    return {value for row in kept for value in row.values()}


def test_the_forgotten_go_from_archives_and_journals(
    mirror: Callable[..., Mirror], sheet: Path
) -> None:
    ours = mirror(planted_account())
    ours.sync()
    annotated(ours, sheet)
    with local_run(ours.settings, "forget", is_rewriting=True) as run:
        forget(run, plan_forgetting(run, [], {"email": [EMAIL]}))
    left = {word for _, word in found_in(ours.settings.parcelhouse_home)}
    assert left == {"Balthasar", "Nachtigall"}  # of another parcel


def test_a_customer_who_is_forgotten_is_registered_and_not_journalled(
    mirror: Callable[..., Mirror], tmp_path: Path
) -> None:
    ours = mirror(planted_account())
    with local_run(ours.settings, "forget", is_rewriting=True) as run:
        forget(run, plan_forgetting(run, [], {"name": [NAME]}))
    sheet = tmp_path / "new.csv"
    sheet.write_text(f"carrier_code,tracking_number,customer_name\ndhl,00340123456789,{NAME}\n")
    with running(ours.settings, "register") as run:
        actions.apply(run, plan_registrations(run, sheet))
    ((request,),) = ours.query("select request from ops.api_actions")
    assert NAME not in request
    assert found_in(ours.settings.parcelhouse_home) == []


class Torn(BaseHTTPRequestHandler):
    """Answers everybody with half an answer that names somebody."""

    def do_GET(self) -> None:
        body = f'{{"meta": {{"code": 200}}, "data": {{"customer_name": "{NAME}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_an_answer_that_cannot_be_read_names_nobody(mirror: Callable[..., Mirror]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Torn) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v2"
        ours = mirror(planted_account(), **DROPPED)
        ours.settings = ours.settings.model_copy(update={"trackingmore_base_url": address})
        with pytest.raises(UnreadableAnswerError) as error, running(ours.settings, "repair") as run:
            run.client.tracking(TrackingRef("dhl", "00340123456789"))
        server.shutdown()
    assert NAME not in str(error.value)
    assert found_in(ours.settings.parcelhouse_home) == []
    assert ours.query("select count(*) from ops.runs where error is not null") == [(1,)]
