"""What ELB refuses, each by one fault in an otherwise good request."""

import pytest
from botocore.exceptions import ClientError

from tests.server.elb import Shop

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/none"
DUMMY = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}


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


def refused(call, *arguments, **keywords):
    """Return code and message of the error that a call raises."""
    with pytest.raises(ClientError) as error:
        call(*arguments, **keywords)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


# --- load balancers ------------------------------------------------------------------------------


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


def test_access_logs_need_a_bucket_that_is_there(shop, session):
    """AWS tries to write to it."""
    wanted = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs"},
    ]
    change = {"LoadBalancerArn": shop.arn, "Attributes": wanted}
    before = refused(shop.elb.modify_load_balancer_attributes, **change)
    session.client("s3").create_bucket(Bucket="logs")
    shop.elb.modify_load_balancer_attributes(**change)

    assert before[0] == "InvalidConfigurationRequest"


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


# --- target groups -------------------------------------------------------------------------------


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


# --- listeners -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"Protocol": "HTTPS", "port": 443}, "ValidationError"),
        (
            {
                "Protocol": "HTTPS",
                "port": 443,
                "Certificates": [{"CertificateArn": CERTIFICATE}],
            },
            "CertificateNotFound",
        ),
        (
            {
                "Protocol": "HTTPS",
                "port": 443,
                "SslPolicy": "none",
                "Certificates": [{"CertificateArn": CERTIFICATE}],
            },
            "SSLPolicyNotFound",
        ),
        (
            {"port": 8080, "Certificates": [{"CertificateArn": CERTIFICATE}]},
            "ValidationError",
        ),
        ({"Protocol": "TCP", "port": 8080}, "ValidationError"),
        ({"port": 80}, "DuplicateListener"),
    ],
)
def test_a_listener(shop, fault, code):
    """Certificate, security policy, protocol and port."""
    assert refused(shop.listener, DUMMY, **fault)[0] == code


def test_a_certificate_that_is_not_issued_yet(shop, session):
    """Pending validation is not good enough."""
    acm = session.client("acm")
    arn = acm.request_certificate(DomainName="shop.example.com", ValidationMethod="DNS")
    code, message = refused(
        shop.listener,
        DUMMY,
        port=443,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": arn["CertificateArn"]}],
    )

    assert code == "UnsupportedCertificate"
    assert "must have a fully-qualified domain name" in message


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"Type": "forward", "TargetGroupArn": GROUP}, "TargetGroupNotFound"),
        ({"Type": "forward"}, "ValidationError"),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}},
            "InvalidLoadBalancerAction",
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": "0"}},
            "InvalidLoadBalancerAction",
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "x"}},
            "InvalidLoadBalancerAction",
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_307", "Host": "x"}},
            "ValidationError",
        ),
    ],
)
def test_an_action(shop, action, code):
    """A target group that is there, a redirect that does not loop."""
    assert refused(shop.listener, action, port=8080)[0] == code


def test_weights_from_0_to_999_and_five_target_groups(shop):
    """Of a weighted forward."""
    arns = [shop.target_group(f"g{n}") for n in range(6)]

    def weighted(arns, weight):
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn in arns]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        return refused(shop.listener, action, port=8080)

    assert weighted(arns[:2], 1000)[1].startswith("The weight for each target group must be")
    assert weighted(arns, 1)[0] == "TooManyTargetGroups"


def test_a_target_group_serves_one_load_balancer(shop):
    """A second one may not forward to it."""
    shop.balancer("second")
    code, message = refused(shop.listener, shop.group_arn)

    assert code == "TargetGroupAssociationLimit"
    assert message.endswith(
        f"cannot be associated with more than one load balancer: {shop.group_arn}"
    )


def test_a_target_group_of_the_same_vpc_and_protocol(shop):
    """Neither another VPC's nor one for a Network Load Balancer."""
    other = shop.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    far = shop.elb.create_target_group(
        Name="far", Protocol="HTTP", Port=80, VpcId=other, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    tcp = shop.target_group("tcp", Protocol="TCP")

    assert refused(shop.listener, far, port=8080)[0] == "InvalidConfigurationRequest"
    assert refused(shop.listener, tcp, port=8080)[0] == "IncompatibleProtocols"


def test_a_changed_listener(shop):
    """It keeps to the rules of its creation."""
    shop.listener(DUMMY, port=8080)
    change = shop.elb.modify_listener
    codes = [
        refused(change, ListenerArn=shop.listener_arn, **fault)[0]
        for fault in ({"Port": 8080}, {"Protocol": "HTTPS"}, {"Port": 443, "Protocol": "TCP"})
    ]

    assert codes == ["DuplicateListener", "ValidationError", "ValidationError"]


# --- rules ---------------------------------------------------------------------------------------


def make_rule(shop, conditions=None, priority=5, action=DUMMY):
    """Create a rule, by default a good one."""
    good = [{"Field": "path-pattern", "Values": ["/a"]}]
    return shop.elb.create_rule(
        ListenerArn=shop.listener_arn,
        Priority=priority,
        Conditions=good if conditions is None else conditions,
        Actions=[action],
    )["Rules"][0]["RuleArn"]


def path(*values, kind="Values"):
    """A path-pattern condition."""
    return {"Field": "path-pattern", "PathPatternConfig": {kind: list(values)}}


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [path(*"abcdef")],
        [path("/a"), path("/b")],
        [path("/a b")],
        [path("/" + "a" * 128)],
        [path("(?=a)", kind="RegexValues")],
        [path("(a)\\1", kind="RegexValues")],
        [path("(", kind="RegexValues")],
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a/b"]}}],
        [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.1/24"]}}],
        [{"Field": "source-ip", "SourceIpConfig": {"Values": ["here"]}}],
        [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "Host", "Values": ["a"]}}],
        [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "a b", "Values": ["a"]}}],
        [{"Field": "cookie", "Values": ["a"]}],
    ],
)
def test_a_rules_conditions(shop, conditions):
    """Number, fields, characters, blocks, names and regular expressions."""
    assert refused(make_rule, shop, conditions)[0] == "ValidationError"


def test_five_values_of_one_condition_are_taken(shop):
    """A rule has five, in one condition or in several."""
    assert make_rule(shop, [path(*(f"/{letter}" for letter in "abcde"))])


def test_a_rules_priority(shop):
    """1 to 50000, each once."""
    make_rule(shop)

    assert refused(make_rule, shop, priority=50001)[0] == "ValidationError"
    assert refused(make_rule, shop) == ("PriorityInUse", "Priority '5' is currently in use")


def test_a_load_balancer_has_a_hundred_rules(shop):
    """Default rules do not count."""
    for priority in range(1, 101):
        make_rule(shop, priority=priority)

    assert refused(make_rule, shop, priority=101)[0] == "TooManyRules"


def test_the_default_rule_stays(shop):
    """It is neither deleted nor changed nor given a priority."""
    default = shop.elb.describe_rules(ListenerArn=shop.listener_arn)["Rules"][0]["RuleArn"]
    codes = [
        refused(call, **keywords)[0]
        for call, keywords in (
            (shop.elb.delete_rule, {"RuleArn": default}),
            (shop.elb.modify_rule, {"RuleArn": default, "Actions": [DUMMY]}),
            (
                shop.elb.set_rule_priorities,
                {"RulePriorities": [{"RuleArn": default, "Priority": 7}]},
            ),
        )
    ]

    assert codes == ["OperationNotPermitted"] * 3


def test_a_rule_that_is_not_there(shop):
    """It cannot be deleted twice."""
    arn = make_rule(shop)
    shop.elb.delete_rule(RuleArn=arn)

    assert refused(shop.elb.delete_rule, RuleArn=arn)[0] == "RuleNotFound"


def test_priorities_that_would_collide(shop):
    """A priority that another rule keeps."""
    first, _ = make_rule(shop, priority=1), make_rule(shop, priority=2)
    wanted = [{"RuleArn": first, "Priority": 2}]

    assert refused(shop.elb.set_rule_priorities, RulePriorities=wanted)[0] == "PriorityInUse"
