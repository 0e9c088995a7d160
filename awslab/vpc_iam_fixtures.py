"""What lesson 6.3.d puts into an AWS before the learner comes, and tries out in a check, through AWS's own API.

Every maker finds what is there already under its name, so that a cell can run twice, in the same process or in another.
"""

import contextlib
import ipaddress
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from awslab.clients import client
from awslab.fixtures import push_image
from awslab.world.account import ACCOUNT, REGION

__all__ = [
    "attempt",
    "definition",
    "definitions",
    "everything",
    "interface",
    "network",
    "outcome",
    "push_app",
    "role",
    "room_in",
    "security_group",
    "statement",
    "strict_acl",
    "subnets_of",
    "trust",
    "undone",
]

ZONES = ("us-east-1a", "us-east-1b")
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
POLLS = 120  # of a task: ten simulated minutes, more than any start takes


@contextlib.contextmanager
def undone(cloud: Any) -> Iterator[None]:
    """Undo at the end of the block whatever was done to the account in it, the passing of time included."""
    before = cloud.snapshot()
    try:
        yield
    finally:
        cloud.restore(before)


def network(
    cidr: str, *, internet: bool = True, dns: bool = True, zones: Sequence[str] = ZONES
) -> dict[str, Any]:
    """Make, or find, a VPC of a /16 range with a public and a private subnet in each of two zones.

    The private subnets have a route table each and share one NAT gateway: a check looks at one zone at a time.
    Without `internet` there is no gateway at all, and the two public subnets are left out.
    Returns `{"vpc", "public": {zone: subnet}, "private": {zone: subnet}, "tables": {"public" or zone: table}}`.
    """
    ec2 = _client("ec2")
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"]
    if vpcs:
        return _found(ec2, vpcs[0]["VpcId"])
    vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    if dns:
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    made: dict[str, Any] = {"vpc": vpc, "public": {}, "private": {}, "tables": {}}
    start = ".".join(cidr.split(".")[:2])
    for tier, first in (("public", 0), ("private", 10)) if internet else (("private", 10),):
        for index, zone in enumerate(zones):
            made[tier][zone] = ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"{start}.{first + index}.0/24",
                AvailabilityZone=zone,
                TagSpecifications=_named("subnet", f"{tier}-{zone[-1]}"),
            )["Subnet"]["SubnetId"]
    if internet:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        subnets = made["public"].values()
        made["tables"]["public"] = _table(ec2, vpc, "public", subnets, GatewayId=gateway)
        nat = _nat_gateway(ec2, made["public"][zones[0]])
    for zone in zones:
        way = {"NatGatewayId": nat} if internet else {}
        name = f"private-{zone[-1]}"
        made["tables"][zone] = _table(ec2, vpc, name, [made["private"][zone]], **way)
    return made


def _found(ec2: Any, vpc: str) -> dict[str, Any]:
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    found: dict[str, Any] = {"vpc": vpc, "public": {}, "private": {}, "tables": {}}
    zone_of = {}
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        zone_of[subnet["SubnetId"]] = subnet["AvailabilityZone"]
        tier = _name_of(subnet).partition("-")[0]
        if tier in found:
            found[tier][subnet["AvailabilityZone"]] = subnet["SubnetId"]
    for table in ec2.describe_route_tables(Filters=within)["RouteTables"]:
        name = _name_of(table)
        subnets = [a["SubnetId"] for a in table["Associations"] if "SubnetId" in a]
        if name.startswith("private-") and subnets:
            found["tables"][zone_of[subnets[0]]] = table["RouteTableId"]
        elif name == "public":
            found["tables"]["public"] = table["RouteTableId"]
    return found


def subnets_of(cidr: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the id of the VPC made last with this range and its subnets as EC2 describes them, or ("", [])."""
    ec2 = _client("ec2")
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"]
    if not vpcs:
        return "", []
    within = [{"Name": "vpc-id", "Values": [vpcs[-1]["VpcId"]]}]
    return vpcs[-1]["VpcId"], ec2.describe_subnets(Filters=within)["Subnets"]


def room_in(subnet: dict[str, Any]) -> int:
    """Return how many network interfaces an empty subnet holds, of a subnet as EC2 describes it."""
    return ipaddress.ip_network(subnet["CidrBlock"]).num_addresses - 5


def _name_of(described: dict[str, Any]) -> str:
    return next((tag["Value"] for tag in described.get("Tags", []) if tag["Key"] == "Name"), "")


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _table(ec2: Any, vpc: str, name: str, subnets: Any, **way: str) -> str:
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=_named("route-table", name))
    made = table["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=made, SubnetId=subnet)
    if way:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **way)
    return made


def _nat_gateway(ec2: Any, subnet: str) -> str:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    return nat["NatGatewayId"]


def security_group(vpc: str, name: str, *permissions: dict[str, Any]) -> str:
    """Make, or find, a security group with these inbound permissions, and return its id."""
    ec2 = _client("ec2")
    named = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": [name]}]
    groups = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    if groups:
        return groups[0]["GroupId"]
    made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    if permissions:
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(permissions))
    return made


def everything(cidr: str = "0.0.0.0/0", port: int | None = None) -> dict[str, Any]:
    """Return the permission for all traffic from a range, or for one TCP port of it."""
    ranges = {"IpRanges": [{"CidrIp": cidr}]}
    if port is None:
        return {"IpProtocol": "-1", **ranges}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges}


def interface(subnet: str, *groups: str, public: bool = False) -> str:
    """Make a network interface, as a task has one, and return its id.

    With `public` it has a public address; without groups it is in a group of its own that lets everything in.
    Raises EC2's own errors, for example when the subnet is full.
    """
    ec2 = _client("ec2")
    if not groups:
        vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        groups = (security_group(vpc, "probe", everything()),)
    made = ec2.create_network_interface(SubnetId=subnet, Groups=list(groups))
    eni = made["NetworkInterface"]["NetworkInterfaceId"]
    if public:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ec2.associate_address(AllocationId=address, NetworkInterfaceId=eni)
    return eni


def strict_acl(place: dict[str, Any], zone: str, port: int, quarantine: str) -> str:
    """Put the private subnet of one zone under an ACL that fails in two ways, and return the ACL's id.

    It lets `port` in from the VPC before it denies the range `quarantine`, and lets nothing out.
    A subnet with that range is made in the same zone.
    """
    ec2 = _client("ec2")
    within = [{"Name": "vpc-id", "Values": [place["vpc"]]}]
    acls = ec2.describe_network_acls(Filters=within)["NetworkAcls"]
    if strict := [acl["NetworkAclId"] for acl in acls if not acl["IsDefault"]]:
        return strict[0]
    cidr = ec2.describe_vpcs(VpcIds=[place["vpc"]])["Vpcs"][0]["CidrBlock"]
    ec2.create_subnet(
        VpcId=place["vpc"],
        CidrBlock=quarantine,
        AvailabilityZone=zone,
        TagSpecifications=_named("subnet", "quarantine"),
    )
    acl = ec2.create_network_acl(VpcId=place["vpc"])["NetworkAcl"]["NetworkAclId"]
    rule = {"NetworkAclId": acl, "Egress": False}
    ports = {"Protocol": "6", "PortRange": {"From": port, "To": port}}
    ec2.create_network_acl_entry(
        **rule, RuleNumber=100, RuleAction="allow", CidrBlock=cidr, **ports
    )
    ec2.create_network_acl_entry(
        **rule, RuleNumber=200, RuleAction="deny", CidrBlock=quarantine, Protocol="-1"
    )
    for association in (a for found in acls for a in found["Associations"]):
        if association["SubnetId"] == place["private"][zone]:
            ec2.replace_network_acl_association(
                AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
            )
    return acl


def statement(actions: str | list[str], resources: str | list[str], effect: str = "Allow") -> Any:
    """Return one statement of a policy."""
    return {"Effect": effect, "Action": actions, "Resource": resources}


def trust(service: str = "ecs-tasks.amazonaws.com") -> str:
    """Return the trust policy that lets an AWS service assume a role."""
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name: str, *statements: dict[str, Any], execution: bool = False) -> str:
    """Make, or find, a role that ECS tasks may assume, and return its ARN.

    `execution` attaches AWS's managed policy for task execution roles.
    """
    iam = _client("iam")
    try:
        return iam.get_role(RoleName=name)["Role"]["Arn"]
    except iam.exceptions.NoSuchEntityException:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    if execution:
        iam.attach_role_policy(RoleName=name, PolicyArn=EXECUTION_POLICY)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)
    return made


def attempt(cloud: Any, role_name: str, service: str, operation: str, **arguments: Any) -> str:
    """Make one call of AWS as the code in a task with this role; return "allowed" or AWS's error code.

    A call that is allowed and fails for another reason counts as allowed.
    S3 says AccessDenied for an object that is not there to whoever may not list the bucket: ask about one that is.
    Raises ValueError for a role that does not exist or that ECS tasks may not assume.
    """
    with cloud.as_role(role_name):
        try:
            getattr(client(service), operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            return code if code in ("AccessDenied", "AccessDeniedException", "403") else "allowed"
    return "allowed"


def definitions(number: int) -> dict[str, dict[str, Any]]:
    """Return six task definitions of the order service under the letters A to F, five with a fault.

    `number`, 0 to 719, says in which order.
    """
    arn = f"arn:aws:iam::{ACCOUNT}:role/"
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:orders/database-Ab12Cd"
    safe = {"secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}]}
    plain = {"environment": [{"name": "DATABASE_PASSWORD", "value": "correct horse"}]}
    shared, own = arn + "shop-execution", arn + "order-task"
    cases = [
        (shared, own, safe),
        (own, shared, safe),
        (shared, shared, safe),
        (None, own, safe),
        (shared, arn + "payment-task", safe),
        (shared, own, plain),
    ]
    chosen = list(itertools.permutations(cases))[number]
    return {
        letter: {
            "family": "order",
            **({"executionRoleArn": execution} if execution else {}),
            "taskRoleArn": task,
            "containerDefinitions": [{"name": "app", "image": "order-service:v1.0", **settings}],
        }
        for letter, (execution, task, settings) in zip("ABCDEF", chosen, strict=True)
    }


def push_app(repository: str, tag: str = "v1.0", **profile: Any) -> str:
    """Push an image of a small app and return its URI; the repository is made when it is missing.

    `profile` is what an `app.yml` would say: `port=3000`, `env=["PASSWORD"]`.
    """
    ecr = _client("ecr")
    with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=repository)
    app = {"port": 80, "boot": 5, "health": {"*": 200}, **profile}
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        push_image(repository, tag, content=f"{repository} {tag}", app=app)
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}:{tag}"


def definition(
    family: str,
    image: str,
    execution_role: str,
    *,
    task_role: str = "",
    secret: str = "",
    port: int = 80,
) -> str:
    """Register a Fargate task definition with logs, and the secret as PASSWORD if one is given; return its ARN.

    The log group `/ecs/<family>` and the cluster `shop` are made when they are missing.
    """
    logs, ecs = _client("logs"), _client("ecs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=f"/ecs/{family}")
    ecs.create_cluster(clusterName="shop")
    container = {
        "name": "app",
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": port}],
        "secrets": [{"name": "PASSWORD", "valueFrom": secret}] if secret else [],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"/ecs/{family}",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "app",
            },
        },
    }
    return ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=execution_role,
        containerDefinitions=[container],
        **({"taskRoleArn": task_role} if task_role else {}),
    )["taskDefinition"]["taskDefinitionArn"]


def outcome(family: str, subnet: str, group: str, *, public_ip: bool = False) -> dict[str, str]:
    """Run one Fargate task on the cluster `shop` and wait until it runs or has stopped.

    Returns `{"status": "RUNNING" or "STOPPED", "reason": the stopped reason, "task": its ARN}`.
    Raises ECS's own errors for a task that it does not accept.
    """
    ecs = _client("ecs")
    where = {
        "subnets": [subnet],
        "securityGroups": [group],
        "assignPublicIp": "ENABLED" if public_ip else "DISABLED",
    }
    task = ecs.run_task(
        cluster="shop",
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )["tasks"][0]
    for _ in range(POLLS):
        task = ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["tasks"][0]
        if task["lastStatus"] in ("RUNNING", "STOPPED"):
            break
    return {
        "status": task["lastStatus"],
        "reason": task.get("stoppedReason", ""),
        "task": task["taskArn"],
    }


def _client(service: str) -> Any:
    """Return a client of the notebook's own credentials, kept: a check makes a hundred calls of a lab."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return client(service)
    if (endpoint, service) not in _clients:
        _clients[endpoint, service] = client(service)
    return _clients[endpoint, service]


_clients: dict[tuple[str, str], Any] = {}
