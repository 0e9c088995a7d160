"""What the lesson on ECS needs around its services, made through AWS's own API: network, load balancer, role, images.

Making anything twice finds it again, so a notebook's cell may be run again.
"""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from botocore.exceptions import ClientError

from awslab.fixtures import push_image
from awslab.world.account import ACCOUNT, REGION

__all__ = [
    "Lanes",
    "Stage",
    "lanes",
    "network_configuration",
    "push_app",
    "stage",
    "subnet",
    "target_group",
]

ZONES = ("us-east-1a", "us-east-1b")
EVERYWHERE = "0.0.0.0/0"
INFRASTRUCTURE_POLICY = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


@dataclass(frozen=True)
class Stage:
    """The ids that a service is created with; `network` is what `networkConfiguration` takes."""

    vpc: str
    subnets: list[str]
    security_group: str
    execution_role: str
    load_balancer: str
    listener: str
    target_group: str
    url: str

    @property
    def network(self) -> dict[str, Any]:
        """A `networkConfiguration` for tasks in the private subnets."""
        return network_configuration(self.subnets, self.security_group)


def network_configuration(subnets: Sequence[str], group: str) -> dict[str, Any]:
    """Return a `networkConfiguration` for tasks without public addresses."""
    configuration = {
        "subnets": list(subnets),
        "securityGroups": [group],
        "assignPublicIp": "DISABLED",
    }
    return {"awsvpcConfiguration": configuration}


def stage(
    name: str = "shop",
    *,
    port: int = 3000,
    cidr: str = "10.20.0.0/16",
    health_path: str = "/health",
) -> Stage:
    """Make a VPC of two zones with NAT, a load balancer that forwards to a target group, and an execution role.

    `cidr` is the VPC's range, a /16; the tasks' security group lets the load balancer in on `port`.
    The target group checks `health_path` every 10 seconds and waits 30 seconds before it forgets a target.
    Raises AWS's own ClientError.
    """
    ec2, elb, iam = _clients("ec2", "elbv2", "iam")
    vpc = _vpc(ec2, name, cidr)
    balancer = _group(ec2, vpc, f"{name}-alb", [(80, EVERYWHERE)])
    tasks = _group(ec2, vpc, f"{name}-tasks", [(port, balancer)])
    subnets = _subnets(ec2, vpc, cidr)
    arn, url = _balancer(elb, name, subnets["public"], balancer)
    group = target_group(elb, f"{name}-tg", vpc, port, health_path)
    return Stage(
        vpc=vpc,
        subnets=subnets["private"],
        security_group=tasks,
        execution_role=_role(iam, f"{name}-execution", EXECUTION_POLICY),
        load_balancer=arn,
        listener=_listener(elb, arn, group),
        target_group=group,
        url=url,
    )


@dataclass(frozen=True)
class Lanes:
    """What a service needs that shifts traffic: two target groups, the rule that shares it out, a role to change it."""

    blue: str
    green: str
    rule: str
    role: str


def lanes(on: Stage, name: str, path: str, *, port: int = 3000) -> Lanes:
    """Make two target groups, `name`-blue and `name`-green, and a rule that sends `path` to the first.

    The role lets ECS change the rule's weights.
    Raises AWS's own ClientError.
    """
    elb, iam = _clients("elbv2", "iam")
    blue, green = (
        target_group(elb, f"{name}-{colour}", on.vpc, port) for colour in ("blue", "green")
    )
    role = _role(iam, "ecs-load-balancers", INFRASTRUCTURE_POLICY, service="ecs.amazonaws.com")
    rules = elb.describe_rules(ListenerArn=on.listener)["Rules"]
    for rule in rules:
        conditions = [c.get("PathPatternConfig", {}).get("Values") for c in rule["Conditions"]]
        if conditions == [[path]]:
            return Lanes(blue, green, rule["RuleArn"], role)
    taken = [int(rule["Priority"]) for rule in rules if not rule["IsDefault"]]
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in ((blue, 1), (green, 0))]
    made = elb.create_rule(
        ListenerArn=on.listener,
        Priority=max(taken, default=10) + 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )
    return Lanes(blue, green, made["Rules"][0]["RuleArn"], role)


def _clients(*services: str) -> list[Any]:
    from awslab.clients import client

    return [client(service) for service in services]


def _named(**filters: str) -> list[dict[str, Any]]:
    return [{"Name": key.replace("_", "-"), "Values": [value]} for key, value in filters.items()]


def _vpc(ec2: Any, name: str, cidr: str) -> str:
    wanted = [*_named(cidr=cidr), {"Name": "tag:Name", "Values": [name]}]
    if found := ec2.describe_vpcs(Filters=wanted)["Vpcs"]:
        return found[0]["VpcId"]
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tags)["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc


def _group(ec2: Any, vpc: str, name: str, rules: Sequence[tuple[int, str]]) -> str:
    """Return a security group that lets TCP in, from a CIDR or from another group."""
    found = ec2.describe_security_groups(Filters=_named(vpc_id=vpc, group_name=name))
    if found["SecurityGroups"]:
        return found["SecurityGroups"][0]["GroupId"]
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for port, source in rules:
        of = (
            {"IpRanges": [{"CidrIp": source}]}
            if "/" in source
            else {"UserIdGroupPairs": [{"GroupId": source}]}
        )
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def _subnets(ec2: Any, vpc: str, cidr: str) -> dict[str, list[str]]:
    """Return the public and the private subnets, one a zone each."""
    there = ec2.describe_subnets(Filters=_named(vpc_id=vpc))["Subnets"]
    tiers: dict[str, list[str]] = {"public": [], "private": []}
    if there:
        for each in sorted(there, key=lambda s: s["AvailabilityZone"]):
            tag = next(t["Value"] for t in each["Tags"] if t["Key"] == "Name")
            tiers.setdefault(tag.partition("-")[0], []).append(each["SubnetId"])
        return tiers
    ranges = ip_network(cidr).subnets(new_prefix=24)
    for tier, subnets in tiers.items():
        for zone in ZONES:
            subnets.append(subnet(ec2, vpc, f"{tier}-{zone[-1]}", str(next(ranges)), zone))
    _routes(ec2, vpc, tiers)
    return tiers


def subnet(ec2: Any, vpc: str, name: str, cidr: str, zone: str) -> str:
    """Make a subnet with a Name tag, or find it by that tag, and return its id.

    Raises EC2's own ClientError.
    """
    wanted = [*_named(vpc_id=vpc), {"Name": "tag:Name", "Values": [name]}]
    if found := ec2.describe_subnets(Filters=wanted)["Subnets"]:
        return found[0]["SubnetId"]
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}]
    made = ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=tags
    )
    return made["Subnet"]["SubnetId"]


def _routes(ec2: Any, vpc: str, tiers: dict[str, list[str]]) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    _table(ec2, vpc, tiers["public"], GatewayId=gateway)
    nats = []
    for subnet in tiers["public"]:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        nats.append(made["NatGateway"]["NatGatewayId"])
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=nats)
    for subnet, nat in zip(tiers["private"], nats, strict=True):
        _table(ec2, vpc, [subnet], NatGatewayId=nat)


def _table(ec2: Any, vpc: str, subnets: Sequence[str], **way: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, **way)


def _role(iam: Any, name: str, *policies: str, service: str = "ecs-tasks.amazonaws.com") -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _balancer(elb: Any, name: str, subnets: Sequence[str], group: str) -> tuple[str, str]:
    there = elb.describe_load_balancers()["LoadBalancers"]
    found = next((each for each in there if each["LoadBalancerName"] == name), None)
    if found is None:
        found = elb.create_load_balancer(
            Name=name, Subnets=list(subnets), SecurityGroups=[group], Scheme="internet-facing"
        )["LoadBalancers"][0]
    arn = found["LoadBalancerArn"]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    return arn, f"http://{found['DNSName']}"


def target_group(elb: Any, name: str, vpc: str, port: int, health_path: str = "/health") -> str:
    """Make a target group of type `ip` that checks every 10 seconds, or find it, and return its ARN.

    Raises Elastic Load Balancing's own ClientError.
    """
    there = elb.describe_target_groups()["TargetGroups"]
    found = next((each for each in there if each["TargetGroupName"] == name), None)
    if found:
        return found["TargetGroupArn"]
    arn = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=port,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=health_path,
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    return arn


def _listener(elb: Any, balancer: str, group: str) -> str:
    if there := elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
        return there[0]["ListenerArn"]
    forward = {"Type": "forward", "TargetGroupArn": group}
    made = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward]
    )
    return made["Listeners"][0]["ListenerArn"]


def push_app(repository: str, tag: str, **profile: Any) -> str:
    """Push an image whose app behaves as `profile` says (the keys of app.yml), and return its URI.

    The repository is made when it is missing.
    Raises ECR's own errors, but none for an image that is there already.
    """
    (ecr,) = _clients("ecr")
    with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=repository)
    try:
        push_image(repository, tag, content=f"{repository} {tag}", app=profile)
    except ClientError as error:  # of another client, whose classes of exceptions are its own
        if error.response["Error"]["Code"] != "ImageAlreadyExistsException":
            raise
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}:{tag}"
