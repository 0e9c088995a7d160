"""Every field that moto's ECS loses or changes survives in the lab's, from an empty account through boto3."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ARN = f"arn:aws:ecs:us-east-1:{ACCOUNT}"

ALLOWED = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [ALLOWED]})


@pytest.fixture
def ecs(app, session):
    """An ECS client of the empty lab."""
    return session.client("ecs")


@pytest.fixture
def subnet(app, session):
    """A subnet of a new VPC."""
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


def register(ecs, family="web", **fields):
    """Register a good Fargate task definition, but for what is given."""
    whole = {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": ".25 vCPU",
        "memory": "0.5 GB",
        "containerDefinitions": [
            {"name": "web", "image": "nginx", "portMappings": [{"containerPort": 3000}]}
        ],
        **fields,
    }
    given = {key: value for key, value in whole.items() if value is not None}
    return ecs.register_task_definition(**given)["taskDefinition"]


@pytest.fixture
def shop(ecs):
    """An ECS client of a lab that has a cluster `shop` and a task definition `web`."""
    ecs.create_cluster(clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    register(ecs)
    return ecs


def create(ecs, subnet, name="web", **fields):
    """Create a service without tasks and return what DescribeServices shows of it."""
    whole = {
        "cluster": "shop",
        "serviceName": name,
        "taskDefinition": "web",
        "desiredCount": 0,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet]}},
        **fields,
    }
    ecs.create_service(**{key: value for key, value in whole.items() if value is not None})
    return show(ecs, name)


def show(ecs, name="web"):
    """Return what DescribeServices shows of a service."""
    return ecs.describe_services(cluster="shop", services=[name], include=["TAGS"])["services"][0]


# --- task definitions ------------------------------------------------------------------------------


def test_a_task_definition_shows_what_ecs_fills_in(ecs):
    """Numbers for units, ports, compatibilities, attributes, who and when."""
    register(ecs, enableFaultInjection=True)
    found = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]

    assert (found["cpu"], found["memory"], found["networkMode"]) == ("256", "512", "awsvpc")
    assert found["compatibilities"] == ["EC2", "FARGATE"]
    assert found["containerDefinitions"][0]["portMappings"] == [
        {"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}
    ]
    assert {"name": "ecs.capability.task-eni"} in found["requiresAttributes"]
    assert found["enableFaultInjection"] is True
    assert found["registeredBy"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert found["registeredAt"].isoformat().startswith("2026-01-05T09:00:00")


def test_every_field_of_a_task_definition_comes_back(ecs):
    """What is registered is what is described, so that it can be registered again."""
    fields = {
        "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/web",
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "ephemeralStorage": {"sizeInGiB": 50},
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "volumes": [{"name": "data"}],
        "pidMode": "task",
    }
    first = register(ecs, **fields)
    again = {
        key: first[key]
        for key in (*fields, "family", "cpu", "memory", "networkMode", "containerDefinitions")
    }
    second = register(ecs, **again)

    assert {key: first[key] for key in fields} == fields
    assert second["revision"] == 2
    assert {key: second[key] for key in again} == again


def test_a_role_by_name_becomes_its_arn(ecs, session):
    """The short name of a role that exists is enough."""
    session.client("iam").create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)

    assert register(ecs, taskRoleArn="web")["taskRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/web"


def test_a_family_names_its_latest_active_revision(ecs):
    """moto names the highest, also when it was deregistered."""
    register(ecs)
    register(ecs)
    ecs.deregister_task_definition(taskDefinition="web:2")
    found = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    gone = ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]

    assert found["revision"] == 1
    assert "deregisteredAt" in gone


def test_tags_of_a_task_definition_come_back_on_request(ecs):
    """And with the registration."""
    register(ecs, tags=[{"key": "team", "value": "web"}])
    found = ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])

    assert found["tags"] == [{"key": "team", "value": "web"}]


def test_task_definitions_are_listed_in_pages_by_family_and_revision(ecs):
    """Revision 10 comes after 9, and DESC turns it round."""
    for _ in range(11):
        register(ecs)
    register(ecs, "api")
    pages = ecs.get_paginator("list_task_definitions").paginate(PaginationConfig={"PageSize": 5})
    listed = [arn.rpartition("/")[2] for page in pages for arn in page["taskDefinitionArns"]]
    newest = ecs.list_task_definitions(familyPrefix="web", sort="DESC", maxResults=1)

    assert listed == ["api:1", *[f"web:{number}" for number in range(1, 12)]]
    assert newest["taskDefinitionArns"] == [f"{ARN}:task-definition/web:11"]


def test_families_are_listed_by_whether_they_are_active(ecs):
    """A family outlives its revisions."""
    register(ecs)
    register(ecs, "api")
    ecs.deregister_task_definition(taskDefinition="api:1")
    families = {
        status: ecs.list_task_definition_families(status=status)["families"]
        for status in ("ACTIVE", "INACTIVE", "ALL")
    }

    assert families == {"ACTIVE": ["web"], "INACTIVE": ["api"], "ALL": ["api", "web"]}


# --- services --------------------------------------------------------------------------------------

KEPT = {
    "deploymentConfiguration": {
        "maximumPercent": 150,
        "minimumHealthyPercent": 50,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 4},
        },
    },
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "availabilityZoneRebalancing": "DISABLED",
    "propagateTags": "SERVICE",
    "platformVersion": "1.4.0",
    "tags": [{"key": "team", "value": "web"}],
}


def test_every_field_of_a_new_service_comes_back(shop, subnet):
    """moto drops most of them."""
    found = create(shop, subnet, **KEPT)

    assert {key: found[key] for key in KEPT} == KEPT
    assert found["launchType"] == "FARGATE"


def test_a_service_shows_the_defaults_of_what_it_was_not_given(shop, subnet):
    """As ECS fills them in."""
    found = create(shop, subnet)

    assert found["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    assert found["availabilityZoneRebalancing"] == "ENABLED"
    assert found["platformVersion"] == "LATEST"
    assert found["propagateTags"] == "NONE"
    assert found["taskDefinition"] == f"{ARN}:task-definition/web:1"
    assert found["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"


def test_a_service_without_security_groups_is_accepted(shop, subnet):
    """moto fails on it; a task's network interface then has the VPC's default group."""
    found = create(shop, subnet)["networkConfiguration"]["awsvpcConfiguration"]

    assert found == {"subnets": [subnet], "securityGroups": [], "assignPublicIp": "DISABLED"}


def test_a_capacity_provider_strategy_takes_the_place_of_the_launch_type(shop, subnet):
    """moto makes it a service of EC2."""
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    found = create(shop, subnet, launchType=None, capacityProviderStrategy=strategy)

    assert found["capacityProviderStrategy"] == [{**strategy[0], "base": 0}]
    assert "launchType" not in found


def test_a_clusters_default_strategy_is_used_when_nothing_is_said(ecs, subnet):
    """Neither a launch type nor a strategy in the request."""
    strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    ecs.create_cluster(
        clusterName="shop",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=strategy,
    )
    register(ecs)
    found = create(ecs, subnet, launchType=None)

    assert found["capacityProviderStrategy"] == strategy


@pytest.mark.parametrize("reference", ["web", "web:2", f"{ARN}:task-definition/web:2"])
def test_an_updated_service_names_its_task_definition_by_arn(shop, subnet, reference):
    """However the request named it; moto keeps it as typed."""
    create(shop, subnet)
    register(shop)
    shop.update_service(cluster="shop", service="web", taskDefinition=reference)

    assert show(shop)["taskDefinition"] == f"{ARN}:task-definition/web:2"


def test_an_update_changes_what_it_names_and_nothing_else(shop, subnet):
    """A deployment configuration is merged with the one before."""
    before = create(shop, subnet, **KEPT)
    shop.update_service(
        cluster="shop",
        service="web",
        enableExecuteCommand=False,
        deploymentConfiguration={"maximumPercent": 200},
    )
    after = show(shop)

    assert after["enableExecuteCommand"] is False
    assert after["deploymentConfiguration"] == {
        **KEPT["deploymentConfiguration"],
        "maximumPercent": 200,
    }
    for key in ("availabilityZoneRebalancing", "propagateTags", "tags", "networkConfiguration"):
        assert after[key] == before[key]


def test_services_are_listed_by_launch_type_in_pages(shop, subnet):
    """Sorted, and only those of the cluster."""
    for name in ("c", "a", "b"):
        create(shop, subnet, name)
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    create(shop, subnet, "d", launchType=None, capacityProviderStrategy=spot)
    pages = shop.get_paginator("list_services").paginate(
        cluster="shop", launchType="FARGATE", PaginationConfig={"PageSize": 2}
    )
    listed = [arn.rpartition("/")[2] for page in pages for arn in page["serviceArns"]]

    assert listed == ["a", "b", "c"]


# --- tasks -------------------------------------------------------------------------------------------


def test_tasks_are_listed_by_family_starter_and_wanted_status(shop, subnet):
    """Each filter by itself; without one, what is wanted to run."""
    register(shop, "job")
    common = {
        "cluster": "shop",
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet]}},
    }
    web = shop.run_task(taskDefinition="web", startedBy="me", **common)["tasks"][0]["taskArn"]
    job = shop.run_task(taskDefinition="job", **common)["tasks"][0]["taskArn"]
    shop.stop_task(cluster="shop", task=job)
    listed = {
        name: shop.list_tasks(cluster="shop", **filters)["taskArns"]
        for name, filters in {
            "all": {},
            "stopped": {"desiredStatus": "STOPPED"},
            "family": {"family": "web"},
            "other family": {"family": "job"},
            "starter": {"startedBy": "me"},
            "launch type": {"launchType": "EC2"},
        }.items()
    }

    assert listed == {
        "all": [web],
        "stopped": [job],
        "family": [web],
        "other family": [],
        "starter": [web],
        "launch type": [],
    }


def test_a_page_of_tasks_leads_to_the_next(shop, subnet):
    """Ten tasks in pages of four."""
    shop.run_task(
        cluster="shop",
        taskDefinition="web",
        count=10,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    pages = list(
        shop.get_paginator("list_tasks").paginate(cluster="shop", PaginationConfig={"PageSize": 4})
    )

    assert [len(page["taskArns"]) for page in pages] == [4, 4, 2]


def test_a_token_that_is_none_is_refused(shop):
    """Not answered with the first page again."""
    with pytest.raises(ClientError) as error:
        shop.list_services(cluster="shop", nextToken="99")

    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_an_unknown_task_is_a_failure_and_not_nothing(shop, subnet):
    """The answer names it, MISSING, beside the tasks that are there."""
    task = shop.run_task(
        cluster="shop",
        taskDefinition="web",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )["tasks"][0]["taskArn"]
    found = shop.describe_tasks(cluster="shop", tasks=["0" * 32, task])

    assert [one["taskArn"] for one in found["tasks"]] == [task]
    assert found["failures"] == [{"arn": f"{ARN}:task/shop/{'0' * 32}", "reason": "MISSING"}]
