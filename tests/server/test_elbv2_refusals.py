"""What ELB refuses of load balancers and target groups, each by one fault in a good request."""

import pytest

from tests.server.elb import Shop, refused


@pytest.fixture
def empty(app, session):
    """A VPC with two public subnets."""
    return Shop(session, app)


@pytest.fixture
def shop(empty):
    """The same with a load balancer, a listener on port 80 and a target group behind it."""
    empty.balancer()
    empty.group_arn = empty.target_group()
    empty.listener_arn = empty.listener(empty.group_arn)
    return empty


# --- load balancers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a" * 33, "cannot be longer than '32' characters"),
        ("my_shop", "can only contain characters that are alphanumeric"),
        ("-shop", "cannot begin or end with '-'"),
        ("internal-shop", "cannot begin with 'internal-'"),
    ],
)
def test_a_load_balancers_name(empty, name, why):
    """32 letters, digits and inner hyphens, not beginning as AWS's own names do."""
    code, message = refused(empty.balancer, name)

    assert code == "ValidationError"
    assert why in message


def test_subnets_in_two_zones_of_one_vpc(empty):
    """One subnet, two in one zone, an unknown one, and one of another VPC."""
    twin = empty.subnet("10.0.7.0/24", "us-east-1a")
    other = empty.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    far = empty.ec2.create_subnet(
        VpcId=other, CidrBlock="10.1.0.0/24", AvailabilityZone="us-east-1b"
    )["Subnet"]["SubnetId"]
    one, two = empty.subnets
    codes = [
        refused(empty.balancer, Subnets=subnets)[0]
        for subnets in ([], [one], [one, twin], [one, "subnet-0123456789abcdef0"], [one, far])
    ]

    assert codes == [
        "ValidationError",
        "ValidationError",
        "InvalidConfigurationRequest",
        "SubnetNotFound",
        "InvalidConfigurationRequest",
    ]
    assert (
        "At least two subnets in two different Availability Zones"
        in (refused(empty.balancer, Subnets=[one])[1])
    )
    assert empty.balancer(Subnets=[one, two])["Scheme"] == "internet-facing"


def test_an_internet_facing_load_balancer_needs_an_internet_gateway(empty):
    """An internal one does not."""
    empty.ec2.detach_internet_gateway(InternetGatewayId=empty.gateway, VpcId=empty.vpc)

    assert refused(empty.balancer) == (
        "InvalidSubnet",
        f"VPC {empty.vpc} has no internet gateway",
    )
    assert empty.balancer(Scheme="internal")["Scheme"] == "internal"


def test_each_subnet_needs_eight_free_addresses(empty):
    """A /28 holds 11: four interfaces leave too few."""
    small = empty.subnet("10.0.8.0/28", "us-east-1a")
    for _ in range(4):
        empty.ec2.create_network_interface(SubnetId=small)

    assert refused(empty.balancer, Subnets=[small, empty.subnets[1]]) == (
        "InvalidSubnet",
        f"Not enough IP space available in {small}. "
        "ELB requires at least 8 free IP addresses in each subnet.",
    )


def test_security_groups_of_the_vpc(empty):
    """An unknown one and one of another VPC."""
    other = empty.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    far = empty.ec2.create_security_group(GroupName="far", Description="far", VpcId=other)
    codes = [
        refused(empty.balancer, SecurityGroups=[group])[0]
        for group in ("sg-0123456789abcdef0", far["GroupId"])
    ]

    assert codes == ["InvalidSecurityGroup", "InvalidConfigurationRequest"]


def test_a_name_in_use_with_other_settings(shop):
    """The same settings would return the load balancer that is there."""
    assert refused(shop.balancer, Scheme="internal") == (
        "DuplicateLoadBalancerName",
        "A load balancer with the same name 'shop' exists, but with different settings",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("idle_timeout.timeout_seconds", "0"),
        ("deletion_protection.enabled", "yes"),
        ("routing.http.xff_header_processing.mode", "replace"),
    ],
)
def test_attribute_values_of_a_load_balancer(shop, key, value):
    """Each within its range."""
    code, message = refused(
        shop.elb.modify_load_balancer_attributes,
        LoadBalancerArn=shop.arn,
        Attributes=[{"Key": key, "Value": value}],
    )

    assert code == "ValidationError"
    assert key in message


def test_a_protected_load_balancer_is_not_deleted(shop):
    """Deletion protection."""
    shop.elb.modify_load_balancer_attributes(
        LoadBalancerArn=shop.arn,
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
    )

    assert (
        refused(shop.elb.delete_load_balancer, LoadBalancerArn=shop.arn)[0]
        == "OperationNotPermitted"
    )


def test_an_unknown_load_balancer_is_not_described(shop):
    """Not found, by name and by ARN, even beside one that is."""
    code, _ = refused(shop.elb.describe_load_balancers, Names=["shop", "none"])

    assert code == "LoadBalancerNotFound"


# --- target groups --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"HealthCheckPath": "health"},
        {"HealthCheckPath": "/a b"},
        {"Matcher": {"HttpCode": "999"}},
        {"Matcher": {"HttpCode": "200-"}},
        {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 10},
        {"HealthCheckProtocol": "TCP"},
        {"HealthCheckEnabled": False},
    ],
)
def test_a_health_check(empty, fault):
    """Path, codes, times and protocol."""
    assert refused(empty.target_group, **fault)[0] == "ValidationError"


@pytest.mark.parametrize(
    "fault",
    [
        {"HealthCheckPath": "health"},
        {"Matcher": {"HttpCode": "199"}},
        {"HealthCheckTimeoutSeconds": 30},
        {"HealthCheckIntervalSeconds": 5},
    ],
)
def test_a_changed_health_check(shop, fault):
    """Interval and timeout are looked at together with what was there."""
    code, _ = refused(shop.elb.modify_target_group, TargetGroupArn=shop.group_arn, **fault)

    assert code == "ValidationError"


def test_a_target_groups_name_in_use_with_other_settings(shop):
    """The same settings would return the one that is there."""
    assert refused(shop.target_group, Port=8080)[0] == "DuplicateTargetGroupName"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("deregistration_delay.timeout_seconds", "3601"),
        ("slow_start.duration_seconds", "10"),
        ("stickiness.type", "source_ip"),
        ("load_balancing.algorithm.type", "random"),
        ("stickiness.lb_cookie.duration_seconds", "0"),
        ("no.such.key", "1"),
    ],
)
def test_attributes_of_a_target_group(shop, key, value):
    """Known keys, each within its range; nothing is kept of a refused change."""
    code, message = refused(
        shop.elb.modify_target_group_attributes,
        TargetGroupArn=shop.group_arn,
        Attributes=[{"Key": "stickiness.enabled", "Value": "true"}, {"Key": key, "Value": value}],
    )
    kept = shop.elb.describe_target_group_attributes(TargetGroupArn=shop.group_arn)["Attributes"]

    assert code == "ValidationError"
    assert key in message
    assert {"Key": "stickiness.enabled", "Value": "false"} in kept


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"Id": "8.8.8.8"}, "neither in the VPC nor in one of the private ranges"),
        ({"Id": "garbage"}, "not a valid IPv4 address"),
        ({"Id": "10.0.200.1"}, "The Availability Zone is required for IP address '10.0.200.1'"),
        ({"Id": "10.0.0.9", "AvailabilityZone": "all"}, "cannot have its Availability Zone"),
    ],
)
def test_an_address_as_a_target(shop, target, why):
    """Of the VPC's subnets, or private with a zone; all targets of a call or none."""
    code, message = refused(
        shop.elb.register_targets,
        TargetGroupArn=shop.group_arn,
        Targets=[{"Id": "10.0.0.8"}, target],
    )

    assert code == "ValidationError"
    assert why in message
    assert shop.health(shop.group_arn) == {}


def test_an_address_outside_the_vpc_is_taken_with_all_zones(shop):
    """On-premises, over a peering."""
    shop.elb.register_targets(
        TargetGroupArn=shop.group_arn,
        Targets=[{"Id": "192.168.1.1", "AvailabilityZone": "all"}],
    )

    assert shop.health(shop.group_arn)["192.168.1.1"][0] == "initial"


def test_an_address_is_no_instance(empty):
    """A target group takes one kind of target."""
    group = empty.target_group(TargetType="instance")
    code, _ = refused(
        empty.elb.register_targets, TargetGroupArn=group, Targets=[{"Id": "10.0.0.8"}]
    )

    assert code == "InvalidTarget"


def test_a_target_group_in_use_is_not_deleted(shop):
    """Once nothing forwards to it, it is."""
    code, _ = refused(shop.elb.delete_target_group, TargetGroupArn=shop.group_arn)
    shop.elb.delete_listener(ListenerArn=shop.listener_arn)
    shop.elb.delete_target_group(TargetGroupArn=shop.group_arn)

    assert code == "ResourceInUse"
    assert shop.elb.describe_target_groups()["TargetGroups"] == []


def test_deregistering_what_is_not_registered_is_no_error(shop):
    """AWS's documentation says so; moto refuses."""
    shop.elb.deregister_targets(TargetGroupArn=shop.group_arn, Targets=[{"Id": "10.0.0.8"}])

    assert shop.health(shop.group_arn) == {}


def test_a_load_balancer_stays_in_its_vpc(app, session):
    """SetSubnets with another VPC's subnets is refused, and the subnets are what they were."""
    shop = Shop(session, app)
    shop.balancer()
    other = Shop(session, app)
    code, _ = refused(shop.elb.set_subnets, LoadBalancerArn=shop.arn, Subnets=other.subnets)
    found = shop.elb.describe_load_balancers(LoadBalancerArns=[shop.arn])["LoadBalancers"][0]

    assert code == "InvalidConfigurationRequest"
    assert {zone["SubnetId"] for zone in found["AvailabilityZones"]} == set(shop.subnets)
