"""Why a task starts or does not: role, registry, secrets, image, log group, in the order Fargate goes through them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from moto.ecs.models import TaskDefinition
from moto.logs.models import logs_backends

from awslab.server import cloudtrail, iam
from awslab.server.ecs import logs, members, pulls, secrets, state
from awslab.server.ecs.engine import Backend
from awslab.server.ecs.pulls import Failed
from awslab.world import ecs_container, ecs_tasks
from awslab.world.ecs_tasks import Stop

ECS_TASKS = "ecs-tasks.amazonaws.com"
# Seconds; AWS names none. A path that drops packets is only noticed after its retries.
TIMED_OUT, REFUSED, SHORTEST_PULL = 60, 5, 5
BYTES_A_SECOND = 50_000_000


@dataclass
class Result:
    """What the start-up found: how long it takes, and the containers to start or the reason not to."""

    seconds: int
    processes: list[state.Process] = field(default_factory=list)
    stop: Stop | None = None
    container: str | None = None
    pulling: bool = False


def check(backend: Backend, task: state.LabTask, now: datetime) -> Result:
    """Go through everything a task needs before its containers start."""
    definition = backend.describe_task_definition(task.task_definition_arn)
    role = task.overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", None)
    at_fault: str | None = None
    try:
        _assume(backend, task, definition, role)
        references = _references(backend, task, definition)
        if any(ref.is_ecr for ref in references.values()):
            pulls.authorize(backend, task, role)
        values = secrets.fetch(backend, task, definition, role)
        processes = []
        for container in ecs_container.in_order(definition.container_definitions):
            at_fault = container["name"]
            image = pulls.pull(backend, task, references[at_fault], role, _architecture(definition))
            processes.append(_process(task, container, image, values[at_fault]))
        _pin(backend, task, processes)
        for process in processes:
            at_fault = process.name
            open_log(backend, task, process.definition, role)
    except Failed as failed:
        seconds = TIMED_OUT if failed.timeout else REFUSED
        return Result(seconds, [], failed.stop, at_fault, failed.pulling)
    size = sum(process.image.size for process in processes)
    return Result(SHORTEST_PULL + size // BYTES_A_SECOND, processes)


def _architecture(definition: TaskDefinition) -> str:
    return (definition.runtime_platform or {}).get("cpuArchitecture") or "X86_64"


def _assume(
    backend: Backend, task: state.LabTask, definition: TaskDefinition, role: str | None
) -> None:
    """Let ECS assume the task's two roles.

    Raises Failed.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    context = {
        "aws:SourceAccount": backend.account_id,
        "aws:SourceArn": f"arn:aws:ecs:{backend.region_name}:{backend.account_id}:*",
    }
    task_role = task.overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    for arn in (role, task_role):
        if arn and not iam.trusts(backend.account_id, arn, ECS_TASKS, context).allowed:
            raise Failed(ecs_tasks.cannot_assume_role(arn))
        if arn:
            cloudtrail.assumed(backend.account_id, backend.region_name, arn, task.id, ECS_TASKS)


def _references(
    backend: Backend, task: state.LabTask, definition: TaskDefinition
) -> dict[str, Any]:
    """Return each container's image; within a deployment a tag keeps the digest it was first resolved to.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
    """
    pinned = members.digests(backend, task)
    found = {}
    for container in definition.container_definitions:
        ref = pulls.parse(container["image"])
        digest = pinned.get(container["name"])
        found[container["name"]] = replace(ref, digest=digest) if digest and ref.is_ecr else ref
    return found


def _pin(backend: Backend, task: state.LabTask, processes: list[state.Process]) -> None:
    pinned = members.digests(backend, task)
    for process in processes:
        if process.definition.get("versionConsistency") != "disabled":
            pinned.setdefault(process.name, process.image.digest)


def _process(
    task: state.LabTask,
    container: dict[str, Any],
    image: state.Image,
    secret_values: dict[str, str],
) -> state.Process:
    override = next(
        o for o in task.overrides["containerOverrides"] if o["name"] == container["name"]
    )
    image_env = dict(
        entry.partition("=")[::2] for entry in (image.config.get("config") or {}).get("Env") or []
    )
    given = {
        entry["name"]: entry.get("value", "")
        for entry in [*(container.get("environment") or []), *(override.get("environment") or [])]
    }
    changed = {k: override[k] for k in ("command", "cpu", "memory") if override.get(k) is not None}
    return state.Process(
        name=container["name"],
        definition={**container, **changed},
        image=image,
        profile=ecs_container.profile_of(image.config),
        environment={**image_env, **given, **secret_values},
    )


def open_log(
    backend: Backend, task: state.LabTask, container: dict[str, Any], role: str | None
) -> None:
    """Create a container's log stream with the execution role, and its group if the options ask for it.

    Raises Failed.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    where = logs.group_of(backend, container)
    if where is None:
        return
    account, (region, group) = backend.account_id, where
    no_way = ecs_tasks.cannot_connect_to_logs()
    pulls.connect(backend, task, "logs", no_way, ecs_tasks.logs_unavailable(task.id))
    store = logs_backends[account][region]
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    if group not in store.groups:
        wanted = (logs.options(container) or {}).get("awslogs-create-group")
        if str(wanted).lower() != "true":
            raise Failed(ecs_tasks.log_group_missing(task.id))
        _allow(backend, task, role, "logs:CreateLogGroup", arn, group=True)
        store.create_log_group(group, {})
    stream = logs.stream_of(task, container)
    _allow(backend, task, role, "logs:CreateLogStream", f"{arn}:log-stream:{stream}")
    if stream not in store.groups[group].streams:
        store.create_log_stream(group, stream)


def _allow(
    backend: Backend,
    task: state.LabTask,
    role: str | None,
    action: str,
    arn: str,
    *,
    group: bool = False,
) -> None:
    if role is None:
        raise Failed(
            ecs_tasks.log_stream_denied("NoCredentialProviders", task.id, creating_group=group)
        )
    decision = iam.decide(backend.account_id, role, action, arn)
    if not decision.allowed:
        sentence = pulls.denied(backend, task, role, decision, action, arn)
        raise Failed(ecs_tasks.log_stream_denied(sentence, task.id, creating_group=group))
