"""Services that keep their promise: what the scheduler decides is done to tasks, and what happens to tasks is counted.

`deployments` holds what a service is to run; here it is made to run.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import Service

from awslab.server import clock
from awslab.server.ecs import deployments, engine, events, health, state, tasks
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_events, ecs_scheduler, ecs_tasks
from awslab.world import ecs_service as rules
from awslab.world.ecs_tasks import Stop

__all__ = ["history", "key_of", "scale"]

ROUNDS = 50  # decisions in one moment; each follows from the one before, and a few suffice


def key_of(service: Service) -> str:
    """Return the key by which moto's backend holds a service."""
    return f"{service.cluster_name}:{service.name}"


def lab(service: Service) -> state.ServiceState:
    """Return what the lab knows of a service."""
    return service.__dict__.setdefault("lab", state.ServiceState())


def scale(account: str, region: str, cluster: str, service: str, desired: int) -> None:
    """Set a service's desired count, as UpdateService does.

    Raises KeyError when there is no such service.
    """
    backend = engine.ecs_backends[account][region]
    key = f"{cluster}:{service}"
    backend.services[key].desired_count = desired
    changed(backend, key)


def history(account: str, region: str, cluster: str, service: str) -> list[state.Moment]:
    """Return the moments of a service at which something changed, oldest first.

    Raises KeyError when there is no such service.
    """
    return lab(engine.ecs_backends[account][region].services[f"{cluster}:{service}"]).history


def changed(backend: Backend, key: str) -> None:
    """Ask the scheduler again, once everything that happens in this moment has happened."""
    engine.soon(backend, "reconcile", key)


@engine.on("reconcile")
def reconcile(backend: Backend, key: str, now: datetime) -> None:
    """Do what the scheduler decides until it has nothing more to do now."""
    service = backend.services.get(key)
    if service is None or service.status == "INACTIVE" or not lab(service).deployments:
        return
    known = lab(service)
    deployments.drop_empty(known)
    if service.status == "DRAINING":
        _finish_deletion(backend, service, now)
    else:
        for _ in range(ROUNDS):
            actions = ecs_scheduler.plan(view(backend, service), now)
            if not any([_apply(backend, service, action, now) for action in actions]):
                break
            deployments.drop_empty(known)
        _hold(backend, key, known, now)
        _say_steady(service, now)
        health.watch(backend, service, now)
    events.flush(service, now)
    events.record(service, now)


def _say_steady(service: Service, now: datetime) -> None:
    """Write the event when a completed deployment has all its tasks again, and only those."""
    known = lab(service)
    primary = known.deployments[0]
    even = primary.count(state.HEALTHY) == service.desired_count == primary.count(*state.KINDS)
    if not known.steady and primary.state == "COMPLETED" and even and len(known.deployments) == 1:
        known.steady = True
        events.add(service, now, ecs_events.steady(service.name))


def unblock(service: Service) -> None:
    """Let a deployment that its bounds had blocked be looked at anew, with the service's new settings."""
    for deployment in lab(service).deployments:
        deployment.stuck = False


def view(backend: Backend, service: Service) -> ecs_scheduler.Service:
    """Return a service as the scheduler sees it."""
    known = lab(service)
    minimum, maximum = percents(service)
    shown = tuple(
        ecs_scheduler.Deployment(
            d.id, d.state, d.failed_tasks, d.count(state.STOPPING), d.not_before, d.completed
        )
        for d in known.deployments
    )
    groups = tuple(
        ecs_scheduler.Group(
            d.id,
            zone,
            len(kinds.get(state.PENDING, ())) + len(kinds.get(state.LAUNCHED, ())),
            len(kinds.get(state.HEALTHY, ())),
            len(kinds.get(state.UNHEALTHY, ())),
        )
        for d in known.deployments
        for zone, kinds in d.members.items()
    )
    rebalancing = getattr(service, "availability_zone_rebalancing", None) or "ENABLED"
    return ecs_scheduler.Service(
        desired=service.desired_count,
        zones=tuple(sorted(open_zones(backend, service))),
        deployments=shown,
        groups=groups,
        minimum_percent=minimum,
        maximum_percent=maximum,
        breaker=rules.breaker(getattr(service, "deployment_configuration", None)),
        rebalancing=rebalancing == "ENABLED",
        completed=tuple(
            rules.Deployed(d.id, "COMPLETED", d.completed)
            for d in [*known.deployments, *known.past]
            if d.completed and d.state != "FAILED"
        ),
    )


def percents(service: Service) -> tuple[int, int]:
    """Return minimumHealthyPercent and maximumPercent, with AWS's defaults."""
    lowest, highest = rules.default_percents(service.scheduling_strategy)  # type: ignore[arg-type]
    given = getattr(service, "deployment_configuration", None) or {}
    minimum, maximum = given.get("minimumHealthyPercent"), given.get("maximumPercent")
    return (
        lowest if minimum is None else int(minimum),
        highest if maximum is None else int(maximum),
    )


def open_zones(backend: Backend, service: Service) -> dict[str, list[Any]]:
    """Return the subnets of a service by Availability Zone, without the zones that have failed."""
    network = (service.network_configuration or {}).get("awsvpcConfiguration") or {}
    return zones_of(backend, network.get("subnets") or [])


def zones_of(backend: Backend, subnet_ids: list[str]) -> dict[str, list[Any]]:
    """Return subnets by Availability Zone, without the zones that have failed."""
    ec2_backend = ec2_backends[backend.account_id][backend.region_name]
    found: dict[str, list[Any]] = defaultdict(list)
    for subnet_id in subnet_ids:
        for subnets in ec2_backend.subnets.values():
            if subnet_id in subnets:
                found[subnets[subnet_id].availability_zone].append(subnets[subnet_id])
    failed = engine.queue(backend).failed_zones
    return {zone: subnets for zone, subnets in found.items() if zone not in failed}


def roomiest(subnets: list[Any]) -> Any:
    """Return the subnet with the most free addresses, the first of them."""
    if len(subnets) == 1:
        return subnets[0]
    return max(subnets, key=lambda subnet: subnet.available_ip_address_count)


def _hold(backend: Backend, key: str, known: state.ServiceState, now: datetime) -> None:
    """Come back when a launch back-off ends."""
    until = known.deployments[0].not_before
    if until is not None and until > now:
        once = ("reconcile", f"{key}@{until.isoformat()}")
        waiting = engine.queue(backend)
        if once not in waiting.once:
            waiting.once.add(once)
            engine.later(backend, until, "release", f"{key}@{until.isoformat()}")


@engine.on("release")
def release(backend: Backend, argument: str, now: datetime) -> None:
    """Let a service launch again after its back-off."""
    engine.queue(backend).once.discard(("reconcile", argument))
    reconcile(backend, argument.partition("@")[0], now)


def _apply(backend: Backend, service: Service, action: Any, now: datetime) -> bool:
    """Do one action; return whether it changed anything."""
    known = lab(service)
    deployment = deployments.by_id(known, action.deployment)
    match action:
        case ecs_scheduler.Start():
            _start(backend, service, deployment, action.zone, action.count)
        case ecs_scheduler.Stop():
            _stop(backend, service, deployment, action, now)
        case ecs_scheduler.Complete():
            deployments.complete(service, deployment, now)
        case ecs_scheduler.Fail():
            deployments.fail(service, deployment, action.rollback_to, now)
        case ecs_scheduler.Stuck():
            if not deployment.stuck:
                deployment.stuck = True
                events.add(service, now, ecs_events.stuck_by_bounds(service.name))
            return False
    return True


def _start(
    backend: Backend, service: Service, deployment: state.Deployment, zone: str, count: int
) -> None:
    settings = deployment.settings
    network = settings["networkConfiguration"]["awsvpcConfiguration"]
    subnets = open_zones(backend, service)[zone]
    strategy = settings.get("capacityProviderStrategy") or []
    definition = backend.describe_task_definition(deployment.task_definition)
    targets = [
        (balancer["targetGroupArn"], balancer["containerName"], balancer["containerPort"])
        for balancer in service.load_balancers
        if balancer.get("targetGroupArn")
    ]
    for _ in range(count):
        task = tasks.create(
            backend,
            tasks.Request(
                cluster=backend.clusters[service.cluster_name],
                definition=definition,
                zone=zone,
                subnet=roomiest(subnets).id,
                groups=network.get("securityGroups") or [],
                public_ip=network.get("assignPublicIp") == "ENABLED",
                group=f"service:{service.name}",
                started_by=deployment.id,
                launch_type=settings.get("launchType"),
                capacity_provider=strategy[0]["capacityProvider"] if strategy else None,
                platform_version=settings.get("platformVersion"),
                tags=_tags(service, definition),
                execute_command=bool(getattr(service, "enable_execute_command", False)),
                service=key_of(service),
                deployment=deployment.id,
                targets=targets,
            ),
        )
        lab(service).started.append(task.id)
        _place(deployment, task, state.PENDING)
    lab(service).steady = False


def _tags(service: Service, definition: Any) -> list[dict[str, str]]:
    """Return the tags a task inherits.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
    """
    source = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}
    tags = list(source.get(service.propagate_tags, []))
    if getattr(service, "enable_ecs_managed_tags", False):
        tags += [
            {"key": "aws:ecs:clusterName", "value": service.cluster_name},
            {"key": "aws:ecs:serviceName", "value": service.name},
        ]
    return tags


def _stop(
    backend: Backend,
    service: Service,
    deployment: state.Deployment,
    action: ecs_scheduler.Stop,
    now: datetime,
) -> None:
    kinds = deployment.members[action.zone]
    names = {
        ecs_scheduler.STARTING: (state.PENDING, state.LAUNCHED),
        ecs_scheduler.HEALTHY: (state.HEALTHY,),
        ecs_scheduler.UNHEALTHY: (state.UNHEALTHY,),
    }[action.kind]
    chosen = [arn for kind in names for arn in kinds.get(kind, ())][: action.count]
    stopped = [task for arn in chosen if (task := tasks.find(backend, arn))]
    draining = sum(task.lab.registered for task in stopped)
    for task in stopped:
        why = health.stop_reason(task) if action.kind == ecs_scheduler.UNHEALTHY else None
        tasks.stop(backend, task, why or ecs_tasks.scaled_in(deployment.id), now)
    if stopped:
        ids = [task.id for task in stopped]
        events.add(service, now, ecs_events.stopped(service.name, ids))
    if draining:
        events.add(service, now, ecs_events.draining(service.name, deployment.id, draining))
    lab(service).steady = False


def _finish_deletion(backend: Backend, service: Service, now: datetime) -> None:
    """Stop every task of a deleted service, and make it INACTIVE when the last has stopped.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    """
    for deployment in lab(service).deployments:
        for arn in [arn for arn, kind in _members(deployment) if kind != state.STOPPING]:
            task = tasks.find(backend, arn)
            if task is not None:
                tasks.stop(backend, task, ecs_tasks.scaled_in(deployment.id), now)
    if not any(True for deployment in lab(service).deployments for _ in _members(deployment)):
        service.status = "INACTIVE"


def _members(deployment: state.Deployment) -> Iterator[tuple[str, str]]:
    for kinds in deployment.members.values():
        for kind, arns in kinds.items():
            for arn in arns:
                yield arn, kind


# --- what happens to tasks -------------------------------------------------------------------------


def of(backend: Backend, task: state.LabTask) -> tuple[Service, state.Deployment] | None:
    """Return a task's service and deployment, or None for a task of no service."""
    service = backend.services.get(task.lab.service or "")
    if service is None:
        return None
    known = lab(service)
    deployment = deployments.find(known, task.lab.deployment)
    return (service, deployment) if deployment else None


def _place(deployment: state.Deployment, task: state.LabTask, kind: str | None) -> None:
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
        _place(deployment, task, None)
    elif task.last_status == "RUNNING":
        deployment.launch_failures, deployment.not_before = 0, None
        _place(deployment, task, state.LAUNCHED)
        health.judge(backend, service, task, clock.current.now)
    elif task.last_status == "ACTIVATING" and task.lab.targets and task.desired_status == "RUNNING":
        for group, _, _ in task.lab.targets:
            events.registered(service, group)
    if task.last_status == "STOPPED" or task.last_status == "RUNNING":
        lab(service).steady = False
    changed(backend, key_of(service))


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
    _place(deployment, task, state.STOPPING)
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


def health_changed(backend: Backend, task: state.LabTask) -> None:
    """Judge a task again whose container health check has found something."""
    found = of(backend, task)
    if found is not None:
        health.judge(backend, found[0], task, clock.current.now)


def became(backend: Backend, service: Service, task: state.LabTask, kind: str) -> None:
    """Count a task as healthy or unhealthy."""
    deployment = deployments.find(lab(service), task.lab.deployment)
    if deployment is None or task.lab.kind in (kind, state.STOPPING, None):
        return
    _place(deployment, task, kind)
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
