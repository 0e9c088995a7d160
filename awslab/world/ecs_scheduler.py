"""Decide what an Amazon ECS service does next: start and stop tasks, complete, fail or roll back a deployment.

The scheduler sees counts, not tasks, so a decision costs as much for 10,000 tasks as for ten.
`plan` is asked whenever something changed; it returns what to do now and never waits for anything itself.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from awslab.world import ecs_service as rules

__all__ = [
    "Complete",
    "Deployment",
    "Fail",
    "Group",
    "Service",
    "Start",
    "Stop",
    "Stuck",
    "plan",
    "provider",
    "spread",
]

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"
STARTING, HEALTHY, UNHEALTHY = "starting", "healthy", "unhealthy"
# Why a task is stopped.
NO_BREAKER = rules.Breaker()
DEPLOYMENT, SCALING, HEALTH, REBALANCING = "deployment", "scaling", "health", "rebalancing"


@dataclass(frozen=True)
class Group:
    """The tasks of one deployment in one Availability Zone, counted.

    `starting`: not RUNNING yet, or RUNNING and not yet known to be healthy.
    Tasks that are stopping are in no group.
    """

    deployment: str
    zone: str
    starting: int = 0
    healthy: int = 0
    unhealthy: int = 0

    @property
    def active(self) -> int:
        """All of them."""
        return self.starting + self.healthy + self.unhealthy


@dataclass(frozen=True)
class Deployment:
    """One deployment as the scheduler sees it.

    `failures` is the circuit breaker's count, `stopping` the number of tasks on their way out,
    `not_before` the end of a launch back-off, `ended` when it was last completed (None: never).
    """

    id: str
    state: str = IN_PROGRESS
    failures: int = 0
    stopping: int = 0
    not_before: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Service:
    """A service: its settings, the zones open for placement, deployments (the primary first) and tasks."""

    desired: int
    zones: tuple[str, ...]
    deployments: tuple[Deployment, ...]
    groups: tuple[Group, ...] = ()
    minimum_percent: int = 100
    maximum_percent: int = 200
    breaker: rules.Breaker = NO_BREAKER
    rebalancing: bool = False
    completed: tuple[rules.Deployed, ...] = ()  # deployments that a rollback may go back to

    @property
    def bounds(self) -> rules.Bounds:
        """The lowest number of healthy tasks and the highest number of tasks during a deployment."""
        return rules.bounds(self.desired, self.minimum_percent, self.maximum_percent)


@dataclass(frozen=True)
class Start:
    """Start `count` tasks of a deployment in a zone."""

    deployment: str
    zone: str
    count: int


@dataclass(frozen=True)
class Stop:
    """Stop `count` tasks of a deployment in a zone that are in state `kind`."""

    deployment: str
    zone: str
    kind: str
    count: int
    why: str


@dataclass(frozen=True)
class Complete:
    """Mark a deployment COMPLETED: the service is in a steady state."""

    deployment: str


@dataclass(frozen=True)
class Fail:
    """Mark a deployment FAILED and roll back to another one; None leaves the service stalled."""

    deployment: str
    rollback_to: str | None


@dataclass(frozen=True)
class Stuck:
    """Report that the bounds leave a deployment no task to start and none to stop."""

    deployment: str


Action = Start | Stop | Complete | Fail | Stuck


def plan(service: Service, now: datetime) -> list[Action]:
    """Return the next actions, stops before starts; an empty list when there is nothing to do.

    By its own actions it never takes the number of healthy tasks under the lower bound
    nor the number of tasks over the upper bound.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html
    """
    primary = service.deployments[0]
    if primary.state == IN_PROGRESS and rules.tripped(
        primary.failures, service.desired, service.breaker
    ):
        return [_fail(service, primary)]
    return _Planner(service, now).actions()


def _fail(service: Service, primary: Deployment) -> Fail:
    if not service.breaker.rollback:
        return Fail(primary.id, None)
    target = rules.rollback_target([past for past in service.completed if past.id != primary.id])
    return Fail(primary.id, target.id if target else None)


class _Planner:
    """One decision: counts go down and up as actions are added, so that each sees the ones before."""

    def __init__(self, service: Service, now: datetime) -> None:
        self.service, self.now = service, now
        self.primary = service.deployments[0]
        self.bounds = service.bounds
        self.left = {
            (g.deployment, g.zone, kind): getattr(g, kind)
            for g in service.groups
            for kind in (STARTING, HEALTHY, UNHEALTHY)
        }
        self.out: list[Action] = []

    def actions(self) -> list[Action]:
        if self.primary.state != FAILED:
            self._retire_old()
        self._shrink()
        want = self._wanted()
        if want > self._room():
            self._make_room(want - self._room())
        started = self._start(min(want, self._room()))
        self._finish(want - started)
        return self.out

    def _count(self, *kinds: str, old: bool | None = None) -> int:
        return sum(
            count
            for (deployment, _, kind), count in self.left.items()
            if kind in kinds and (old is None or (deployment != self.primary.id) == old)
        )

    def _room(self) -> int:
        # Outside a deployment too, a replacement starts before the unhealthy task stops.
        return max(self.bounds.upper, self.service.desired) - self._count(
            STARTING, HEALTHY, UNHEALTHY
        )

    def _stop(self, kind: str, count: int, why: str, *, old: bool) -> int:
        """Stop tasks, each time in the zone that has most of them; return how many."""
        places = {
            (deployment, zone): left
            for (deployment, zone, found), left in self.left.items()
            if found == kind and left and (deployment != self.primary.id) == old
        }
        taken: Counter[tuple[str, str]] = Counter()
        while places and taken.total() < count:
            place = max(places, key=lambda p: (self._in_zone(p[1]), places[p], p[1], p[0]))
            taken[place] += 1
            self.left[*place, kind] -= 1
            places[place] -= 1
            if not places[place]:
                del places[place]
        self.out += [
            Stop(deployment, zone, kind, number, why)
            for (deployment, zone), number in sorted(taken.items())
        ]
        return taken.total()

    def _in_zone(self, zone: str) -> int:
        return sum(count for (_, place, _), count in self.left.items() if place == zone)

    def _retire_old(self) -> None:
        """Stop old tasks that serve nobody, and as many others as new ones have replaced."""
        self._stop(STARTING, self._count(STARTING, old=True), DEPLOYMENT, old=True)
        self._stop(UNHEALTHY, self._count(UNHEALTHY, old=True), DEPLOYMENT, old=True)
        keep = max(self.service.desired, self.bounds.lower)
        self._stop(HEALTHY, self._count(HEALTHY) - keep, DEPLOYMENT, old=True)

    def _shrink(self) -> None:
        """Scale in, and stop unhealthy tasks whose replacements are healthy or have turned unhealthy too.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
        """
        desired = self.service.desired
        healthy = self._count(HEALTHY, old=False)
        spare = self._count(UNHEALTHY, old=False) - max(0, desired - healthy)
        why = HEALTH if healthy or desired else SCALING
        self._stop(UNHEALTHY, spare, why, old=False)
        surplus = self._count(STARTING, old=False) + healthy - desired - self._moves()
        self._stop(STARTING, surplus, SCALING, old=False)
        why = REBALANCING if self._uneven() else SCALING
        self._stop(HEALTHY, healthy - desired, why, old=False)

    def _zones(self) -> Counter[str]:
        tasks = Counter(dict.fromkeys(self.service.zones, 0))
        for (deployment, zone, kind), count in self.left.items():
            if deployment == self.primary.id and kind == HEALTHY:
                tasks[zone] += count
        return tasks

    def _uneven(self) -> bool:
        return self.service.rebalancing and bool(self.service.zones)

    def _moves(self) -> int:
        """How many more tasks the emptier zones need for an even spread, as AZ rebalancing starts them.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
        """
        steady = self.primary.state == COMPLETED and not self._count(UNHEALTHY)
        if not self._uneven() or not steady or self.bounds.upper <= self.service.desired:
            return 0
        tasks = self._zones()
        if tasks.total() < self.service.desired:
            return 0
        even = self.service.desired // len(self.service.zones)
        return sum(max(0, even - tasks[zone]) for zone in self.service.zones)

    def _wanted(self) -> int:
        if self.primary.state == FAILED:
            return 0
        have = self._count(STARTING, HEALTHY, old=False)
        return max(0, self.service.desired + self._moves() - have)

    def _make_room(self, missing: int) -> None:
        """Stop what the bounds allow to be stopped before its replacement has started."""
        deploying = self.primary.state == IN_PROGRESS
        one = 0 if self._count(STARTING) else 1
        limit = missing if deploying else min(one, missing)
        missing -= self._stop(UNHEALTHY, limit, HEALTH, old=False)
        spare = self._count(HEALTHY) - self.bounds.lower
        self._stop(HEALTHY, min(spare, missing), DEPLOYMENT, old=True)

    def _start(self, count: int) -> int:
        held = self.primary.not_before is not None and self.now < self.primary.not_before
        if count <= 0 or held or not self.service.zones:
            return 0
        here = Counter(dict.fromkeys(self.service.zones, 0))
        for (deployment, zone, kind), left in self.left.items():
            if deployment == self.primary.id and kind != UNHEALTHY:
                here[zone] += left
        for zone, number in spread(count, self.service.zones, here).items():
            self.out.append(Start(self.primary.id, zone, number))
            key = (self.primary.id, zone, STARTING)
            self.left[key] = self.left.get(key, 0) + number
        return count

    def _finish(self, missing: int) -> None:
        """Tell whether the deployment is done or cannot go on."""
        if self.primary.state != IN_PROGRESS:
            return
        old = self._count(STARTING, HEALTHY, UNHEALTHY, old=True)
        old += sum(deployment.stopping for deployment in self.service.deployments[1:])
        steady = self._count(HEALTHY, old=False) == self.service.desired
        rest = self._count(STARTING, UNHEALTHY, old=False)
        if (
            steady and not old and not rest and not self.out
        ):  # what was just told to stop has not stopped
            self.out.append(Complete(self.primary.id))
        elif missing > 0 and self._room() <= 0 and not self.out and not self._count(STARTING):
            self.out.append(Stuck(self.primary.id))


def spread(count: int, zones: Iterable[str], here: Counter[str]) -> dict[str, int]:
    """Return how many of `count` new tasks each zone gets, so that `here` plus them is as even as it can be.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html
    """
    total, given = Counter(here), Counter()
    order = sorted(zones)
    for _ in range(count):
        zone = min(order, key=lambda name: total[name])
        total[zone] += 1
        given[zone] += 1
    return {zone: given[zone] for zone in order if given[zone]}


def provider(strategy: Sequence[Mapping[str, Any]], placed: Mapping[str, int]) -> str:
    """Return the capacity provider of the next task: the bases first, then by weight.

    `placed` counts the tasks of each provider so far.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    for entry in strategy:
        if placed.get(entry["capacityProvider"], 0) < (entry.get("base") or 0):
            return entry["capacityProvider"]
    weighted = [entry for entry in strategy if entry.get("weight")] or list(strategy)

    def share(entry: Mapping[str, Any]) -> float:
        above_base = placed.get(entry["capacityProvider"], 0) - (entry.get("base") or 0)
        return (above_base + 1) / (entry.get("weight") or 1)

    return min(weighted, key=share)["capacityProvider"]
