"""What ECS's rules have to know of the account around a request, read from moto's state as plain data."""

import sys
from collections.abc import Mapping
from typing import Any

from moto.ec2 import ec2_backends
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service, TaskDefinition

from awslab.world.ecs_request import Known, TargetGroup

__all__ = ["cluster", "definition", "described", "family_of", "known", "service"]

Backend = EC2ContainerServiceBackend


def cluster(backend: Backend, name: str | None) -> Cluster | None:
    """Return the ACTIVE cluster that a short name or an ARN names, `default` for None."""
    found = backend.clusters.get((name or "default").rpartition("/")[2])
    return found if found and found.status == "ACTIVE" else None


def service(backend: Backend, cluster_name: str | None, name: str) -> Service | None:
    """Return the service that a short name or an ARN names, in any status."""
    found = backend.clusters.get((cluster_name or "default").rpartition("/")[2])
    key = f"{found.name}:{name.rpartition('/')[2]}" if found else ""
    return backend.services.get(key)


def family_of(reference: str) -> tuple[str, str]:
    """Split `family`, `family:revision` or a task definition's ARN into family and revision, "" for none."""
    family, _, revision = reference.rpartition("/")[2].partition(":")
    return family, revision


def definition(backend: Backend, reference: str) -> TaskDefinition | None:
    """Return the task definition that a reference names; without a revision, the latest ACTIVE one."""
    family, revision = family_of(reference)
    revisions = backend.task_definitions.get(family, {})
    if revision:
        return revisions.get(int(revision)) if revision.isdecimal() else None
    active = [number for number, found in revisions.items() if found.status == "ACTIVE"]
    return revisions[max(active)] if active else None


def described(found: TaskDefinition) -> dict[str, Any]:
    """Return what the rules look at of a task definition, with the API's keys."""
    return {
        "status": found.status,
        "compatibilities": found.compatibilities,
        "networkMode": found.network_mode,
        "containerDefinitions": found.container_definitions,
        "cpu": found.cpu,
        "memory": found.memory,
    }


def known(backend: Backend, reference: str | None, params: Mapping[str, Any]) -> Known:
    """Gather what is around a request; `reference` names its task definition."""
    found = definition(backend, reference) if reference else None
    home = cluster(backend, params.get("cluster"))
    defaults = (home.service_connect_defaults or {}) if home else {}
    return Known(
        task_definition=described(found) if found else None,
        providers=tuple((home.capacity_providers or []) if home else []),
        default_strategy=tuple((home.default_capacity_provider_strategy or []) if home else []),
        vpc_of=_vpcs(backend) if params.get("networkConfiguration") else {},
        target_groups=_target_groups(backend) if params.get("loadBalancers") else {},
        rules=_rules(backend) if params.get("loadBalancers") else {},
        namespace=bool(defaults.get("namespace")),
        instances=len(backend.container_instances.get(home.name, {})) if home else 0,
    )


def _vpcs(backend: Backend) -> dict[str, str]:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    subnets = {
        subnet_id: subnet.vpc_id
        for zone in ec2.subnets.values()
        for subnet_id, subnet in zone.items()
    }
    groups = {group_id: vpc for vpc, groups in ec2.groups.items() for group_id in groups}
    return {**subnets, **groups}


def _rules(backend: Backend) -> dict[str, tuple[str, ...]]:
    """Return the target groups that each listener rule forwards to."""
    if "moto.elbv2.models" not in sys.modules:
        return {}
    from awslab.server.ecs import shifting

    return {
        arn: tuple(shifting.weights(rule)) for arn, (_, rule) in shifting.rules(backend).items()
    }


def _target_groups(backend: Backend) -> dict[str, TargetGroup]:
    if "moto.elbv2.models" not in sys.modules:  # no target group was ever made; loading takes 0.3 s
        return {}
    from moto.elbv2.models import elbv2_backends

    from awslab.server import elbv2

    account, region = backend.account_id, backend.region_name
    groups = elbv2_backends[account][region].target_groups
    return {
        arn: TargetGroup(group.target_type, elbv2.in_use(account, region, arn))
        for arn, group in groups.items()
    }
