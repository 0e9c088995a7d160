"""Load on the shop, policies that scale it, and what CloudWatch measured."""

from datetime import timedelta

from awslab.server import clock, control
from tests.q9.architecture import DOMAIN

URL = f"https://{DOMAIN}/api/users/7"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/user",
    "ScalableDimension": "ecs:service:DesiredCount",
}
STEADY, BUSY, CALM = 15, 45, 2  # requests a second; a task of a quarter vCPU does 25


def send(*steps, seed=1, wait=True):
    """Send requests: pairs of minutes and requests a second one after the other; return what came of them."""
    schedule, at = [], 0
    for minutes, rate in steps:
        schedule.append([at * 60, rate])
        at += minutes
    return control.ACTIONS["traffic"](
        url=URL, schedule=schedule, seconds=at * 60, seed=seed, wait=wait
    )


def advance(**span):
    """Let simulated time pass."""
    clock.current.advance(timedelta(**span))


def track(scaling, metric="ECSServiceAverageCPUUtilization", target=50.0, name="track", **block):
    """Put a target tracking policy with short cooldowns."""
    label = {"ResourceLabel": block.pop("label")} if "label" in block else {}
    return scaling.put_scaling_policy(
        **TARGET,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric, **label},
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 60,
            **block,
        },
    )


def label(shop):
    """Return the resource label of the user service's target group."""
    balancer = shop.load_balancer.partition(":loadbalancer/")[2]
    return f"{balancer}/{shop.targets['user'].rpartition(':')[2]}"


def desired(world):
    """Return the user service's desired count."""
    return world.service("user")["desiredCount"]


def counts(found):
    """Add up a traffic's answers."""
    total = {}
    for minute in found["minutes"]:
        for status, count in minute["answers"].items():
            total[status] = total.get(status, 0) + count
    return total


def statistics(world, metric, namespace="AWS/ECS", dimensions=None, **wanted):
    """Return the datapoints of the last hour, oldest first."""
    named = dimensions or {"ClusterName": "shop", "ServiceName": "user"}
    found = world.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in named.items()],
        StartTime=clock.current.now - timedelta(hours=1),
        EndTime=clock.current.now,
        Period=60,
        **(wanted or {"Statistics": ["Average"]}),
    )
    return sorted(found["Datapoints"], key=lambda point: point["Timestamp"])


def step(world, scaling, cooldown):
    """Put a step policy on CPU: from 60 % one task more, from 80 % three; its alarm needs three minutes."""
    arn = scaling.put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": cooldown,
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 20,
                    "ScalingAdjustment": 1,
                },
                {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
            ],
        },
    )["PolicyARN"]
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": "shop"},
            {"Name": "ServiceName", "Value": "user"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=60,
        AlarmActions=[arn],
    )


def activities(scaling):
    """Return the scaling activities, oldest first."""
    found = scaling.describe_scaling_activities(ServiceNamespace="ecs")
    return found["ScalingActivities"][::-1]
