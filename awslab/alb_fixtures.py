"""What stands around a load balancer before a lesson begins: a network, images, tasks and services; all by AWS's API.

The network is the usual one: two public subnets for the load balancer, two private ones for the tasks, a NAT gateway.
"""

import ipaddress
import json
from typing import Any

from botocore.exceptions import ClientError

from awslab.fixtures import push_image
from awslab.world.account import ACCOUNT, REGION

__all__ = ["drained_after", "hosted_zone", "network", "publish", "serve", "tasks"]

ZONES = ("us-east-1a", "us-east-1b")
EXECUTION = "web-execution"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def _client(service: str) -> Any:
    from awslab.clients import client

    return client(service)


def network(cidr: str = "10.30.0.0/16", port: int = 3000) -> dict[str, Any]:
    """Make a VPC with two public and two private subnets, and return the ids of its parts.

    Keys: `vpc`; `public` and `private`, lists of two subnets, one a zone; `alb_group`, a security group without inbound
    rules; `task_group`, which lets `alb_group` in on `port`; `cluster`, an ECS cluster's name.
    `cidr` is a /16; called again for the same one, it finds what it made.
    """
    ec2 = _client("ec2")
    if known := _known(ec2, cidr):
        return known
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=_name("vpc", "shop"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    blocks = list(ipaddress.ip_network(cidr).subnets(new_prefix=24))
    made: dict[str, Any] = {"vpc": vpc}
    for tier, first in (("public", 0), ("private", 10)):
        made[tier] = [
            ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=str(blocks[first + index]),
                AvailabilityZone=zone,
                TagSpecifications=_name("subnet", f"{tier}-{zone[-1]}"),
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate(ZONES)
        ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    _route(ec2, vpc, made["public"], GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=made["public"][0], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    _route(ec2, vpc, made["private"], NatGatewayId=nat["NatGatewayId"])
    for name in ("alb", "task"):
        made[f"{name}_group"] = ec2.create_security_group(
            GroupName=name, Description=f"{name}s of the shop", VpcId=vpc
        )["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=made["task_group"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": made["alb_group"]}],
            }
        ],
    )
    made["cluster"] = _client("ecs").create_cluster(clusterName="shop")["cluster"]["clusterName"]
    return made


def _known(ec2: Any, cidr: str) -> dict[str, Any] | None:
    wanted = [{"Name": "cidr", "Values": [cidr]}, {"Name": "tag:Name", "Values": ["shop"]}]
    vpcs = ec2.describe_vpcs(Filters=wanted)["Vpcs"]
    if not vpcs:
        return None
    inside = [{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    named = {tag["Value"]: each["SubnetId"] for each in subnets for tag in each.get("Tags", [])}
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    by_name = {each["GroupName"]: each["GroupId"] for each in groups}
    return {
        "vpc": vpcs[0]["VpcId"],
        "public": [named["public-a"], named["public-b"]],
        "private": [named["private-a"], named["private-b"]],
        "alb_group": by_name["alb"],
        "task_group": by_name["task"],
        "cluster": "shop",
    }


def _name(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _route(ec2: Any, vpc: str, subnets: list[str], **target: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def hosted_zone(domain: str) -> str:
    """Make a Route 53 public hosted zone, unless it is there, and return its id."""
    route53 = _client("route53")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        if zone["Name"] == f"{domain}.":
            return zone["Id"]
    return route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]


def publish(name: str, version: str = "v1", **app: Any) -> str:
    """Push an image, register a task definition for it, and return the task definition's ARN.

    `app` is the image's profile (`awslab.world.app_profile`): `port`, `boot` seconds, `health` by path.
    The task definition's family is `name`, its one container is called `app`.
    """
    ecr, logs, iam = _client("ecr"), _client("logs"), _client("iam")
    if name not in [each["repositoryName"] for each in ecr.describe_repositories()["repositories"]]:
        ecr.create_repository(repositoryName=name)
        logs.create_log_group(logGroupName=f"/ecs/{name}")
    if EXECUTION not in [each["RoleName"] for each in iam.list_roles()["Roles"]]:
        iam.create_role(RoleName=EXECUTION, AssumeRolePolicyDocument=json.dumps(_TRUST))
        iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=_MANAGED)
    profile = {"port": 3000, "boot": 5, "health": {"*": 200}, **app}
    try:
        push_image(name, version, content=f"{name} {version}", app=profile)
    except ClientError as error:  # the same image twice: a cell that is run again
        if error.response["Error"]["Code"] != "ImageAlreadyExistsException":
            raise
    container = {
        "name": "app",
        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:{version}",
        "essential": True,
        "portMappings": [{"containerPort": profile["port"], "protocol": "tcp"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"/ecs/{name}",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "app",
            },
        },
    }
    return _client("ecs").register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{EXECUTION}",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]


def _where(place: dict[str, Any], group: str | None = None) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "subnets": place["private"],
            "securityGroups": [group or place["task_group"]],
            "assignPublicIp": "DISABLED",
        }
    }


def tasks(place: dict[str, Any], definition: str, count: int = 2, group: str | None = None) -> list:
    """Run tasks that belong to no service, wait until they run, and return their private addresses.

    `place` is what `network` returned, `group` another security group than its `task_group`.
    """
    ecs = _client("ecs")
    started = ecs.run_task(
        cluster=place["cluster"],
        taskDefinition=definition,
        count=count,
        launchType="FARGATE",
        networkConfiguration=_where(place, group),
    )["tasks"]
    arns = [task["taskArn"] for task in started]
    ecs.get_waiter("tasks_running").wait(cluster=place["cluster"], tasks=arns)
    running = ecs.describe_tasks(cluster=place["cluster"], tasks=arns)["tasks"]
    return [_address(task) for task in running]


def _address(task: dict[str, Any]) -> str:
    details = task["attachments"][0]["details"]
    return next(each["value"] for each in details if each["name"] == "privateIPv4Address")


def serve(
    place: dict[str, Any], name: str, target_group: str, *, port: int = 3000, **settings: Any
) -> str:
    """Create a service of two tasks of the family `name` behind a target group, and return its ARN.

    `settings` are further arguments of CreateService, such as `healthCheckGracePeriodSeconds`.
    Raises ECS's own errors, for example when no listener forwards to the target group.
    """
    wanted = {
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": _where(place),
        **settings,
    }
    behind = {"targetGroupArn": target_group, "containerName": "app", "containerPort": port}
    return _client("ecs").create_service(
        cluster=place["cluster"],
        serviceName=name,
        taskDefinition=name,
        loadBalancers=[behind],
        **wanted,
    )["service"]["serviceArn"]


def drained_after(target_group: str, address: str, port: int) -> int:
    """Deregister a target and return for how many simulated seconds it drains, in steps of five.

    Asking for its health is what lets the time pass.
    """
    elb, target = _client("elbv2"), {"Id": address, "Port": port}
    elb.deregister_targets(TargetGroupArn=target_group, Targets=[target])
    passed = 0
    while True:
        found = elb.describe_target_health(TargetGroupArn=target_group, Targets=[target])
        passed += 5
        if found["TargetHealthDescriptions"][0]["TargetHealth"]["State"] != "draining":
            return passed
