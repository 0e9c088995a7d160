"""A VPC built with boto3, as a learner would: two tiers, a NAT gateway, groups in a chain."""

from dataclasses import dataclass
from typing import Any

from awslab.server import ec2 as lab

ACCOUNT, REGION = "123456789012", "us-east-1"
ANYWHERE = "0.0.0.0/0"


def reach(source, destination, port, protocol="tcp"):
    """Ask the lab for a path."""
    return lab.reach(ACCOUNT, REGION, source, destination, port, protocol)


def reach_service(eni, service):
    """Ask the lab for a path to an AWS service."""
    return lab.reach_service(ACCOUNT, REGION, eni, service)


def create_eni(subnet, *groups, public_ip=False, description="test"):
    """Make an interface as the lab's other services do, and return its id."""
    made = lab.create_eni(ACCOUNT, REGION, subnet, list(groups), description, public_ip=public_ip)
    return made.id


@dataclass
class Shop:
    """The ids of one VPC."""

    ec2: Any
    vpc: str
    igw: str
    public: str
    private: str
    public_table: str
    private_table: str
    nat: str
    allocation: str
    lb: str
    app: str

    def group(self, name, *ingress):
        """Make a group that lets TCP in: (port, "sg-..." or CIDR)."""
        group = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)
        for port, peer in ingress:
            authorize(self.ec2, group["GroupId"], port, peer)
        return group["GroupId"]


def authorize(ec2, group, port, peer):
    """Add an inbound rule for one TCP port."""
    pair = {"UserIdGroupPairs": [{"GroupId": peer}]}
    who = pair if peer.startswith("sg-") else {"IpRanges": [{"CidrIp": peer}]}
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}],
    )


def subnet(ec2, vpc, cidr, zone="us-east-1a"):
    """Make a subnet and return its id."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
    return made["Subnet"]["SubnetId"]


def table(ec2, vpc, *subnets):
    """Make a route table for some subnets and return its id."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for each in subnets:
        ec2.associate_route_table(RouteTableId=made, SubnetId=each)
    return made


def vpc(ec2, cidr="10.0.0.0/16", dns=True):
    """Make a VPC, with DNS hostnames unless told otherwise, and return its id."""
    made = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    if dns:
        ec2.modify_vpc_attribute(VpcId=made, EnableDnsHostnames={"Value": True})
    return made


def build(ec2):
    """Build the shop and return its ids."""
    vpc_id = vpc(ec2)
    igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc_id)
    public, private = subnet(ec2, vpc_id, "10.0.0.0/24"), subnet(ec2, vpc_id, "10.0.10.0/24")
    public_table, private_table = table(ec2, vpc_id, public), table(ec2, vpc_id, private)
    ec2.create_route(RouteTableId=public_table, DestinationCidrBlock=ANYWHERE, GatewayId=igw)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=allocation)["NatGateway"]
    ec2.create_route(
        RouteTableId=private_table, DestinationCidrBlock=ANYWHERE, NatGatewayId=nat["NatGatewayId"]
    )
    shop = Shop(
        ec2, vpc_id, igw, public, private, public_table, private_table, nat["NatGatewayId"],
        allocation, "", "",
    )  # fmt: skip
    shop.lb = shop.group("lb", (443, ANYWHERE), (80, ANYWHERE))
    shop.app = shop.group("app", (3000, shop.lb))
    return shop


def routes_of(ec2, table_id):
    """Return a table's routes by their destinations."""
    found = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
    return {
        route.get("DestinationCidrBlock") or route["DestinationPrefixListId"]: route
        for route in found
    }
