"""Services that keep their promise: what the scheduler decides is done to tasks, and what happens to tasks is counted.

`deployments` holds what a service is to run; here it is made to run.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from moto.ecs.models import Service

from awslab.server import clock
from awslab.server.ecs import (
    deployments,
    engine,
    events,
    health,
    members,
    placement,
    rollout,
    shifting,
    spot,
    state,
    tasks,
)
from awslab.server.ecs.engine import Backend
from awslab.server.ecs.state import key_of, lab, percents
from awslab.world import ecs_events, ecs_scheduler, ecs_tasks
from awslab.world import ecs_service as rules

__all__ = ["history", "scale"]

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
NO_INSTANCES = (
    "(service {}) was unable to place a task because no container instance met all of its "
    "requirements. Reason: No Container Instances were found in your cluster. For more information, "
    "see the Troubleshooting section of the Amazon ECS Developer Guide."
)
ROUNDS = 50  # decisions in one moment; each follows from the one before, and a few suffice


def scale(account: str, region: str, cluster: str, service: str, desired: int) -> None:
    """Set a service's desired count, as UpdateService does.

    Raises KeyError when there is no such service.
    """
    backend = engine.ecs_backends[account][region]
    key = f"{cluster}:{service}"
    backend.services[key].desired_count = desired
    members.changed(backend, key)


def history(account: str, region: str, cluster: str, service: str) -> list[state.Moment]:
    """Return the moments of a service at which something changed, oldest first.

    Raises KeyError when there is no such service.
    """
    return lab(engine.ecs_backends[account][region].services[f"{cluster}:{service}"]).history


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
        rollout.move(backend, service, now)
        for _ in range(ROUNDS):
            actions = rollout.plan(service, view(backend, service), now)
            if not any([_apply(backend, service, action, now) for action in actions]):
                break
            deployments.drop_empty(known)
        _hold(backend, key, known, now)
        _say_no_instances(backend, service, now)
        _say_steady(backend, service, now)
        health.watch(backend, service, now)
    events.flush(service, now)
    events.record(service, now, shifting.shares(backend, service))


def _say_steady(backend: Backend, service: Service, now: datetime) -> None:
    """Write the event when a completed deployment has all its tasks again, and only those."""
    known = lab(service)
    primary = known.deployments[0]
    even = primary.count(state.HEALTHY) == service.desired_count == primary.count(*state.KINDS)
    if not known.steady and primary.state == "COMPLETED" and even and len(known.deployments) == 1:
        known.steady = True
        if known.uneven:
            known.uneven = False
            counts = _by_zone(backend, service)
            events.add(service, now, ecs_events.az_balanced(service.name, counts))
        events.add(service, now, ecs_events.steady(service.name))


def _by_zone(backend: Backend, service: Service) -> dict[str, int]:
    """Count the healthy tasks of each zone that is open."""
    counts = dict.fromkeys(sorted(placement.open_zones(backend, service)), 0)
    for zone, arns in lab(service).deployments[0].of(state.HEALTHY):
        counts[zone] = counts.get(zone, 0) + len(arns)
    return counts


def _say_no_instances(backend: Backend, service: Service, now: datetime) -> None:
    """Write once why a service of launch type EC2 gets no tasks: the lab has no container instances."""
    known = lab(service)
    primary = known.deployments[0]
    fargate = service.launch_type == "FARGATE" or primary.settings.get("capacityProviderStrategy")
    if not fargate and service.desired_count and not primary.stuck:
        primary.stuck = True
        events.add(service, now, NO_INSTANCES.format(service.name))


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
        zones=tuple(sorted(placement.open_zones(backend, service))),
        deployments=shown,
        groups=groups,
        minimum_percent=minimum,
        maximum_percent=maximum,
        breaker=rules.breaker(getattr(service, "deployment_configuration", None)),
        rebalancing=rebalancing == "ENABLED" and not spot.uneven(backend, service),
        completed=tuple(
            rules.Deployed(d.id, "COMPLETED", d.completed)
            for d in [*known.deployments, *known.past]
            if d.completed and d.state != "FAILED"
        ),
    )


def _hold(backend: Backend, key: str, known: state.ServiceState, now: datetime) -> None:
    """Come back when a launch back-off ends."""
    until = known.deployments[0].not_before
    if until is not None and until > now:
        engine.once(backend, until, "release", f"{key}@{until.isoformat()}")


@engine.on("release")
def release(backend: Backend, argument: str, now: datetime) -> None:
    """Let a service launch again after its back-off."""
    reconcile(backend, argument.partition("@")[0], now)


def _apply(backend: Backend, service: Service, action: Any, now: datetime) -> bool:
    """Do one action; return whether it changed anything."""
    known = lab(service)
    deployment = deployments.by_id(known, action.deployment)
    match action:
        case ecs_scheduler.Start():
            if deployment.count(state.HEALTHY) >= service.desired_count and not known.uneven:
                known.uneven = True
                events.add(
                    service,
                    now,
                    ecs_events.az_unbalanced(service.name, _by_zone(backend, service)),
                )
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
    zones, now = placement.open_zones(backend, service), clock.current.now
    strategy = settings.get("capacityProviderStrategy")
    providers = placement.providers(strategy, count, _placed(backend, deployment, strategy))
    definition = backend.describe_task_definition(deployment.task_definition)
    targets = [
        (
            shifting.group_of(deployment, balancer["targetGroupArn"]),
            balancer["containerName"],
            balancer["containerPort"],
        )
        for balancer in settings.get("loadBalancers") or service.load_balancers
        if balancer.get("targetGroupArn")
    ]
    for _ in range(count):
        provider = next(providers)
        place = spot.zone_for(backend, provider, zone, zones)
        if place is None:
            spot.hold(service, deployment, now)
            continue
        task = tasks.create(
            backend,
            tasks.Request(
                cluster=backend.clusters[service.cluster_name],
                definition=definition,
                zone=place,
                subnet=placement.roomiest(zones[place]).id,
                groups=network.get("securityGroups") or [],
                public_ip=network.get("assignPublicIp") == "ENABLED",
                group=f"service:{service.name}",
                started_by=deployment.id,
                launch_type=settings.get("launchType"),
                capacity_provider=provider,
                platform_version=settings.get("platformVersion"),
                tags=_tags(service, definition),
                execute_command=bool(getattr(service, "enable_execute_command", False)),
                service=key_of(service),
                deployment=deployment.id,
                targets=targets,
            ),
        )
        lab(service).started.append(task.id)
        members.place(deployment, task, state.PENDING)
    lab(service).steady = False


def _placed(backend: Backend, deployment: state.Deployment, strategy: Any) -> Counter[str]:
    """Count a deployment's tasks by capacity provider, where there is a choice."""
    if not strategy or len(strategy) == 1:
        return Counter()
    found = (
        state.find(backend, arn)
        for arn, kind in members.listed(deployment)
        if kind != state.STOPPING
    )
    return Counter(task.capacity_provider_name for task in found if task is not None)


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
    stopped = [task for arn in chosen if (task := state.find(backend, arn))]
    known = lab(service)
    for task in stopped:
        if task.lab.registered:
            known.draining[deployment.id] = known.draining.get(deployment.id, 0) + 1
        known.stopped.append(task.id)
        why = health.stop_reason(task) if action.kind == ecs_scheduler.UNHEALTHY else None
        tasks.stop(backend, task, why or ecs_tasks.scaled_in(deployment.id), now)
    known.steady = False


def _finish_deletion(backend: Backend, service: Service, now: datetime) -> None:
    """Stop every task of a deleted service, and make it INACTIVE when the last has stopped.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    """
    for deployment in lab(service).deployments:
        for arn in [arn for arn, kind in members.listed(deployment) if kind != state.STOPPING]:
            task = state.find(backend, arn)
            if task is not None:
                tasks.stop(backend, task, ecs_tasks.scaled_in(deployment.id), now)
    if not any(True for deployment in lab(service).deployments for _ in members.listed(deployment)):
        service.status = "INACTIVE"
