"""What ELB says of a request's form, from an empty account through boto3."""

import pytest

from tests.server.elb import Shop, refused

INVALID = "ValidationError"
ENUM = "failed to satisfy constraint: Member must satisfy enum value set: "
ELSEWHERE = (
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0123456789abcdef"
)


@pytest.fixture
def shop(app, session):
    """A load balancer that forwards port 80 to a target group of one healthy app."""
    made = Shop(session, app)
    made.balancer()
    return made.serve_web()


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        (
            "create_target_group",
            {"Name": "x", "Protocol": "http"},
            f"1 validation error detected: Value 'http' at 'protocol' {ENUM}[HTTP, HTTPS, TCP",
        ),
        (
            "create_target_group",
            {"Name": "x", "Protocol": "HTTP", "Port": 80, "TargetType": "IP"},
            f"Value 'IP' at 'targetType' {ENUM}[instance, ip, lambda, alb]",
        ),
        ("create_load_balancer", {"Name": "x", "Type": "alb"}, f"Value 'alb' at 'type' {ENUM}"),
        (
            "describe_load_balancers",
            {"LoadBalancerArns": ["shop"]},
            "'shop' is not a valid load balancer ARN",
        ),
        (
            "describe_load_balancers",
            {"LoadBalancerArns": [ELSEWHERE]},
            f"'{ELSEWHERE}' is not a valid load balancer ARN",
        ),
        (
            "describe_target_health",
            {"TargetGroupArn": "web"},
            "'web' is not a valid target group ARN",
        ),
        ("describe_rules", {"ListenerArn": "80"}, "'80' is not a valid listener ARN"),
        ("delete_rule", {"RuleArn": "10"}, "'10' is not a valid listener rule ARN"),
    ],
)
def test_what_cannot_be_is_refused(shop, operation, parameters, message):
    """Before ELB looks for anything."""
    code, found = refused(getattr(shop.elb, operation), **parameters)

    assert code == INVALID
    assert message in found


def test_a_forward_action_names_a_target_group_by_its_arn(shop):
    """Its name is refused, also among weights."""
    weights = {"TargetGroups": [{"TargetGroupArn": "web", "Weight": 1}]}
    for action in (
        {"Type": "forward", "TargetGroupArn": "web"},
        {"Type": "forward", "ForwardConfig": weights},
    ):
        change = {"ListenerArn": shop.listener_arn, "DefaultActions": [action]}

        assert refused(shop.elb.modify_listener, **change) == (
            INVALID,
            "'web' is not a valid target group ARN",
        )


@pytest.mark.parametrize(
    ("operation", "parameter", "of", "answer"),
    [
        (
            "describe_listeners",
            "LoadBalancerArn",
            "arn",
            ("LoadBalancerNotFound", "One or more load balancers not found"),
        ),
        (
            "delete_listener",
            "ListenerArn",
            "listener_arn",
            ("ListenerNotFound", "One or more listeners not found"),
        ),
    ],
)
def test_what_is_gone_is_said_in_elbs_words(shop, operation, parameter, of, answer):
    """The ARN has the right form."""
    gone = getattr(shop, of)[:-4] + "0000"

    assert refused(getattr(shop.elb, operation), **{parameter: gone}) == answer


def test_a_missing_subnet_is_named(shop):
    """moto's error names none."""
    subnets = [shop.subnets[0], "subnet-0123456789abcdef0"]

    assert refused(shop.elb.create_load_balancer, Name="x", Subnets=subnets) == (
        "SubnetNotFound",
        "The subnet ID 'subnet-0123456789abcdef0' does not exist",
    )
