"""Target tracking, step scaling and cooldowns as pure decisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import scaling
from awslab.world.scaling import Cooldown, Tracking, Wish

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OUT = Cooldown(True, 2, NOW + timedelta(seconds=60))
IN = Cooldown(False, 6, NOW + timedelta(seconds=60))
STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 2},
    {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
]


def policy(name="cpu", value=50.0, high=False, low=False, **fields):
    """A target tracking policy with the target 50."""
    return Tracking(name, 50.0, value, high, low, **fields)


def test_scale_out_is_proportional():
    """Four tasks at 80 % for a target of 50 % are 6.4 tasks' work."""
    found = scaling.wanted([policy(value=80.0, high=True)], 4, 4)

    assert found == Wish("cpu", 7)


def test_any_policy_scales_out_to_the_farthest():
    """Two policies ask, a third is ready to scale in."""
    policies = [
        policy("cpu", 60.0, high=True),
        policy("requests", 90.0, high=True),
        policy("memory", 10.0, low=True),
    ]
    found = scaling.wanted(policies, 4, 4)

    assert found == Wish("requests", 8)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (policy("other", 30.0, low=True), Wish("other", 3)),
        (policy("other", 50.0), None),
        (policy("other", None, low=False), None),
        (policy("other", 50.0, scale_in=False), Wish("cpu", 2)),
    ],
)
def test_only_all_policies_together_scale_in(other, expected):
    """One that is not ready or has no data holds the rest; one that may not scale in is not asked."""
    found = scaling.wanted([policy("cpu", 20.0, low=True), other], 5, 5)

    assert found == expected


def test_no_scale_in_during_a_deployment_and_scale_out_goes_on():
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html"""
    inward = scaling.wanted([policy(value=5.0, low=True)], 5, 5, deploying=True)
    outward = scaling.wanted([policy(value=90.0, high=True)], 5, 5, deploying=True)

    assert inward is None
    assert outward == Wish("cpu", 9)


@pytest.mark.parametrize(
    ("capacity", "last", "expected"),
    [
        (9, OUT, True),
        (9, IN, True),
        (4, IN, False),
        (4, OUT, True),
        (4, Cooldown(False, 6, NOW), True),
        (6, None, False),
    ],
)
def test_cooldowns(capacity, last, expected):
    """A scale-in cooldown holds back scale-in only, until it is over."""
    assert scaling.allowed(capacity, 6, last, NOW) is expected


@given(st.integers(1, 100), st.floats(0.1, 1000))
def test_the_tracked_capacity_brings_the_metric_to_its_target(running, value):
    """The work of `running` tasks, shared by that many, is no more than the target; by one fewer it is more."""
    capacity = scaling.tracked(policy(value=value), running)
    work = running * value

    assert work / capacity <= 50 + 1e-4
    assert capacity == 1 or work / (capacity - 1) > 50 - 1e-4


@pytest.mark.parametrize(
    ("breach", "expected"), [(0, 2), (9.9, 2), (10, 3), (500, 3), (-0.1, None)]
)
def test_the_step_that_covers_the_breach(breach, expected):
    """A lower bound is included above the threshold."""
    assert scaling.step_for(STEPS, breach) == expected


@pytest.mark.parametrize(
    ("kind", "adjustment", "magnitude", "expected"),
    [
        ("ChangeInCapacity", 3, None, 13),
        ("ChangeInCapacity", -30, None, 0),
        ("ExactCapacity", 4, None, 4),
        ("PercentChangeInCapacity", 25, None, 12),
        ("PercentChangeInCapacity", 3, None, 11),
        ("PercentChangeInCapacity", -3, None, 9),
        ("PercentChangeInCapacity", -67, None, 4),
        ("PercentChangeInCapacity", 10, 4, 14),
        ("PercentChangeInCapacity", -10, 4, 6),
    ],
)
def test_adjustment_types(kind, adjustment, magnitude, expected):
    """From ten tasks."""
    block = {"AdjustmentType": kind, "MinAdjustmentMagnitude": magnitude}

    assert scaling.adjusted(block, adjustment, 10) == expected


@pytest.mark.parametrize(
    ("breach", "desired", "last", "expected"),
    [
        (5, 2, None, 4),
        (5, 4, OUT, None),
        (20, 4, OUT, 5),
        (5, 4, Cooldown(True, 2, NOW), 6),
        (5, 4, IN, 6),
    ],
)
def test_what_a_scale_out_added_counts_during_its_cooldown(breach, desired, last, expected):
    """AWS's example: two were added; three more aggressive ones make one more."""
    block = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": STEPS}

    assert scaling.stepped(block, breach, desired, last, NOW) == expected
