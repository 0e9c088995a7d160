"""The address in the reason of a task that got no answer: what the VPC's DNS says the name leads to."""

import pytest

from tests.server.ecs_world import World

LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}


@pytest.fixture
def world(app, session):
    """VPC with two public subnets and DNS hostnames, execution role, nothing else."""
    world = World(session).network().roles()
    world.ec2.modify_vpc_attribute(VpcId=world.vpc, EnableDnsHostnames={"Value": True})
    return world


def dialled(world):
    """Run a task with a public address; return whom it dialled in vain."""
    task = world.run(world.definition(world.image(app=LISTENS)))
    return task["stoppedReason"].partition("dial tcp")[2].partition(": i/o timeout")[0]


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr"])
def test_closed_endpoint_is_dialled_at_its_private_address(world, service):
    """Private DNS leads the task to the endpoint, whose security group lets nobody in, whatever else is reachable."""
    shut = world.ec2.create_security_group(GroupName="shut", Description="shut", VpcId=world.vpc)
    endpoint = world.ec2.create_vpc_endpoint(
        VpcId=world.vpc,
        ServiceName=f"com.amazonaws.us-east-1.{service}",
        VpcEndpointType="Interface",
        SubnetIds=world.subnets,
        SecurityGroupIds=[shut["GroupId"]],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    found = world.ec2.describe_network_interfaces(
        NetworkInterfaceIds=endpoint["NetworkInterfaceIds"]
    )["NetworkInterfaces"]

    assert dialled(world) in {f" {each['PrivateIpAddress']}:443" for each in found}


def test_without_an_endpoint_the_public_address_is_dialled(world):
    """No endpoint and no route: the name is that of ECR's public address."""
    world.ec2.delete_route(RouteTableId=world.table, DestinationCidrBlock="0.0.0.0/0")

    assert dialled(world) == " 44.213.79.10:443"


def test_without_dns_no_address_is_dialled(world):
    """In a VPC without DNS support the name of ECR's API is not resolved."""
    world.ec2.modify_vpc_attribute(VpcId=world.vpc, EnableDnsSupport={"Value": False})

    assert dialled(world) == ": lookup api.ecr.us-east-1.amazonaws.com"
