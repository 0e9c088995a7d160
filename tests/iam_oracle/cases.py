"""Seeded random cases for the evaluator: principals, policies of every kind, contexts."""

import random

HERE, THERE = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HERE}:role/app"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/app/task"
USER = f"arn:aws:iam::{HERE}:user/ann"
PRINCIPALS = (USER, SESSION, SESSION)
TARGETS = {
    "s3:GetObject": ("arn:aws:s3:::shop/orders/1", "arn:aws:s3:::shop/users/ann/2"),
    "s3:ListBucket": ("arn:aws:s3:::shop", "arn:aws:s3:::photos"),
    "sqs:SendMessage": ("arn:aws:sqs:us-east-1:{account}:orders",),
    "secretsmanager:GetSecretValue": (
        "arn:aws:secretsmanager:us-east-1:{account}:secret:db-a1B2c3",
    ),
    "dynamodb:GetItem": ("arn:aws:dynamodb:us-east-1:{account}:table/orders",),
    "kms:Decrypt": ("arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",),
}
ACTIONS = (
    "*", "s3:*", "s3:Get*", "S3:getobject", "s3:List?ucket", "sqs:*", "sqs:Send*",
    "secretsmanager:Get*Value", "dynamodb:GetItem", "dynamodb:*Item", "kms:Decrypt", "ec2:*",
)  # fmt: skip
RESOURCES = (
    "*", "arn:aws:s3:::shop", "arn:aws:s3:::shop/*", "arn:aws:s3:::shop/orders/?",
    "arn:aws:s3:::shop/users/${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team}",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'photos'}", "arn:aws:sqs:*:*:orders",
    "arn:aws:secretsmanager:us-east-1:*:secret:db-??????", "arn:aws:dynamodb:*:*:table/${*}",
    "arn:aws:dynamodb:*:*:table/o*", "arn:aws:kms:*:*:key/*",
)  # fmt: skip
ENTRIES = (
    "*", {"AWS": "*"}, {"AWS": HERE}, {"AWS": f"arn:aws:iam::{HERE}:root"}, {"AWS": THERE},
    {"AWS": ROLE}, {"AWS": USER}, {"AWS": SESSION}, {"AWS": [USER, ROLE]},
    {"AWS": f"arn:aws:iam::{HERE}:role/other"}, {"Service": "ecs-tasks.amazonaws.com"},
)  # fmt: skip
CONTEXT = {
    "aws:PrincipalArn": (USER, ROLE),
    "aws:PrincipalTag/team": ("shop", "Shop", "photos"),
    "aws:SourceIp": ("10.0.1.7", "203.0.113.10", "2001:db8::1"),
    "aws:SecureTransport": ("true", "false"),
    "aws:MultiFactorAuthAge": ("300", "7200"),
    "aws:CurrentTime": ("2026-01-05T09:00:00Z", "2027-01-01T00:00:00Z"),
    "aws:RequestedRegion": ("us-east-1", "eu-west-1"),
    "s3:prefix": ("users/ann", ""),
    "aws:TagKeys": (["team"], ["team", "cost"], ["cost"]),
}
VALUES = {
    "String": {
        "aws:PrincipalTag/team": ("shop", "sh*", "${aws:RequestedRegion}", "S?op"),
        "aws:RequestedRegion": ("us-east-1", "us-*", "${aws:PrincipalTag/team}"),
        "s3:prefix": ("users/${aws:username}", "", "users/*"),
    },
    "Numeric": {"aws:MultiFactorAuthAge": ("3600", "300", "300.0")},
    "Date": {"aws:CurrentTime": ("2026-01-05T09:00:00Z", "2026-06-01T00:00:00Z", "1767603600")},
    "Ip": {"aws:SourceIp": ("10.0.0.0/16", "203.0.113.10", "2001:db8::/32", "10.0.1.0/30")},
    "Arn": {"aws:PrincipalArn": (ROLE, f"arn:aws:iam::{HERE}:*", "arn:aws:iam::*:role/*", USER)},
}
OPERATORS = {
    "String": ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
               "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    "Numeric": ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
                "NumericGreaterThan", "NumericGreaterThanEquals"),
    "Date": ("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals",
             "DateGreaterThan", "DateGreaterThanEquals"),
    "Ip": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
}  # fmt: skip


def _some(random_: random.Random, values, most=2):
    return random_.sample(values, random_.randint(1, most))


def _condition(r: random.Random) -> dict:
    kind = r.choice((*OPERATORS, *OPERATORS, "Bool", "Null", "Set"))
    if kind == "Bool":
        return {"Bool": {"aws:SecureTransport": r.choice(("true", "false"))}}
    if kind == "Null":
        return {"Null": {r.choice(tuple(CONTEXT)): r.choice(("true", "false"))}}
    if kind == "Set":
        among = r.choice(("ForAllValues", "ForAnyValue"))
        operator = r.choice(("StringEquals", "StringLike", "StringNotEquals", "StringNotLike"))
        return {f"{among}:{operator}": {"aws:TagKeys": _some(r, ("team", "cost", "t*"))}}
    key = r.choice(tuple(VALUES[kind]))
    operator = r.choice(OPERATORS[kind]) + r.choice(("", "", "IfExists"))
    return {operator: {key: _some(r, VALUES[kind][key])}}


def _close(r: random.Random, values, service: str):
    """Pick some values, more often than by chance those that are about the service of the request."""
    near = [v for v in values if v == "*" or service in v.lower()]
    return _some(r, near, min(2, len(near))) if r.random() < 0.7 else _some(r, values, 3)


def _statement(r: random.Random, principal: bool, service: str) -> dict:
    statement: dict = {"Effect": r.choice(("Allow",) * 5 + ("Deny",))}
    statement[r.choice(("Action",) * 6 + ("NotAction",))] = _close(r, ACTIONS, service)
    statement[r.choice(("Resource",) * 6 + ("NotResource",))] = _close(r, RESOURCES, service)
    if r.random() < 0.4:
        statement["Condition"] = _condition(r)
    if principal:
        denies = statement["Effect"] == "Deny"
        name = "NotPrincipal" if denies and r.random() < 0.3 else "Principal"
        statement[name] = r.choice(ENTRIES[2:] if name == "NotPrincipal" else ENTRIES)
    return statement


def document(r: random.Random, service: str, principal: bool = False) -> dict:
    """Return a random policy document; one in ten is of the old version, without variables."""
    version = "2008-10-17" if r.random() < 0.1 else "2012-10-17"
    statements = [_statement(r, principal, service) for _ in range(r.randint(1, 3))]
    return {"Version": version, "Statement": statements}


def case(seed: int) -> dict:
    """Return one random request with its policies, as plain data."""
    r = random.Random(seed)
    principal, action = r.choice(PRINCIPALS), r.choice(tuple(TARGETS))
    account = r.choice((HERE, HERE, THERE))
    service = action.split(":")[0]
    context = {key: r.choice(values) for key, values in CONTEXT.items() if r.random() < 0.7}
    context["aws:PrincipalArn"] = USER if principal == USER else ROLE
    if principal == USER:
        context["aws:username"] = "ann"
    if action != "s3:ListBucket":
        context.pop("s3:prefix", None)  # no other action has it
    session = principal == SESSION and r.random() < 0.3
    return {
        "principal": principal,
        "action": action,
        "resource": r.choice(TARGETS[action]).format(account=account),
        "account": account,
        "context": context,
        "identity": [document(r, service) for _ in range(r.randint(0, 2))],
        "boundary": document(r, service) if r.random() < 0.25 else None,
        "session": document(r, service) if session else None,
        "resource_policy": document(r, service, principal=True) if r.random() < 0.6 else None,
    }
