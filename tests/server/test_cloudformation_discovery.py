"""Stacks with Service Connect, Cloud Map and rotating secrets."""

import pytest

from tests.server.test_cloudformation import Stacks, template

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


@pytest.fixture
def stacks(app, session):
    """An account with a network and roles to deploy stacks in."""
    made = Stacks(app, session)
    made.world.network().roles()
    return made


def att(name, attribute):
    """Return an Fn::GetAtt."""
    return {"Fn::GetAtt": [name, attribute]}


def connected(stacks, image):
    """Return a template of a registered service with a Service Connect endpoint, and the namespaces it needs."""
    network = stacks.world.reaches()["awsvpcConfiguration"]
    entry = {
        "PortName": "http",
        "DiscoveryName": "orders",
        "ClientAliases": [{"Port": 3000, "DnsName": "orders"}],
    }
    service = {
        "Cluster": {"Ref": "Cluster"},
        "TaskDefinition": {"Ref": "Definition"},
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": network["subnets"],
                "SecurityGroups": network["securityGroups"],
                "AssignPublicIp": "ENABLED",
            }
        },
        "ServiceRegistries": [{"RegistryArn": att("Entry", "Arn")}],
        "ServiceConnectConfiguration": {
            "Enabled": True,
            "Namespace": att("Api", "Arn"),
            "Services": [entry],
        },
    }
    definition = {
        "Family": "orders",
        "RequiresCompatibilities": ["FARGATE"],
        "NetworkMode": "awsvpc",
        "Cpu": "256",
        "Memory": "512",
        "ExecutionRoleArn": stacks.world.role,
        "ContainerDefinitions": [
            {
                "Name": "app",
                "Image": image,
                "PortMappings": [{"ContainerPort": 3000, "Name": "http"}],
            }
        ],
    }
    parts = {
        "Cluster": ("ECS::Cluster", {}),
        "Definition": ("ECS::TaskDefinition", definition),
        "Orders": ("ECS::Service", service),
        "Api": ("ServiceDiscovery::HttpNamespace", {"Name": "api"}),
        "Dns": (
            "ServiceDiscovery::PrivateDnsNamespace",
            {"Name": "shop.internal", "Vpc": stacks.world.vpc},
        ),
        "Entry": (
            "ServiceDiscovery::Service",
            {
                "Name": "orders",
                "DnsConfig": {
                    "NamespaceId": {"Ref": "Dns"},
                    "DnsRecords": [{"Type": "A", "TTL": "60"}],
                },
                "HealthCheckCustomConfig": {"FailureThreshold": 1},
            },
        ),
    }
    return template(
        **{n: {"Type": f"AWS::{kind}", "Properties": p} for n, (kind, p) in parts.items()}
    )


def test_a_stack_with_service_discovery_comes_and_goes(stacks):
    """The task is found in both namespaces; the stack is deleted in an order that leaves nothing in use."""
    made = stacks.create(connected(stacks, stacks.world.image(app={"port": 3000})))
    cloudmap = stacks.session.client("servicediscovery")
    found = [
        cloudmap.discover_instances(NamespaceName=name, ServiceName="orders")["Instances"]
        for name in ("api", "shop.internal")
    ]
    stacks.client.delete_stack(StackName="shop")
    gone = stacks.finished(made["StackId"])

    assert made["StackStatus"] == "CREATE_COMPLETE", stacks.failures()
    assert [len(each) for each in found] == [1, 1]
    assert gone["StackStatus"] == "DELETE_COMPLETE", stacks.failures(gone["StackId"])
    assert cloudmap.list_namespaces()["Namespaces"] == []


@pytest.mark.parametrize(
    "function",
    [
        {"RotationLambdaARN": FUNCTION},
        {"HostedRotationLambda": {"RotationType": "PostgreSQLSingleUser"}},
    ],
)
def test_a_rotation_schedule_rotates_the_secret(stacks, function):
    """At once and from then on by its rules; deleted, the secret stays as it is."""
    secrets = stacks.session.client("secretsmanager")
    arn = secrets.create_secret(Name="db", SecretString="old")["ARN"]
    rules = {"ScheduleExpression": "rate(10 days)"}
    schedule = {"SecretId": arn, "RotationRules": rules, **function}
    stack = stacks.create(
        template(S={"Type": "AWS::SecretsManager::RotationSchedule", "Properties": schedule})
    )
    shown = secrets.describe_secret(SecretId=arn)
    value = secrets.get_secret_value(SecretId=arn)["SecretString"]
    stacks.client.delete_stack(StackName="shop")
    stacks.finished(stack["StackId"])

    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.failures()
    assert (shown["RotationEnabled"], shown["RotationRules"]) == (True, rules)
    assert value != "old"
    assert secrets.describe_secret(SecretId=arn)["RotationEnabled"] is False
