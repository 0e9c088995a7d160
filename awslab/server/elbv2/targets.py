"""Targets: registered, checked on the clock, drained; `DescribeTargetHealth` says where each one stands.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from awslab.server import clock
from awslab.server.elbv2 import state, wire
from awslab.world import target_health as rules
from awslab.world.http import Request

POLL = timedelta(seconds=5)
_AGENT = "ELB-HealthChecker/2.0"


def add(group: FakeTargetGroup, address: str, port: int, zone: str) -> None:
    """Register a target; one that is draining starts anew, one that is registered stays as it is."""
    now = clock.current.now
    settle(group, now)
    known = state.targets(group).get((address, port))
    if known is not None and known.drain_until is None:
        return
    state.targets(group)[address, port] = rules.Target(address, port, zone, now)
    refresh_group(group, now)


def remove(group: FakeTargetGroup, address: str, port: int) -> None:
    """Deregister a target: it drains while the group is in use, and is gone at once when it is not.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    now = clock.current.now
    settle(group, now)
    targets = state.targets(group)
    target = targets.get((address, port))
    if target is None or target.drain_until is not None:
        return
    if not state.users(group):
        del targets[address, port]
        return
    delay = state.number(group, "deregistration_delay.timeout_seconds", 300)
    targets[address, port] = rules.deregistered(target, delay, now)


def settle(group: FakeTargetGroup, now: datetime) -> None:
    """Forget the targets whose draining is over."""
    targets = state.targets(group)
    over = [key for key, each in targets.items() if each.drain_until and each.drain_until <= now]
    for key in over:
        del targets[key]


def refresh(backend: ELBv2Backend) -> None:
    """Start the checks of groups that came into use, and stop those of groups no listener forwards to."""
    for group in backend.target_groups.values():
        refresh_group(group, clock.current.now)


def refresh_group(group: FakeTargetGroup, now: datetime) -> None:
    """Do what `refresh` does, for one group."""
    used_by = state.users(group)
    targets = state.targets(group)
    for key, target in targets.items():
        if target.drain_until is not None:
            continue
        if not used_by and target.next_check is not None:
            targets[key] = replace(target, next_check=None, state=rules.INITIAL)
        elif used_by and target.next_check is None:
            ready = max(now, *(state.active_at(balancer) for balancer in used_by))
            targets[key] = rules.started(target, ready)


def health(group: FakeTargetGroup, target: rules.Target | None, now: datetime) -> rules.Health:
    """Return the state of a target, None being one that is not registered."""
    used_by = state.users(group)
    zones = {zone for balancer in used_by for zone in state.zones(balancer)}
    enabled = target is None or target.zone == "all" or target.zone in zones
    return rules.health(
        target,
        now,
        in_use=bool(used_by),
        zone_enabled=enabled,
        checks=state.settings(group).enabled,
    )


# --- health checks, on the clock -------------------------------------------------------------------


def due() -> datetime | None:
    """Return the moment of the next health check of any target."""
    moments = (
        target.next_check
        for backend in state.backends()
        for group in backend.target_groups.values()
        for target in state.targets(group).values()
        if target.next_check is not None
    )
    return min(moments, default=None)


def run(now: datetime) -> None:
    """Make the health checks that are due."""
    for backend in state.backends():
        for group in list(backend.target_groups.values()):
            settle(group, now)
            for key, target in list(state.targets(group).items()):
                if target.next_check is not None and target.next_check <= now:
                    state.targets(group)[key] = _check(group, target, now)


def _check(group: FakeTargetGroup, target: rules.Target, now: datetime) -> rules.Target:
    settings = state.settings(group)
    probe = _probe(group, target, settings, now)
    ready = [
        other
        for other in state.targets(group).values()
        if other.state == rules.HEALTHY
        and rules.slow_start_share(other, _slow_start(group), now) == 1.0
    ]
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#slow-start-mode
    slow = _slow_start(group) > 0 and bool(ready)
    return rules.checked(target, probe, settings, now, slow_start=slow)


def _slow_start(group: FakeTargetGroup) -> int:
    return state.number(group, "slow_start.duration_seconds", 0)


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
    return [_described(group, key, known.get(key), now) for key in keys]


class _Status(FakeHealthStatus):
    """One TargetHealthDescription; an address carries its Availability Zone as well."""

    zone: str | None = None

    @property
    def target(self) -> dict[str, str]:
        """The target's id and port, and its zone when it is an address."""
        zone = {"AvailabilityZone": self.zone} if self.zone else {}
        return {**super().target, **zone}


def _described(
    group: FakeTargetGroup, key: tuple[str, int], target: rules.Target | None, now: datetime
) -> FakeHealthStatus:
    settings = state.settings(group)
    found = health(group, target, now)
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
