"""The shop's network: three tiers in two Availability Zones, NAT gateways, endpoints, a chain of security groups.

Nothing here knows that the AWS is mocked: it is the code that one would run against a real account.
"""

from dataclasses import dataclass, field
from typing import Any

from awslab.world.account import REGION

ZONES = ("us-east-1a", "us-east-1b")
SERVICES = ("user", "order", "payment")
APP_PORT = 3000


@dataclass
class Shop:
    """Everything that was built, by role."""

    vpc: str = ""
    internet_gateway: str = ""
    public: dict[str, str] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    nat: dict[str, str] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    zone: str = ""
    certificate: str = ""
    load_balancer: str = ""
    dns_name: str = ""
    listeners: dict[str, str] = field(default_factory=dict)


def network(session: Any, shop: Shop) -> None:
    """Make the VPC: three tiers in two zones, an internet gateway, a NAT gateway a zone."""
    ec2 = session.client("ec2")
    shop.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=shop.vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=shop.vpc, EnableDnsHostnames={"Value": True})
    for tier, first in (("public", 0), ("private", 10), ("data", 20)):
        for index, zone in enumerate(ZONES):
            subnet = ec2.create_subnet(
                VpcId=shop.vpc, CidrBlock=f"10.0.{first + index}.0/24", AvailabilityZone=zone
            )
            getattr(shop, tier)[zone] = subnet["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    shop.internet_gateway = gateway
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=shop.vpc)
    shop.routes["public"] = table(ec2, shop, [shop.public[zone] for zone in ZONES])
    ec2.create_route(
        RouteTableId=shop.routes["public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    for zone in ZONES:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=shop.public[zone], AllocationId=address)
        shop.nat[zone] = nat["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=list(shop.nat.values()))
    for zone in ZONES:
        shop.routes[zone] = table(ec2, shop, [shop.private[zone]])
        ec2.create_route(
            RouteTableId=shop.routes[zone],
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=shop.nat[zone],
        )
    shop.routes["data"] = table(ec2, shop, [shop.data[zone] for zone in ZONES])


def table(ec2: Any, shop: Shop, subnets: list[str]) -> str:
    """Make a route table for some subnets and return its id."""
    made = ec2.create_route_table(VpcId=shop.vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=made, SubnetId=subnet)
    return made


def security_groups(session: Any, shop: Shop) -> None:
    """Make the chain: internet -> load balancer -> tasks -> database; payment takes calls from order only."""
    ec2 = session.client("ec2")
    for name in ("alb", *SERVICES, "database", "endpoints"):
        shop.groups[name] = ec2.create_security_group(
            GroupName=f"shop-{name}", Description=name, VpcId=shop.vpc
        )["GroupId"]
    for port in (80, 443):
        allow(ec2, shop.groups["alb"], port, cidr="0.0.0.0/0")
    for service in SERVICES:
        allow(ec2, shop.groups[service], APP_PORT, group=shop.groups["alb"])
        allow(ec2, shop.groups["database"], 5432, group=shop.groups[service])
        allow(ec2, shop.groups["endpoints"], 443, group=shop.groups[service])
    allow(ec2, shop.groups["payment"], APP_PORT, group=shop.groups["order"])


def allow(ec2: Any, to: str, port: int, *, cidr: str = "", group: str = "") -> None:
    """Let TCP into the security group `to` on one port, from a CIDR or from another group."""
    ec2.authorize_security_group_ingress(GroupId=to, IpPermissions=[permission(port, cidr, group)])


def permission(port: int, cidr: str = "", group: str = "") -> dict[str, Any]:
    """Return one permission of a security group."""
    source = (
        {"IpRanges": [{"CidrIp": cidr}]} if cidr else {"UserIdGroupPairs": [{"GroupId": group}]}
    )
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


def endpoints(session: Any, shop: Shop) -> None:
    """Make the endpoints of a pull and of the secrets, so that they need no NAT gateway."""
    ec2 = session.client("ec2")
    for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        made = ec2.create_vpc_endpoint(
            VpcId=shop.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            SubnetIds=[shop.private[zone] for zone in ZONES],
            SecurityGroupIds=[shop.groups["endpoints"]],
            PrivateDnsEnabled=True,
        )
        shop.endpoints[service] = made["VpcEndpoint"]["VpcEndpointId"]
    made = ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{REGION}.s3",
        RouteTableIds=[shop.routes[zone] for zone in ZONES],
    )
    shop.endpoints["s3"] = made["VpcEndpoint"]["VpcEndpointId"]
