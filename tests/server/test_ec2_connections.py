"""VPC endpoints and peering connections that behave, from an empty account through boto3."""

import pytest
from moto.ec2.models import ec2_backends

from awslab.server import ec2 as lab
from tests.server.vpcs import (
    ACCOUNT,
    REGION,
    authorize,
    build,
    create_eni,
    reach,
    reach_service,
    routes_of,
    subnet,
    table,
    vpc,
)


@pytest.fixture
def shop(app, session):
    """A VPC with a public and a private subnet."""
    return build(session.client("ec2"))


@pytest.fixture
def isolated(shop):
    """The shop with a subnet that has its own route table without a way out."""
    shop.isolated = subnet(shop.ec2, shop.vpc, "10.0.30.0/24")
    shop.isolated_table = table(shop.ec2, shop.vpc, shop.isolated)
    shop.task = create_eni(shop.isolated, shop.app)
    shop.endpoint_group = shop.group("endpoint", (443, shop.app))
    return shop


def endpoint(shop, service, **more):
    """Make an interface endpoint in the isolated subnet and return it."""
    return shop.ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        ServiceName=f"com.amazonaws.us-east-1.{service}",
        VpcEndpointType="Interface",
        SubnetIds=[shop.isolated],
        SecurityGroupIds=[shop.endpoint_group],
        **more,
    )["VpcEndpoint"]


def gateway_endpoint(shop, *tables, service="s3"):
    """Make a gateway endpoint and return it."""
    return shop.ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        ServiceName=f"com.amazonaws.us-east-1.{service}",
        RouteTableIds=list(tables),
    )["VpcEndpoint"]


def test_an_interface_endpoint_has_interfaces_with_its_groups_in_its_subnets(isolated):
    """Its network interfaces carry the groups given, not others."""
    made = endpoint(isolated, "ecr.api")
    enis = isolated.ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])
    eni = enis["NetworkInterfaces"][0]

    assert made["PrivateDnsEnabled"] is True
    assert eni["SubnetId"] == isolated.isolated
    assert eni["PrivateIpAddress"].startswith("10.0.30.")
    assert [group["GroupId"] for group in eni["Groups"]] == [isolated.endpoint_group]
    assert eni["InterfaceType"] == "vpc_endpoint"


def test_an_endpoint_without_groups_has_the_vpc_s_default_one(isolated):
    """Which lets only its own members in, so the task does not get through."""
    made = isolated.ec2.create_vpc_endpoint(
        VpcId=isolated.vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[isolated.isolated],
    )["VpcEndpoint"]

    assert made["Groups"][0]["GroupName"] == "default"
    assert reach_service(isolated.task, "logs").blocked.kind == "security group"


def test_an_isolated_task_reaches_services_by_their_endpoints(isolated):
    """ECR needs two endpoints and S3's route on the task's own table."""
    services = ("ecr.api", "ecr.dkr", "s3")
    before = [reach_service(isolated.task, service).reachable for service in services]
    endpoint(isolated, "ecr.api")
    endpoint(isolated, "ecr.dkr")
    made = gateway_endpoint(isolated, isolated.private_table)
    wrong_table = reach_service(isolated.task, "s3").reachable
    isolated.ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"], AddRouteTableIds=[isolated.isolated_table]
    )

    assert before == [False, False, False]
    assert not wrong_table
    assert [reach_service(isolated.task, service).reachable for service in services] == [True] * 3
    assert not reach_service(isolated.task, "logs").reachable


def test_an_endpoint_s_group_must_let_the_task_in(isolated):
    """Changing the endpoint's groups changes its network interfaces."""
    made = endpoint(isolated, "ecr.api")
    closed = isolated.group("closed")
    isolated.ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"],
        AddSecurityGroupIds=[closed],
        RemoveSecurityGroupIds=[isolated.endpoint_group],
    )

    assert reach_service(isolated.task, "ecr.api").blocked.id == closed


def test_an_endpoint_follows_its_subnets(isolated):
    """Subnets that are added or removed get or lose a network interface."""
    made = endpoint(isolated, "ecr.api")
    other = subnet(isolated.ec2, isolated.vpc, "10.0.31.0/24", "us-east-1b")
    isolated.ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"],
        AddSubnetIds=[other],
        RemoveSubnetIds=[isolated.isolated],
    )
    found = isolated.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]
    enis = isolated.ec2.describe_network_interfaces(
        NetworkInterfaceIds=found["NetworkInterfaceIds"]
    )["NetworkInterfaces"]

    assert found["SubnetIds"] == [other]
    assert [eni["SubnetId"] for eni in enis] == [other]


def test_a_deleted_endpoint_is_gone_with_its_interfaces_and_routes(isolated):
    """Names lead to public addresses again, and the prefix list's route is away."""
    one, two = endpoint(isolated, "ecr.api"), gateway_endpoint(isolated, isolated.isolated_table)
    isolated.ec2.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"], two["VpcEndpointId"]])
    found = isolated.ec2.describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [isolated.isolated]}]
    )["NetworkInterfaces"]

    assert isolated.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert [eni["NetworkInterfaceId"] for eni in found] == [isolated.task]
    assert list(routes_of(isolated.ec2, isolated.isolated_table)) == ["10.0.0.0/16"]
    assert not reach_service(isolated.task, "ecr.api").reachable


def test_private_dns_needs_the_vpc_s_dns_attributes(isolated):
    """Turned off afterwards, the name is public again; without DNS support there is no answer."""
    endpoint(isolated, "ecr.api")
    modify = isolated.ec2.modify_vpc_attribute
    modify(VpcId=isolated.vpc, EnableDnsHostnames={"Value": False})
    no_names = reach_service(isolated.task, "ecr.api")
    modify(VpcId=isolated.vpc, EnableDnsSupport={"Value": False})
    no_dns = reach_service(isolated.task, "ecr.api")

    assert "enableDnsHostnames" in no_names.hops[0].why
    assert not no_names.reachable
    assert no_dns.blocked.kind == "DNS"


def peer(ec2, one, two):
    """Request and accept a peering connection and return its id."""
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    return made["VpcPeeringConnectionId"]


def test_peered_vpcs_reach_each_other_by_routes_on_both_sides(shop):
    """And not before, and not after the connection is deleted."""
    ec2 = shop.ec2
    other = vpc(ec2, "10.9.0.0/16")
    there = subnet(ec2, other, "10.9.0.0/24")
    there_table = table(ec2, other, there)
    connection = peer(ec2, shop.vpc, other)
    group = ec2.create_security_group(GroupName="db", Description="db", VpcId=other)["GroupId"]
    authorize(ec2, group, 5432, shop.app)
    app, db = create_eni(shop.private, shop.app), create_eni(there, group)
    route = {"VpcPeeringConnectionId": connection}
    ec2.create_route(RouteTableId=shop.private_table, DestinationCidrBlock="10.9.0.0/16", **route)
    one_way = reach(app, db, 5432)
    ec2.create_route(RouteTableId=there_table, DestinationCidrBlock="10.0.0.0/16", **route)
    both = reach(app, db, 5432)
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)

    assert one_way.blocked.leg == "return"
    assert both.reachable
    assert reach(app, db, 5432).blocked.code == "BAD_STATE_ROUTE"


def test_peering_of_overlapping_vpcs_fails(shop):
    """It never becomes active."""
    other = vpc(shop.ec2, "10.0.0.0/24")
    shop.ec2.create_vpc_peering_connection(VpcId=shop.vpc, PeerVpcId=other)
    found = shop.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"][0]

    assert found["Status"]["Code"] == "failed"
    assert "overlapping" in found["Status"]["Message"]


def test_a_second_cidr_of_a_vpc_counts_while_it_is_associated(shop):
    """Its addresses are local until it is taken away."""
    made = shop.ec2.associate_vpc_cidr_block(VpcId=shop.vpc, CidrBlock="10.5.0.0/16")
    both = lab.network(ACCOUNT, REGION).vpcs[shop.vpc].cidrs
    one = create_eni(subnet(shop.ec2, shop.vpc, "10.5.0.0/24"), shop.app)
    found = reach(create_eni(shop.public, shop.lb), one, 3000)
    lab.delete_eni(ACCOUNT, REGION, one)
    association = made["CidrBlockAssociation"]["AssociationId"]
    shop.ec2.disassociate_vpc_cidr_block(AssociationId=association)

    assert both == ("10.0.0.0/16", "10.5.0.0/16")
    assert found.reachable
    assert lab.network(ACCOUNT, REGION).vpcs[shop.vpc].cidrs == ("10.0.0.0/16",)


def test_a_private_nat_gateway_is_no_way_to_the_internet(shop):
    """Whatever Elastic IP address it was given."""
    address = shop.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = shop.ec2.create_nat_gateway(
        SubnetId=shop.public, ConnectivityType="private", AllocationId=address
    )["NatGateway"]["NatGatewayId"]
    shop.ec2.replace_route(
        RouteTableId=shop.private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat
    )
    found = reach(create_eni(shop.private, shop.app), "internet", 443)

    assert found.blocked.id == nat
    assert "private NAT gateway" in found.why


def test_a_network_belongs_to_the_state_it_was_built_from(shop):
    """When moto's state is replaced behind EC2's API, what was built from the old one is not used."""
    old = lab.network(ACCOUNT, REGION)
    del ec2_backends[ACCOUNT][REGION]
    new = lab.network(ACCOUNT, REGION)

    assert shop.vpc in old.vpcs
    assert shop.vpc not in new.vpcs
