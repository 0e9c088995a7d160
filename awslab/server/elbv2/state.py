"""Find things among moto's load balancers: who uses a target group, a load balancer by its name, its settings.

What the lab keeps hangs on moto's objects: `lab_targets` of a target group, `lab_nodes` of a load balancer.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.models import (
    ELBv2Backend,
    FakeListener,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)

from awslab.server import clock
from awslab.world import routing
from awslab.world.load_balancing import target_groups
from awslab.world.target_health import CheckSettings, Target

Targets = dict[tuple[str, int], Target]


def backends() -> Iterator[ELBv2Backend]:
    """Yield the backend of every account and Region that has been used."""
    for account in list(elbv2_backends.values()):
        yield from list(account.values())


def backend_of(thing: FakeTargetGroup | FakeLoadBalancer) -> ELBv2Backend:
    """Return the backend that a target group or load balancer belongs to."""
    _, _, _, region, account, _ = thing.arn.split(":", 5)
    return elbv2_backends[account][region]


def group(account: str, region: str, arn: str) -> FakeTargetGroup:
    """Return a target group, or raise TargetGroupNotFound."""
    found = elbv2_backends[account][region].target_groups.get(arn)
    if found is None:
        raise TargetGroupNotFoundError()
    return found


def rules(of: FakeListener) -> list[routing.Rule]:
    """Return the rules of a listener as plain data; their transforms hang on moto's rules as `transforms`."""
    return [
        routing.rule(
            each.arn,
            each.priority,
            each.conditions,
            [action.data for action in each.actions],
            getattr(each, "transforms", ()),
        )
        for each in of.rules.values()
    ]


def targets(of: FakeTargetGroup) -> Targets:
    """Return the targets of a group by address and port."""
    return vars(of).setdefault("lab_targets", {})


def nodes(of: FakeLoadBalancer) -> dict[str, str]:
    """Return the network interface of the load balancer in each of its subnets."""
    return vars(of).setdefault("lab_nodes", {})


def checks(backend: ELBv2Backend) -> list[tuple[datetime, str, str, int]]:
    """Return the heap of a backend's coming health checks: moment, target group, address, port."""
    return vars(backend).setdefault("lab_checks", [])


def users(of: FakeTargetGroup) -> list[FakeLoadBalancer]:
    """Return the load balancers with a listener or rule that forwards to the group."""
    return [
        balancer
        for balancer in backend_of(of).load_balancers.values()
        if any(_forwards(each, of.arn) for each in balancer.listeners.values())
    ]


def _forwards(listener: FakeListener, arn: str) -> bool:
    """Tell whether a rule forwards to a target group: asked for at every look at a target's health."""
    return any(
        arn in target_groups(action.data)
        for each in listener.rules.values()
        for action in each.actions
    )


def groups_of(balancer: FakeLoadBalancer) -> set[str]:
    """Return the ARNs of the target groups that a load balancer forwards to."""
    return {arn for listener in balancer.listeners.values() for arn in groups_of_listener(listener)}


def groups_of_listener(listener: FakeListener) -> set[str]:
    """Return the ARNs of the target groups that a listener's rules forward to."""
    return {
        arn
        for each in listener.rules.values()
        for action in each.actions
        for arn in target_groups(action.data)
    }


def balancer_named(dns_name: str) -> FakeLoadBalancer | None:
    """Return the load balancer with a DNS name, in any case, with or without the `dualstack.` prefix."""
    wanted = dns_name.lower().rstrip(".").removeprefix("dualstack.")
    for backend in backends():
        for balancer in backend.load_balancers.values():
            if balancer.dns_name.lower() == wanted:
                return balancer
    return None


def listener_on(balancer: FakeLoadBalancer, port: int) -> FakeListener | None:
    """Return the load balancer's listener on a port."""
    return next((each for each in balancer.listeners.values() if int(each.port) == port), None)


def active_at(balancer: FakeLoadBalancer) -> datetime:
    """Return the moment at which the load balancer is or was ready for requests."""
    return getattr(balancer, "lab_active_at", clock.EPOCH)


def zones(balancer: FakeLoadBalancer) -> list[str]:
    """Return the Availability Zones that are enabled for the load balancer."""
    return [subnet.availability_zone for subnet in balancer.subnets]


def settings(of: FakeTargetGroup) -> CheckSettings:
    """Return a target group's health check."""
    matcher = getattr(of, "matcher", None) or {}
    return CheckSettings(
        path=of.health_check_path or "/",
        port=str(of.health_check_port or "traffic-port"),
        protocol=of.health_check_protocol or "HTTP",
        matcher=matcher.get("HttpCode") or "200",
        interval=int(of.health_check_interval_seconds),
        timeout=int(of.health_check_timeout_seconds),
        healthy_threshold=int(of.healthy_threshold_count),
        unhealthy_threshold=int(of.unhealthy_threshold_count),
        enabled=str(of.health_check_enabled).lower() != "false",
    )


def number(of: Any, attribute: str, default: int) -> int:
    """Return a numeric attribute of a target group."""
    return int(of.attributes.get(attribute, default))


def enabled(of: FakeTargetGroup | FakeLoadBalancer, attribute: str, default: bool) -> bool:
    """Return a true or false attribute of a target group or load balancer."""
    attributes = of.attributes if isinstance(of, FakeTargetGroup) else of.attrs
    value = str(attributes.get(attribute, default)).lower()
    return default if value == "use_load_balancer_configuration" else value == "true"
