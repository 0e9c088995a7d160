"""What ECS refuses of a deployment strategy."""

import pytest

from awslab.world.ecs_strategy_request import check
from awslab.world.request_error import RequestError

ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
BLUE, GREEN = f"{ELB}:targetgroup/blue/1", f"{ELB}:targetgroup/green/2"
PRODUCTION, TEST = f"{ELB}:listener-rule/app/a/b/c/1", f"{ELB}:listener-rule/app/a/b/d/2"
RULES = {PRODUCTION: (BLUE, GREEN), TEST: (BLUE,)}
ADVANCED = {
    "alternateTargetGroupArn": GREEN,
    "productionListenerRule": PRODUCTION,
    "testListenerRule": TEST,
    "roleArn": "arn:aws:iam::123456789012:role/ecs-elb",
}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}


def entry(**changes):
    advanced = {k: v for k, v in {**ADVANCED, **changes}.items() if v is not None}
    return {
        "targetGroupArn": BLUE,
        "containerName": "app",
        "containerPort": 80,
        "advancedConfiguration": advanced,
    }


def service(balancers=None, strategy="BLUE_GREEN", controller="ECS", **configuration):
    return {
        "loadBalancers": [entry()] if balancers is None else balancers,
        "deploymentController": {"type": controller},
        "deploymentConfiguration": {"strategy": strategy, **configuration},
    }


PLAIN = {"targetGroupArn": BLUE, "containerName": "app", "containerPort": 80}
CLASSIC = {"loadBalancerName": "old", "containerName": "app", "containerPort": 80}
LISTENER = f"{ELB}:listener/app/a/b"
BAD = [
    (service(strategy="RED"), "strategy should be one of [ROLLING,BLUE_GREEN,LINEAR,CANARY]"),
    (service(controller="EXTERNAL"), "not supported with the EXTERNAL controller"),
    (
        service([PLAIN]),
        "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING "
        "deployment strategy",
    ),
    (
        service([entry(), {**PLAIN, "targetGroupArn": f"{BLUE}9"}]),
        "Either all or none of the provided loadBalancers must have advancedConfiguration defined",
    ),
    (
        service([{**CLASSIC, "advancedConfiguration": ADVANCED}]),
        "advancedConfiguration field is not allowed with ELBv1 loadBalancers",
    ),
    (service([CLASSIC, PLAIN]), "must be strictly either ELBv1"),
    (service([entry(alternateTargetGroupArn=None)]), "alternateTargetGroupArn can not be empty"),
    (service([entry(productionListenerRule=None)]), "productionListenerRule can not be empty"),
    (service([entry(roleArn=None)]), "roleArn can not be empty"),
    (
        service([entry(productionListenerRule=LISTENER)]),
        "productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn "
        f"for NLB. Got: {LISTENER}",
    ),
    (service([entry(testListenerRule="")]), "testListenerRule has an invalid ARN format"),
    (
        service([entry(testListenerRule=PRODUCTION)]),
        "The following rules cannot be used as both production and test listener rules: "
        f"{PRODUCTION}",
    ),
    (
        service([entry(alternateTargetGroupArn=BLUE)]),
        f"Duplicate targetGroupArn found: {BLUE}",
    ),
    (
        service([entry(alternateTargetGroupArn=f"{GREEN}9", testListenerRule=None)]),
        "For Application LoadBalancer, testListenerRule is required when productionListenerRule is "
        "not associated with both targetGroup and alternateTargetGroup",
    ),
    (service([], strategy="LINEAR"), "requires a load balancer"),
    (service(bakeTimeInMinutes=1441), "bakeTimeInMinutes should be between 0 and 1440"),
    (
        service(linearConfiguration={"stepPercent": 10.0}),
        "linearConfiguration is only valid when the deployment strategy is LINEAR",
    ),
    (
        service(strategy="LINEAR", linearConfiguration={"stepPercent": 2.9}),
        "stepPercent should be between 3.0 and 100.0",
    ),
    (
        service(strategy="CANARY", canaryConfiguration={"canaryPercent": 0.25}),
        "canaryPercent should be a multiple of 0.1",
    ),
    (
        service(strategy="CANARY", canaryConfiguration={"canaryBakeTimeInMinutes": -1}),
        "canaryBakeTimeInMinutes should be between 0 and 1440",
    ),
    (service(alarms={"enable": True, "alarmNames": []}), "alarmNames can not be empty"),
    (
        service(lifecycleHooks=[{**PAUSE, "targetType": "SQS"}]),
        "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE",
    ),
    (
        service(lifecycleHooks=[{**PAUSE, "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}]),
        "Invalid lifecycle stage provided for Pause Hook",
    ),
    (
        service(lifecycleHooks=[{**PAUSE, "lifecycleStages": []}]),
        "lifecycleStages can not be empty",
    ),
    (
        service(lifecycleHooks=[{**PAUSE, "lifecycleStages": ["BAKE_TIME"]}]),
        "lifecycleStages should be one of",
    ),
    (
        service(lifecycleHooks=[{"lifecycleStages": ["POST_SCALE_UP"]}]),
        "hookTargetArn and roleArn can not be empty",
    ),
    (service(lifecycleHooks=[PAUSE] * 11), "at most 10 hooks of type PAUSE"),
    (
        service(lifecycleHooks=[{**PAUSE, "timeoutConfiguration": {"timeoutInMinutes": 20161}}]),
        "timeoutInMinutes should be between 1 and 20160",
    ),
    (
        service(lifecycleHooks=[{**PAUSE, "timeoutConfiguration": {"action": "WAIT"}}]),
        "should be one of [ROLLBACK,CONTINUE]",
    ),
]


@pytest.mark.parametrize(("whole", "message"), BAD, ids=[message[:60] for _, message in BAD])
def test_each_fault_is_refused_in_ecs_words(whole, message):
    """One fault, one refusal, an InvalidParameterException."""
    with pytest.raises(RequestError) as error:
        check(whole, RULES)

    assert error.value.code == "InvalidParameterException"
    assert message in error.value.message


@pytest.mark.parametrize(
    "whole",
    [
        service(),
        service([]),
        service([entry(testListenerRule=None)]),
        service([PLAIN], strategy="ROLLING"),
        service([PLAIN, {**PLAIN, "containerPort": 81}], strategy="ROLLING"),
        service(strategy="ROLLING"),
        service(strategy="LINEAR", linearConfiguration={"stepPercent": 33.3}),
        service(strategy="CANARY", canaryConfiguration={"canaryPercent": 0.1}),
        service(lifecycleHooks=[PAUSE], bakeTimeInMinutes=1440),
    ],
)
def test_what_ecs_accepts_is_accepted(whole):
    """All strategies, with a load balancer or, for blue/green, without."""
    accepted = check(whole, RULES)

    assert accepted is None
