"""How a target of an Application Load Balancer becomes healthy, unhealthy, draining and gone.

A target is plain data; each function returns the next one, so a history of checks is a fold over it.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = [
    "DRAINING",
    "HEALTHY",
    "INITIAL",
    "REGISTRATION",
    "UNAVAILABLE",
    "UNHEALTHY",
    "UNUSED",
    "CheckSettings",
    "Health",
    "Probe",
    "Target",
    "checked",
    "deregistered",
    "health",
    "matches",
    "probe_of_status",
    "routable",
    "slow_start_share",
    "started",
    "valid_matcher",
]

INITIAL, HEALTHY, UNHEALTHY = "initial", "healthy", "unhealthy"
DRAINING, UNUSED, UNAVAILABLE = "draining", "unused", "unavailable"

# What AWS writes beside each reason code:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes: [{codes}]",
    "Target.Timeout": "Request timed out",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.ZoneNotEnabled": (
        "Target is in an Availability Zone that is not enabled for the load balancer"
    ),
    "Target.InvalidState": "Target is in the stopped state",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.HealthCheckDisabled": "Health checks are disabled for this target group",
}
# AWS names no figure for how long registering takes before the first health check: "a few seconds".
REGISTRATION = timedelta(seconds=10)


@dataclass(frozen=True)
class Health:
    """What DescribeTargetHealth says of one target; a healthy one has neither reason nor description."""

    state: str
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class CheckSettings:
    """A target group's health check; times in seconds, `port` a number or "traffic-port"."""

    path: str = "/"
    port: str = "traffic-port"
    protocol: str = "HTTP"
    matcher: str = "200"
    interval: int = 30
    timeout: int = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    enabled: bool = True


@dataclass(frozen=True)
class Probe:
    """The outcome of one health check: passed, or a reason code and its description."""

    passed: bool
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Target:
    """One target of one target group, known by address and port together.

    `state` is what health checks made of it; `successes` and `failures` count consecutive ones.
    `next_check` is None while nothing checks it; `drain_until` is set once it is deregistered.
    `zone` is an Availability Zone, or "all" for an address outside the VPC.
    """

    address: str
    port: int
    zone: str
    registered_at: datetime
    state: str = INITIAL
    successes: int = 0
    failures: int = 0
    last_failure: Probe | None = None
    next_check: datetime | None = None
    slow_since: datetime | None = None
    drain_until: datetime | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Address and port: the same address may be registered on several ports."""
        return self.address, self.port


def started(target: Target, now: datetime) -> Target:
    """Return the target when its group begins to receive traffic: registering, then the first check."""
    return replace(
        target,
        state=INITIAL,
        registered_at=now,
        successes=0,
        failures=0,
        last_failure=None,
        next_check=now + REGISTRATION,
        slow_since=None,
        drain_until=None,
    )


def checked(
    target: Target,
    probe: Probe,
    settings: CheckSettings,
    now: datetime,
    *,
    slow_start: bool = False,
) -> Target:
    """Return the target after one health check.

    A target that is still initial needs one success, whatever the healthy threshold; it turns unhealthy
    after as many consecutive failures as the unhealthy threshold says, and back only after as many
    consecutive successes as the healthy threshold says.
    `slow_start` tells that a target turning healthy now enters slow start.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    after = replace(target, next_check=now + timedelta(seconds=settings.interval))
    if probe.passed:
        needed = 1 if target.state == INITIAL else settings.healthy_threshold
        successes = target.successes + 1
        turned = target.state != HEALTHY and successes >= needed
        return replace(
            after,
            successes=successes,
            failures=0,
            state=HEALTHY if turned else target.state,
            last_failure=None if turned else target.last_failure,
            slow_since=now if turned and slow_start else target.slow_since,
        )
    failures = target.failures + 1
    failed = failures >= settings.unhealthy_threshold
    return replace(
        after,
        successes=0,
        failures=failures,
        state=UNHEALTHY if failed else target.state,
        last_failure=probe,
        slow_since=None if failed else target.slow_since,
    )


def deregistered(target: Target, delay: int, now: datetime) -> Target:
    """Return the target in the draining state: no new request until `delay` seconds have passed, then gone.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    return replace(target, drain_until=now + timedelta(seconds=delay), next_check=None)


def health(
    target: Target | None, now: datetime, *, in_use: bool, zone_enabled: bool, checks: bool = True
) -> Health:
    """Return what DescribeTargetHealth says; None is a target that is not registered.

    `in_use` tells whether a listener or rule of a load balancer forwards to the group, `zone_enabled`
    whether the load balancer has the target's Availability Zone, `checks` whether health checks are on.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    if target is None:
        return _because(UNUSED, "Target.NotRegistered")
    if target.drain_until is not None:
        if now >= target.drain_until:
            return _because(UNUSED, "Target.NotRegistered")
        return _because(DRAINING, "Target.DeregistrationInProgress")
    if not in_use:
        return _because(UNUSED, "Target.NotInUse")
    if not zone_enabled:
        description = DESCRIPTIONS["Target.ZoneNotEnabled"]
        return Health(UNUSED, "Target.NotInUse", description)
    if not checks:
        return _because(UNAVAILABLE, "Target.HealthCheckDisabled")
    if target.state == HEALTHY:
        return Health(HEALTHY)
    if target.state == INITIAL:
        registering = now < target.registered_at + REGISTRATION
        return _because(
            INITIAL, "Elb.RegistrationInProgress" if registering else "Elb.InitialHealthChecking"
        )
    failure = target.last_failure or Probe(False, "Target.FailedHealthChecks")
    reason = failure.reason or "Target.FailedHealthChecks"
    return Health(UNHEALTHY, reason, failure.description or DESCRIPTIONS[reason])


def _because(state: str, reason: str) -> Health:
    return Health(state, reason, DESCRIPTIONS[reason])


# --- the health check's answer ---------------------------------------------------------------------


def valid_matcher(codes: str) -> bool:
    """Tell whether ELB takes these success codes: 200 to 499, values and ranges, such as "200,202-204".

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
    """
    ranges = _ranges(codes)
    return bool(ranges) and all(200 <= low <= high <= 499 for low, high in ranges)


def matches(codes: str, status: int) -> bool:
    """Tell whether an answer's status is one of the success codes."""
    return any(low <= status <= high for low, high in _ranges(codes))


def _ranges(codes: str) -> list[tuple[int, int]]:
    parts = [re.fullmatch(r"\s*(\d{3})(?:-(\d{3}))?\s*", part) for part in codes.split(",")]
    if not all(parts):
        return []
    return [(int(part[1]), int(part[2] or part[1])) for part in parts if part]


def probe_of_status(codes: str, status: int) -> Probe:
    """Return the outcome of a health check that was answered with `status`."""
    if matches(codes, status):
        return Probe(True)
    reason = "Target.ResponseCodeMismatch"
    return Probe(False, reason, DESCRIPTIONS[reason].format(codes=status))


# --- which targets get requests --------------------------------------------------------------------


def routable(states: Sequence[tuple[Target, Health]]) -> list[Target]:
    """Return the targets that a request may go to: the healthy ones, or all that are left when none is.

    Failing open includes targets in the initial state, and never a draining or unused one.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    good = [target for target, found in states if found.state in (HEALTHY, UNAVAILABLE)]
    return good or [target for target, found in states if found.state in (INITIAL, UNHEALTHY)]


def slow_start_share(target: Target, duration: int, now: datetime) -> float:
    """Return the target's share of a full share of requests, above 0 to 1, growing linearly in slow start.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#slow-start-mode
    """
    if target.slow_since is None or duration == 0:
        return 1.0
    passed = (now - target.slow_since) / timedelta(seconds=duration)
    return min(1.0, max(passed, 1 / duration))
