"""What CloudTrail's event history says of one API call, and which events a lookup finds.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
KEPT = timedelta(days=90)
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
READING = ("Describe", "Get", "List", "BatchGet", "Lookup", "Check", "BatchCheck", "Search", "Head")
READING += ("Filter", "StartQuery", "Simulate", "Validate", "Preview", "Estimate", "Decode")
# Data events: what goes on inside a resource. Event history has management events only.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
DATA = {
    "cloudwatch": {"PutMetricData", "GetMetricData", "GetMetricStatistics"},
    "dynamodb": {
        *("BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem"),
        *("ExecuteStatement", "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactGetItems", "TransactWriteItems", "UpdateItem", "GetRecords"),
    },
    "kinesis": {"GetRecords", "GetShardIterator", "PutRecord", "PutRecords"},
    "lambda": {"Invoke", "InvokeAsync"},
    "logs": {"PutLogEvents"},
    "sns": {"Publish", "PublishBatch"},
    "sqs": {
        *("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage"),
        *("DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
    },
}
# Endpoint prefixes that are not the name of the service's client.
SOURCES = {
    "application-autoscaling": "autoscaling",
    "cloudwatch": "monitoring",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "stepfunctions": "states",
}
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
GLOBAL = {"iam", "route53", "cloudfront", "organizations"}
# Parameters that name a resource: what AWS Config calls the type of the thing.
# https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
TYPES = {
    "bucketName": "AWS::S3::Bucket",
    "certificateArn": "AWS::ACM::Certificate",
    "cluster": "AWS::ECS::Cluster",
    "clusterName": "AWS::ECS::Cluster",
    "flowLogId": "AWS::EC2::FlowLog",
    "functionName": "AWS::Lambda::Function",
    "groupId": "AWS::EC2::SecurityGroup",
    "instanceId": "AWS::EC2::Instance",
    "internetGatewayId": "AWS::EC2::InternetGateway",
    "keyId": "AWS::KMS::Key",
    "listenerArn": "AWS::ElasticLoadBalancingV2::Listener",
    "loadBalancerArn": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "logGroupName": "AWS::Logs::LogGroup",
    "natGatewayId": "AWS::EC2::NatGateway",
    "networkAclId": "AWS::EC2::NetworkAcl",
    "networkInterfaceId": "AWS::EC2::NetworkInterface",
    "policyArn": "AWS::IAM::Policy",
    "repositoryName": "AWS::ECR::Repository",
    "roleArn": "AWS::IAM::Role",
    "roleName": "AWS::IAM::Role",
    "routeTableId": "AWS::EC2::RouteTable",
    "secretId": "AWS::SecretsManager::Secret",
    "service": "AWS::ECS::Service",
    "serviceName": "AWS::ECS::Service",
    "stackName": "AWS::CloudFormation::Stack",
    "subnetId": "AWS::EC2::Subnet",
    "tableName": "AWS::DynamoDB::Table",
    "targetGroupArn": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "task": "AWS::ECS::Task",
    "taskArn": "AWS::ECS::Task",
    "taskDefinition": "AWS::ECS::TaskDefinition",
    "taskDefinitionArn": "AWS::ECS::TaskDefinition",
    "userName": "AWS::IAM::User",
    "vpcEndpointId": "AWS::EC2::VPCEndpoint",
    "vpcId": "AWS::EC2::VPC",
}
_ATTRIBUTES = {
    "EventId": "EventId",
    "EventName": "EventName",
    "EventSource": "EventSource",
    "ReadOnly": "ReadOnly",
    "Username": "Username",
    "AccessKeyId": "AccessKeyId",
}
ATTRIBUTES = (*_ATTRIBUTES, "ResourceName", "ResourceType")


def is_management(service: str, operation: str) -> bool:
    """Tell whether a call of a service, by its client's name, is a management event."""
    return operation not in DATA.get(service, ())


def is_read_only(operation: str) -> bool:
    """Tell whether an operation changes nothing.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html#read-write-events-mgmt
    """
    return operation.startswith(READING)


def source(service: str, prefix: str) -> str:
    """Return the event source of a service, from its client's name and its endpoint prefix."""
    return f"{SOURCES.get(service, prefix)}.amazonaws.com"


def lowered(value: Any) -> Any:
    """Return parameters as CloudTrail writes them: every name begins with a small letter."""
    if isinstance(value, Mapping):
        return {_lower(str(name)): lowered(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [lowered(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def resources(*parts: Any) -> list[dict[str, str]]:
    """Return the resources that request and response name, each once.

    A task or a role given by ARN is listed under its id or name as well, so that both find the event.
    """
    found: dict[tuple[str, str], None] = {}
    for name, value in (pair for part in parts for pair in _named(part)):
        found[TYPES[name], value] = None
        if value.startswith("arn:") and TYPES[name] in ("AWS::ECS::Task", "AWS::IAM::Role"):
            found[TYPES[name], value.rpartition("/")[2]] = None
    return [{"ResourceType": kind, "ResourceName": name} for kind, name in found]


def _named(value: Any, depth: int = 4) -> Iterator[tuple[str, str]]:
    """Yield the parameters of TYPES with their values, at most `depth` structures deep."""
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner, depth)
    elif isinstance(value, Mapping) and depth:
        for name, inner in value.items():
            if name in TYPES and isinstance(inner, str) and inner:
                yield name, inner
            else:
                yield from _named(inner, depth - 1)


def matches(event: Mapping[str, Any], key: str, value: str) -> bool:
    """Tell whether an event, as LookupEvents returns it, has an attribute of a value.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupAttribute.html
    """
    if key in ("ResourceName", "ResourceType"):
        return any(each[key] == value for each in event["Resources"])
    return event.get(_ATTRIBUTES[key]) == value
