"""Lifecycle hooks of a deployment: Lambda functions, whose verdicts the learner sets, and pauses.

No Lambda function runs in the lab: it answers SUCCEEDED, or what `cloud.hook(function, status)` says.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
"""

from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import Service
from moto.moto_api._internal import mock_random

from awslab.server import clock, control
from awslab.server.ecs import engine, events, members, state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_strategy_texts as texts

SUCCEEDED, FAILED, IN_PROGRESS, WAITING, TIMED_OUT = (
    "SUCCEEDED",
    "FAILED",
    "IN_PROGRESS",
    "AWAITING_ACTION",
    "TIMED_OUT",
)
OPEN = (IN_PROGRESS, WAITING)
AGAIN = timedelta(seconds=30)  # a function that is not done is called again
DEFAULT_MINUTES = 1440


def enter(service: Service, stage: str, now: datetime) -> list[dict[str, Any]]:
    """Return the hooks that begin at a stage."""
    configuration = getattr(service, "deployment_configuration", None) or {}
    found = []
    for hook in configuration.get("lifecycleHooks") or []:
        if stage not in hook["lifecycleStages"]:
            continue
        kind = hook.get("targetType") or "AWS_LAMBDA"
        timeout = hook.get("timeoutConfiguration") or {}
        minutes = timeout.get("timeoutInMinutes") or DEFAULT_MINUTES
        pause = kind == "PAUSE"
        made = {
            "hookId": f"ecs-{'pause' if pause else 'lambda'}-{mock_random.get_random_hex(32)}",
            "targetType": kind,
            "status": WAITING if pause else IN_PROGRESS,
            "expiresAt": now + timedelta(minutes=minutes),
            "timeoutAction": timeout.get("action") or "ROLLBACK",
            "stage": stage,
        }
        if not pause:
            made["targetArn"] = hook["hookTargetArn"]
        found.append(made)
        _tell(service, made, now)
    return found


def _tell(service: Service, hook: dict[str, Any], now: datetime) -> None:
    target = hook.get("targetArn") or hook["hookId"]
    events.add(service, now, texts.hook(service.name, hook["stage"], target, hook["status"]))


def ask(
    backend: Backend, service: Service, hooks: list[dict[str, Any]], now: datetime
) -> str | None:
    """Ask the open hooks for their verdicts; return why the deployment has to be rolled back, if it has to."""
    for hook in hooks:
        if hook["status"] == IN_PROGRESS:
            hook["status"] = verdict(backend, hook["targetArn"])
            if hook["status"] != IN_PROGRESS:
                _tell(service, hook, now)
        if hook["status"] in OPEN and now >= hook["expiresAt"]:
            hook["status"] = TIMED_OUT
            _tell(service, hook, now)
    for hook in hooks:
        target = hook.get("targetArn") or hook["hookId"]
        if hook["status"] == FAILED:
            return texts.hook_failed(hook["stage"], target)
        if hook["status"] == TIMED_OUT and hook["timeoutAction"] == "ROLLBACK":
            kind = "pause" if hook["targetType"] == "PAUSE" else "lifecycle"
            return texts.hook_timed_out(hook["stage"], kind)
    return None


def done(hooks: list[dict[str, Any]]) -> bool:
    """Tell whether no hook holds the deployment up."""
    return all(hook["status"] not in OPEN for hook in hooks)


def due(hooks: list[dict[str, Any]], now: datetime) -> datetime | None:
    """Return when to ask the open hooks again."""
    waiting = [hook for hook in hooks if hook["status"] in OPEN]
    moments = [hook["expiresAt"] for hook in waiting]
    moments += [now + AGAIN for hook in waiting if hook["status"] == IN_PROGRESS]
    return min(moments, default=None)


def settle(
    service: Service, hooks: list[dict[str, Any]], hook_id: str, status: str, now: datetime
) -> bool:
    """Give a pause that waits its verdict; return whether there is one of that id."""
    for hook in hooks:
        if hook["hookId"] == hook_id and hook["status"] == WAITING:
            hook["status"] = status
            _tell(service, hook, now)
            return True
    return False


def verdict(backend: Backend, arn: str) -> str:
    """Return what a function answers."""
    said: dict[str, str] = backend.__dict__.get("lab_hooks", {})
    return said.get(arn) or said.get(arn.partition(":function:")[2]) or SUCCEEDED


@control.action("hook")
def hook(function: str, status: str) -> dict[str, str]:
    """Let a Lambda function answer SUCCEEDED, FAILED or IN_PROGRESS from now on, by its name or ARN.

    Raises control.Refused for another answer, and before there is an ECS cluster.
    """
    if status not in (SUCCEEDED, FAILED, IN_PROGRESS):
        raise control.Refused(
            f"a hook answers SUCCEEDED, FAILED or IN_PROGRESS, and not {status!r}"
        )
    backends = [
        backend
        for regions in engine.ecs_backends.values()
        for backend in regions.values()
        if backend.clusters
    ]
    if not backends:
        raise control.Refused("there is no ECS cluster yet; make one with create_cluster")
    for backend in backends:
        backend.__dict__.setdefault("lab_hooks", {})[function] = status
        for key, service in backend.services.items():
            if state.lab(service).rollout:
                members.changed(backend, key)
    return {"now": clock.current.now.isoformat(), "function": function, "status": status}
