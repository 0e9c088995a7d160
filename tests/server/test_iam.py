"""Permissions that decide: every service refuses in its own words what a role's policies do not allow."""

import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import iam as permissions
from awslab.server import inprocess
from tests.server.roles import ACCOUNT, Role, allow, document, outcome, trust

DENIED = "AccessDeniedException"
ARN = f"us-east-1:{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:{ARN}:secret:"
DEFINITION = f"arn:aws:ecs:{ARN}:task-definition"
MANAGED = "arn:aws:iam::aws:policy"

CALLS = {  # client, operation, arguments, code of the refusal, action, resource
    "ecr": ("create_repository", {"repositoryName": "shop"}, DENIED, "ecr:CreateRepository",
            f"arn:aws:ecr:{ARN}:repository/shop"),
    "ecs": ("stop_task", {"cluster": "prod", "task": "1"}, DENIED, "ecs:StopTask",
            f"arn:aws:ecs:{ARN}:task/prod/1"),
    "elbv2": ("create_target_group", {"Name": "api"}, "AccessDenied",
              "elasticloadbalancing:CreateTargetGroup",
              f"arn:aws:elasticloadbalancing:{ARN}:targetgroup/api/*"),
    "ec2": ("delete_vpc", {"VpcId": "vpc-1"}, "UnauthorizedOperation", "ec2:DeleteVpc",
            f"arn:aws:ec2:{ARN}:vpc/vpc-1"),
    "iam": ("get_role", {"RoleName": "app"}, "AccessDenied", "iam:GetRole",
            f"arn:aws:iam::{ACCOUNT}:role/app"),
    "s3": ("put_object", {"Bucket": "b", "Key": "k/1"}, "AccessDenied", "s3:PutObject",
           "arn:aws:s3:::b/k/1"),
    "secretsmanager": ("describe_secret", {"SecretId": "db"}, DENIED,
                       "secretsmanager:DescribeSecret", f"{SECRET}db"),
    "ssm": ("get_parameters", {"Names": ["/shop/url"]}, DENIED, "ssm:GetParameters",
            f"arn:aws:ssm:{ARN}:parameter/shop/url"),
    "kms": ("describe_key", {"KeyId": "1"}, DENIED, "kms:DescribeKey", f"arn:aws:kms:{ARN}:key/1"),
    "sqs": ("send_message", {"QueueUrl": f"http://q/{ACCOUNT}/orders", "MessageBody": "x"},
            "AccessDenied", "sqs:SendMessage", f"arn:aws:sqs:{ARN}:orders"),
    "dynamodb": ("query", {"TableName": "tab", "IndexName": "idx"}, DENIED, "dynamodb:Query",
                 f"arn:aws:dynamodb:{ARN}:table/tab/index/idx"),
    "logs": ("create_log_stream", {"logGroupName": "/ecs/a", "logStreamName": "s"}, DENIED,
             "logs:CreateLogStream", f"arn:aws:logs:{ARN}:log-group:/ecs/a:log-stream:s"),
    "cloudwatch": ("delete_alarms", {"AlarmNames": ["cpu"]}, DENIED, "cloudwatch:DeleteAlarms",
                   f"arn:aws:cloudwatch:{ARN}:alarm:cpu"),
    "application-autoscaling": ("describe_scalable_targets", {"ServiceNamespace": "ecs"}, DENIED,
                                "application-autoscaling:DescribeScalableTargets", "*"),
    "servicediscovery": ("get_service", {"Id": "srv-1"}, DENIED, "servicediscovery:GetService",
                         f"arn:aws:servicediscovery:{ARN}:service/srv-1"),
    "sns": ("list_topics", {}, "AccessDenied", "sns:ListTopics", "*"),
}  # fmt: skip


@pytest.mark.parametrize("service", CALLS)
def test_each_service_refuses_in_its_own_words(app, session, service):
    """The code is the protocol's, the message AWS's, and it names the action and the whole resource."""
    operation, arguments, code, action, resource = CALLS[service]
    client = Role(session).client(service)
    with pytest.raises(ClientError) as error:
        getattr(client, operation)(**arguments)

    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["Error"]["Message"].endswith(
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/app/task is not authorized to perform: {action} "
        f"on resource: {resource} because no identity-based policy allows the {action} action"
    )


@pytest.mark.parametrize("service", CALLS)
def test_a_statement_on_exactly_that_resource_is_enough(app, session, service):
    """The same call passes the permission check with the action and the resource of the refusal."""
    operation, arguments, code, action, resource = CALLS[service]
    role = Role(session, "app", allow(action, resource))

    assert outcome(getattr(role.client(service), operation), **arguments) != code


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecr", "describe_repositories", "UnrecognizedClientException"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_a_key_that_nobody_has(app, session, service, operation, code):
    """Only the lab's own key is the administrator's."""
    client = session.client(
        service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x"
    )

    assert outcome(getattr(client, operation)) == code


def test_the_execution_role_may_pull_and_log_but_not_read_secrets(app, session):
    """AWS's managed policy holds six actions, and GetSecretValue is none of them."""
    role = Role(session)
    name = f"{MANAGED}/service-role/AmazonECSTaskExecutionRolePolicy"
    role.iam.attach_role_policy(RoleName="app", PolicyArn=name)
    made = session.client("secretsmanager").create_secret(Name="db", SecretString="x")

    assert outcome(role.client("ecr").get_authorization_token) == "ok"
    assert outcome(role.client("secretsmanager").get_secret_value, SecretId="db") == DENIED
    role.may(allow("secretsmanager:GetSecretValue", made["ARN"]))
    assert outcome(role.client("secretsmanager").get_secret_value, SecretId="db") == "ok"


@pytest.mark.parametrize(
    ("ending", "code"), [("", DENIED), ("-??????", "ok"), ("-*", "ok"), ("*", "ok")]
)
def test_a_secrets_arn_ends_in_six_characters(app, session, ending, code):
    """A policy that names the secret without them matches nothing."""
    session.client("secretsmanager").create_secret(Name="db", SecretString="x")
    role = Role(session, "app", allow("secretsmanager:GetSecretValue", f"{SECRET}db{ending}"))

    assert outcome(role.client("secretsmanager").get_secret_value, SecretId="db") == code


def test_a_customers_key_needs_decrypt_as_well(app, session):
    """A secret under a key of one's own is refused without kms:Decrypt, and read with it through Secrets Manager."""
    key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    secrets = session.client("secretsmanager")
    made = secrets.create_secret(Name="db", SecretString="x", KmsKeyId=key)
    read = allow("secretsmanager:GetSecretValue", made["ARN"])
    role = Role(session, "app", read)
    before = outcome(role.client("secretsmanager").get_secret_value, SecretId="db")
    via = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    role.may(read, allow("kms:Decrypt", key, Condition=via))

    assert before == DENIED
    assert outcome(role.client("secretsmanager").get_secret_value, SecretId="db") == "ok"
    assert outcome(role.client("kms").describe_key, KeyId=key) == DENIED


@pytest.mark.parametrize(
    ("pass_role", "code"),
    [
        ([], DENIED),
        ([allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/task")], DENIED),
        ([allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/*")], "ok"),
        (
            [
                allow(
                    "iam:PassRole",
                    Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                )
            ],
            "ok",
        ),
        (
            [
                allow(
                    "iam:PassRole",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                )
            ],
            DENIED,
        ),
    ],
)
def test_registering_a_task_definition_passes_both_its_roles(app, session, pass_role, code):
    """iam:PassRole is needed for the task role and the execution role, to ecs-tasks."""
    Role(session, "task"), Role(session, "execution")
    deployer = Role(session, "deployer", allow("ecs:RegisterTaskDefinition"), *pass_role)
    arguments = {
        "family": "api",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task",
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "containerDefinitions": [{"name": "api", "image": "nginx"}],
    }

    assert outcome(deployer.client("ecs").register_task_definition, **arguments) == code


def test_conditions_see_the_cluster_the_region_and_the_clock(app, session, advance):
    """Context keys come from the request and from the simulated clock."""
    cluster = f"arn:aws:ecs:{ARN}:cluster/prod"
    until = {
        "ArnEquals": {"ecs:cluster": cluster},
        "StringEquals": {"aws:RequestedRegion": "us-east-1"},
        "DateLessThan": {"aws:CurrentTime": "2026-01-05T09:10:00Z"},
    }
    role = Role(session, "app", allow("ecs:ListServices", Condition=until))
    ecs = role.client("ecs")
    early = outcome(ecs.list_services, cluster="prod"), outcome(ecs.list_services, cluster="test")
    advance(660)

    assert early == ("ClusterNotFoundException", DENIED)
    assert outcome(ecs.list_services, cluster="prod") == DENIED


def test_tags_decide_where_a_policy_asks_for_them(app, session):
    """A request's tags, a resource's tags and a principal's tags are context keys."""
    own = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    new = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
    role = Role(
        session, "app",
        allow("ecr:CreateRepository", Condition=new),
        allow("ecr:DescribeImages", Condition=own),
        Tags=[{"Key": "team", "Value": "shop"}],
    )  # fmt: skip
    ecr = role.client("ecr")
    tag = lambda value: [{"Key": "team", "Value": value}]  # noqa: E731

    assert outcome(ecr.create_repository, repositoryName="aa", tags=tag("other")) == DENIED
    assert outcome(ecr.create_repository, repositoryName="bb", tags=tag("shop")) == "ok"
    assert outcome(ecr.describe_images, repositoryName="bb") == "ok"
    session.client("ecr").create_repository(repositoryName="cc", tags=tag("other"))
    assert outcome(ecr.describe_images, repositoryName="cc") == DENIED


def test_a_boundary_limits_what_a_policy_allows(app, session):
    """The refusal names the boundary; taking it away heals."""
    boundary = session.client("iam").create_policy(
        PolicyName="only-ecs", PolicyDocument=document(allow("ecs:*"))
    )["Policy"]["Arn"]
    role = Role(session, "app", allow("*"), PermissionsBoundary=boundary)
    ecr = role.client("ecr")
    with pytest.raises(ClientError, match="because no permissions boundary allows"):
        ecr.describe_repositories()
    role.iam.delete_role_permissions_boundary(RoleName="app")

    assert outcome(ecr.describe_repositories) == "ok"


def test_an_explicit_deny_wins_and_is_named(app, session):
    """An attached policy's ARN stands in the message."""
    role = Role(session, "app", allow("*"))
    arn = role.iam.create_policy(
        PolicyName="stop", PolicyDocument=document({**allow("ecr:*"), "Effect": "Deny"})
    )["Policy"]["Arn"]
    role.iam.attach_role_policy(RoleName="app", PolicyArn=arn)

    with pytest.raises(
        ClientError, match=f"with an explicit deny in an identity-based policy: {arn}"
    ):
        role.client("ecr").describe_repositories()


def test_a_user_has_own_and_group_policies(app, session):
    """A user's keys carry the user's policies and the group's; a boundary limits them; inactive keys are nobody's."""
    iam = session.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(UserName="ann", GroupName="devs")
    iam.attach_group_policy(
        GroupName="devs", PolicyArn=f"{MANAGED}/AmazonEC2ContainerRegistryReadOnly"
    )
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    keys = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    ecr = session.client("ecr", **keys)

    assert outcome(ecr.describe_repositories) == "ok"
    assert outcome(ecr.create_repository, repositoryName="aa") == DENIED
    iam.put_user_permissions_boundary(
        UserName="ann", PermissionsBoundary=f"{MANAGED}/AmazonS3ReadOnlyAccess"
    )
    assert outcome(ecr.describe_repositories) == DENIED
    iam.delete_user_permissions_boundary(UserName="ann")
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert outcome(ecr.describe_repositories) == "UnrecognizedClientException"


def test_decide_answers_without_a_request(app, session):
    """What other parts of the lab ask: a role by ARN, and the statement that decides."""
    role = Role(session, "app", allow("ecr:BatchGetImage", Sid="Pull"))
    yes = permissions.decide(
        ACCOUNT, role.arn, "ecr:BatchGetImage", f"arn:aws:ecr:{ARN}:repository/a"
    )
    no = permissions.decide(ACCOUNT, role.arn, "ecr:PutImage")
    gone = permissions.decide(ACCOUNT, f"{role.arn}-gone", "ecr:BatchGetImage")

    assert (yes.allowed, yes.statement) == (True, "statement Pull of own")
    assert (no.allowed, no.kind) == (False, "implicit")
    assert not gone.allowed


def test_can_tells_the_window(app, session):
    """`cloud.can` gets the decision as data, and a sentence that helps for a role that is not there."""
    Role(session, "app", allow("s3:GetObject"))
    ask = lambda **body: inprocess.call(  # noqa: E731
        app, "POST", f"{inprocess.ADDRESS}/_lab/can", json.dumps(body).encode()
    )
    status, _, answer = ask(role="app", operation="s3:GetObject", resource="arn:aws:s3:::b/k")
    refused, _, why = ask(role="nobody", operation="s3:GetObject")

    assert (status, json.loads(answer)["allowed"], len(json.loads(answer)["steps"])) == (
        200,
        True,
        4,
    )
    assert (refused, json.loads(why)["error"]) == (
        400, "there is no role or user 'nobody'; the account has app",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "invalid Json"),
        (trust(Resource="*"), "prohibited field Resource"),
        (trust({"Service": "banana.amazonaws.com"}), "Invalid principal in policy"),
        (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/gone"}), "Invalid principal in policy"),
    ],
)
def test_bad_trust_policies_are_malformed(app, session, text, message):
    """moto takes any trust policy; AWS does not, at creation and at update."""
    iam = session.client("iam")
    iam.create_role(RoleName="ok", AssumeRolePolicyDocument=trust())
    for call, arguments in (
        (iam.create_role, {"RoleName": "bad", "AssumeRolePolicyDocument": text}),
        (iam.update_assume_role_policy, {"RoleName": "ok", "PolicyDocument": text}),
    ):
        with pytest.raises(ClientError, match=message) as error:
            call(**arguments)

        assert error.value.response["Error"]["Code"] == "MalformedPolicyDocument"


def test_what_else_iam_refuses(app, session):
    """A policy that is too long, a boundary and a managed policy that do not exist."""
    role = Role(session)
    long = document(*(allow(f"s3:Get{'x' * 500}") for _ in range(25)))
    nope = f"{MANAGED}/NoSuchPolicy"

    assert (
        outcome(role.iam.put_role_policy, RoleName="app", PolicyName="p", PolicyDocument=long)
        == "LimitExceeded"
    )
    assert outcome(role.iam.attach_role_policy, RoleName="app", PolicyArn=nope) == "NoSuchEntity"
    assert outcome(
        role.iam.put_role_permissions_boundary, RoleName="app", PermissionsBoundary=nope
    ) == "NoSuchEntity"  # fmt: skip


def test_awss_managed_policies_are_listed_when_asked_for(app, session):
    """ListPolicies shows them, though none was loaded before."""
    pages = session.client("iam").get_paginator("list_policies").paginate(Scope="AWS")
    names = {policy["PolicyName"] for page in pages for policy in page["Policies"]}

    assert len(names) > 1000
    assert "AmazonECSTaskExecutionRolePolicy" in names
