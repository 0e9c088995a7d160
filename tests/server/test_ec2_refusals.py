"""What EC2 refuses, with its own error codes, each from an empty account through boto3."""

import pytest
from botocore.exceptions import ClientError

from tests.server.vpcs import ANYWHERE, build, create_eni, subnet, table, vpc


@pytest.fixture
def shop(app, session):
    """A VPC with a public and a private subnet."""
    return build(session.client("ec2"))


@pytest.fixture
def refused(shop):
    """Make a call and return the code that EC2 refuses it with, None when it does not."""

    def refused(operation, **parameters):
        try:
            getattr(shop.ec2, operation)(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    return refused


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.50.0/29", "InvalidSubnet.Range"),
        ("10.0.50.0/28", None),
        ("10.0.0.0/8", "InvalidSubnet.Range"),
    ],
)
def test_a_subnet_is_between_16_and_28(shop, refused, cidr, code):
    """A /29 is too small, a /8 too large."""
    assert refused("create_subnet", VpcId=shop.vpc, CidrBlock=cidr) == code


def test_a_subnet_s_zone_is_one_of_the_region_s(shop):
    """The error lists this Region's zones and no others."""
    with pytest.raises(ClientError) as error:
        subnet(shop.ec2, shop.vpc, "10.0.50.0/24", "us-east-1z")
    told = error.value.response["Error"]

    assert told["Code"] == "InvalidParameterValue"
    assert "us-east-1a, us-east-1b" in told["Message"]
    assert "eu-" not in told["Message"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("10.0.99.7", "InvalidParameterValue"),
        ("10.0.10.3", "InvalidParameterValue"),
        ("10.0.10.255", "InvalidParameterValue"),
        ("10.0.10.50", "InvalidIPAddress.InUse"),
        ("10.0.10.51", None),
    ],
)
def test_an_interface_s_address_is_free_and_of_its_subnet(shop, refused, address, code):
    """Outside, AWS's own and taken ones are refused."""
    shop.ec2.create_network_interface(SubnetId=shop.private, PrivateIpAddress="10.0.10.50")

    assert (
        refused("create_network_interface", SubnetId=shop.private, PrivateIpAddress=address) == code
    )


def test_what_is_used_is_not_deleted(shop, refused):
    """Subnets with interfaces, interfaces in use, groups that are attached, referenced or default."""
    used = create_eni(shop.private, shop.app)
    plain = shop.ec2.create_network_interface(SubnetId=shop.private)["NetworkInterface"]
    free = shop.group("free")
    default = shop.ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [shop.vpc]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"][0]["GroupId"]

    assert refused("delete_subnet", SubnetId=shop.private) == "DependencyViolation"
    assert refused("delete_network_interface", NetworkInterfaceId=used) == "InvalidParameterValue"
    assert (
        refused("delete_network_interface", NetworkInterfaceId=plain["NetworkInterfaceId"]) is None
    )
    assert refused("delete_security_group", GroupId=shop.app) == "DependencyViolation"
    assert refused("delete_security_group", GroupId=shop.lb) == "DependencyViolation"
    assert refused("delete_security_group", GroupId=default) == "CannotDelete"
    assert refused("delete_security_group", GroupId=free) is None
    assert refused("delete_security_group", GroupId="sg-none") == "InvalidGroup.NotFound"


def test_an_empty_subnet_is_deleted_with_its_associations(shop, refused):
    """Only network interfaces keep it; its route table is free afterwards."""
    empty = subnet(shop.ec2, shop.vpc, "10.0.50.0/24")
    own = table(shop.ec2, shop.vpc, empty)

    assert refused("delete_route_table", RouteTableId=own) == "DependencyViolation"
    assert refused("delete_subnet", SubnetId=empty) is None
    assert refused("delete_route_table", RouteTableId=own) is None


def test_what_a_vpc_needs_is_not_deleted(shop, refused):
    """Its main route table and its local route stay, and it stays while it has anything of your own."""
    bare = vpc(shop.ec2, "10.9.0.0/16")
    main = shop.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [bare]}])
    main_id = main["RouteTables"][0]["RouteTableId"]
    local = {"RouteTableId": main_id, "DestinationCidrBlock": "10.9.0.0/16"}
    gateway = shop.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    shop.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=bare)
    with_gateway = refused("delete_vpc", VpcId=bare)
    shop.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=bare)
    group = shop.ec2.create_security_group(GroupName="x", Description="x", VpcId=bare)["GroupId"]
    with_group = refused("delete_vpc", VpcId=bare)
    shop.ec2.delete_security_group(GroupId=group)

    assert refused("delete_route_table", RouteTableId=main_id) == "DependencyViolation"
    assert refused("delete_route", **local) == "InvalidParameterValue"
    assert (with_gateway, with_group) == ("DependencyViolation", "DependencyViolation")
    assert refused("delete_vpc", VpcId=bare) is None


def test_groups_that_do_not_exist_are_refused(shop, refused):
    """When an interface is made and when it is changed."""
    eni = shop.ec2.create_network_interface(SubnetId=shop.private)["NetworkInterface"]
    ask = {"NetworkInterfaceId": eni["NetworkInterfaceId"], "Groups": ["sg-none"]}

    assert (
        refused("create_network_interface", SubnetId=shop.private, Groups=["sg-none"])
        == "InvalidGroup.NotFound"
    )
    assert refused("modify_network_interface_attribute", **ask) == "InvalidGroup.NotFound"
    assert refused("modify_network_interface_attribute", **(ask | {"Groups": [shop.app]})) is None


def test_an_elastic_ip_address_needs_an_internet_gateway(shop, refused):
    """Its VPC has to have one attached."""
    inner = subnet(shop.ec2, vpc(shop.ec2, "10.9.0.0/16"), "10.9.0.0/24")
    address = shop.ec2.allocate_address(Domain="vpc")["AllocationId"]
    enis = [
        shop.ec2.create_network_interface(SubnetId=each)["NetworkInterface"]["NetworkInterfaceId"]
        for each in (inner, shop.public)
    ]
    codes = [
        refused("associate_address", AllocationId=address, NetworkInterfaceId=eni) for eni in enis
    ]

    assert codes == ["Gateway.NotAttached", None]


def test_a_subnet_of_your_own_is_no_default_subnet(shop):
    """Not even the first in its zone, and its zone may be given by id."""
    zone = shop.ec2.describe_availability_zones()["AvailabilityZones"][2]
    for default in shop.ec2.describe_subnets(
        Filters=[{"Name": "availability-zone", "Values": [zone["ZoneName"]]}]
    )["Subnets"]:
        shop.ec2.delete_subnet(SubnetId=default["SubnetId"])
    made = shop.ec2.create_subnet(
        VpcId=shop.vpc, CidrBlock="10.0.50.0/24", AvailabilityZoneId=zone["ZoneId"]
    )["Subnet"]

    assert made["AvailabilityZone"] == zone["ZoneName"]
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (False, False)


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (443, 443, None),
        (0, 65535, None),
        (443, 80, "InvalidParameterValue"),
        (70000, 70000, "InvalidParameterValue"),
        (-1, 443, "InvalidParameterValue"),
    ],
)
def test_a_rule_s_ports_are_a_range(shop, refused, low, high, code):
    """From is not above to, and neither is above 65535."""
    rule = {
        "IpProtocol": "tcp",
        "FromPort": low,
        "ToPort": high,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
    }

    assert (
        refused("authorize_security_group_ingress", GroupId=shop.app, IpPermissions=[rule]) == code
    )


def test_a_rule_references_groups_of_the_vpc_or_a_peered_one(shop, refused):
    """A group of another VPC is out of reach until the two are peered."""
    other = vpc(shop.ec2, "10.9.0.0/16")
    group = shop.ec2.create_security_group(GroupName="x", Description="x", VpcId=other)["GroupId"]
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": group}],
    }
    ask = {"GroupId": shop.app, "IpPermissions": [rule]}
    before = refused("authorize_security_group_ingress", **ask)
    peering = shop.ec2.create_vpc_peering_connection(VpcId=shop.vpc, PeerVpcId=other)
    peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    shop.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)

    assert before == "InvalidGroup.NotFound"
    assert refused("authorize_security_group_ingress", **ask) is None


def test_a_route_needs_a_target_of_its_own_vpc(shop, refused):
    """Detached and foreign gateways, gone NAT gateways and nothing at all are refused."""
    other = table(shop.ec2, vpc(shop.ec2, "10.9.0.0/16"))
    loose = shop.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    away = {"RouteTableId": other, "DestinationCidrBlock": ANYWHERE}
    here = {"RouteTableId": shop.private_table, "DestinationCidrBlock": "192.0.2.0/24"}
    shop.ec2.delete_nat_gateway(NatGatewayId=shop.nat)

    assert refused("create_route", **away, GatewayId=shop.igw) == "InvalidParameterValue"
    assert refused("create_route", **away, GatewayId=loose) == "InvalidParameterValue"
    assert refused("create_route", **here, NatGatewayId=shop.nat) == "InvalidNatGatewayID.NotFound"
    assert (
        refused("create_route", **here, NatGatewayId="nat-none") == "InvalidNatGatewayID.NotFound"
    )
    assert refused("create_route", **here) == "MissingParameter"
    assert refused("create_route", **here, GatewayId=shop.igw) is None
    assert refused("replace_route", **here, GatewayId=loose) == "InvalidParameterValue"


def test_a_route_over_peering_is_for_one_of_its_vpcs(shop, refused):
    """A third VPC cannot use the connection."""
    one, two = vpc(shop.ec2, "10.8.0.0/16"), vpc(shop.ec2, "10.9.0.0/16")
    made = shop.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)
    pcx = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ask = {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": pcx}

    assert (
        refused("create_route", RouteTableId=shop.private_table, **ask) == "InvalidParameterValue"
    )
    assert refused("create_route", RouteTableId=table(shop.ec2, one), **ask) is None


def test_a_subnet_has_one_route_table(shop, refused):
    """A second association is refused, the same one again is not."""
    other = table(shop.ec2, shop.vpc)
    foreign = table(shop.ec2, vpc(shop.ec2, "10.9.0.0/16"))
    ask = {"SubnetId": shop.public}

    assert (
        refused("associate_route_table", RouteTableId=other, **ask) == "Resource.AlreadyAssociated"
    )
    assert refused("associate_route_table", RouteTableId=foreign, **ask) == "InvalidParameterValue"
    assert refused("associate_route_table", RouteTableId=shop.public_table, **ask) is None


def test_a_vpc_has_one_internet_gateway(shop, refused):
    """And one that public addresses use is not detached."""
    second = shop.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    assert (
        refused("attach_internet_gateway", InternetGatewayId=second, VpcId=shop.vpc)
        == "InvalidParameterValue"
    )
    assert (
        refused("detach_internet_gateway", InternetGatewayId=shop.igw, VpcId=shop.vpc)
        == "DependencyViolation"
    )


def test_a_public_nat_gateway_needs_an_elastic_ip_address(shop, refused):
    """A private one does not; a regional one is not simulated."""
    ask = {"SubnetId": shop.public}
    taken = refused("create_nat_gateway", **ask, AllocationId=shop.allocation)

    assert refused("create_nat_gateway", **ask) == "MissingParameter"
    assert taken == "Resource.AlreadyAssociated"
    assert refused("create_nat_gateway", **ask, ConnectivityType="private") is None
    assert (
        refused("create_nat_gateway", VpcId=shop.vpc, AvailabilityMode="regional")
        == "UnsupportedOperation"
    )
    assert refused("delete_nat_gateway", NatGatewayId="nat-none") == "NatGatewayNotFound"
    assert refused("release_address", AllocationId=shop.allocation) == "InvalidIPAddress.InUse"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"ServiceName": "com.amazonaws.us-east-1.banana"}, "InvalidServiceName"),
        ({"ServiceName": "ecr.api"}, "InvalidServiceName"),
        ({"ServiceName": "com.amazonaws.eu-west-1.s3"}, "InvalidServiceName"),
        ({"ServiceName": "com.amazonaws.us-east-1.ecr.api"}, "InvalidParameter"),
        ({"ServiceName": "com.amazonaws.us-east-1.s3"}, None),
        (
            {
                "ServiceName": "com.amazonaws.us-east-1.logs",
                "VpcEndpointType": "Interface",
                "SecurityGroupIds": ["sg-none"],
            },
            "InvalidGroup.NotFound",
        ),
        (
            {
                "ServiceName": "com.amazonaws.us-east-1.logs",
                "VpcEndpointType": "GatewayLoadBalancer",
            },
            "UnsupportedOperation",
        ),
    ],
)
def test_an_endpoint_is_for_a_service_and_of_its_type(shop, refused, request_, code):
    """A gateway endpoint, the default type, exists for S3 and DynamoDB only."""
    assert refused("create_vpc_endpoint", VpcId=shop.vpc, **request_) == code


def interface(service="logs", **more):
    """Make the request for an interface endpoint."""
    name = f"com.amazonaws.us-east-1.{service}"
    return {"ServiceName": name, "VpcEndpointType": "Interface", **more}


def test_private_dns_is_had_once_and_needs_the_vpc_s_dns(shop, refused):
    """Two endpoints for a service cannot both answer for its name."""
    bare = vpc(shop.ec2, "10.9.0.0/16", dns=False)

    assert refused("create_vpc_endpoint", VpcId=bare, **interface()) == "InvalidParameter"
    assert refused("create_vpc_endpoint", VpcId=bare, **interface(PrivateDnsEnabled=False)) is None
    assert refused("create_vpc_endpoint", VpcId=shop.vpc, **interface()) is None
    assert refused("create_vpc_endpoint", VpcId=shop.vpc, **interface()) == "InvalidParameter"
    assert (
        refused("create_vpc_endpoint", VpcId=shop.vpc, **interface(PrivateDnsEnabled=False)) is None
    )


def test_an_endpoint_has_one_subnet_a_zone(shop, refused):
    """And only subnets of its VPC."""
    both = [shop.public, shop.private]
    foreign = subnet(shop.ec2, vpc(shop.ec2, "10.9.0.0/16"), "10.9.0.0/24")

    assert (
        refused("create_vpc_endpoint", VpcId=shop.vpc, **interface(SubnetIds=both))
        == "DuplicateSubnetsInSameZone"
    )
    assert (
        refused("create_vpc_endpoint", VpcId=shop.vpc, **interface(SubnetIds=[foreign]))
        == "InvalidParameter"
    )


def test_a_route_table_has_one_gateway_endpoint_a_service(shop, refused):
    """A second route for the prefix list is refused."""
    ask = {"VpcId": shop.vpc, "ServiceName": "com.amazonaws.us-east-1.s3"}
    shop.ec2.create_vpc_endpoint(**ask, RouteTableIds=[shop.private_table])

    assert (
        refused("create_vpc_endpoint", **ask, RouteTableIds=[shop.private_table])
        == "RouteAlreadyExists"
    )
    assert refused("create_vpc_endpoint", **ask, RouteTableIds=[shop.public_table]) is None


def test_network_acl_entries_have_numbers_of_your_own(shop, refused):
    """1 to 32766; one that is not there cannot be deleted."""
    acl = shop.ec2.create_network_acl(VpcId=shop.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": ANYWHERE}
    gone = {"NetworkAclId": acl, "Egress": False}

    assert (
        refused("create_network_acl_entry", **entry, Egress=False, RuleNumber=32767)
        == "InvalidParameterValue"
    )
    assert refused("create_network_acl_entry", **entry, Egress=False, RuleNumber=100) is None
    assert refused("delete_network_acl_entry", **gone, RuleNumber=32767) == "InvalidParameterValue"
    assert (
        refused("delete_network_acl_entry", **gone, RuleNumber=90)
        == "InvalidNetworkAclEntry.NotFound"
    )
    assert refused("delete_network_acl_entry", **gone, RuleNumber=100) is None
    assert (
        refused("replace_network_acl_association", AssociationId="aclassoc-none", NetworkAclId=acl)
        == "InvalidAssociationID.NotFound"
    )
    assert (
        refused("describe_network_acls", NetworkAclIds=["acl-none"])
        == "InvalidNetworkAclID.NotFound"
    )


def test_a_dry_run_changes_nothing(shop, refused):
    """It ends in DryRunOperation, or in the error that the request itself would have."""
    before = len(shop.ec2.describe_vpcs()["Vpcs"])

    assert refused("create_vpc", CidrBlock="10.9.0.0/16", DryRun=True) == "DryRunOperation"
    assert refused("delete_subnet", SubnetId=shop.public, DryRun=True) == "DependencyViolation"
    assert refused("describe_vpcs", DryRun=True) == "DryRunOperation"
    assert len(shop.ec2.describe_vpcs()["Vpcs"]) == before
