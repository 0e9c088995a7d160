"""What EC2 says of a request's form, in its own words, each from an empty account through boto3."""

import pytest

from tests.server.elb import refused

INVALID = "InvalidParameterValue"
GONE = "0123456789abcdef0"


@pytest.fixture
def ec2(app, session):
    """An EC2 client of the empty lab."""
    return session.client("ec2")


@pytest.fixture
def vpc(ec2):
    """A VPC of 10.0.0.0/16."""
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("describe_vpcs", "Name"),
        ("describe_vpcs", "tag"),
        ("describe_subnets", "vpcId"),
        ("describe_security_groups", "vpcid"),
        ("describe_route_tables", "subnet-id"),
        ("describe_nat_gateways", "name"),
    ],
)
def test_a_filter_that_there_is_not_is_refused(ec2, operation, name):
    """moto finds nothing, fails, or says that it has no such filter."""
    code, message = refused(getattr(ec2, operation), Filters=[{"Name": name, "Values": ["x"]}])

    assert (code, message) == (INVALID, f"The filter '{name}' is invalid")


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("describe_vpcs", "tag:Name"),
        ("describe_vpcs", "cidr"),
        ("describe_subnets", "vpc-id"),
        ("describe_security_groups", "group-name"),
        ("describe_security_groups", "ip-permission.from-port"),
        ("describe_route_tables", "association.subnet-id"),
        ("describe_nat_gateways", "state"),
        ("describe_vpc_endpoints", "service-name"),
        ("describe_network_interfaces", "addresses.private-ip-address"),
    ],
)
def test_filters_of_the_documentation_are_taken(ec2, operation, name):
    """And a filter that nothing fits finds nothing."""
    found = getattr(ec2, operation)(Filters=[{"Name": name, "Values": ["x"]}])
    found.pop("ResponseMetadata")

    assert list(found.values()) == [[]]


def test_tags_for_what_is_not_made_are_refused(ec2):
    """moto drops them."""
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": "shop"}]}]
    code, message = refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=tags)

    assert code == INVALID
    assert message == "'subnet' is not a valid taggable resource type for this operation."


def test_host_bits_are_taken_away(ec2, vpc):
    """A VPC, a subnet, a route and a rule keep the canonical block."""
    made = ec2.create_vpc(CidrBlock="10.1.7.9/16")["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.7/24")["Subnet"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    rule = ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="192.168.1.5/16"
    )["SecurityGroupRules"][0]

    assert made["CidrBlock"] == "10.1.0.0/16"
    assert subnet["CidrBlock"] == "10.0.1.0/24"
    assert rule["CidrIpv4"] == "192.168.0.0/16"


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        (
            "describe_vpcs",
            {"VpcIds": [f"vpc-{GONE}"]},
            "InvalidVpcID.NotFound",
            f"The vpc ID 'vpc-{GONE}' does not exist",
        ),
        (
            "describe_security_groups",
            {"GroupIds": [f"sg-{GONE}"]},
            "InvalidGroup.NotFound",
            f"The security group 'sg-{GONE}' does not exist",
        ),
        (
            "describe_nat_gateways",
            {"NatGatewayIds": [f"nat-{GONE}"]},
            "NatGatewayNotFound",
            f"NAT gateway nat-{GONE} was not found",
        ),
    ],
)
def test_what_is_not_there_is_named(ec2, operation, parameters, code, message):
    """Without Python's brackets."""
    assert refused(getattr(ec2, operation), **parameters) == (code, message)


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"GroupName": "sg-web"}, INVALID, "Group names may not be in the format sg-*."),
        ({"GroupName": "default"}, INVALID, "Cannot use reserved security group name: default"),
        ({"Description": "the web's"}, INVALID, "Valid descriptions are strings less than 256"),
        ({"GroupName": "wéb"}, INVALID, "Character sets beyond ASCII are not supported."),
        ({}, "InvalidGroup.Duplicate", "The security group 'web' already exists for VPC 'vpc-"),
    ],
)
def test_a_group_that_cannot_be_is_refused(ec2, vpc, fields, code, message):
    """moto takes all but the last."""
    whole = {"GroupName": "web", "Description": "web", "VpcId": vpc}
    ec2.create_security_group(**whole)
    found, text = refused(ec2.create_security_group, **whole | fields)

    assert found == code
    assert message in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"CidrIp": "10.0.0.1"}, "CIDR block 10.0.0.1 is malformed"),
        ({"IpProtocol": "http"}, "Invalid value 'http' for IP protocol. Unknown protocol."),
    ],
)
def test_a_rule_that_cannot_be_is_refused(ec2, vpc, fields, message):
    """An address is no CIDR block, an application's protocol none of IP's."""
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8", **fields}

    assert refused(ec2.authorize_security_group_ingress, GroupId=group, **rule) == (
        INVALID,
        message,
    )


@pytest.mark.parametrize(
    ("cidr", "code", "message"),
    [
        ("0.0.0.0", INVALID, "This is not a valid CIDR block."),
        ("10.0.0.0/16", "RouteAlreadyExists", "The route identified by 10.0.0.0/16 already exists"),
        ("10.0.1.0/24", INVALID, "is equal to or more specific than one of this VPC's CIDR blocks"),
    ],
)
def test_a_route_to_the_internet_leads_out_of_the_vpc(ec2, vpc, cidr, code, message):
    """moto takes each of them."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": cidr, "GatewayId": gateway}
    found, text = refused(ec2.create_route, **route)

    assert found == code
    assert message in text


def test_one_attribute_of_a_vpc_is_changed_at_a_time(ec2, vpc):
    """moto changes the first and says nothing."""
    on = {"Value": True}
    both = {"VpcId": vpc, "EnableDnsSupport": on, "EnableDnsHostnames": on}
    code, message = refused(ec2.modify_vpc_attribute, **both)

    assert code == "InvalidParameterCombination"
    assert message == (
        "Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport"
    )


def test_a_network_acl_allows_or_denies(ec2, vpc):
    """Anything else is refused; moto takes it."""
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Protocol": "-1", "Egress": False}
    code, _ = refused(
        ec2.create_network_acl_entry, **entry, CidrBlock="0.0.0.0/0", RuleAction="Allow"
    )

    assert code == INVALID


def test_nat_gateways_are_found_by_their_tags(ec2, vpc):
    """moto finds all of them; it does not say that one is public, either."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "out"}]}]
    made = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"],
        TagSpecifications=tags,
    )["NatGateway"]
    found = [
        ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": [name]}])["NatGateways"]
        for name in ("out", "in")
    ]

    assert made["ConnectivityType"] == "public"
    assert [[each["NatGatewayId"] for each in some] for some in found] == [
        [made["NatGatewayId"]],
        [],
    ]
