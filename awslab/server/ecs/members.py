"""A service's tasks, counted: each change of a task moves it from one count to another.

Pending, launched, healthy, unhealthy, stopping: by deployment and Availability Zone.
"""

from collections.abc import Iterator

from moto.ecs.models import Service

from awslab.server import clock
from awslab.server.ecs import deployments, engine, events, state
from awslab.server.ecs.engine import Backend
from awslab.server.ecs.state import key_of, lab
from awslab.world import ecs_events, ecs_tasks
from awslab.world import ecs_service as rules
from awslab.world.ecs_tasks import Stop


def changed(backend: Backend, key: str) -> None:
    """Ask the scheduler again, once everything that happens in this moment has happened."""
    engine.soon(backend, "reconcile", key)


def of(backend: Backend, task: state.LabTask) -> tuple[Service, state.Deployment] | None:
    """Return a task's service and deployment, or None for a task of no service."""
    service = backend.services.get(task.lab.service or "")
    if service is None:
        return None
    known = lab(service)
    deployment = deployments.find(known, task.lab.deployment)
    return (service, deployment) if deployment else None


def place(deployment: state.Deployment, task: state.LabTask, kind: str | None) -> None:
    """Count a task in another place; None is nowhere."""
    run = task.lab
    zone = deployment.members.setdefault(run.zone, {})
    if run.kind is not None:
        zone.get(run.kind, {}).pop(task.task_arn, None)
    run.kind = kind
    if kind is not None:
        zone.setdefault(kind, {})[task.task_arn] = None
    if not any(zone.values()):
        del deployment.members[run.zone]


def moved(backend: Backend, task: state.LabTask) -> None:
    """Count a task whose status changed."""
    found = of(backend, task)
    if found is None:
        return
    service, deployment = found
    if task.last_status == "STOPPED":
        place(deployment, task, None)
    elif task.last_status == "RUNNING":
        deployment.launch_failures, deployment.not_before = 0, None
        place(deployment, task, state.LAUNCHED)
        engine.soon(backend, "judge", task.task_arn)
    if task.last_status in ("STOPPED", "RUNNING"):
        lab(service).steady = False
    changed(backend, key_of(service))


def registered(backend: Backend, task: state.LabTask) -> None:
    """Count the targets that a task was registered as."""
    found = of(backend, task)
    for group, _, _ in task.lab.targets if found else ():
        events.registered(found[0], group)  # type: ignore[index]


def stopping(backend: Backend, task: state.LabTask, why: Stop) -> None:
    """Count a task that begins to stop, and the failure if it is one.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    found = of(backend, task)
    if found is None:
        return
    service, deployment = found
    now = clock.current.now
    judged_unhealthy = task.lab.kind == state.UNHEALTHY
    never_ran = getattr(task, "started_at", None) is None
    own_fault = why.code in (ecs_tasks.FAILED_TO_START, ecs_tasks.EXITED)
    place(deployment, task, state.STOPPING)
    if never_ran and own_fault:
        deployment.launch_failures += 1
        wait = rules.launch_delay(deployment.launch_failures)
        deployment.not_before = now + wait if wait else None
        if why.code == ecs_tasks.FAILED_TO_START:
            events.add(service, now, ecs_events.unable_to_place(service.name, why.reason))
        if wait and not rules.launch_delay(deployment.launch_failures - 1):
            events.add(service, now, ecs_events.unable_to_start_consistently(service.name))
    if (never_ran and own_fault) or judged_unhealthy:
        deployment.failed_tasks += 1
        deployment.updated = now
    for group, _, _ in task.lab.targets if task.lab.registered else ():
        events.deregistered(service, group)
    changed(backend, key_of(service))


def became(backend: Backend, service: Service, task: state.LabTask, kind: str) -> None:
    """Count a task as healthy or unhealthy."""
    deployment = deployments.find(lab(service), task.lab.deployment)
    if deployment is None or task.lab.kind in (kind, state.STOPPING, None):
        return
    place(deployment, task, kind)
    if kind == state.HEALTHY and not task.lab.was_healthy:
        task.lab.was_healthy = True
        breaker = rules.breaker(getattr(service, "deployment_configuration", None))
        if breaker.reset_on_healthy_task:
            deployment.failed_tasks = 0
    changed(backend, key_of(service))


def digests(backend: Backend, task: state.LabTask) -> dict[str, str]:
    """Return the digests that a task's deployment has resolved its tags to; to be filled by the first task."""
    found = of(backend, task)
    return found[1].digests if found else {}


def listed(deployment: state.Deployment) -> Iterator[tuple[str, str]]:
    """Yield each task of a deployment with where it stands."""
    for kinds in deployment.members.values():
        for kind, arns in kinds.items():
            for arn in arns:
                yield arn, kind
