"""The arithmetic of an ECS service."""

from datetime import UTC, datetime, timedelta
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.ecs_service import (
    Bounds,
    Breaker,
    Deployed,
    bounds,
    breaker,
    can_progress,
    checked_percents,
    counted_failures,
    launch_delay,
    rollback_target,
    threshold,
    tripped,
)
from awslab.world.request_error import RequestError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DESIRED, PERCENT = st.integers(0, 5000), st.integers(0, 200)


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "expected"),
    [
        (3, 100, 200, Bounds(3, 6)),
        (3, 100, 125, Bounds(3, 3)),
        (2, 75, 100, Bounds(2, 2)),
        (4, 50, 100, Bounds(2, 4)),
        (3, 50, 150, Bounds(2, 4)),
        (0, 100, 200, Bounds(0, 0)),
    ],
)
def test_bounds_round_up_below_and_down_above(desired, minimum, maximum, expected):
    """The documentation's own examples among them."""
    assert bounds(desired, minimum, maximum) == expected


def test_a_replica_service_keeps_all_and_may_double():
    """The defaults of a deployment configuration."""
    assert bounds(3) == Bounds(3, 6)
    assert can_progress(1) is True


@given(DESIRED, PERCENT, PERCENT)
def test_bounds_are_the_ceiling_and_the_floor(desired, minimum, maximum):
    """Whole numbers give what exact fractions give."""
    found = bounds(desired, minimum, maximum)

    assert found.lower == ceil(desired * minimum / 100)
    assert found.upper == floor(desired * maximum / 100)


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "expected"),
    [(3, 100, 125, False), (2, 75, 100, False), (4, 50, 100, True), (3, 100, 200, True),
     (1, 100, 199, False), (1, 0, 100, True), (0, 100, 100, True)],
)  # fmt: skip
def test_a_deployment_is_stuck_without_room(desired, minimum, maximum, expected):
    """Neither a new task may start nor an old one stop."""
    assert can_progress(desired, minimum, maximum) is expected


@given(st.integers(1, 5000), st.integers(0, 100), st.integers(100, 200))
def test_progress_needs_room_on_one_side(desired, minimum, maximum):
    """Room means a task above desired, or a task below."""
    found = bounds(desired, minimum, maximum)

    assert can_progress(desired, minimum, maximum) == (
        found.upper > desired or found.lower < desired
    )


@pytest.mark.parametrize(
    ("desired", "expected"), [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (5000, 200)]
)
def test_the_default_threshold_is_half_of_desired_within_3_and_200(desired, expected):
    """The documentation's own examples among them."""
    assert threshold(desired) == expected


@pytest.mark.parametrize(
    ("kind", "value", "desired", "expected"),
    [("COUNT", 1, 100, 1), ("COUNT", 250, 1, 250), ("UNBOUNDED_PERCENT", 50, 2, 1),
     ("UNBOUNDED_PERCENT", 50, 1000, 500), ("UNBOUNDED_PERCENT", 10, 0, 1),
     ("BOUNDED_PERCENT", 10, 100, 10), ("BOUNDED_PERCENT", 100, 2, 3)],
)  # fmt: skip
def test_a_threshold_may_be_a_count_or_an_unbounded_percentage(kind, value, desired, expected):
    """Only BOUNDED_PERCENT is kept within 3 and 200."""
    assert threshold(desired, Breaker(type=kind, value=value)) == expected


@given(DESIRED, st.integers(1, 100))
def test_a_bounded_threshold_stays_within_its_ends_and_grows(desired, value):
    """More desired tasks never make the breaker stricter."""
    settings = Breaker(value=value)

    assert 3 <= threshold(desired, settings) <= 200
    assert threshold(desired, settings) <= threshold(desired + 1, settings)


@pytest.mark.parametrize(
    ("reset", "outcomes", "expected"),
    [
        (True, [False, False, True, False], 1),
        (False, [False, False, True, False], 3),
        (True, [True, True], 0),
        (True, [False] * 5, 5),
    ],
)
def test_a_healthy_task_resets_the_count_unless_told_not_to(reset, outcomes, expected):
    """By default failures have to be consecutive."""
    assert counted_failures(outcomes, Breaker(reset_on_healthy_task=reset)) == expected


@pytest.mark.parametrize(
    ("failures", "enable", "expected"), [(2, True, False), (3, True, True), (9, False, False)]
)
def test_the_breaker_trips_at_its_threshold_when_it_is_on(failures, enable, expected):
    """One failure never fails a deployment; off means never."""
    assert tripped(failures, 1, Breaker(enable=enable)) is expected


def test_the_breaker_is_read_from_the_deployment_configuration():
    """Every setting, by the API's names."""
    given_settings = {
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 7},
        }
    }

    assert breaker(given_settings) == Breaker(True, True, "COUNT", 7, False)
    assert breaker(None) == Breaker()
    assert breaker({"deploymentCircuitBreaker": {"enable": True, "rollback": False}}).enable is True


def deployed(name, state, minutes):
    """Make a past deployment."""
    return Deployed(name, state, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([("a", "COMPLETED", 0), ("b", "COMPLETED", 5), ("c", "FAILED", 9)], "b"),
        ([("a", "FAILED", 0), ("b", "IN_PROGRESS", 5)], None),
        ([], None),
    ],
)
def test_a_rollback_goes_to_the_latest_completed_deployment(past, expected):
    """Without one the service stalls: a failed deployment is never rolled back to."""
    found = rollback_target([deployed(*entry) for entry in past])

    assert (found and found.id) == expected


@given(st.integers(0, 200))
def test_the_launch_delay_grows_to_27_minutes(failures):
    """The first failures are retried at once; no wait is ever longer than the documented one."""
    delay = launch_delay(failures)

    assert timedelta(0) <= delay <= launch_delay(failures + 1) <= timedelta(minutes=27)
    assert (delay == timedelta(0)) == (failures < 3)


def test_the_longest_launch_delay_is_reached():
    """Tasks that never start are retried every 27 minutes in the end."""
    assert launch_delay(50) == timedelta(minutes=27)


@pytest.mark.parametrize(
    ("configuration", "strategy", "expected"),
    [
        (None, "REPLICA", (100, 200)),
        ({}, "DAEMON", (0, 100)),
        ({"minimumHealthyPercent": 50}, "REPLICA", (50, 200)),
        ({"maximumPercent": 100, "minimumHealthyPercent": 99}, "REPLICA", (99, 100)),
    ],
)
def test_percents_not_given_have_their_defaults(configuration, strategy, expected):
    """REPLICA keeps all and may double; DAEMON replaces in place."""
    assert checked_percents(configuration, strategy) == expected


@pytest.mark.parametrize(
    ("minimum", "maximum", "strategy", "message"),
    [
        (100, 100, "REPLICA", "Both maximumPercent and minimumHealthyPercent cannot be 100"),
        (101, 200, "REPLICA", "minimumHealthyPercent must be at most 100"),
        (-1, 200, "REPLICA", "minimumHealthyPercent must be at least 0"),
        (50, 99, "REPLICA", "maximumPercent must be at least 100"),
        (0, 150, "DAEMON", "does not support values above 100 for maximumPercent"),
    ],
)
def test_percents_that_block_a_deployment_are_refused(minimum, maximum, strategy, message):
    """In ECS's words."""
    with pytest.raises(RequestError, match=message) as error:
        checked_percents({"minimumHealthyPercent": minimum, "maximumPercent": maximum}, strategy)

    assert error.value.code == "InvalidParameterException"
