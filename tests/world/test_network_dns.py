"""Where an AWS service's name leads to from inside a VPC, and whether a packet gets there."""

import pytest

from awslab.world.network import Endpoint, Interface, Route, Subnet
from awslab.world.network_dns import SERVICES, resolve, service_path
from awslab.world.network_path import UnknownPlace
from tests.world.networks import LOCAL, added, changed, shop


def reach(network, interface, service):
    """Return the path from an interface to a service."""
    return service_path(network, network.interfaces[interface], service)


def test_a_service_s_name_is_the_endpoint_s_private_address():
    """An interface endpoint with private DNS names answers for the service in its VPC only."""
    here = resolve(shop(), "vpc-1", "ecr.api")
    there = resolve(shop(), "vpc-2", "ecr.api")

    assert (here.address, here.endpoint) == ("10.0.1.9", "vpce-ecr")
    assert (there.address, there.endpoint) == (SERVICES["ecr.api"][1], None)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (changed(shop(), "vpcs", "vpc-1", dns_hostnames=False), "enableDnsHostnames"),
        (changed(shop(), "endpoints", "vpce-ecr", private_dns=False), "private DNS names are off"),
        (changed(shop(), "endpoints", "vpce-ecr", state="deleted"), "public address"),
        (changed(shop(), "endpoints", "vpce-ecr", interfaces=()), "public address"),
    ],
)
def test_without_private_dns_the_name_is_a_public_address(network, why):
    """The endpoint is then not used; the way is the one to the internet."""
    answer = resolve(network, "vpc-1", "ecr.api")

    assert answer.address == SERVICES["ecr.api"][1]
    assert why in answer.why
    assert "NAT gateway" in [hop.kind for hop in reach(network, "eni-app", "ecr.api").hops]


def test_without_dns_support_no_name_resolves():
    """The VPC's DNS server answers nothing, so the path stops at its first step."""
    found = reach(changed(shop(), "vpcs", "vpc-1", dns_support=False), "eni-app", "s3")

    assert found.blocked.kind == "DNS"
    assert "enableDnsSupport" in found.why


def test_an_endpoint_in_the_same_zone_is_preferred():
    """With one network interface a zone, a client gets the near one."""
    network = added(shop(), "subnets", Subnet("subnet-b", "vpc-1", "10.0.9.0/24", "us-east-1b"))
    network = added(network, "interfaces", Interface("eni-b", "subnet-b", ("10.0.9.9",)))
    network = changed(network, "endpoints", "vpce-ecr", interfaces=("eni-endpoint", "eni-b"))

    assert resolve(network, "vpc-1", "ecr.api", "us-east-1a").address == "10.0.1.9"
    assert resolve(network, "vpc-1", "ecr.api", "us-east-1b").address == "10.0.9.9"


def test_an_endpoint_s_security_group_decides():
    """The group of the endpoint allows port 443 from the private subnet and nobody else."""
    assert reach(shop(), "eni-app", "ecr.api").reachable
    assert reach(shop(), "eni-db", "ecr.api").blocked.id == "sg-endpoint"


def test_an_isolated_subnet_pulls_images_with_the_right_endpoints_only():
    """S3 needs its gateway endpoint on the subnet's own route table."""
    network = changed(shop(), "groups", "sg-endpoint", ingress=shop().groups["sg-lb"].ingress)
    gateway = Endpoint("vpce-s3", "vpc-1", "com.amazonaws.us-east-1.s3", True, prefix_list="pl-s3")
    network = added(network, "endpoints", gateway)
    elsewhere = changed(
        network, "route_tables", "rtb-public", routes=(LOCAL, Route("pl-s3", "vpce-s3"))
    )
    here = changed(network, "route_tables", "rtb-main", routes=(LOCAL, Route("pl-s3", "vpce-s3")))

    assert reach(here, "eni-db", "ecr.api").reachable
    assert reach(here, "eni-db", "s3").reachable
    assert not reach(elsewhere, "eni-db", "s3").reachable
    assert not reach(here, "eni-db", "ecr.dkr").reachable


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_reached_through_a_nat_gateway(service):
    """Without endpoints a private subnet gets everywhere by its NAT gateway."""
    assert reach(
        changed(shop(), "endpoints", "vpce-ecr", state="deleted"), "eni-app", service
    ).reachable


def test_an_unknown_service_is_refused():
    """A typing error names the services there are."""
    with pytest.raises(UnknownPlace, match=r"ecr\.api"):
        resolve(shop(), "vpc-1", "ecr")
