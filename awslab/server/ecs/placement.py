"""Where a new task goes: the subnets of its network configuration, by Availability Zone.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import Service

from awslab.server import faults
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_placement, ecs_scheduler


def open_zones(backend: Backend, service: Service) -> dict[str, list[Any]]:
    """Return the subnets of a service by Availability Zone, without the zones that have failed."""
    strategy = getattr(service, "capacity_provider_strategy", None)
    if (ecs_placement.launch_type(strategy) if strategy else service.launch_type) != "FARGATE":
        return {}  # no container instances: the lab runs Fargate
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
    failed = faults.of(backend.account_id, backend.region_name).zones
    return {zone: subnets for zone, subnets in found.items() if zone not in failed}


def providers(
    strategy: list[dict[str, Any]] | None, count: int, placed: Counter[str] | None = None
) -> Iterator[str | None]:
    """Yield the capacity provider of each of `count` new tasks; None without a strategy.

    `placed` counts the tasks that the strategy has placed already.
    """
    tasks = Counter(placed)
    for _ in range(count):
        name = ecs_scheduler.provider(strategy, tasks) if strategy else None
        if name is not None:
            tasks[name] += 1
        yield name


def roomiest(subnets: list[Any]) -> Any:
    """Return the subnet with the most free addresses, the first of them."""
    if len(subnets) == 1:
        return subnets[0]
    return max(subnets, key=lambda subnet: subnet.available_ip_address_count)
