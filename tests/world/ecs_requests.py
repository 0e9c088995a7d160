"""Requests to ECS that are good but for what is given, and what is around them."""

import pytest

from awslab.world.ecs_request import Known, TargetGroup
from awslab.world.request_error import RequestError

INVALID, CLIENT = "InvalidParameterException", "ClientException"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"
DEFINITION = {
    "status": "ACTIVE",
    "compatibilities": ["EC2", "FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {"name": "web", "portMappings": [{"containerPort": 3000, "name": "http"}]},
        {"name": "side"},
    ],
}
KNOWN = Known(
    task_definition=DEFINITION,
    providers=("FARGATE", "FARGATE_SPOT", "asg"),
    vpc_of={"subnet-1": "vpc-1", "subnet-2": "vpc-2", "sg-1": "vpc-1", "sg-2": "vpc-2"},
    target_groups={
        GROUP: TargetGroup("ip", True),
        "arn:instance": TargetGroup("instance", True),
        "arn:lonely": TargetGroup("ip", False),
    },
)


def network(*subnets, **fields):
    """Make a network configuration."""
    return {"awsvpcConfiguration": {"subnets": list(subnets), **fields}}


def balanced(arn=GROUP, name="web", port=3000):
    """Make a load balancer entry."""
    return {"targetGroupArn": arn, "containerName": name, "containerPort": port}


def request(**fields):
    """Make a valid CreateService request, but for what is given; None leaves a field out."""
    whole = {
        "serviceName": "web",
        "taskDefinition": "web:1",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": network("subnet-1", securityGroups=["sg-1"]),
        **fields,
    }
    return {key: value for key, value in whole.items() if value is not None}


def strategy(*entries, **fields):
    """Make a request with a capacity provider strategy of (provider, weight, base)."""
    items = [
        {"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in entries
    ]
    return request(launchType=None, capacityProviderStrategy=items, **fields)


def breaker(kind="COUNT", value=1):
    """Make a deployment configuration with a breaker's threshold."""
    limit = {"type": kind, "value": value}
    return {
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "thresholdConfiguration": limit,
        }
    }


def connected(port="http", aliases=1, **fields):
    """Make a Service Connect configuration."""
    service = {"portName": port, "clientAliases": [{"port": 80}] * aliases}
    return {"enabled": True, "services": [service], **fields}


def refused(check, *args):
    """Return the code and message with which a check refuses."""
    with pytest.raises(RequestError) as error:
        check(*args)
    return error.value.code, error.value.message
