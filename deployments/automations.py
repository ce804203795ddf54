"""What a Prefect server itself watches over: `python -m deployments.automations`.

Beside what the flows tell by themselves (they tell nothing when they are killed):

- a run that has stopped to give signs of life is marked as crashed, which frees its place;
- a run that failed, crashed or timed out starts the watch at once, which tells people;
- where no sync has ended well for a while, or none is run at all, the server itself tells them.

Safe to repeat: what is there already is brought up to date.
"""

from datetime import timedelta
from typing import Any, cast

from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events import EventTrigger, Posture, ResourceSpecification
from prefect.events.actions import ActionTypes, ChangeFlowRunState, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore
from pydantic import SecretStr

from flows.choosing import read_house_settings
from flows.settings import Settings
from flows.steps.delivery import apprise_url

ENDED_BADLY = {f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "TimedOut")}
ENDED = ENDED_BADLY | {"prefect.flow-run.Completed", "prefect.flow-run.Cancelled"}
HEARTBEAT = "prefect.flow-run.heartbeat"
# Prefect sends one every 180 s; a shorter patience has ended runs that were well
SIGN_OF_LIFE_WITHIN = timedelta(seconds=540)
WATCH = "watch-warehouse/hourly"
SYNC = "sync-trackings"
ENDED_SO = "{{ flow_run.name }}: {{ flow_run.state.name }} {{ flow_run.state.message }}"


def main() -> None:
    """Make every automation, or bring it up to date, and say so."""
    settings = read_house_settings()
    with get_client(sync_client=True) as client:
        watch = client.read_deployment_by_name(WATCH)
        sync = client.read_flow_by_name(SYNC)
        wanted = [_zombies(), _failures(watch.id)]
        if settings.alert_urls:
            wanted.append(_dead_mans_switch(settings, sync.id))
        for each in wanted:
            _put(client, each)
            print(each.name)
    if not settings.alert_urls:
        print("no dead man's switch: PARCELHOUSE_ALERT_URLS is not set")


def _zombies() -> AutomationCore:
    return AutomationCore(
        name="parcelhouse: runs without a sign of life",
        description="A run that was killed says nothing and would count as running for ever.",
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT} | ENDED,
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=_ours(),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SIGN_OF_LIFE_WITHIN,
        ),
        actions=_only(
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                force=False,
                message="No sign of life: the run was probably killed.",
            )
        ),
    )


def _failures(watch_id: Any) -> AutomationCore:
    return AutomationCore(
        name="parcelhouse: runs that ended badly",
        description="Has the watch look, and tell people what they do not know yet.",
        trigger=EventTrigger(
            expect=ENDED_BADLY,
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            # not the watch itself: one that fails would start the next
            match_related=ResourceSpecification(
                {
                    "prefect.resource.role": "tag",
                    "prefect.resource.id": ["prefect.tag.reads", "prefect.tag.changes"],
                }
            ),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=_only(
            RunDeployment(
                source="selected",
                deployment_id=watch_id,
                job_variables=None,
                parameters={"ended_badly": ENDED_SO},
            )
        ),
    )


def _dead_mans_switch(settings: Settings, sync_id: Any) -> AutomationCore:
    hours = settings.parcelhouse_alert_after_hours
    # any Apprise URL is understood by the block that is called after one of them
    block = SlackWebhook(url=SecretStr(apprise_url(settings.alert_urls[0])))
    block_id = cast("Any", block.save("parcelhouse-alerts", overwrite=True))
    return AutomationCore(
        name="parcelhouse: no sync",
        description=f"Tells people that no sync has ended well for {hours:g} hours.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Completed"},
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": "flow", "prefect.resource.id": f"prefect.flow.{sync_id}"}
            ),
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(hours=hours),
        ),
        actions=_only(
            SendNotification(
                block_document_id=block_id,
                subject="Parcelhouse: no sync",
                body=f"No sync has ended well for {hours:g} hours. Is the worker running?",
            )
        ),
    )


def _ours() -> ResourceSpecification:
    return ResourceSpecification(
        {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.parcelhouse"}
    )


def _only(action: ActionTypes) -> list[ActionTypes]:
    return [action]


def _put(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    found = client.read_automations_by_name(wanted.name)
    if found:
        # one that somebody has paused stays so
        told = wanted.model_dump(exclude={"owner_resource"}) | {"enabled": found[0].enabled}
        client.update_automation(found[0].id, AutomationCore.model_validate(told))
    else:
        client.create_automation(wanted)


if __name__ == "__main__":
    main()
