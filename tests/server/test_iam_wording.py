"""IAM's words for what is not there or cannot be, from an empty account through boto3."""

import json

import pytest

from tests.server.elb import refused
from tests.server.roles import ACCOUNT

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/gone"
GONE = "The role with name gone cannot be found."


@pytest.fixture
def iam(app, session):
    """An IAM client of a lab with one role, `app`."""
    client = session.client("iam")
    client.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    return client


def document(**more):
    """Return a policy of one statement as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": [READ | more]})


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("get_role", {"RoleName": "gone"}, "NoSuchEntity", GONE),
        ("delete_role", {"RoleName": "gone"}, "NoSuchEntity", GONE),
        ("list_attached_role_policies", {"RoleName": "gone"}, "NoSuchEntity", GONE),
        (
            "attach_role_policy",
            {"RoleName": "gone", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            "NoSuchEntity",
            GONE,
        ),
        (
            "get_role_policy",
            {"RoleName": "app", "PolicyName": "read"},
            "NoSuchEntity",
            "The role policy with name read cannot be found.",
        ),
        ("get_policy", {"PolicyArn": POLICY}, "NoSuchEntity", f"Policy {POLICY} was not found."),
        (
            "get_role",
            {"RoleName": f"arn:aws:iam::{ACCOUNT}:role/app"},
            "ValidationError",
            "The specified value for roleName is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-",
        ),
        (
            "put_role_policy",
            {"RoleName": "app", "PolicyName": "read", "PolicyDocument": document(Principal="*")},
            "MalformedPolicyDocument",
            "Policy document should not specify a principal.",
        ),
    ],
)
def test_each_refusal_has_iams_words(iam, operation, parameters, code, message):
    """moto takes the last two, and says the others in another way."""
    assert refused(getattr(iam, operation), **parameters) == (code, message)


def test_a_service_linked_role_is_made_once(iam):
    """By its documented name."""
    made = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]

    assert made["RoleName"] == "AWSServiceRoleForECS"
    assert refused(iam.create_service_linked_role, AWSServiceName="ecs.amazonaws.com") == (
        "InvalidInput",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a "
        "different suffix.",
    )


def test_aws_managed_policies_are_found(iam):
    """Also those that nobody has named before."""
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"

    assert iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
