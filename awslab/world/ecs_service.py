"""The arithmetic of an Amazon ECS service: deployment bounds, circuit breaker, rollback, launch back-off.

What ECS refuses of a service request is in `ecs_request`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from awslab.world.request_error import RequestError

__all__ = [
    "Bounds",
    "Breaker",
    "Deployed",
    "bounds",
    "breaker",
    "can_progress",
    "checked_percents",
    "counted_failures",
    "default_percents",
    "launch_delay",
    "rollback_target",
    "threshold",
    "tripped",
]

COUNT, BOUNDED_PERCENT, UNBOUNDED_PERCENT = "COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"
LEAST_FAILURES, MOST_FAILURES = 3, 200
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(minutes=27)


@dataclass(frozen=True)
class Bounds:
    """How many tasks a deployment keeps healthy at least (`lower`) and runs at most (`upper`)."""

    lower: int
    upper: int


@dataclass(frozen=True)
class Breaker:
    """A deployment circuit breaker's settings; `value` is a count or a percentage, by `type`."""

    enable: bool = False
    rollback: bool = False
    type: str = BOUNDED_PERCENT
    value: int = 50
    reset_on_healthy_task: bool = True


@dataclass(frozen=True)
class Deployed:
    """What a rollback looks at of a past deployment: `state` is its rolloutState, `at` when it ended."""

    id: str
    state: str
    at: datetime


def bounds(desired: int, minimum_percent: int = 100, maximum_percent: int = 200) -> Bounds:
    """Return the bounds of a rolling update: the lower rounded up, the upper rounded down.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
    """
    return Bounds(-(-desired * minimum_percent // 100), desired * maximum_percent // 100)


def can_progress(desired: int, minimum_percent: int = 100, maximum_percent: int = 200) -> bool:
    """Tell whether the bounds leave room to start a new task or to stop an old one.

    Without room a deployment is stuck: 3 tasks at 100/125 percent, 2 tasks at 75/100 percent.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
    """
    limits = bounds(desired, minimum_percent, maximum_percent)
    return desired == 0 or limits.upper > desired or limits.lower < desired


def default_percents(scheduling_strategy: str = "REPLICA") -> tuple[int, int]:
    """Return minimumHealthyPercent and maximumPercent where none are given.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    return (0, 100) if scheduling_strategy == "DAEMON" else (100, 200)


def breaker(deployment_configuration: dict[str, Any] | None) -> Breaker:
    """Return the circuit breaker that a deploymentConfiguration sets, off when it sets none.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
    """
    given = (deployment_configuration or {}).get("deploymentCircuitBreaker") or {}
    limit = given.get("thresholdConfiguration") or {}
    reset = given.get("resetOnHealthyTask")
    return Breaker(
        enable=bool(given.get("enable")),
        rollback=bool(given.get("rollback")),
        type=limit.get("type", BOUNDED_PERCENT),
        value=limit.get("value", 50),
        reset_on_healthy_task=True if reset is None else reset,
    )


def threshold(desired: int, settings: Breaker = Breaker()) -> int:
    """Return how many failed tasks trip the breaker; it is never below 1.

    BOUNDED_PERCENT keeps the product between 3 and 200; COUNT and UNBOUNDED_PERCENT are taken as they are.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    if settings.type == COUNT:
        return max(1, settings.value)
    product = -(-desired * settings.value // 100)
    if settings.type == UNBOUNDED_PERCENT:
        return max(1, product)
    return min(MOST_FAILURES, max(LEAST_FAILURES, product))


def counted_failures(outcomes: Iterable[bool], settings: Breaker = Breaker()) -> int:
    """Return the breaker's failure count after tasks that became healthy (True) or failed (False), in order.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    failures = 0
    for healthy in outcomes:
        if not healthy:
            failures += 1
        elif settings.reset_on_healthy_task:
            failures = 0
    return failures


def tripped(failures: int, desired: int, settings: Breaker) -> bool:
    """Tell whether the breaker fails the deployment after so many failures.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return settings.enable and failures >= threshold(desired, settings)


def rollback_target(past: Sequence[Deployed]) -> Deployed | None:
    """Return the deployment to roll back to: the latest COMPLETED one; None leaves the service stalled.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    completed = [deployment for deployment in past if deployment.state == "COMPLETED"]
    return max(completed, key=lambda deployment: deployment.at, default=None)


def launch_delay(failures: int) -> timedelta:
    """Return how long the scheduler waits before the next launch, after tasks that never reached RUNNING.

    The first failures cost nothing; then the wait doubles, up to 27 minutes.
    AWS documents the ceiling, and that a task which reached RUNNING is never throttled; the steps are the lab's.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    """
    if failures < LEAST_FAILURES:
        return timedelta(0)
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failures - LEAST_FAILURES, 16))


def checked_percents(
    configuration: dict[str, Any] | None, strategy: str = "REPLICA"
) -> tuple[int, int]:
    """Return the percents that a deploymentConfiguration sets, or the defaults.

    Raises RequestError for values ECS refuses.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    lowest, highest = default_percents(strategy)
    given = configuration or {}
    minimum = given.get("minimumHealthyPercent", lowest)
    maximum = given.get("maximumPercent", highest)
    if refusal := _refusal(minimum, maximum, strategy):
        raise RequestError("InvalidParameterException", refusal)
    return minimum, maximum


def _refusal(minimum: int, maximum: int, strategy: str) -> str | None:
    if minimum < 0:
        return "minimumHealthyPercent must be at least 0"
    if minimum > 100:
        return "minimumHealthyPercent must be at most 100"
    if maximum < 100:
        return "maximumPercent must be at least 100"
    if maximum > 100 and strategy == "DAEMON":
        return (
            "The daemon scheduling strategy does not support values above 100 for maximumPercent "
            "on a deployment configuration. Change the maximumPercent value to 100, and try again"
        )
    if minimum == maximum:
        return (
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments."
        )
    return None
