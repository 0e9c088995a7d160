"""Targets: registered, checked on the clock, drained; `DescribeTargetHealth` says where each one stands.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import heapq
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeLoadBalancer,
    FakeTargetGroup,
)

from awslab.server import clock
from awslab.server.elbv2 import state, wire
from awslab.world import target_health as rules
from awslab.world.http import Request

POLL = timedelta(seconds=5)
_AGENT = "ELB-HealthChecker/2.0"


def add(group: FakeTargetGroup, address: str, port: int, zone: str) -> None:
    """Register a target; one that is draining starts anew, one that is registered stays as it is."""
    known = state.targets(group).get((address, port))
    if known is not None and known.drain_until is None:
        return
    now = clock.current.now
    target = rules.Target(address, port, zone, now)
    _keep(group, _in_its_place(target, state.users(group), now))


def remove(group: FakeTargetGroup, address: str, port: int) -> None:
    """Deregister a target: it drains while the group is in use, and is gone at once when it is not.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    targets = state.targets(group)
    target = targets.get((address, port))
    if target is None or target.drain_until is not None:
        return
    if not state.users(group):
        del targets[address, port]
        return
    delay = state.number(group, "deregistration_delay.timeout_seconds", 300)
    targets[address, port] = rules.deregistered(target, delay, clock.current.now)


def settle(group: FakeTargetGroup, now: datetime) -> None:
    """Forget the targets whose draining is over."""
    targets = state.targets(group)
    over = [key for key, each in targets.items() if each.drain_until and each.drain_until <= now]
    for key in over:
        del targets[key]


def refresh(backend: ELBv2Backend) -> None:
    """Start the checks of groups that came into use, and stop those of groups no listener forwards to."""
    for group in backend.target_groups.values():
        used_by = state.users(group)
        for target in list(state.targets(group).values()):
            _keep(group, _in_its_place(target, used_by, clock.current.now))


def _in_its_place(
    target: rules.Target, used_by: list[FakeLoadBalancer], now: datetime
) -> rules.Target:
    """Return the target checked or unchecked, as its group is in use or not."""
    if target.drain_until is not None:
        return target
    if not used_by:
        return replace(target, next_check=None, state=rules.INITIAL)
    if target.next_check is not None:
        return target
    return rules.started(target, max(now, *(state.active_at(each) for each in used_by)))


def _keep(group: FakeTargetGroup, target: rules.Target) -> None:
    """Store a target, and its next check in the order of time."""
    before = state.targets(group).get(target.key)
    state.targets(group)[target.key] = target
    if target.next_check is not None and (before is None or before.next_check != target.next_check):
        waiting = state.checks(state.backend_of(group))
        heapq.heappush(waiting, (target.next_check, group.arn, *target.key))


def health(group: FakeTargetGroup, target: rules.Target | None, now: datetime) -> rules.Health:
    """Return the state of a target, None being one that is not registered."""
    return healths(group, [target], now)[0]


def healths(
    group: FakeTargetGroup, targets: Iterable[rules.Target | None], now: datetime
) -> list[rules.Health]:
    """Return the state of each target."""
    used_by = state.users(group)
    zones = {"all", *(zone for balancer in used_by for zone in state.zones(balancer))}
    checks = state.settings(group).enabled
    return [
        rules.health(
            target,
            now,
            in_use=bool(used_by),
            zone_enabled=target is None or target.zone in zones,
            checks=checks,
        )
        for target in targets
    ]


# --- health checks, on the clock -------------------------------------------------------------------


def due() -> datetime | None:
    """Return the moment of the next health check of any target."""
    moments = (_next(backend) for backend in state.backends())
    return min((moment for moment in moments if moment is not None), default=None)


def _next(backend: ELBv2Backend) -> datetime | None:
    """Return the moment of a backend's next check; what was called off meanwhile is dropped."""
    waiting = state.checks(backend)
    while waiting:
        moment, arn, *key = waiting[0]
        group = backend.target_groups.get(arn)
        target = state.targets(group).get(tuple(key)) if group else None
        if target is not None and target.next_check == moment:
            return moment
        heapq.heappop(waiting)
    return None


def run(now: datetime) -> None:
    """Make the health checks that are due."""
    for backend in state.backends():
        while (moment := _next(backend)) is not None and moment <= now:
            _, arn, *key = heapq.heappop(state.checks(backend))
            group = backend.target_groups[arn]
            _keep(group, _check(group, state.targets(group)[tuple(key)], now))


def _check(group: FakeTargetGroup, target: rules.Target, now: datetime) -> rules.Target:
    settings = state.settings(group)
    probe = _probe(group, target, settings, now)
    return rules.checked(target, probe, settings, now, slow_start=_starts_slowly(group, now))


def _starts_slowly(group: FakeTargetGroup, now: datetime) -> bool:
    """Tell whether a target that turns healthy now enters slow start: another one has to be beyond it.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#slow-start-mode
    """
    duration = state.number(group, "slow_start.duration_seconds", 0)
    return duration > 0 and any(
        other.state == rules.HEALTHY and rules.slow_start_share(other, duration, now) == 1.0
        for other in state.targets(group).values()
    )


def _probe(
    group: FakeTargetGroup, target: rules.Target, settings: rules.CheckSettings, now: datetime
) -> rules.Probe:
    balancer = state.users(group)[0]
    node = wire.node_of_zone(balancer, target.zone)
    address = address_of(group, target.address)
    if node is None or address is None:
        return _failed("Target.FailedHealthChecks")
    port = target.port if settings.port == "traffic-port" else int(settings.port)
    path, _, query = settings.path.partition("?")
    eni = wire.interface(*wire.owner(balancer), node)
    request = Request(
        path=path,
        query=query,
        host=f"{address}:{port}",
        port=port,
        scheme=settings.protocol.lower(),
        headers={"user-agent": _AGENT, "host": f"{address}:{port}"},
        source_ip=getattr(eni, "private_ip_address", ""),
    )
    try:
        response, _ = wire.send(balancer, node, address, port, request, now)
    except wire.TimedOut:
        return _failed("Target.Timeout")
    except wire.Refused:
        return _failed("Target.FailedHealthChecks")
    return rules.probe_of_status(settings.matcher, response.status)


def _failed(reason: str) -> rules.Probe:
    return rules.Probe(False, reason, rules.DESCRIPTIONS[reason])


def address_of(group: FakeTargetGroup, target_id: str) -> str | None:
    """Return the private address of a target: of the instance, or the address itself."""
    if group.target_type != "instance":
        return target_id
    instance = group.ec2_backend.get_instance_by_id(target_id)
    return instance.private_ip if instance and instance.state == "running" else None


# --- in moto's place -------------------------------------------------------------------------------


def describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    """Return the health of the targets asked for, or of all; a poll passes five simulated seconds.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html
    """
    group = state.group(self.account_id, self.region_name, target_group_arn)
    now = clock.current.advance(POLL)
    settle(group, now)
    known = state.targets(group)
    keys = [(each["Id"], int(each.get("Port") or group.port)) for each in targets] or list(known)
    found = healths(group, [known.get(key) for key in keys], now)
    return [
        _described(group, key, known.get(key), health)
        for key, health in zip(keys, found, strict=True)
    ]


class _Status(FakeHealthStatus):
    """One TargetHealthDescription; an address carries its Availability Zone as well."""

    zone: str | None = None

    @property
    def target(self) -> dict[str, str]:
        """The target's id and port, and its zone when it is an address."""
        zone = {"AvailabilityZone": self.zone} if self.zone else {}
        return {**super().target, **zone}


def _described(
    group: FakeTargetGroup, key: tuple[str, int], target: rules.Target | None, found: rules.Health
) -> FakeHealthStatus:
    settings = state.settings(group)
    check_port = str(key[1]) if settings.port == "traffic-port" else settings.port
    status = _Status(key[0], str(key[1]), check_port, found.state, found.reason, found.description)
    status.zone = target.zone if target and group.target_type == "ip" else None
    return status


def load_balancer_arns(self: FakeTargetGroup) -> list[str]:
    """Return the load balancers that forward to the group now, each once."""
    return [balancer.arn for balancer in state.users(self)]


def deregister_terminated_instances(self: FakeTargetGroup, instance_ids: list[str]) -> None:
    """Drain the instances that were terminated."""
    for address, port in list(state.targets(self)):
        if address in instance_ids:
            remove(self, address, port)
