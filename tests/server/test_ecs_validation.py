"""What the lab's ECS refuses where moto accepts, from an empty account through boto3."""

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
INVALID, CLIENT = "InvalidParameterException", "ClientException"


@pytest.fixture
def ecs(app, session):
    """An ECS client of the empty lab."""
    return session.client("ecs")


@pytest.fixture
def ec2(app, session):
    """An EC2 client of the empty lab."""
    return session.client("ec2")


@pytest.fixture
def subnet(ec2):
    """A subnet of a new VPC."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


def register(ecs, container=None, **fields):
    """Register a good Fargate task definition, but for what is given."""
    web = {"name": "web", "image": "nginx", "portMappings": [{"containerPort": 3000}]}
    whole = {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{**web, **(container or {})}],
        **fields,
    }
    given = {key: value for key, value in whole.items() if value is not None}
    return ecs.register_task_definition(**given)["taskDefinition"]


def awsvpc(subnet, **fields):
    """Make a network configuration."""
    return {"awsvpcConfiguration": {"subnets": [subnet], **fields}}


def service(subnet, **fields):
    """Make a good CreateService request, but for what is given; None leaves a field out."""
    whole = {
        "cluster": "shop",
        "serviceName": "web",
        "taskDefinition": "web",
        "desiredCount": 0,
        "launchType": "FARGATE",
        "networkConfiguration": awsvpc(subnet),
        **fields,
    }
    return {key: value for key, value in whole.items() if value is not None}


@pytest.fixture
def shop(ecs):
    """An ECS client of a lab that has a cluster `shop` and a task definition `web`."""
    ecs.create_cluster(clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    register(ecs)
    return ecs


def refused(call, **params):
    """Return the code and message with which AWS refuses a call."""
    with pytest.raises(ClientError) as error:
        call(**params)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


# --- task definitions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cpu": "256", "memory": "4096"}, "No Fargate configuration exists for given values: 256"),
        ({"cpu": "333", "memory": "777"}, "No Fargate configuration exists for given values: 333"),
        ({"cpu": None}, "Fargate requires that 'cpu' be defined at the task level."),
        ({"networkMode": "bridge"}, "Fargate only supports network mode 'awsvpc'."),
        ({"networkMode": None}, "Fargate only supports network mode 'awsvpc'."),
        ({"family": "my service"}, "Family contains invalid characters."),
        ({"containerDefinitions": []}, "Container list cannot be empty."),
        ({"container": {"essential": False}}, "doesn't have any essential container"),
        ({"container": {"memory": 1024}}, "'memory' setting for container 'web' is greater"),
        (
            {"container": {"portMappings": [{"containerPort": 80, "hostPort": 8080}]}},
            "the host ports and container ports in port mappings must match.",
        ),
        (
            {"container": {"logConfiguration": {"logDriver": "syslog"}}},
            "syslog is not a valid log driver.",
        ),
        ({"container": {"links": ["db"]}}, "Links are not supported when networkMode=awsvpc."),
        ({"container": {"privileged": True}}, "the 'privileged' setting be 'false'"),
        (
            {"container": {"dependsOn": [{"containerName": "db", "condition": "START"}]}},
            "Cannot depend on container + 'db' because it does not exist",
        ),
        ({"ephemeralStorage": {"sizeInGiB": 5}}, "EphemeralStorage size should be at least 21."),
        (
            {"container": {"image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:v1"}},
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        ({"executionRoleArn": "garbage!"}, "Role is not valid"),
        ({"taskRoleArn": "nobody"}, "Role is not valid"),
    ],
)
def test_a_bad_task_definition_is_not_registered(ecs, fields, message):
    """Each of these moto takes."""
    code, found = refused(register, ecs=ecs, **fields)

    assert code == CLIENT
    assert message in found
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []


def test_a_role_of_another_account_cannot_be_passed(ecs):
    """PassRole stays within the account."""
    found = refused(register, ecs=ecs, executionRoleArn="arn:aws:iam::999999999999:role/x")

    assert found == ("AccessDeniedException", "Cross-account pass role is not allowed.")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("web:abc", (CLIENT, "Invalid revision number. Number: abc")),
        ("web:7", (CLIENT, "Unable to describe task definition.")),
        ("other", (CLIENT, "Unable to describe task definition.")),
    ],
)
def test_an_unknown_revision_is_not_described(shop, reference, expected):
    """moto fails on a revision that is no number."""
    assert refused(shop.describe_task_definition, taskDefinition=reference) == expected


def test_a_deregistered_revision_starts_nothing(shop, subnet):
    """It stays to be seen, but services and tasks need an ACTIVE one."""
    shop.deregister_task_definition(taskDefinition="web:1")
    seen = shop.describe_task_definition(taskDefinition="web:1")["taskDefinition"]
    started = [
        refused(shop.create_service, **service(subnet, taskDefinition="web:1")),
        refused(
            shop.run_task,
            cluster="shop",
            taskDefinition="web:1",
            launchType="FARGATE",
            networkConfiguration=awsvpc(subnet),
        ),
    ]

    assert seen["status"] == "INACTIVE"
    assert started == [(CLIENT, "TaskDefinition is inactive")] * 2
    assert refused(shop.create_service, **service(subnet)) == (CLIENT, "TaskDefinition not found.")


# --- clusters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"clusterName": "my shop"}, "ClusterName must match"),
        ({"clusterName": "s", "capacityProviders": ["BANANA"]}, "'BANANA' was not found."),
        (
            {
                "clusterName": "s",
                "capacityProviders": ["FARGATE"],
                "defaultCapacityProviderStrategy": [
                    {"capacityProvider": "FARGATE_SPOT", "weight": 1}
                ],
            },
            "not associated with the cluster",
        ),
    ],
)
def test_a_bad_cluster_is_not_created(ecs, params, message):
    """Each of these moto takes."""
    code, found = refused(ecs.create_cluster, **params)

    assert code == INVALID
    assert message in found


def test_a_cluster_with_a_service_is_not_deleted(shop, subnet):
    """ECS names what is in the way."""
    shop.create_service(**service(subnet))

    assert refused(shop.delete_cluster, cluster="shop") == (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )


def test_a_deleted_cluster_is_not_found_and_its_name_is_free(ecs, subnet):
    """An INACTIVE cluster takes no service; a new one of that name does."""
    ecs.create_cluster(clusterName="shop")
    register(ecs)
    ecs.delete_cluster(cluster="shop")
    gone = refused(ecs.create_service, **service(subnet))
    again = ecs.create_cluster(clusterName="shop")["cluster"]

    assert gone == ("ClusterNotFoundException", "Cluster not found.")
    assert again["status"] == "ACTIVE"


# --- services ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"serviceName": "my service"}, INVALID, "ServiceName must match"),
        ({"desiredCount": -1}, INVALID, "desiredCount should not be negative."),
        ({"networkConfiguration": None}, INVALID, "Network Configuration must be provided"),
        ({"networkConfiguration": awsvpc("subnet-9")}, INVALID, "[subnet-9]"),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
            INVALID,
            "Both maximumPercent and minimumHealthyPercent cannot be 100",
        ),
        ({"healthCheckGracePeriodSeconds": 60}, INVALID, "Health check grace period is only valid"),
        ({"taskDefinition": "other"}, CLIENT, "TaskDefinition not found."),
        ({"cluster": "other"}, "ClusterNotFoundException", "Cluster not found."),
        ({"schedulingStrategy": "DAEMON", "desiredCount": None}, INVALID, "daemon"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            INVALID,
            "Specifying both a launch type and capacity provider strategy",
        ),
        (
            {
                "loadBalancers": [
                    {
                        "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1",
                        "containerName": "web",
                        "containerPort": 3000,
                    }
                ]
            },
            INVALID,
            "does not exist",
        ),
    ],
)
def test_a_bad_service_is_not_created(shop, subnet, fields, code, message):
    """Each of these moto takes, or fails on."""
    found_code, found = refused(shop.create_service, **service(subnet, **fields))

    assert found_code == code
    assert message in found


def test_a_name_is_taken_until_its_service_is_inactive(shop, subnet):
    """moto overwrites the first service."""
    shop.create_service(**service(subnet))

    assert refused(shop.create_service, **service(subnet)) == (
        INVALID,
        "Creation of service was not idempotent.",
    )


def test_a_security_group_of_another_vpc_is_refused(shop, subnet, ec2):
    """The network interface could not carry it."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="far", Description="far", VpcId=vpc)["GroupId"]
    network = awsvpc(subnet, securityGroups=[group])

    assert refused(shop.create_service, **service(subnet, networkConfiguration=network)) == (
        INVALID,
        "Security groups and subnets must belong to the same VPC.",
    )


@pytest.fixture
def groups(session, subnet, ec2):
    """Target groups of type instance and ip, neither used by a load balancer."""
    elbv2 = session.client("elbv2")
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    return {
        kind: elbv2.create_target_group(
            Name=f"tg-{kind}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType=kind
        )["TargetGroups"][0]["TargetGroupArn"]
        for kind in ("instance", "ip")
    }


@pytest.mark.parametrize(
    ("kind", "name", "port", "message"),
    [
        (
            "instance",
            "web",
            3000,
            "has target type instance, which is incompatible with the awsvpc",
        ),
        ("ip", "web", 3000, "does not have an associated load balancer."),
        ("ip", "wep", 3000, "The container wep does not exist in the task definition."),
        ("ip", "web", 80, "The container web did not have a container port 80 defined."),
    ],
)
def test_a_load_balancer_has_to_fit_the_task_definition(
    shop, subnet, groups, kind, name, port, message
):
    """Name and port as in the task definition, target type ip, and a listener that forwards."""
    entry = {"targetGroupArn": groups[kind], "containerName": name, "containerPort": port}
    code, found = refused(shop.create_service, **service(subnet, loadBalancers=[entry]))

    assert code == INVALID
    assert message in found


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"service": "other"}, "ServiceNotFoundException", "Service not found."),
        ({"desiredCount": -1}, INVALID, "desiredCount should not be negative."),
        ({"taskDefinition": "other"}, CLIENT, "TaskDefinition not found."),
        ({"networkConfiguration": awsvpc("subnet-9")}, INVALID, "[subnet-9]"),
        ({"deploymentConfiguration": {"maximumPercent": 100}}, INVALID, "Both maximumPercent and"),
        ({"healthCheckGracePeriodSeconds": 5}, INVALID, "Health check grace period is only valid"),
    ],
)
def test_a_bad_change_of_a_service_is_refused(shop, subnet, changes, code, message):
    """And the service stays as it was."""
    shop.create_service(**service(subnet))
    params = {"cluster": "shop", "service": "web", **changes}
    found_code, found = refused(shop.update_service, **params)

    assert found_code == code
    assert message in found


# --- tasks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"count": 11}, "count should be between 1 and 10."),
        ({"launchType": None}, "No Container Instances were found in your cluster."),
        ({"networkConfiguration": awsvpc("subnet-9")}, "[subnet-9]"),
        (
            {"overrides": {"containerOverrides": [{"name": "wep"}]}},
            "Override for container named wep is not a container in the TaskDefinition.",
        ),
    ],
)
def test_a_bad_run_starts_no_task(shop, subnet, fields, message):
    """Each of these moto takes, or fails on."""
    whole = service(subnet, serviceName=None, desiredCount=None, **fields)
    code, found = refused(shop.run_task, **whole)

    assert code == INVALID
    assert message in found
    assert shop.list_tasks(cluster="shop")["taskArns"] == []


def test_a_task_that_is_not_there_cannot_be_stopped(shop):
    """moto fails on it."""
    assert refused(shop.stop_task, cluster="shop", task="0" * 32) == (
        INVALID,
        "The referenced task was not found.",
    )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"serviceName": "other"}, "ServiceNotFoundException"),
        ({"desiredStatus": "SLEEPING"}, INVALID),
        ({"maxResults": 101}, INVALID),
        ({"nextToken": "soon"}, INVALID),
    ],
)
def test_a_bad_list_is_refused(shop, params, code):
    """moto ignores these."""
    assert refused(shop.list_tasks, cluster="shop", **params)[0] == code


@pytest.mark.parametrize(("count", "fine"), [(10, True), (11, False)])
def test_ten_services_are_described_at_most(shop, count, fine):
    """Tools have to ask in pages."""
    names = [f"s{number}" for number in range(count)]
    if fine:
        assert len(shop.describe_services(cluster="shop", services=names)["failures"]) == count
    else:
        assert refused(shop.describe_services, cluster="shop", services=names)[0] == INVALID
