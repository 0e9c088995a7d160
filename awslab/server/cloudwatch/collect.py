"""What ECS and load balancers measure: values counted while requests flow, published once a simulated minute.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from awslab.server.cloudwatch import store
from awslab.world import metrics, target_health
from awslab.world.fargate import parse_cpu, parse_memory

ECS, ELB = "AWS/ECS", "AWS/ApplicationELB"
SECONDS = 60


# --- while requests flow -------------------------------------------------------------------------


def names(balancer: Any, group: Any = None) -> Iterator[store.Dimensions]:
    """Yield the dimensions under which something of a load balancer is counted."""
    own = ("LoadBalancer", balancer.arn.rpartition(":loadbalancer/")[2])
    yield (own,)
    if group is not None:
        yield store.dimensions([own, ("TargetGroup", group.arn.rpartition(":")[2])])


def requests(kept: store.State, balancer: Any, group: Any, count: float) -> None:
    """Count requests that a load balancer passed on; `group` None for those that it answered itself."""
    for having in names(balancer, group):
        store.count(kept, (ELB, "RequestCount", having), 1.0, count)


def answers(
    kept: store.State, balancer: Any, group: Any, status: int, times: dict[float, float]
) -> None:
    """Count answers of a target by their class, and how long they took."""
    for having in names(balancer, group):
        for took, count in times.items():
            store.count(kept, (ELB, f"HTTPCode_Target_{status // 100}XX_Count", having), 1.0, count)
            store.count(kept, (ELB, "TargetResponseTime", having), took, count)


def errors(kept: store.State, balancer: Any, status: int, count: float) -> None:
    """Count answers that a load balancer gave itself: 502, 503, 504 and other errors, redirects."""
    own = next(names(balancer))
    kinds = [f"HTTPCode_ELB_{status // 100}XX_Count"] if status >= 300 else []
    if status in (500, 502, 503, 504):
        kinds.append(f"HTTPCode_ELB_{status}_Count")
    for kind in kinds:
        store.count(kept, (ELB, kind, own), 1.0, count)


def served(exchange: Any) -> None:
    """Count one request that somebody made, once it has its answer."""
    if exchange.response is None:
        return
    _, _, _, region, account, _ = exchange.balancer.arn.split(":", 5)
    kept = store.of(account, region)
    status = exchange.response.status
    requests(kept, exchange.balancer, exchange.group if exchange.target else None, 1)
    if not exchange.answered:
        errors(kept, exchange.balancer, status, 1)
        return
    task = by_address(account, region).get(exchange.target.address)
    profile = listening(task, exchange.target.port) if task else {}
    outcome = metrics.served(1, SECONDS, vcpu(task), profile)
    answers(kept, exchange.balancer, exchange.group, status, outcome.times)
    if task:
        kept.work[task.task_arn] = kept.work.get(task.task_arn, 0.0) + outcome.cpu


def by_address(account: str, region: str) -> dict[str, Any]:
    """Return the running tasks by private address."""
    if "awslab.server.ecs" not in sys.modules:
        return {}
    from awslab.server.ecs import tasks

    return {task.lab.address: task for task in tasks.running(account, region)}


def listening(task: Any, port: int) -> dict[str, Any]:
    """Return the profile of the app that listens on a port of a task, {} when none does."""
    for process in task.lab.processes.values():
        if int(process.profile["port"]) == port:
            return process.profile
    return {}


def vcpu(task: Any) -> float:
    """Return a task's vCPUs; 0.25 where none are given."""
    units = parse_cpu(task.cpu) if task is not None and task.cpu else None
    return (units or 256) / 1024


# --- once a minute ---------------------------------------------------------------------------------


def publish(now: datetime) -> None:
    """Publish what was measured in the minute that ends now, under its beginning."""
    begun = now - store.MINUTE
    _publish_services(begun)
    for backend, kept in list(store.used()):
        _publish_load(kept, backend.account_id, backend.region_name, begun)
        for key, values in kept.open.items():
            unit = "Seconds" if key[1] == "TargetResponseTime" else "Count"
            store.publish(kept, key, unit, begun, values)
        kept.open, kept.work = {}, {}


def _publish_services(begun: datetime) -> None:
    if "moto.ecs.models" not in sys.modules:
        return
    from moto.ecs.models import ecs_backends

    for account, regions in list(ecs_backends.items()):
        for region, backend in list(regions.items()):
            if not backend.services:
                continue
            kept = store.of(account, region)
            found: dict[str, tuple[dict[float, float], dict[float, float]]] = {}
            for task in _tasks(account, region):
                cpu, memory = found.setdefault(task.lab.service, ({}, {}))
                used = metrics.cpu_utilization(
                    kept.work.get(task.task_arn, 0.0), SECONDS, vcpu(task)
                )
                filled = _memory(task)
                cpu[used] = cpu.get(used, 0.0) + 1
                memory[filled] = memory.get(filled, 0.0) + 1
            for service, (cpu, memory) in found.items():
                cluster, _, name = service.partition(":")
                having = (("ClusterName", cluster), ("ServiceName", name))
                store.publish(kept, (ECS, "CPUUtilization", having), "Percent", begun, cpu)
                store.publish(kept, (ECS, "MemoryUtilization", having), "Percent", begun, memory)


def _tasks(account: str, region: str) -> Iterator[Any]:
    from awslab.server.ecs import tasks

    return (task for task in tasks.running(account, region) if task.lab.service)


def _memory(task: Any) -> float:
    profiles = [process.profile for process in task.lab.processes.values()]
    size = parse_memory(task.memory) if task.memory else None
    return metrics.memory_utilization(profiles, size or 512)


def _publish_load(kept: store.State, account: str, region: str, begun: datetime) -> None:
    """Publish the hosts of each target group in use, and how many requests each healthy one got.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    if "awslab.server.elbv2" not in sys.modules:
        return
    from moto.elbv2.models import elbv2_backends

    from awslab.server import clock
    from awslab.server.elbv2 import state, targets

    for group in elbv2_backends[account][region].target_groups.values():
        known = list(state.targets(group).values())
        users = state.users(group) if known else []
        if not users:
            continue
        states = [health.state for health in targets.healths(group, known, clock.current.now)]
        healthy = states.count(target_health.HEALTHY)
        for balancer in users:
            *_, having = names(balancer, group)
            counted = kept.open.get((ELB, "RequestCount", having), {}).get(1.0, 0.0)
            unhealthy = states.count(target_health.UNHEALTHY)
            for name, value in (
                ("HealthyHostCount", healthy),
                ("UnHealthyHostCount", unhealthy),
                ("RequestCountPerTarget", counted / max(1, healthy)),
            ):
                store.publish(kept, (ELB, name, having), "Count", begun, {float(value): 1.0})
        total = sum(
            kept.open.get((ELB, "RequestCount", tuple(names(b, group))[-1]), {}).get(1.0, 0.0)
            for b in users
        )
        alone = (("TargetGroup", group.arn.rpartition(":")[2]),)
        key = (ELB, "RequestCountPerTarget", alone)
        store.publish(kept, key, "Count", begun, {total / max(1, healthy): 1.0})
