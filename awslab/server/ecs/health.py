"""Whether a service's running tasks are healthy: by their load balancers, and by their own health checks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html
"""

from datetime import datetime, timedelta

from moto.core.exceptions import ServiceException
from moto.ecs.models import Service

from awslab.server import elbv2
from awslab.server.ecs import engine, events, members, state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_events, ecs_tasks
from awslab.world.ecs_tasks import Stop
from awslab.world.target_health import DESCRIPTIONS, Health

ELSEWHERE = DESCRIPTIONS["Target.ZoneNotEnabled"]
SETTLED = timedelta(seconds=30)  # how often targets are looked at when nothing is going on


def watch(backend: Backend, service: Service, now: datetime) -> None:
    """Look at the targets again soon, or in a while when all is well."""
    if not service.load_balancers:
        return
    known = state.lab(service)
    waiting = any(d.count(state.LAUNCHED, state.UNHEALTHY) for d in known.deployments)
    # Blue and green are left alone for as long as they are baked.
    baking = known.rollout is not None
    busy = waiting or (known.deployments[0].state == "IN_PROGRESS" and not baking)
    moment = now + (engine.POLL if busy else SETTLED)
    if known.health_at is None or moment < known.health_at:
        known.health_at = moment
        engine.later(backend, moment, "health", state.key_of(service))


@engine.on("health")
def look(backend: Backend, key: str, now: datetime) -> None:
    """Judge every running task of a service by its targets."""
    service = backend.services.get(key)
    if service is None or service.status != "ACTIVE":
        return
    known = state.lab(service)
    if known.health_at is None or known.health_at > now:
        return  # an earlier look was asked for since, and has been had
    known.health_at = None
    for deployment in known.deployments:
        for kind in (state.LAUNCHED, state.HEALTHY, state.UNHEALTHY):
            for arn in [arn for _, arns in deployment.of(kind) for arn in arns]:
                task = state.find(backend, arn)
                if task is not None:
                    judge(backend, service, task, now)
    watch(backend, service, now)


@engine.on("judge")
def judge_by_name(backend: Backend, arn: str, now: datetime) -> None:
    """Judge a task that came up, or whose container health check has found something."""
    task = state.find(backend, arn)
    service = backend.services.get(task.lab.service or "") if task else None
    if task is not None and service is not None:
        judge(backend, service, task, now)


def judge(backend: Backend, service: Service, task: state.LabTask, now: datetime) -> None:
    """Decide whether a running task counts as healthy; failures within the grace period do not count.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    if task.last_status != "RUNNING" or task.desired_status == "STOPPED":
        return
    verdict, why, event = _verdict(backend, service, task)
    grace = timedelta(seconds=getattr(service, "health_check_grace_period_seconds", None) or 0)
    if verdict == state.UNHEALTHY and now < task.started_at + grace:
        return
    if verdict == state.UNHEALTHY and task.lab.kind != state.UNHEALTHY:
        task.lab.failed_health = why
        events.add(service, now, event)
    if verdict is not None:
        members.became(backend, service, task, verdict)


def _verdict(
    backend: Backend, service: Service, task: state.LabTask
) -> tuple[str | None, str, str]:
    """Return healthy, unhealthy or None for not known yet; and for unhealthy the reason and the event."""
    if task.lab.checked and task.health_status == "UNHEALTHY":
        return state.UNHEALTHY, "", ecs_events.unhealthy_container(service.name, task.id)
    known = not task.lab.checked or task.health_status == "HEALTHY"
    for group, _, port in task.lab.targets:
        found = target_health(backend, group, task.lab.address, port)
        if found.state == "unhealthy" or found.description == ELSEWHERE:
            reason = found.description or found.reason or "Health checks failed"
            event = ecs_events.unhealthy_target(service.name, task.id, port, group, reason)
            return state.UNHEALTHY, f"{group} {reason}", event
        known = known and found.state == "healthy"
    return (state.HEALTHY if known else None), "", ""


def target_health(backend: Backend, group: str, address: str, port: int) -> Health:
    """Return the state of a target; one in a target group that was deleted is unused."""
    try:
        return elbv2.health(backend.account_id, backend.region_name, group, address, port)
    except ServiceException:
        return Health("unused", "Target.NotRegistered")


def stop_reason(task: state.LabTask) -> Stop:
    """Return with what words an unhealthy task is stopped."""
    group, _, _ = task.lab.failed_health.partition(" ")
    return ecs_tasks.elb_unhealthy(group) if group else ecs_tasks.container_unhealthy()
