"""What ELB refuses of listeners and rules, each by one fault in a good request."""

import pytest

from tests.server.elb import Shop, refused

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


# --- listeners ------------------------------------------------------------------------------------


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


# --- rules ----------------------------------------------------------------------------------------


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
