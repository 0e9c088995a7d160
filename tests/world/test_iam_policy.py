"""Policy documents: reading them, the context keys in them, and the trust policies that AWS refuses."""

import json

import pytest

from awslab.world.iam_policy import PolicyError, context_keys, parse, validate_trust

SERVICE = {"Service": "ecs-tasks.amazonaws.com"}


def trust(**changes):
    """Return a trust policy's text with one statement, changed; None takes an element away."""
    statement = {"Effect": "Allow", "Principal": SERVICE, "Action": "sts:AssumeRole", **changes}
    kept = {key: value for key, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        (json.dumps({"Version": "2012-10-17"}), "Syntax errors in policy."),
        (json.dumps({"Version": "2020-01-01", "Statement": []}), "Syntax errors in policy."),
        (trust(Effect="Maybe"), "Syntax errors in policy."),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (trust(Principal=None), "Missing required field Principal"),
        (trust(Action=None), "Missing required field Action"),
        (
            trust(Action="s3:GetObject"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (trust(Principal={"Service": "banana"}), 'Invalid principal in policy: "SERVICE":"banana"'),
        (
            trust(Principal={"Service": "banana.amazonaws.com"}),
            'Invalid principal in policy: "SERVICE":"banana.amazonaws.com"',
        ),
        (trust(Principal={"Fruit": "x"}), 'Invalid principal in policy: "FRUIT":"x"'),
        (
            trust(Principal={"AWS": "arn:aws:iam::123456789012:role/gone"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/gone"',
        ),
        (trust(Condition={"Like": {"a": "b"}}), "Invalid Condition type : Like."),
        (
            trust(NotPrincipal=SERVICE, Principal=None),
            "AssumeRolepolicy contained disallowed principal.",
        ),
    ],
)
def test_trust_policies_that_aws_refuses(text, message):
    """Each mistake gets AWS's own sentence."""
    with pytest.raises(PolicyError) as error:
        validate_trust(text, ["ecs-tasks.amazonaws.com"], ["arn:aws:iam::123456789012:role/gone"])

    assert str(error.value) == message


@pytest.mark.parametrize(
    "text",
    [
        trust(),
        trust(Principal={"AWS": "123456789012", **SERVICE}),
        trust(Principal="*", Condition={"StringEquals": {"sts:ExternalId": "x"}}),
        trust(Action=["sts:AssumeRole", "sts:TagSession"]),
        trust(Principal={"Federated": "cognito-identity.amazonaws.com"}),
        trust(Effect="Deny"),
    ],
)
def test_trust_policies_that_aws_takes(text):
    """What is right is accepted, without an answer."""
    assert validate_trust(text, ["ecs-tasks.amazonaws.com"]) is None


def test_elements_may_stand_alone_or_in_lists():
    """`"Action": "x"` and `"Action": ["x"]` are the same policy, and so is a single statement."""
    alone = parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    listed = parse({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]})

    assert alone == listed


def test_statements_are_called_by_sid_or_number():
    """A decision names the statement as a learner finds it."""
    policy = parse({"Statement": [{"Effect": "Allow", "Sid": "Read"}, {"Effect": "Deny"}]})

    assert [s.label for s in policy.statements] == ["Read", "number 2"]


def test_the_context_keys_of_a_policy():
    """Conditions and variables both ask for keys; names that differ only in case are one."""
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "arn:aws:s3:::b/${aws:username, 'x'}/${*}",
        "Condition": {
            "StringLike": {"aws:SourceVpc": "${aws:PrincipalTag/team}", "AWS:UserName": "a"}
        },
    }
    policy = parse({"Version": "2012-10-17", "Statement": statement})

    assert context_keys([policy]) == ["aws:PrincipalTag/team", "aws:SourceVpc", "AWS:UserName"]
