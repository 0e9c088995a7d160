"""`cloud.path` and `cloud.map` on a running lab."""

import subprocess

import boto3
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def ec2(cloud):
    """EC2 of an empty account."""
    cloud.reset()
    return boto3.session.Session().client("ec2")


def test_a_path_and_a_map_before_anything_is_built(cloud, ec2):
    """The first look is at the default VPC, whose subnets are public."""
    drawn = cloud.map()
    found = cloud.path("internet", "203.0.113.1")

    assert "is public" in repr(drawn)
    assert "<svg" in drawn.html
    assert not found.reachable


def test_what_a_learner_opens_is_open(cloud, ec2):
    """A rule added with the `aws` command line shows in the next path, and the map shows the interface."""
    subnet = ec2.describe_subnets()["Subnets"][0]
    eni = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(
        AllocationId=address["AllocationId"], NetworkInterfaceId=eni["NetworkInterfaceId"]
    )
    before = cloud.path("internet", eni["NetworkInterfaceId"], 443)
    group = eni["Groups"][0]["GroupId"]
    rule = ["--protocol", "tcp", "--port", "443", "--cidr", "0.0.0.0/0"]
    authorize = ["aws", "ec2", "authorize-security-group-ingress", "--group-id", group, *rule]
    subprocess.run(authorize, check=True, capture_output=True)
    after = cloud.path("internet", eni["NetworkInterfaceId"], 443)

    assert before.blocked["kind"] == "security group"
    assert before.why in before.text
    assert after.reachable
    assert eni["NetworkInterfaceId"] in repr(cloud.map())
    # The default VPC is drawn when it is asked for.
    drawn = cloud.map(subnet["VpcId"], way=before)
    assert "STOPS: security group" in drawn.html
    assert "STOPS at the security group" in repr(drawn)


def test_a_place_or_a_vpc_that_is_not_there_is_a_value_error(cloud, ec2):
    """With what can be given instead."""
    with pytest.raises(ValueError, match="load balancer"):
        cloud.path("banana", "internet")
    with pytest.raises(ValueError, match="describe-vpcs"):
        cloud.map("vpc-none")
