"""Deployment strategies that shift traffic: blue/green, linear and canary, as Amazon ECS itself runs them.

Blue is the service revision that serves, green the one that is to serve.
A `Rollout` says where a deployment stands; `advance` takes it one stage further, `production` and `test` say which
share of the traffic green has there, and `plan` which tasks each revision needs.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import gcd
from typing import Any

from awslab.world import ecs_scheduler

__all__ = [
    "HOOK_STAGES",
    "ROLLING",
    "STAGES",
    "STRATEGIES",
    "Rollout",
    "Seen",
    "Settings",
    "Step",
    "advance",
    "begin",
    "due",
    "merged",
    "plan",
    "production",
    "settings",
    "shown",
    "target_groups",
    "test",
    "timed_out",
    "weights",
]

ROLLING = "ROLLING"
STRATEGIES = (ROLLING, "BLUE_GREEN", "LINEAR", "CANARY")
RECONCILE, PRE_SCALE, SCALE, POST_SCALE = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
)
TEST, POST_TEST = "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"
PRE_PRODUCTION, PRODUCTION, POST_PRODUCTION = (
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
BAKE, CLEAN_UP = "BAKE_TIME", "CLEAN_UP"
STAGES = (
    RECONCILE,
    PRE_SCALE,
    SCALE,
    POST_SCALE,
    TEST,
    POST_TEST,
    PRE_PRODUCTION,
    PRODUCTION,
    POST_PRODUCTION,
    BAKE,
    CLEAN_UP,
)
HOOK_STAGES = tuple(stage for stage in STAGES if stage not in (SCALE, BAKE, CLEAN_UP))
# AWS names no figure for a stage in which nothing has to be waited for: long enough to be seen by a poll.
LINGER = timedelta(seconds=5)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Step:
    """Green's share of the production traffic in percent, and how long it stays before the next step."""

    percent: float
    bake: timedelta = timedelta(0)


@dataclass(frozen=True)
class Settings:
    """A strategy with its steps of production traffic, the last to 100 percent, and the bake time after them."""

    strategy: str
    steps: tuple[Step, ...] = (Step(100.0),)
    bake: timedelta = timedelta(0)


@dataclass(frozen=True)
class Rollout:
    """Where a deployment stands: the stage, since when, and which step of production traffic is next or in force."""

    stage: str
    since: datetime
    step: int = 0


@dataclass(frozen=True)
class Seen:
    """What a stage waits for.

    `alone`: only blue and green have tasks; `scaled`: green has its desired healthy tasks;
    `cleaned`: only green has tasks; `hooks`: every lifecycle hook of the stage has succeeded.
    """

    alone: bool = True
    scaled: bool = True
    cleaned: bool = True
    hooks: bool = True


def settings(configuration: Mapping[str, Any] | None) -> Settings:
    """Return what a deploymentConfiguration says, with AWS's defaults.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    given = configuration or {}
    strategy = given.get("strategy") or ROLLING
    steps = (Step(100.0),)
    if strategy == "LINEAR":
        chosen = given.get("linearConfiguration") or {}
        steps = _linear(
            float(chosen.get("stepPercent", 10.0)), _minutes(chosen, "stepBakeTimeInMinutes", 6)
        )
    elif strategy == "CANARY":
        chosen = given.get("canaryConfiguration") or {}
        first = Step(
            float(chosen.get("canaryPercent", 5.0)), _minutes(chosen, "canaryBakeTimeInMinutes", 10)
        )
        steps = (first, Step(100.0)) if first.percent < 100 else steps
    return Settings(strategy, steps, _minutes(given, "bakeTimeInMinutes", 0))


def merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deploymentConfiguration as UpdateService changes it; another strategy forgets the steps of the last."""
    strategy = given.get("strategy") or before.get("strategy")
    same = strategy == before.get("strategy")
    steps = ("linearConfiguration", "canaryConfiguration")
    return {k: v for k, v in before.items() if same or k not in steps} | dict(given)


def _minutes(given: Mapping[str, Any], key: str, default: int) -> timedelta:
    value = given.get(key)
    return timedelta(minutes=default if value is None else int(value))


def _linear(percent: float, bake: timedelta) -> tuple[Step, ...]:
    """Return equal steps; the last takes what is left, and is not baked.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html
    """
    tenths = round(percent * 10)
    shares = range(tenths, 1000, tenths)
    return (*(Step(share / 10, bake) for share in shares), Step(100.0))


def weights(percent: float) -> tuple[int, int]:
    """Return the weights of blue's and green's target group that give green its share, each at most 999.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    """
    green = round(percent * 10)
    scale = 10 if green % 10 == 0 else gcd(1000, green)
    return (1000 - green) // scale, green // scale


def begin(revisions: int, now: datetime) -> Rollout:
    """Return the first stage: the service is reconciled first when more than one revision has tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
    """
    return Rollout(RECONCILE if revisions > 1 else PRE_SCALE, now)


def advance(at: Rollout, chosen: Settings, seen: Seen, now: datetime) -> Rollout | None:
    """Return where a deployment goes now: the same when it has to wait, the next stage, or None when it is done."""
    reached = {RECONCILE: seen.alone, SCALE: seen.scaled, CLEAN_UP: seen.cleaned}
    if not seen.hooks or not reached.get(at.stage, True) or now < at.since + _stay(at, chosen):
        return at
    if at.stage == CLEAN_UP:
        return None
    if at.stage == PRODUCTION and at.step + 1 < len(chosen.steps):
        return Rollout(PRE_PRODUCTION, now, at.step + 1)
    return Rollout(STAGES[STAGES.index(at.stage) + 1], now, at.step)


def _stay(at: Rollout, chosen: Settings) -> timedelta:
    """Return how long a stage lasts at least."""
    if at.stage == BAKE:
        return max(LINGER, chosen.bake)
    if at.stage == PRODUCTION:
        return max(LINGER, chosen.steps[at.step].bake)
    return LINGER


def due(at: Rollout, chosen: Settings) -> datetime:
    """Return the moment from which on nothing but what `Seen` tells holds a stage up."""
    return at.since + _stay(at, chosen)


def timed_out(at: Rollout, now: datetime) -> bool:
    """Tell whether a stage that waits for tasks has taken longer than the 24 hours a stage may take.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
    """
    return at.stage in (RECONCILE, SCALE) and now >= at.since + LONGEST


def production(at: Rollout, chosen: Settings) -> float:
    """Return green's share of the production traffic, in percent."""
    if at.stage == PRODUCTION:
        return chosen.steps[at.step].percent
    if at.stage == PRE_PRODUCTION:
        return chosen.steps[at.step - 1].percent if at.step else 0.0
    return 100.0 if STAGES.index(at.stage) > STAGES.index(PRODUCTION) else 0.0


def test(at: Rollout) -> float:
    """Return green's share of the test traffic, in percent."""
    return 100.0 if STAGES.index(at.stage) >= STAGES.index(TEST) else 0.0


def target_groups(balancers: Iterable[Mapping[str, Any]] | None) -> set[str]:
    """Return the target groups that a service's loadBalancers name, the alternate ones too."""
    found = set()
    for entry in balancers or ():
        advanced = entry.get("advancedConfiguration") or {}
        found |= {entry.get("targetGroupArn"), advanced.get("alternateTargetGroupArn")}
    return {arn for arn in found if arn}


def shown(at: Rollout) -> str:
    """Return the stage as DescribeServiceDeployments names it, which has no PRE_PRODUCTION_TRAFFIC_SHIFT."""
    return PRODUCTION if at.stage == PRE_PRODUCTION else at.stage


def plan(
    service: ecs_scheduler.Service, at: Rollout, blue: str | None, now: datetime
) -> list[ecs_scheduler.Action]:
    """Return what to start and stop while traffic shifts: each revision keeps its tasks, whatever the others do.

    Green (the first deployment) has its tasks from SCALE_UP on, `blue` until CLEAN_UP, any other revision none.
    """
    found: list[ecs_scheduler.Action] = []
    for index, deployment in enumerate(service.deployments):
        is_green, is_blue = index == 0, deployment.id == blue
        kept = (is_green and at.stage not in (RECONCILE, PRE_SCALE)) or (
            is_blue and at.stage != CLEAN_UP
        )
        alone = replace(
            service,
            desired=service.desired if kept else 0,
            deployments=(replace(deployment, state=ecs_scheduler.COMPLETED),),
            groups=tuple(group for group in service.groups if group.deployment == deployment.id),
            rebalancing=False,  # zones are evened out when the deployment is over
        )
        found += ecs_scheduler.plan(alone, now)
    return found
