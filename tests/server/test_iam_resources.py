"""Resource-based policies of every service that has them, in one account and across two."""

import pytest
from moto.iam.models import iam_backends

from awslab.server import iam as permissions
from tests.server.roles import ACCOUNT, Role, allow, document, outcome, trust

OTHER = "210987654321"
DENIED = "AccessDeniedException"


def secret(session):
    """Make a secret: its ARN, how to give it a policy, how to use it."""
    client = session.client("secretsmanager")
    arn = client.create_secret(Name="db", SecretString="x")["ARN"]
    put = lambda text: client.put_resource_policy(SecretId=arn, ResourcePolicy=text)  # noqa: E731
    return "secretsmanager", "GetSecretValue", arn, put, ("get_secret_value", {"SecretId": arn})


def queue(session):
    """Make a queue."""
    client = session.client("sqs")
    url = client.create_queue(QueueName="orders")["QueueUrl"]
    put = lambda text: client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})  # noqa: E731
    use = ("send_message", {"QueueUrl": url, "MessageBody": "x"})
    return "sqs", "SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", put, use


def repository(session):
    """Make a repository; its policy has no Resource."""
    client = session.client("ecr")
    arn = client.create_repository(repositoryName="shop")["repository"]["repositoryArn"]
    put = lambda text: client.set_repository_policy(repositoryName="shop", policyText=text)  # noqa: E731
    return "ecr", "DescribeImages", arn, put, ("describe_images", {"repositoryName": "shop"})


def table(session):
    """Make a table."""
    client = session.client("dynamodb")
    arn = client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    put = lambda text: client.put_resource_policy(ResourceArn=arn, Policy=text)  # noqa: E731
    return "dynamodb", "Scan", arn, put, ("scan", {"TableName": "orders"})


MAKERS = [secret, queue, repository, table]
CODES = {"sqs": "AccessDenied"}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_resource_policy_decides(app, session, make, effect):
    """An Allow for the role needs no identity policy; a Deny beats one."""
    service, _, arn, put, (method, arguments) = make(session)
    role = Role(session, "app", *([allow(f"{service}:*")] if effect == "Deny" else []))
    use = getattr(role.client(service), method)
    before = outcome(use, **arguments)
    statement = {**allow(f"{service}:*", arn, Principal={"AWS": role.arn}), "Effect": effect}
    if service == "ecr":
        del statement["Resource"]
    put(document(statement))
    denied = CODES.get(service, DENIED)

    assert (before, outcome(use, **arguments)) == (
        (denied, "ok") if effect == "Allow" else ("ok", denied)
    )


@pytest.mark.parametrize("make", MAKERS)
def test_another_account_needs_both_sides(app, session, make):
    """The resource's policy names the other account, and that account's own policy allows."""
    service, operation, arn, put, _ = make(session)
    iam = iam_backends[OTHER]["aws"]
    role = iam.create_role("guest", trust(), "/", None, "", [], None)
    statement = allow(f"{service}:*", arn, Principal={"AWS": OTHER})
    if service == "ecr":
        del statement["Resource"]
    ask = lambda: permissions.decide(OTHER, role.arn, f"{service}:{operation}", arn)  # noqa: E731
    put(document(statement))
    only_theirs = ask()
    iam.put_role_policy("guest", "own", document(allow(f"{service}:*")))
    both = ask()
    put(document({**statement, "Principal": {"AWS": ACCOUNT}}))

    assert (only_theirs.allowed, only_theirs.source) == (False, "identity")
    assert both.allowed
    assert (ask().allowed, ask().source) == (False, "resource")


def test_a_key_policy_lets_the_account_decide_or_not(app, session):
    """KMS's default key policy names the account; without it, no identity policy is enough."""
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    role = Role(session, "app", allow("kms:DescribeKey", key))
    mine = role.client("kms")
    default = outcome(mine.describe_key, KeyId=key)
    strangers = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(strangers))
    closed = outcome(mine.describe_key, KeyId=key)
    kms.put_key_policy(
        KeyId=key,
        PolicyName="default",
        Policy=document(allow("kms:*", Principal={"AWS": role.arn})),
    )
    role.iam.delete_role_policy(RoleName="app", PolicyName="own")

    assert (default, closed, outcome(mine.describe_key, KeyId=key)) == ("ok", DENIED, "ok")


def test_a_partition_key_may_be_a_condition(app, session):
    """dynamodb:LeadingKeys holds the partition key of the item."""
    table(session)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/customer}"]}}
    role = Role(
        session, "app",
        allow("dynamodb:GetItem", Condition=own), Tags=[{"Key": "customer", "Value": "7"}],
    )  # fmt: skip
    client = role.client("dynamodb")

    assert outcome(client.get_item, TableName="orders", Key={"id": {"S": "7"}}) == "ok"
    assert outcome(client.get_item, TableName="orders", Key={"id": {"S": "8"}}) == DENIED


def test_a_transaction_needs_each_items_action(app, session):
    """TransactWriteItems is no action of its own."""
    table(session)
    role = Role(session, "app", allow("dynamodb:PutItem"))
    client = role.client("dynamodb")
    item = {"TableName": "orders", "Item": {"id": {"S": "1"}}}
    key = {"TableName": "orders", "Key": {"id": {"S": "1"}}}

    assert outcome(client.transact_write_items, TransactItems=[{"Put": item}]) == "ok"
    assert (
        outcome(client.transact_write_items, TransactItems=[{"Put": item}, {"Delete": key}])
        == DENIED
    )


@pytest.mark.parametrize(
    ("resource", "create", "write"),
    [
        ("log-group:/ecs/shop:*", "ok", "ok"),
        ("log-group:/ecs/shop", DENIED, DENIED),
        ("log-group:/ecs/shop:log-stream:api/*", DENIED, "ok"),
        ("log-group:/ecs/*", "ok", "ok"),
    ],
)
def test_a_log_groups_arn_ends_in_a_star(app, session, resource, create, write):
    """Without `:*` a policy on a group reaches neither the group nor its streams."""
    session.client("logs").create_log_group(logGroupName="/ecs/shop")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:{resource}"
    role = Role(session, "app", allow(["logs:DescribeLogStreams", "logs:CreateLogStream"], arn))
    client = role.client("logs")
    stream = {"logGroupName": "/ecs/shop", "logStreamName": "api/1"}

    assert outcome(client.describe_log_streams, logGroupName="/ecs/shop") == create
    assert outcome(client.create_log_stream, **stream) == write


@pytest.mark.parametrize(
    ("allowed", "code"),
    [("parameter/shop/*", "ok"), ("parameter//shop/*", DENIED), ("parameter/other", DENIED)],
)
def test_a_parameters_arn_has_one_slash(app, session, allowed, code):
    """The name's leading slash is the one after `parameter`."""
    session.client("ssm").put_parameter(Name="/shop/url", Value="x", Type="String")
    role = Role(
        session, "app", allow("ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:{allowed}")
    )

    assert outcome(role.client("ssm").get_parameter, Name="/shop/url") == code


def test_running_a_task_passes_the_roles_of_its_definition(app, session):
    """ecs:RunTask on the definition, and iam:PassRole for its roles and for an override's."""
    task, other = Role(session, "task"), Role(session, "other")
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName="prod")
    definition = ecs.register_task_definition(
        family="api", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        taskRoleArn=task.arn, containerDefinitions=[{"name": "api", "image": "nginx"}],
    )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip
    run = allow("ecs:RunTask", definition)
    runner = Role(session, "runner", run)
    client = runner.client("ecs")
    arguments = {"cluster": "prod", "taskDefinition": "api", "launchType": "FARGATE"}
    arguments["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}
    without = outcome(client.run_task, **arguments)
    runner.may(run, allow("iam:PassRole", task.arn))

    assert without == DENIED
    assert outcome(client.run_task, **arguments) != DENIED
    assert outcome(client.run_task, **arguments, overrides={"taskRoleArn": other.arn}) == DENIED


@pytest.mark.parametrize(
    "arn",
    [
        "garbage",
        "arn:aws:kms:eu-nowhere-1:123456789012:key/1",
        "arn:aws:sqs:us-east-1:123456789012:none",
        "arn:aws:s3:::none/key",
        "arn:aws:iam::123456789012:role/none",
        "arn:aws:ec2:us-east-1:123456789012:vpc/*",
    ],
)
def test_resources_that_do_not_exist_have_no_policy(app, session, arn):
    """A decision about them is the identity policies' alone, and never an error."""
    session.client("kms").list_keys(), session.client("sqs").list_queues()
    role = Role(session, "app", allow("*"))

    assert permissions.decide(ACCOUNT, role.arn, "ec2:DeleteVpc", arn).allowed
