"""What Application Auto Scaling refuses, one fault at a time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.autoscaling_request import (
    check_capacity,
    check_metric_alone,
    check_policy,
    check_resource,
    held_within,
)
from awslab.world.autoscaling_schedule import check_schedule, check_scheduled_action
from awslab.world.request_error import RequestError

LABEL = "app/web/50dc6c495c0c9188/targetgroup/web/943f017f100becff"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ZONES = {"Europe/Berlin", "UTC"}


def refused(check, *args, **fields):
    """Return the message with which a check refuses."""
    with pytest.raises(RequestError) as error:
        check(*args, **fields)
    assert error.value.code == "ValidationException"
    return error.value.message


def target(resource="service/shop/web", dimension="ecs:service:DesiredCount"):
    """Make the parameters that name a scalable target."""
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }


def tracking(metric="ECSServiceAverageCPUUtilization", label=None, **fields):
    """Make a target tracking policy."""
    specification = {"PredefinedMetricType": metric} | ({"ResourceLabel": label} if label else {})
    block = {"TargetValue": 70.0, "PredefinedMetricSpecification": specification, **fields}
    return {
        **target(),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            key: value for key, value in block.items() if value is not None
        },
    }


def steps(*bounds, kind="ChangeInCapacity", adjustment=1, **fields):
    """Make a step scaling policy of (lower, upper) bounds."""
    made = [
        {
            key: value
            for key, value in (
                ("MetricIntervalLowerBound", lower),
                ("MetricIntervalUpperBound", upper),
                ("ScalingAdjustment", adjustment),
            )
            if value is not None
        }
        for lower, upper in bounds
    ]
    block = {"AdjustmentType": kind, "StepAdjustments": made, **fields}
    return {**target(), "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": block}


@pytest.mark.parametrize(
    "resource",
    ["service/shop", "shop/web", "arn:aws:ecs:us-east-1:123456789012:service/shop/web", ""],
)
def test_a_service_is_named_by_cluster_and_name(resource):
    """An ARN is no resource ID."""
    assert check_resource(target()) is None
    assert refused(check_resource, target(resource)) == (
        "Unsupported service namespace, resource type or scalable dimension"
    )


def test_the_dimension_of_ecs_is_the_desired_count():
    """No other; resources of other services are not looked at here."""
    table = {**target("table/orders"), "ServiceNamespace": "dynamodb"}

    assert check_resource(table) is None
    assert refused(check_resource, target(dimension="ecs:service:CPU")).startswith("Unsupported")


@pytest.mark.parametrize(
    ("fields", "before", "message"),
    [
        (
            {"MinCapacity": 5, "MaxCapacity": 2},
            None,
            "Maximum capacity cannot be less than minimum",
        ),
        ({"MinCapacity": -1, "MaxCapacity": 2}, None, "Minimum capacity cannot be less than 0"),
        ({"MinCapacity": 0, "MaxCapacity": -1}, None, "Maximum capacity cannot be less than 0"),
        ({"MaxCapacity": 2}, None, "You must specify values for MinCapacity and MaxCapacity"),
        ({"MinCapacity": 30}, (2, 20), "Maximum capacity cannot be less than minimum capacity"),
        ({"MinCapacity": 21}, (2, 20), "Maximum capacity cannot be less than minimum capacity"),
        ({"MaxCapacity": 1}, (2, 20), "Maximum capacity cannot be less than minimum capacity"),
    ],
)
def test_capacities_have_to_be_in_order(fields, before, message):
    """Also when only one of them changes."""
    assert message in refused(check_capacity, fields, before)


@pytest.mark.parametrize(
    ("fields", "before"),
    [({"MinCapacity": 2, "MaxCapacity": 2}, None), ({"MinCapacity": 3}, (2, 20)), ({}, (2, 20))],
)
def test_good_capacities_are_accepted(fields, before):
    """Equal ones too, and a change of one."""
    assert check_capacity(fields, before) is None


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_capacity_is_moved_inside_the_ends_and_no_further(capacity, first, second):
    """What is inside stays."""
    low, high = sorted((first, second))
    held = held_within(capacity, low, high)

    assert low <= held <= high
    assert held == capacity or held in (low, high)
    assert (held == capacity) == (low <= capacity <= high)


@pytest.mark.parametrize(
    ("params", "labels"),
    [
        (tracking(), None),
        (tracking("ECSServiceAverageMemoryUtilization"), []),
        (tracking("ALBRequestCountPerTarget", LABEL), [LABEL]),
        (steps((0, None)), None),
        (steps((None, 0)), None),
        (steps((0, 10), (10, 20), (20, None)), None),
        (steps((None, -10), (-10, 0), (0, None), kind="ExactCapacity"), None),
        (steps((0, None), kind="ExactCapacity", adjustment=0), None),
        (steps((0, None), kind="ExactCapacity", adjustment=None), None),
        (steps((0, None), kind="PercentChangeInCapacity", MinAdjustmentMagnitude=2), None),
        (tracking(PredefinedMetricSpecification=None, CustomizedMetricSpecification={}), None),
    ],
)
def test_a_good_policy_is_accepted(params, labels):
    """Target tracking and steps."""
    assert check_policy(params, labels) is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({**target(), "PolicyType": "Banana"}, "Value 'Banana' at 'policyType'"),
        (
            {**target(), "PolicyType": "StepScaling"},
            "StepScaling policy configuration must be spec",
        ),
        (
            {**tracking(), "StepScalingPolicyConfiguration": {}},
            "You must only provide a single scaling policy configuration",
        ),
        (
            tracking(PredefinedMetricSpecification=None),
            "PredefinedMetricSpecification or CustomizedMetricSpecification must be set",
        ),
        (tracking(CustomizedMetricSpecification={}), "Only one of PredefinedMetricSpecification"),
        (
            tracking("BananaUtilization"),
            "Scalable dimension ecs:service:DesiredCount only supports the following predefined",
        ),
        (
            tracking("ALBRequestCountPerTarget"),
            "Resource label should be specified for predefined metric type ALBRequestCountPerTarget",
        ),
        (
            tracking("ALBRequestCountPerTarget", "web/web"),
            "Invalid resource label 'web/web' for predefined metric type ALBRequestCountPerTarget",
        ),
        (
            tracking("ALBRequestCountPerTarget", LABEL.replace("web", "api")),
            "the service is not registered with that load balancer and target group.",
        ),
        (
            tracking(label=LABEL),
            "Resource label should not be specified for predefined metric type ECSServiceAverageCPU",
        ),
        (steps((0, None), kind=None), "Adjustment type must be specified"),
        (steps((0, None), kind="Double"), "Value 'Double' at 'stepScalingPolicyConfiguration"),
        (steps(), "There must be at least one step adjustment"),
        (steps((None, None)), "Both lower and upper bounds of a step adjustment cannot be left"),
        (steps((10, 10), (10, None)), "Lower bound must be less than upper bound"),
        (steps((0, None), (10, None)), "At most one step adjustment may have an unspecified upper"),
        (steps((None, -5), (None, 0)), "At most one step adjustment may have an unspecified lower"),
        (steps((0, 20), (10, None)), "Step adjustment intervals cannot overlap"),
        (steps((0, 10), (20, None)), "Step adjustment intervals cannot have gaps between them"),
        (steps((0, 10)), "a step adjustment with an unspecified upper bound"),
        (steps((-10, 0)), "a step adjustment with an unspecified lower bound"),
        (
            steps((0, None), MinAdjustmentMagnitude=2),
            "Minimum adjustment magnitude is only allowed",
        ),
        (
            steps((0, None), kind="ExactCapacity", adjustment=-1),
            "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity",
        ),
    ],
)
def test_each_fault_of_a_policy_is_refused_in_aws_words(params, message):
    """One fault, one refusal."""
    assert message in refused(check_policy, params, [LABEL])


def customized(*dimensions, name="Depth"):
    """Make a target tracking policy on a metric of one's own."""
    named = [{"Name": key, "Value": value} for key, value in dimensions]
    own = {"MetricName": name, "Namespace": "Shop", "Statistic": "Average", "Dimensions": named}
    return tracking(PredefinedMetricSpecification=None, CustomizedMetricSpecification=own)


BLOCK = "TargetTrackingScalingPolicyConfiguration"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (tracking(), tracking(TargetValue=50.0, DisableScaleIn=True)),
        (tracking("ALBRequestCountPerTarget", LABEL), tracking("ALBRequestCountPerTarget", LABEL)),
        (customized(("a", "1"), ("b", "2")), customized(("b", "2"), ("a", "1"))),
    ],
)
def test_a_metric_is_tracked_by_one_policy_of_a_target(first, second):
    """Another target value does not make it another metric."""
    message = refused(check_metric_alone, second, [first[BLOCK]])

    assert message == (
        "Only one TargetTrackingScaling policy for a given metric specification is allowed."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (tracking(), tracking("ECSServiceAverageMemoryUtilization")),
        (customized(("a", "1")), customized(("a", "2"))),
        (customized(), customized(name="Age")),
        (tracking(), steps((0, None))),
    ],
)
def test_policies_of_different_metrics_may_share_a_target(first, second):
    """AWS recommends it."""
    assert check_metric_alone(second, [first[BLOCK]]) is None


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=6, unique=True))
def test_intervals_that_cover_the_line_are_accepted_in_any_order(marks):
    """Cut anywhere, the pieces neither overlap nor leave a gap; without one of them they do."""
    cuts = [None, *sorted(marks), None]
    pieces = list(pairwise(cuts))

    assert check_policy(steps(*reversed(pieces))) is None
    if len(pieces) > 2:
        assert "gaps" in refused(check_policy, steps(pieces[0], *pieces[2:]))


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 9 ? * MON-FRI *)", "cron(0/15 8,18 1 * ? 2026-2030)", "cron(0 0 L * ? *)",
        "cron(0/1 9 ? DEC SAT 1970)", "cron(59 23 31 12 ? 2199)", "cron(0 0 ? 1 7 *)",
        "cron(0 9 ? * 2#1 *)", "cron(0 9 ? JAN-MAR 2)", "rate(1 minute)", "rate(2 days)",
        "at(2026-06-30T12:30:00)",
    ],
)  # fmt: skip
def test_a_good_schedule_is_accepted(expression):
    """Every form of the documentation."""
    assert check_schedule(expression) is None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("0 9 * * 1-5", "Schedule expressions must have the following syntax"),
        ("every day", "Schedule expressions must have the following syntax"),
        ("cron(0 9 * * * *)", "both a day-of-week AND a day-of-month parameter is not implemented"),
        ("cron(0 9 1 * MON *)", "error at position 0, details: Support for specifying both"),
        ("cron(0 9 ? * ? *)", "'?' can only be specified for Day-of-Month -OR- Day-of-Week."),
        ("cron(0 25 ? * MON *)", "'25' is no value of Hours"),
        ("cron(60 9 ? * MON *)", "'60' is no value of Minutes"),
        ("cron(0 9 32 * ? *)", "'32' is no value of Day-of-month"),
        ("cron(0 9 ? FEBRUARY MON *)", "'FEBRUARY' is no value of Month"),
        ("cron(0 9 ? * 8 *)", "'8' is no value of Day-of-week"),
        ("cron(0 9 ? * 2 1969)", "'1969' is no value of Year"),
        ("cron(0 9 ? * 2 2200)", "'2200' is no value of Year"),
        ("cron(0 9 ? *)", "the expression has to have"),
        ("cron(0/0 9 ? * MON *)", "'0/0' is no value of Minutes"),
        ("rate(5 seconds)", "Schedule expressions must have the following syntax"),
        ("rate(0 minutes)", "at least 60 seconds apart"),
        ("at(2026-06-30)", "Invalid schedule at DateTime expression"),
        ("at(2026-06-30T12:30:00Z)", "Invalid schedule at DateTime expression"),
    ],
)
def test_a_bad_schedule_is_refused(expression, message):
    """A Unix crontab line among them."""
    assert message in refused(check_schedule, expression)


def action(**fields):
    """Make a good scheduled action, but for what is given; None leaves a field out."""
    whole = {
        "Schedule": "cron(0 9 ? * MON-FRI *)",
        "ScalableTargetAction": {"MinCapacity": 4},
        "Timezone": "Europe/Berlin",
        **fields,
    }
    return {key: value for key, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (action(Schedule=None), "Schedule must be set"),
        (action(ScalableTargetAction=None), "ScalableTargetAction must be set"),
        (action(ScalableTargetAction={}), "At least one of minimum capacity and maximum capacity"),
        (
            action(ScalableTargetAction={"MinCapacity": 5, "MaxCapacity": 4}),
            "Maximum capacity cannot be less than minimum capacity",
        ),
        (action(Timezone="CEST"), "Invalid schedule timezone: CEST"),
        (
            action(StartTime=NOW, EndTime=NOW - timedelta(seconds=1)),
            "StartTime must be before EndTime",
        ),
    ],
)
def test_a_bad_scheduled_action_is_refused(params, message):
    """In AWS's words."""
    assert message in refused(check_scheduled_action, params, ZONES)


@pytest.mark.parametrize(
    ("params", "new"),
    [
        (action(), True),
        (action(Timezone=None, StartTime=NOW, EndTime=NOW + timedelta(days=1)), True),
        (action(Schedule=None, ScalableTargetAction={"MaxCapacity": 9}), False),
        (action(ScalableTargetAction=None), False),
    ],
)
def test_a_good_scheduled_action_is_accepted(params, new):
    """A change names only what changes."""
    assert check_scheduled_action(params, ZONES, new=new) is None
