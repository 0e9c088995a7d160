"""The shop deploys without a rolling update: blue/green, canary, alarms, and what clients get meanwhile."""

import pytest

from tests.q9 import architecture
from tests.q9.architecture import ACCOUNT, APP_PORT
from tests.q9.load import advance, counts, send
from tests.server.shifts import MANAGED, TRUST

TESTING = {"x_shop_test": "yes"}
BROKEN = {"health": {"/health": 200, "*": 500}}
SICK = {"health": {"*": 500}}


@pytest.fixture
def shop(world):
    """The user service with two target groups, and a rule for requests that test."""
    elb, iam, built = world.client("elbv2"), world.client("iam"), world.shop
    iam.create_role(RoleName="shop-elb", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="shop-elb", PolicyArn=MANAGED)
    alternate = elb.create_target_group(
        Name="user-alternate",
        Protocol="HTTP",
        Port=APP_PORT,
        VpcId=built.vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=alternate,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    groups = [
        {"TargetGroupArn": built.targets["user"], "Weight": 1},
        {"TargetGroupArn": alternate, "Weight": 0},
    ]
    both = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    elb.modify_rule(RuleArn=built.rules["user"], Actions=both)
    header = {"HttpHeaderName": "x-shop-test", "Values": ["yes"]}
    testing = elb.create_rule(
        ListenerArn=built.listeners["https"],
        Priority=5,
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": header}],
        Actions=both,
    )["Rules"][0]["RuleArn"]
    world.advanced = {
        "alternateTargetGroupArn": alternate,
        "productionListenerRule": built.rules["user"],
        "testListenerRule": testing,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/shop-elb",
    }
    return world


def deploy(shop, app=None, **configuration):
    """Push version 2 and deploy it with a strategy; return the ARN of the service deployment."""
    built = shop.shop
    architecture.push(shop.session, "user", "v2.0", app)
    definition = architecture.register(shop.session, built, "user", "v2.0")
    answer = shop.client("ecs").update_service(
        cluster="shop",
        service="user",
        taskDefinition=definition,
        loadBalancers=[
            {
                "targetGroupArn": built.targets["user"],
                "containerName": "app",
                "containerPort": APP_PORT,
                "advancedConfiguration": shop.advanced,
            }
        ],
        deploymentConfiguration={"bakeTimeInMinutes": 5, **configuration},
    )
    return answer["service"]["currentServiceDeployment"]


def state_of(shop, arn):
    """Describe a service deployment; five simulated seconds pass."""
    found = shop.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
    return found["serviceDeployments"][0]


def until(shop, arn, stage=None, polls=400):
    """Poll until a deployment is in a stage, or over."""
    for _ in range(polls):
        found = state_of(shop, arn)
        if "finishedAt" in found or (stage and found.get("lifecycleStage") == stage):
            return found
    raise AssertionError(f"never came: {stage}, {found}")


def answers(shop, count=10, **headers):
    """Count which version answers, or with which status."""
    found = {}
    for _ in range(count):
        status, body = shop.get("/api/users/7", **headers)
        who = body["image"].rpartition(":")[2] if status == 200 else status
        found[who] = found.get(who, 0) + 1
    return found


def test_blue_green_is_tested_first_and_shifts_without_a_failed_request(shop):
    """Requests with the test header reach version 2 before any client does; nobody gets an error."""
    arn = deploy(shop, strategy="BLUE_GREEN")
    until(shop, arn, "POST_TEST_TRAFFIC_SHIFT")
    tested = (answers(shop), answers(shop, **TESTING))
    seen = {}
    for _ in range(200):
        seen |= answers(shop, 1)
        found = state_of(shop, arn)
        if "finishedAt" in found:
            break
    shop.settle("user")

    assert tested == ({"v1.0": 10}, {"v2.0": 10})
    assert list(seen) == ["v1.0", "v2.0"]
    assert found["status"] == "SUCCESSFUL"
    assert answers(shop) == {"v2.0": 10}


def test_canary_gives_its_share_of_the_requests_to_the_new_version(shop):
    """Ten of a hundred."""
    canary = {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5}
    arn = deploy(shop, strategy="CANARY", canaryConfiguration=canary)
    until(shop, arn, "PRODUCTION_TRAFFIC_SHIFT")
    state_of(shop, arn)
    state_of(shop, arn)
    shared = answers(shop, 100)
    found = until(shop, arn)

    assert shared == {"v1.0": 90, "v2.0": 10}
    assert found["status"] == "SUCCESSFUL"
    assert answers(shop) == {"v2.0": 10}


def test_alarm_on_errors_rolls_a_canary_back(shop):
    """A tenth of the clients get errors for some minutes; then the alarm goes off, and nobody does."""
    balancer = shop.shop.load_balancer.partition(":loadbalancer/")[2]
    shop.client("cloudwatch").put_metric_alarm(
        AlarmName="user-errors",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": "LoadBalancer", "Value": balancer}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    canary = {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 30}
    arn = deploy(
        shop,
        BROKEN,
        strategy="CANARY",
        canaryConfiguration=canary,
        alarms={"alarmNames": ["user-errors"], "enable": True, "rollback": True},
    )
    send((15, 10))
    found = until(shop, arn)
    sent = send((5, 10))

    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["alarms"]["triggeredAlarmNames"] == ["user-errors"]
    assert set(counts(sent)) == {"200"}
    assert answers(shop) == {"v1.0": 10}


def test_sick_version_never_gets_a_clients_request(shop):
    """Its tasks fail their health checks in the alternate target group; the circuit breaker gives up."""
    breaker = {"enable": True, "rollback": True}
    arn = deploy(shop, SICK, strategy="BLUE_GREEN", deploymentCircuitBreaker=breaker)
    seen = {}
    for _ in range(400):
        seen |= answers(shop, 1)
        found = state_of(shop, arn)
        if "finishedAt" in found:
            break

    assert set(seen) == {"v1.0"}
    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert "circuit breaker" in found["statusReason"]


def test_deployment_stopped_by_hand_goes_back_at_once(shop):
    """StopServiceDeployment in the bake time: the next request is answered by version 1."""
    arn = deploy(shop, strategy="BLUE_GREEN")
    until(shop, arn, "BAKE_TIME")
    before = answers(shop)
    shop.client("ecs").stop_service_deployment(serviceDeploymentArn=arn)
    after = answers(shop)
    found = until(shop, arn)

    assert before == {"v2.0": 10}
    assert after == {"v1.0": 10}
    assert found["status"] == "ROLLBACK_SUCCESSFUL"


def test_scaling_in_waits_while_traffic_shifts(shop):
    """A policy that wants fewer tasks takes none during the deployment, and does after it."""
    client = shop.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/user",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    client.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
    )
    arn = deploy(shop, strategy="BLUE_GREEN", bakeTimeInMinutes=40)
    until(shop, arn, "BAKE_TIME")
    advance(minutes=35)
    during = shop.service("user")["desiredCount"]
    until(shop, arn)
    advance(minutes=40)

    assert during == 2
    assert shop.service("user")["desiredCount"] == 1
