"""Load balancers that route, check the health of their targets, and drain them.

Each module replaces methods of moto's `ELBv2Backend`, `ELBV2Response` and `FakeTargetGroup`; `install()` puts
them in place, once. State hangs on moto's own objects.
"""

from moto.core.errors import COMMON_ERROR_CODES
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup
from moto.elbv2.responses import ELBV2Response

from awslab.server import clock, errors, names
from awslab.server.elbv2 import (  # noqa: F401  (trace is an action)
    access_logs,
    balancers,
    groups,
    listeners,
    requests,
    shapes,
    state,
    targets,
    trace,
    transforms,
    web,
)
from awslab.server.elbv2.serving import Exchange
from awslab.world.http import Request
from awslab.world.target_health import Health

__all__ = ["deregister", "health", "in_use", "install", "register", "reset", "serve"]

_BACKEND = {
    balancers: (
        "create_load_balancer",
        "delete_load_balancer",
        "describe_load_balancers",
        "modify_load_balancer_attributes",
        "set_security_groups",
        "set_subnets",
    ),
    groups: ("create_target_group", "modify_target_group"),
    listeners: (
        "create_listener",
        "create_rule",
        "delete_listener",
        "delete_rule",
        "describe_rules",
        "modify_listener",
        "modify_rule",
        "set_rule_priorities",
    ),
    targets: ("describe_target_health",),
}


def install() -> None:
    """Attach the lab's load balancers to moto's, and their health checks to the simulated clock."""
    if getattr(ELBV2Response, "lab", False):
        return
    ELBV2Response.lab = True  # type: ignore[attr-defined]
    errors.check_requests("elbv2", requests.check)
    requests.install()
    shapes.install()
    for module, methods in _BACKEND.items():
        for name in methods:
            setattr(ELBv2Backend, name, getattr(module, name))
    for module in (groups, transforms):
        for name in module.RESPONSES:
            setattr(ELBV2Response, name, getattr(module, name))
    ELBv2Backend.register_targets = groups.register  # type: ignore[method-assign]
    ELBv2Backend.deregister_targets = groups.deregister  # type: ignore[method-assign]
    # moto appends to this list; computing it is what keeps it true, so what moto appends is dropped.
    FakeTargetGroup.load_balancer_arns = property(  # type: ignore[assignment]
        targets.load_balancer_arns, lambda self, value: None
    )
    FakeTargetGroup.deregister_terminated_instances = targets.deregister_terminated_instances  # type: ignore[method-assign]
    # A code that ELB answers with and that its service model lacks: moto would warn of it.
    COMMON_ERROR_CODES.append("UnsupportedCertificate")
    clock.current.every(targets.due, targets.run)
    access_logs.install()
    names.RESOLVERS.append(web.resolve)
    names.TERMINATORS.append(web.ends_tls)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own load balancers and target groups."""


def freeze() -> bool:
    """Return what a snapshot of the lab keeps beside moto's objects: nothing but that there is something to thaw."""
    return True


def thaw(_: bool) -> None:
    """Answer at the interfaces of the load balancers that a snapshot brought back."""
    for backend in state.backends():
        for balancer in backend.load_balancers.values():
            balancers.answer_at_nodes(balancer)


def register(
    account: str, region: str, target_group_arn: str, address: str, port: int, zone: str
) -> None:
    """Register an address and port of an Availability Zone with a target group.

    Raises AWSError TargetGroupNotFound for a target group that is not there.
    """
    targets.add(state.group(account, region, target_group_arn), address, port, zone)


def deregister(
    account: str, region: str, target_group_arn: str, address: str, port: int, zone: str
) -> None:
    """Begin to drain a target; one that is not registered is not an error."""
    targets.remove(state.group(account, region, target_group_arn), address, port)


def health(account: str, region: str, target_group_arn: str, address: str, port: int) -> Health:
    """Return the state of a target: initial, healthy, unhealthy, draining or unused (gone, or group not in use)."""
    group = state.group(account, region, target_group_arn)
    return targets.health(group, state.targets(group).get((address, port)), clock.current.now)


def in_use(account: str, region: str, target_group_arn: str) -> bool:
    """Tell whether a listener or a rule of a load balancer forwards to the target group."""
    return bool(state.users(state.group(account, region, target_group_arn)))


def serve(host: str, request: Request, source: str = "internet") -> Exchange | None:
    """Send a request to the load balancer at a host name from a network interface's id or "internet".

    Return what happened at each step (`.response` is the answer), or None when the name leads to no load balancer.
    """
    return web.exchange_at(host, request, source)
