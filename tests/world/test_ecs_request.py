"""What ECS refuses of CreateService and RunTask, given what is around them."""

from dataclasses import replace

import pytest

from awslab.world.ecs_request import check_create, check_run
from tests.world.ecs_requests import (
    CLIENT,
    DEFINITION,
    INVALID,
    KNOWN,
    balanced,
    breaker,
    connected,
    network,
    refused,
    request,
    strategy,
)

UNBASED = [{"capacityProvider": name, "weight": 1} for name in ("FARGATE", "FARGATE_SPOT")]


@pytest.mark.parametrize(
    "params",
    [
        request(),
        request(desiredCount=0),
        request(loadBalancers=[balanced()], healthCheckGracePeriodSeconds=60),
        strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 4, 0)),
        request(launchType=None, capacityProviderStrategy=UNBASED),
        request(serviceConnectConfiguration=connected(namespace="shop")),
        request(deploymentConfiguration=breaker("UNBOUNDED_PERCENT", 100)),
        request(platformVersion="1.4.0", propagateTags="SERVICE"),
        request(networkConfiguration=network("subnet-1", assignPublicIp="ENABLED")),
        request(availabilityZoneRebalancing="ENABLED"),
        request(launchType="EC2", schedulingStrategy="DAEMON", desiredCount=None),
        request(taskDefinition=None, deploymentController={"type": "EXTERNAL"}),
    ],
)
def test_a_good_service_is_accepted(params):
    """Nothing is refused that ECS takes."""
    assert check_create(params, KNOWN) is None


BAD = [
    (request(serviceName="my service"), INVALID, "ServiceName must match"),
    (request(schedulingStrategy="CRON"), INVALID, "should be one of [REPLICA,DAEMON]"),
    (request(launchType="LAMBDA"), INVALID, "launch type should be one of [EC2,FARGATE,EXTERNAL]"),
    (
        strategy(("FARGATE", 1, 0)) | {"launchType": "FARGATE"},
        INVALID,
        "Specifying both a launch type and capacity provider strategy is not supported.",
    ),
    (strategy(("other", 1, 0)), INVALID, "not associated with the cluster"),
    (strategy(("FARGATE", 1, 0), ("asg", 1, 0)), INVALID, "cannot contain a mix"),
    (strategy(("FARGATE", 0, 0)), INVALID, "with a weight value greater than zero"),
    (strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 1)), INVALID, "multiple capacity providers"),
    (request(desiredCount=None), INVALID, "requires a desired count"),
    (request(desiredCount=-1), INVALID, "desiredCount should not be negative."),
    (request(schedulingStrategy="DAEMON", desiredCount=None), INVALID, "daemon"),
    (
        request(schedulingStrategy="DAEMON", launchType="EC2"),
        INVALID,
        "The daemon scheduling strategy does not support a desired count for services",
    ),
    (
        request(placementConstraints=[{"type": "distinctInstance"}]),
        INVALID,
        "Placement constraints are not supported with FARGATE launch type.",
    ),
    (
        request(placementStrategy=[{"type": "random"}]),
        INVALID,
        "Placement strategies are not supported with FARGATE launch type.",
    ),
    (request(launchType="EC2", platformVersion="1.4.0"), INVALID, "must be null when specifying"),
    (
        request(
            launchType="EC2",
            schedulingStrategy="DAEMON",
            desiredCount=None,
            placementStrategy=[{"type": "random"}],
        ),
        INVALID,
        "The daemon scheduling strategy does not support placement strategies",
    ),
    (
        request(
            launchType="EC2",
            schedulingStrategy="DAEMON",
            desiredCount=None,
            availabilityZoneRebalancing="ENABLED",
        ),
        INVALID,
        "Availability Zone Rebalancing does not support DAEMON as scheduling strategy.",
    ),
    (request(platformVersion="9.9.9"), "PlatformUnknownException", "does not exist"),
    (
        request(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}),
        INVALID,
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block",
    ),
    (request(deploymentConfiguration=breaker("SOME", 1)), INVALID, "threshold type"),
    (request(deploymentConfiguration=breaker("COUNT", 0)), INVALID, "at least 1"),
    (request(deploymentConfiguration=breaker("BOUNDED_PERCENT", 101)), INVALID, "at most 100"),
    (
        request(deploymentConfiguration=breaker(), deploymentController={"type": "CODE_DEPLOY"}),
        INVALID,
        "not supported with the CODE_DEPLOY controller",
    ),
    (
        request(
            availabilityZoneRebalancing="ENABLED",
            deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100},
        ),
        INVALID,
        "Availability Zone Rebalancing does not support a maximumPercent",
    ),
    (request(healthCheckGracePeriodSeconds=60), INVALID, "Health check grace period is only valid"),
    (request(propagateTags="ALL"), INVALID, "propagateTags should be one of"),
    (request(taskDefinition=None), CLIENT, "TaskDefinition can not be blank."),
    (
        request(deploymentController={"type": "EXTERNAL"}),
        INVALID,
        "TaskDefinition must be blank",
    ),
    (
        request(networkConfiguration=None),
        INVALID,
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (request(networkConfiguration=network()), INVALID, "subnets can not be empty."),
    (
        request(networkConfiguration=network("subnet-9")),
        INVALID,
        "Error retrieving subnet information for [subnet-9]: The subnet ID 'subnet-9' does not",
    ),
    (
        request(networkConfiguration=network("subnet-1", securityGroups=["sg-9"])),
        INVALID,
        "Error retrieving security group information for [sg-9]: The security group 'sg-9'",
    ),
    (request(networkConfiguration=network("subnet-1", "subnet-2")), INVALID, "the same VPC"),
    (
        request(networkConfiguration=network("subnet-1", securityGroups=["sg-2"])),
        INVALID,
        "Security groups and subnets must belong to the same VPC.",
    ),
    (request(networkConfiguration=network(*["subnet-1"] * 17)), INVALID, "at most 16 items"),
    (
        request(networkConfiguration=network("subnet-1", securityGroups=["sg-1"] * 6)),
        INVALID,
        "securityGroups can have at most 5 items.",
    ),
    (request(networkConfiguration=network("subnet-1", assignPublicIp="YES")), INVALID, "assignPub"),
    (
        request(
            launchType="EC2", networkConfiguration=network("subnet-1", assignPublicIp="ENABLED")
        ),
        INVALID,
        "Assign public IP is not supported for this launch type.",
    ),
    (
        request(loadBalancers=[balanced(name="wep")]),
        INVALID,
        "The container wep does not exist in the task definition.",
    ),
    (
        request(loadBalancers=[balanced(port=80)]),
        INVALID,
        "The container web did not have a container port 80 defined.",
    ),
    (request(loadBalancers=[balanced("arn:none")]), INVALID, "arn:none does not exist"),
    (
        request(loadBalancers=[balanced("arn:instance")]),
        INVALID,
        "The provided target group arn:instance has target type instance, which is incompatible "
        "with the awsvpc network mode specified in the task definition.",
    ),
    (
        request(loadBalancers=[balanced("arn:lonely")]),
        INVALID,
        "The target group with targetGroupArn arn:lonely does not have an associated load balancer.",
    ),
    (request(loadBalancers=[balanced()] * 6), INVALID, "load balancers can have at most 5 items."),
    (
        request(loadBalancers=[balanced() | {"loadBalancerName": "classic"}]),
        INVALID,
        "loadBalancerName and targetGroupArn cannot both be specified",
    ),
    (
        request(loadBalancers=[{"loadBalancerName": "classic"}]),
        INVALID,
        "Classic Load Balancers are not supported with Fargate",
    ),
    (request(serviceConnectConfiguration=connected()), INVALID, "Namespace is missing"),
    (
        request(serviceConnectConfiguration=connected("grpc", namespace="shop")),
        INVALID,
        "portName 'grpc' does not match",
    ),
    (
        request(serviceConnectConfiguration=connected(aliases=2, namespace="shop")),
        INVALID,
        "2 clientAliases exceeds the max limit of 1",
    ),
]


@pytest.mark.parametrize(("params", "code", "message"), BAD, ids=[m for _, _, m in BAD])
def test_each_fault_of_a_service_is_refused_in_ecs_words(params, code, message):
    """One fault, one refusal."""
    found_code, found_message = refused(check_create, params, KNOWN)

    assert found_code == code
    assert message in found_message


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (None, CLIENT, "TaskDefinition not found."),
        ({"status": "INACTIVE"}, CLIENT, "TaskDefinition is inactive"),
        (
            {"compatibilities": ["EC2"]},
            INVALID,
            "Task definition does not support launch_type FARGATE.",
        ),
        (
            {"networkMode": "bridge"},
            INVALID,
            "Network Configuration is not valid for the given networkMode of this task definition.",
        ),
    ],
)
@pytest.mark.parametrize("check", [check_create, check_run])
def test_the_task_definition_has_to_be_one_that_can_run(check, changes, code, message):
    """For services and for single tasks alike."""
    definition = None if changes is None else {**DEFINITION, **changes}

    assert refused(check, request(), replace(KNOWN, task_definition=definition)) == (code, message)


def test_a_clusters_default_namespace_is_enough_for_service_connect():
    """The service need not repeat it."""
    params = request(serviceConnectConfiguration=connected())

    assert check_create(params, replace(KNOWN, namespace=True)) is None


@pytest.mark.parametrize("count", [1, 10, None])
def test_one_to_ten_tasks_may_be_run_at_once(count):
    """One when nothing is said."""
    assert check_run(request(**({"count": count} if count else {})), KNOWN) is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (request(count=0), "count should be between 1 and 10."),
        (request(count=11), "count should be between 1 and 10."),
        (request(launchType=None), "No Container Instances were found in your cluster."),
        (
            request(overrides={"containerOverrides": [{"name": "wep"}]}),
            "Override for container named wep is not a container in the TaskDefinition.",
        ),
        (
            request(overrides={"cpu": "512"}),
            "No Fargate configuration exists for given values: 512",
        ),
        (request(networkConfiguration=None), "Network Configuration must be provided"),
    ],
)
def test_a_bad_run_is_refused(params, message):
    """Before any task exists."""
    assert message in refused(check_run, params, KNOWN)[1]


def test_a_default_strategy_makes_the_launch_type():
    """Without a launch type the cluster's own strategy decides."""
    known = replace(KNOWN, default_strategy=({"capacityProvider": "FARGATE_SPOT", "weight": 1},))

    assert check_run(request(launchType=None), known) is None
    assert check_create(request(launchType=None), known) is None
