"""VPCs that behave: paths from routes, gateways, groups and network ACLs, from an empty account through boto3."""

import pytest
from botocore.exceptions import ClientError

from awslab.server import ec2 as lab
from tests.server.vpcs import (
    ACCOUNT,
    ANYWHERE,
    REGION,
    authorize,
    build,
    create_eni,
    reach,
    reach_service,
    routes_of,
    subnet,
    vpc,
)


@pytest.fixture
def ec2(app, session):
    """An EC2 client of the empty lab."""
    client = session.client("ec2")
    client.describe_vpcs()
    return client


@pytest.fixture
def shop(ec2):
    """A VPC with a public and a private subnet."""
    return build(ec2)


def code_of(error):
    """Return the error code that AWS's client sees."""
    return error.value.response["Error"]["Code"]


def test_the_shop_s_ways(shop):
    """In by the load balancer, out by the NAT gateway, and nothing else."""
    lb = create_eni(shop.public, shop.lb, public_ip=True)
    app = create_eni(shop.private, shop.app)

    assert reach("internet", lb, 443).reachable
    assert reach(lb, app, 3000).reachable
    assert reach(app, "internet", 443).reachable
    assert reach_service(app, "ecr.api").reachable
    assert not reach("internet", app, 3000).reachable
    assert not reach(lb, app, 22).reachable
    assert not reach("internet", lb, 3000).reachable


def test_a_change_of_a_rule_shows_at_once(shop):
    """A path is asked of EC2 as it is now."""
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    before = reach(lb, app, 8080).reachable
    authorize(shop.ec2, shop.app, 8080, shop.lb)
    after = reach(lb, app, 8080).reachable
    shop.ec2.revoke_security_group_ingress(
        GroupId=shop.app,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 8080,
                "ToPort": 8080,
                "UserIdGroupPairs": [{"GroupId": shop.lb}],
            }
        ],
    )

    assert (before, after) == (False, True)
    assert not reach(lb, app, 8080).reachable


def test_the_network_is_built_again_only_after_a_change(shop):
    """Reading keeps it, interfaces of the lab's own are added to it, writing replaces it."""
    first = lab.network(ACCOUNT, REGION)
    shop.ec2.describe_subnets()
    made = create_eni(shop.private)
    same = lab.network(ACCOUNT, REGION)
    shop.ec2.create_tags(Resources=[shop.vpc], Tags=[{"Key": "Name", "Value": "shop"}])
    new = lab.network(ACCOUNT, REGION)

    assert same is first
    assert made in same.interfaces
    assert new is not first
    assert new.interfaces == same.interfaces
    assert new.vpcs[shop.vpc].name == "shop"


def test_a_reset_forgets_the_network(shop, app):
    """After the account is emptied there is no trace of the VPC."""
    assert shop.vpc in lab.network(ACCOUNT, REGION).vpcs

    app.reset()

    assert shop.vpc not in lab.network(ACCOUNT, REGION).vpcs


def test_a_restored_lab_has_its_network_again(shop, app):
    """Interfaces, rules and free addresses are those of the snapshot."""
    lb, task = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    kept = app.snapshot()["snapshot"]
    later = create_eni(shop.private, shop.app)
    authorize(shop.ec2, shop.app, 22, shop.lb)
    before = reach(lb, task, 22).reachable
    app.restore(kept)
    again = create_eni(shop.private, shop.app)
    network = lab.network(ACCOUNT, REGION)

    assert before
    assert not reach(lb, task, 22).reachable
    assert reach(lb, again, 3000).reachable
    assert again == later
    assert network.interfaces[again].addresses == ("10.0.10.5",)


def test_a_subnet_s_addresses_run_out(shop):
    """A /28 holds 11, and one that is given back can be had again."""
    small = subnet(shop.ec2, shop.vpc, "10.0.99.0/28")
    made = [create_eni(small) for _ in range(11)]
    addresses = {lab.network(ACCOUNT, REGION).interfaces[eni].addresses[0] for eni in made}

    with pytest.raises(Exception, match="InsufficientFreeAddressesInSubnet"):
        create_eni(small)
    with pytest.raises(ClientError) as error:
        shop.ec2.create_network_interface(SubnetId=small)
    free = shop.ec2.describe_subnets(SubnetIds=[small])["Subnets"][0]["AvailableIpAddressCount"]

    assert code_of(error) == "InsufficientFreeAddressesInSubnet"
    assert free == 0
    assert addresses == {f"10.0.99.{last}" for last in range(4, 15)}

    lab.delete_eni(ACCOUNT, REGION, made[3])
    again = shop.ec2.create_network_interface(SubnetId=small)["NetworkInterface"]

    assert again["PrivateIpAddress"] == "10.0.99.7"


def test_a_deleted_interface_is_gone_at_once(shop):
    """Nothing reaches its address, and the next interface may have it."""
    lb = create_eni(shop.public, shop.lb)
    first, second = create_eni(shop.private, shop.app), create_eni(shop.private, shop.app)
    before = reach(lb, "10.0.10.4", 3000).reachable
    lab.delete_eni(ACCOUNT, REGION, first)
    after = reach(lb, "10.0.10.4", 3000)
    third = create_eni(shop.private, shop.app)
    interfaces = lab.network(ACCOUNT, REGION).interfaces

    assert before
    assert after.blocked.code == "NO_POSSIBLE_DESTINATION"
    assert interfaces[third].addresses == ("10.0.10.4",)
    assert interfaces[second].addresses == ("10.0.10.5",)


def test_every_interface_s_address_lies_in_its_subnet(shop):
    """NAT gateways', endpoints' and instances' ones too, which moto puts anywhere."""
    ec2 = shop.ec2
    ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[shop.private],
    )
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, SubnetId=shop.private)
    network = lab.network(ACCOUNT, REGION)
    wrong = [
        each
        for each in network.interfaces.values()
        if not each.addresses[0].startswith(network.subnets[each.subnet].cidr.rpartition(".")[0])
    ]

    assert wrong == []
    assert len({each.addresses[0] for each in network.interfaces.values()}) == 4


def test_an_interface_has_the_addresses_it_asked_for(shop):
    """Secondary addresses are of the subnet too."""
    eni = shop.ec2.create_network_interface(
        SubnetId=shop.private, PrivateIpAddress="10.0.10.77", SecondaryPrivateIpAddressCount=2
    )["NetworkInterface"]
    addresses = [each["PrivateIpAddress"] for each in eni["PrivateIpAddresses"]]

    assert addresses == ["10.0.10.77", "10.0.10.4", "10.0.10.5"]


def test_a_deleted_nat_gateway_leaves_a_blackhole(shop):
    """The route stays and carries nothing; the Elastic IP address is free again."""
    app = create_eni(shop.private, shop.app)
    shop.ec2.delete_nat_gateway(NatGatewayId=shop.nat)
    address = shop.ec2.describe_addresses(AllocationIds=[shop.allocation])["Addresses"][0]

    assert routes_of(shop.ec2, shop.private_table)[ANYWHERE]["State"] == "blackhole"
    assert reach(app, "internet", 443).blocked.code == "BAD_STATE_ROUTE"
    left = shop.ec2.describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [shop.public]}]
    )["NetworkInterfaces"]

    assert left == []
    assert "AssociationId" not in address
    assert shop.ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "deleted"


def test_a_detached_internet_gateway_leaves_a_blackhole(ec2):
    """Nothing comes in and nothing goes out until it is attached again."""
    shop = build(ec2)
    ec2.delete_nat_gateway(NatGatewayId=shop.nat)
    ec2.detach_internet_gateway(InternetGatewayId=shop.igw, VpcId=shop.vpc)
    lb = create_eni(shop.public, shop.lb, public_ip=True)

    assert routes_of(ec2, shop.public_table)[ANYWHERE]["State"] == "blackhole"
    assert not reach("internet", lb, 443).reachable

    ec2.attach_internet_gateway(InternetGatewayId=shop.igw, VpcId=shop.vpc)

    assert reach("internet", lb, 443).reachable


def test_a_nat_gateway_in_a_private_subnet_is_created_and_does_not_work(shop):
    """AWS creates it too."""
    allocation = shop.ec2.allocate_address(Domain="vpc")["AllocationId"]
    inner = shop.ec2.create_nat_gateway(SubnetId=shop.private, AllocationId=allocation)
    shop.ec2.replace_route(
        RouteTableId=shop.private_table,
        DestinationCidrBlock=ANYWHERE,
        NatGatewayId=inner["NatGateway"]["NatGatewayId"],
    )
    found = reach(create_eni(shop.private, shop.app), "internet", 443)

    assert inner["NatGateway"]["State"] == "available"
    assert "needs a public subnet" in found.why


def test_a_nat_gateway_without_an_internet_gateway_fails(ec2):
    """The VPC has none attached, and the reason is on the NAT gateway."""
    vpc_id = vpc(ec2)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(
        SubnetId=subnet(ec2, vpc_id, "10.0.0.0/24"), AllocationId=allocation
    )
    found = ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGateway"]["NatGatewayId"]])

    assert found["NatGateways"][0]["State"] == "failed"
    assert found["NatGateways"][0]["FailureCode"] == "Gateway.NotAttached"


def test_an_elastic_ip_address_is_a_public_address(ec2):
    """Not one of 127.0.0.0/8, as moto gives."""
    address = ec2.allocate_address(Domain="vpc")["PublicIp"]

    assert not address.startswith(("127.", "10.", "192.168."))


def test_an_elastic_ip_address_makes_an_interface_public(shop):
    """With the address it is reached from the internet, without it is not."""
    eni = shop.ec2.create_network_interface(SubnetId=shop.public, Groups=[shop.lb])
    eni_id = eni["NetworkInterface"]["NetworkInterfaceId"]
    before = reach("internet", eni_id, 443)
    address = shop.ec2.allocate_address(Domain="vpc")
    shop.ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=eni_id)

    assert before.blocked.code == "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
    assert reach("internet", eni_id, 443).reachable
    assert reach("internet", address["PublicIp"], 443).reachable


def test_the_main_route_table_counts_where_no_other_is_associated(shop):
    """A third subnet gets out as soon as the main table has a route."""
    third = subnet(shop.ec2, shop.vpc, "10.0.20.0/24")
    app = create_eni(third, shop.app)
    before = reach(app, "internet", 443)
    main = shop.ec2.describe_route_tables(
        Filters=[
            {"Name": "vpc-id", "Values": [shop.vpc]},
            {"Name": "association.main", "Values": ["true"]},
        ]
    )["RouteTables"][0]["RouteTableId"]
    shop.ec2.create_route(RouteTableId=main, DestinationCidrBlock=ANYWHERE, NatGatewayId=shop.nat)

    assert before.blocked.code == "NO_ROUTE_TO_DESTINATION"
    assert reach(app, "internet", 443).reachable


def test_a_custom_network_acl_denies_everything_until_it_has_entries(shop):
    """It shows AWS's entries 32767, and the answer needs an entry of its own."""
    ec2 = shop.ec2
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    acl = ec2.create_network_acl(VpcId=shop.vpc)["NetworkAcl"]
    association = next(
        each["NetworkAclAssociationId"]
        for found in ec2.describe_network_acls()["NetworkAcls"]
        for each in found["Associations"]
        if each["SubnetId"] == shop.private
    )
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl["NetworkAclId"])
    entry = {"NetworkAclId": acl["NetworkAclId"], "Protocol": "6", "RuleAction": "allow"}
    closed = reach(lb, app, 3000)
    ec2.create_network_acl_entry(
        RuleNumber=100,
        Egress=False,
        CidrBlock="10.0.0.0/24",
        PortRange={"From": 3000, "To": 3000},
        **entry,
    )
    half = reach(lb, app, 3000)
    ec2.create_network_acl_entry(
        RuleNumber=100,
        Egress=True,
        CidrBlock="10.0.0.0/24",
        PortRange={"From": 1024, "To": 65535},
        **entry,
    )

    assert [
        (each["RuleNumber"], each["Egress"], each["RuleAction"]) for each in acl["Entries"]
    ] == [
        (32767, True, "deny"),
        (32767, False, "deny"),
    ]
    assert closed.blocked.leg == "forward"
    assert half.blocked.leg == "return"
    assert reach(lb, app, 3000).reachable


def test_the_default_vpc_s_subnets_are_public(ec2):
    """It has an internet gateway and a route to it, as every account's has."""
    default = next(each for each in ec2.describe_vpcs()["Vpcs"] if each["IsDefault"])["VpcId"]
    here = [{"Name": "vpc-id", "Values": [default]}]
    subnets = ec2.describe_subnets(Filters=here)["Subnets"]
    made = lab.create_eni(ACCOUNT, REGION, subnets[0]["SubnetId"], [], "task", public_ip=True)

    assert all(each["MapPublicIpOnLaunch"] for each in subnets)
    assert reach_service(made.id, "ecr.api").reachable
    assert reach_service(create_eni(subnets[1]["SubnetId"]), "ecr.api").blocked.code == (
        "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
    )


def test_a_default_security_group_lets_its_own_members_in(shop):
    """And nobody else; moto's lets in nobody at all."""
    one, two = create_eni(shop.private), create_eni(shop.public)
    group = shop.ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [shop.vpc]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"][0]
    pairs = [each["UserIdGroupPairs"] for each in group["IpPermissions"]]

    assert [pair["GroupId"] for pair in pairs[0]] == [group["GroupId"]]
    assert reach(one, two, 8080).reachable
    assert not reach(create_eni(shop.private, shop.app), two, 8080).reachable


def test_a_nat_gateway_has_no_security_group(shop):
    """Only its subnet's network ACL applies to it."""
    nat = shop.ec2.describe_nat_gateways()["NatGateways"][0]
    eni_id = nat["NatGatewayAddresses"][0]["NetworkInterfaceId"]
    eni = shop.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni_id])["NetworkInterfaces"][0]

    assert eni["Groups"] == []
    assert eni["InterfaceType"] == "nat_gateway"


def test_an_interface_in_a_vpc_without_dns_hostnames_has_no_private_name(ec2):
    """moto's run_task reads it all the same."""
    bare = vpc(ec2, dns=False)
    eni = lab.create_eni(ACCOUNT, REGION, subnet(ec2, bare, "10.0.0.0/24"), [], "task")

    assert eni.private_dns_name is None
    assert [group.name for group in eni.group_set] == ["default"]


def test_cloudformation_s_changes_are_noticed(shop, session):
    """What a stack has made is in the network that the next packet meets."""
    before = lab.network(ACCOUNT, REGION)
    template = """{"Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties":
        {"GroupDescription": "x", "VpcId": "%s"}}}}"""
    stacks = session.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=template % shop.vpc)
    stacks.get_waiter("stack_create_complete").wait(StackName="s")

    assert len(lab.network(ACCOUNT, REGION).groups) == len(before.groups) + 1


def test_asking_for_what_does_not_exist_is_an_error(shop):
    """An interface that is gone is a LookupError, not a blocked path."""
    with pytest.raises(LookupError, match="eni-none"):
        reach_service("eni-none", "s3")
    with pytest.raises(LookupError, match="eni-none"):
        reach("eni-none", "internet", 443)
    assert lab.delete_eni(ACCOUNT, REGION, "eni-none") is None
