"""What an event says of a call."""

import pytest

from awslab.world import cloudtrail


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ecs", "StopTask", True),
        ("logs", "PutLogEvents", False),
        ("logs", "CreateLogGroup", True),
        ("dynamodb", "GetItem", False),
        ("dynamodb", "CreateTable", True),
        ("sqs", "SendMessage", False),
        ("secretsmanager", "GetSecretValue", True),
    ],
)
def test_management(service, operation, expected):
    """What goes on inside a resource is a data event, and event history has none."""
    actual = cloudtrail.is_management(service, operation)

    assert actual == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("DescribeTasks", True), ("ListUsers", True), ("StopTask", False), ("AssumeRole", False)],
)
def test_read_only(operation, expected):
    """Describe, Get and List change nothing."""
    actual = cloudtrail.is_read_only(operation)

    assert actual == expected


def test_resources_are_listed_once_and_tasks_by_their_id_too():
    """A task is found by its ARN and by its id."""
    arn = "arn:aws:ecs:us-east-1:123456789012:task/shop/abc"
    request = {"cluster": "shop", "task": arn}
    response = {"task": {"taskArn": arn, "tags": []}}

    actual = cloudtrail.resources(request, response)

    assert actual == [
        {"ResourceType": "AWS::ECS::Cluster", "ResourceName": "shop"},
        {"ResourceType": "AWS::ECS::Task", "ResourceName": arn},
        {"ResourceType": "AWS::ECS::Task", "ResourceName": "abc"},
    ]


def test_names_begin_with_a_small_letter():
    """CloudTrail writes RoleName as roleName, at every depth."""
    actual = cloudtrail.lowered({"RoleName": "a", "Tags": [{"Key": "k", "Value": b"v"}]})

    assert actual == {"roleName": "a", "tags": [{"key": "k", "value": "b'v'"}]}


def test_a_lookup_by_resource_type():
    """An event matches by any of its resources."""
    event = {"EventName": "StopTask", "Resources": cloudtrail.resources({"cluster": "shop"})}

    assert cloudtrail.matches(event, "ResourceType", "AWS::ECS::Cluster")
    assert cloudtrail.matches(event, "EventName", "StopTask")
    assert not cloudtrail.matches(event, "ResourceName", "other")
