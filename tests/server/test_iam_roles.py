"""Roles: whom they trust, what their sessions carry, the credentials of tasks, and the policy simulator."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from awslab.server import iam as permissions
from awslab.server import inprocess
from tests.server.roles import ACCOUNT, TASKS, Role, allow, as_session, document, outcome, trust

OTHER = "210987654321"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/administrator"


def assume(client, role, **more):
    """Return the outcome of assuming a role."""
    return outcome(client.assume_role, RoleArn=role.arn, RoleSessionName="test", **more)


@pytest.mark.parametrize(
    ("principal", "more", "code"),
    [
        ({"AWS": ACCOUNT}, {}, "ok"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {}, "ok"),
        ({"AWS": ADMINISTRATOR}, {}, "ok"),
        ({"AWS": OTHER}, {}, "AccessDenied"),
        ({"Service": TASKS}, {}, "AccessDenied"),
        (
            {"AWS": ACCOUNT},
            {"Condition": {"StringEquals": {"sts:ExternalId": "77"}}},
            "AccessDenied",
        ),
    ],
)
def test_the_administrator_too_must_be_trusted(app, session, principal, more, code):
    """A role is assumed by those whom its trust policy names, on its conditions."""
    role = Role(session, AssumeRolePolicyDocument=trust(principal, **more))

    assert assume(session.client("sts"), role) == code


def test_the_external_id_opens_the_role(app, session):
    """sts:ExternalId is what the request says."""
    condition = {"StringEquals": {"sts:ExternalId": "77"}}
    text = trust({"AWS": ACCOUNT}, Condition=condition)
    role = Role(session, AssumeRolePolicyDocument=text)

    assert assume(session.client("sts"), role, ExternalId="77") == "ok"


def test_a_role_that_does_not_exist_is_refused_like_a_distrustful_one(app, session):
    """STS does not tell which roles there are."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/none"
    with pytest.raises(ClientError) as error:
        session.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")

    assert error.value.response["Error"] | {"Type": None} == {
        "Code": "AccessDenied",
        "Message": f"User: {ADMINISTRATOR} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        "Type": None,
    }


@pytest.mark.parametrize(
    ("names_the_role", "statements", "code"),
    [(True, [], "ok"), (False, [], "AccessDenied"), (False, [allow("sts:AssumeRole")], "ok")],
)
def test_a_role_assumes_another(app, session, names_the_role, statements, code):
    """A trust policy that names the role is enough; one that names the account leaves it to the role's policies."""
    first = Role(session, "first", *statements)
    second = Role(
        session, "second",
        AssumeRolePolicyDocument=trust({"AWS": first.arn if names_the_role else ACCOUNT}),
    )  # fmt: skip

    assert assume(first.client("sts"), second) == code


def test_role_chaining_lasts_an_hour_at_most(app, session):
    """And no session lasts longer than the role's maximum."""
    role = Role(session, "app", allow("sts:*"), MaxSessionDuration=7200)

    assert assume(session.client("sts"), role, DurationSeconds=7200) == "ok"
    assert assume(session.client("sts"), role, DurationSeconds=7201) == "ValidationError"
    assert assume(role.client("sts"), role, DurationSeconds=7200) == "ValidationError"


def test_who_calls(app, session):
    """GetCallerIdentity needs no permission, and tells a session from its role."""
    role = Role(session, "app", {**allow("*"), "Effect": "Deny"})
    answer = role.client("sts").get_caller_identity()
    role_id = session.client("iam").get_role(RoleName="app")["Role"]["RoleId"]

    assert answer["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/task"
    assert answer["UserId"] == f"{role_id}:task"
    assert session.client("sts").get_caller_identity()["Arn"] == ADMINISTRATOR


@pytest.mark.parametrize("how", ["Policy", "PolicyArns"])
def test_a_session_policy_limits_the_session_only(app, session, how):
    """An inline or a managed session policy, and what neither grants."""
    role = Role(session, "app", allow("ecr:*"))
    managed = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    given = {
        "Policy": document(allow(["ecr:Describe*", "s3:*"])),
        "PolicyArns": [{"arn": managed}],
    }[how]
    limited = role.client("ecr", **{how: given})

    assert outcome(limited.describe_repositories) == "ok"
    assert outcome(limited.create_repository, repositoryName="aa") == "AccessDeniedException"
    assert outcome(role.client("ecr").create_repository, repositoryName="aa") == "ok"
    assert outcome(role.client("s3", **{how: given}).list_buckets) == "AccessDenied"


def test_session_tags_are_principal_tags(app, session):
    """A tag of the session decides; passing tags needs sts:TagSession of the trust policy."""
    owner = {"StringEquals": {"aws:PrincipalTag/team": "shop"}}
    text = document(
        {
            **allow(["sts:AssumeRole", "sts:TagSession"]),
            "Principal": {"AWS": ACCOUNT},
            "Resource": "*",
        }
    ).replace(', "Resource": "*"', "")
    role = Role(session, "app", allow("ecr:*", Condition=owner), AssumeRolePolicyDocument=text)
    tags = [{"Key": "team", "Value": "shop"}]
    plain = Role(session, "plain")

    assert outcome(role.client("ecr", Tags=tags).describe_repositories) == "ok"
    assert outcome(role.client("ecr").describe_repositories) == "AccessDeniedException"
    assert assume(session.client("sts"), plain, Tags=tags) == "AccessDenied"


def test_a_session_ends(app, session, advance):
    """After an hour of simulated time the credentials are expired."""
    ecr = Role(session, "app", allow("ecr:*")).client("ecr")
    before = outcome(ecr.describe_repositories)
    advance(3600)

    assert (before, outcome(ecr.describe_repositories)) == ("ok", "ExpiredTokenException")


def test_a_bad_session_policy_is_malformed(app, session):
    """Before the session is made."""
    assert assume(session.client("sts"), Role(session), Policy="{") == "MalformedPolicyDocument"


def test_a_session_of_a_deleted_role_may_do_nothing(app, session):
    """Its policies are gone with the role."""
    role = Role(session)
    ecr = role.client("ecr")
    role.iam.delete_role(RoleName="app")

    assert outcome(ecr.describe_repositories) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("principal", "more", "trusted"),
    [
        ({"Service": TASKS}, {}, True),
        ({"Service": ["ec2.amazonaws.com", TASKS]}, {}, True),
        ({"Service": "ecs.amazonaws.com"}, {}, False),
        ({"AWS": ACCOUNT}, {}, False),
        ({"Service": TASKS}, {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}, True),
        ({"Service": TASKS}, {"Condition": {"StringEquals": {"aws:SourceAccount": OTHER}}}, False),
        (
            {"Service": TASKS},
            {"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}}},
            True,
        ),
    ],
)
def test_which_services_a_role_trusts(app, session, principal, more, trusted):
    """What ECS asks before it starts a task with the role."""
    role = Role(session, AssumeRolePolicyDocument=trust(principal, **more))
    context = {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod"}

    assert permissions.trusts(ACCOUNT, role.arn, TASKS, context).allowed == trusted


def test_a_role_that_is_not_there_trusts_nobody(app, session):
    """And the reason says that no statement allows it."""
    decision = permissions.trusts(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/none", TASKS)

    assert (decision.allowed, decision.kind) == (False, "implicit")


def test_a_tasks_credentials_come_from_an_endpoint(app, session, advance):
    """The container credentials endpoint answers as ECS's does, and what it gives never runs out."""
    role = Role(session, "app", allow("ecr:*"))
    given = permissions.session(ACCOUNT, role.arn, "task-1", {"aws:SourceIp": "10.0.1.7"})
    status, _, body = inprocess.call(
        app, "GET", f"{inprocess.ADDRESS}/_lab/credentials/{given['AccessKeyId']}"
    )
    answer = json.loads(body)
    keys = {
        "AccessKeyId": answer["AccessKeyId"],
        "SecretAccessKey": answer["SecretAccessKey"],
        "SessionToken": answer["Token"],
    }
    advance(86_400)

    assert (status, answer) == (200, given)
    assert datetime.fromisoformat(answer["Expiration"]) > datetime(2090, 1, 1, tzinfo=UTC)
    assert outcome(as_session(session, {"Credentials": keys}, "ecr").describe_repositories) == "ok"
    who = as_session(session, {"Credentials": keys}, "sts").get_caller_identity()["Arn"]
    assert who == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/task-1"
    inside = {"IpAddress": {"aws:SourceIp": "10.0.0.0/16"}}
    role.may({**allow("ecr:*", Condition=inside), "Effect": "Deny"}, policy="stop")
    denied = as_session(session, {"Credentials": keys}, "ecr").describe_repositories
    assert outcome(denied) == "AccessDeniedException"


def test_the_endpoint_knows_only_tasks(app, session):
    """An id that was never given out, and the key of an ordinary session, get 404."""
    made = session.client("sts").assume_role(RoleArn=Role(session).arn, RoleSessionName="test")
    for identifier in ("nobody", made["Credentials"]["AccessKeyId"]):
        address = f"{inprocess.ADDRESS}/_lab/credentials/{identifier}"

        assert inprocess.call(app, "GET", address)[0] == 404


@pytest.mark.parametrize(
    ("role", "status"), [("app", 200), ("careful", 200), ("distrustful", 400), ("none", 400)]
)
def test_task_credentials_only_for_roles_that_tasks_may_have(app, session, role, status):
    """`cloud.as_role` refuses what ECS would refuse, and fulfils the condition that AWS recommends."""
    careful = {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}}
    policy = trust({"Service": TASKS}, Condition=careful)
    Role(session, "careful", AssumeRolePolicyDocument=policy)
    Role(session), Role(session, "distrustful", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    body = json.dumps({"role": role}).encode()

    assert (
        inprocess.call(app, "POST", f"{inprocess.ADDRESS}/_lab/task-credentials", body)[0] == status
    )


def test_the_simulator_decides_as_the_services_do(app, session):
    """SimulatePrincipalPolicy: per action and resource, with the statement's policy and the boundary's word."""
    boundary = session.client("iam").create_policy(
        PolicyName="only-ecr", PolicyDocument=document(allow("ecr:*"))
    )["Policy"]["Arn"]
    role = Role(session, "app", allow(["ecr:*", "s3:*"]), PermissionsBoundary=boundary)
    results = role.iam.simulate_principal_policy(
        PolicySourceArn=role.arn, ActionNames=["ecr:PutImage", "s3:GetObject"], ResourceArns=["*"]
    )["EvaluationResults"]

    assert [r["EvalDecision"] for r in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == "own"
    assert [
        r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for r in results
    ] == [True, False]


@pytest.mark.parametrize(
    ("entries", "decision", "missing"),
    [
        ([], "implicitDeny", ["aws:SourceVpc"]),
        (["vpc-1"], "allowed", []),
        (["vpc-2"], "implicitDeny", []),
    ],
)
def test_the_simulator_takes_documents_and_context(app, session, entries, decision, missing):
    """SimulateCustomPolicy: what the context lacks is listed as missing."""
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    key = {
        "ContextKeyName": "aws:SourceVpc",
        "ContextKeyType": "string",
        "ContextKeyValues": entries,
    }
    result = session.client("iam").simulate_custom_policy(
        PolicyInputList=[document(allow("s3:GetObject", Condition=condition))],
        ActionNames=["s3:GetObject"],
        ContextEntries=[key] if entries else [],
    )["EvaluationResults"][0]

    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)


def test_the_simulator_and_a_resource_policy(app, session):
    """A resource policy's Deny counts, and its Allow for the caller."""
    simulate = session.client("iam").simulate_custom_policy
    request = {"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"]}
    ann = f"arn:aws:iam::{ACCOUNT}:user/ann"
    grant = document(allow("s3:*", Principal={"AWS": ann}))
    stop = document({**allow("s3:*", Principal="*"), "Effect": "Deny"})
    ask = lambda identity, resource: simulate(  # noqa: E731
        PolicyInputList=[identity], ResourcePolicy=resource, CallerArn=ann, **request
    )["EvaluationResults"][0]["EvalDecision"]

    assert ask(document(allow("ec2:*")), grant) == "allowed"
    assert ask(document(allow("*")), stop) == "explicitDeny"


def test_the_context_keys_that_policies_ask_for(app, session):
    """GetContextKeysForPrincipalPolicy and for documents."""
    region = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    role = Role(session, "app", allow("*", "arn:aws:s3:::${aws:username}", Condition=region))
    custom = role.iam.get_context_keys_for_custom_policy(
        PolicyInputList=[document(allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}}))]
    )
    keys = role.iam.get_context_keys_for_principal_policy(PolicySourceArn=role.arn)

    assert keys["ContextKeyNames"] == ["aws:RequestedRegion", "aws:username"]
    assert custom["ContextKeyNames"] == ["aws:SecureTransport"]


def test_what_the_simulator_refuses(app, session):
    """A principal that is not there, a document that is no JSON, an action without a service."""
    iam = session.client("iam")
    none = f"arn:aws:iam::{ACCOUNT}:role/none"
    good = document(allow("*"))

    assert (
        outcome(iam.simulate_principal_policy, PolicySourceArn=none, ActionNames=["s3:GetObject"])
        == "NoSuchEntity"
    )
    assert (
        outcome(iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])
        == "InvalidInput"
    )
    assert (
        outcome(iam.simulate_custom_policy, PolicyInputList=[good], ActionNames=["Get"])
        == "InvalidInput"
    )


def test_a_session_token_speaks_for_its_user(app, session, advance):
    """GetSessionToken: the user's permissions for a while; a role's session cannot ask for one."""
    iam = session.client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(allow("ecr:*")))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = session.client(
        "sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    made = ann.get_session_token(DurationSeconds=900)
    ecr = as_session(session, made, "ecr")
    before = (
        outcome(ecr.describe_repositories),
        outcome(as_session(session, made, "s3").list_buckets),
    )
    advance(900)

    assert before == ("ok", "AccessDenied")
    assert outcome(ecr.describe_repositories) == "ExpiredTokenException"
    assert outcome(Role(session).client("sts").get_session_token) == "AccessDenied"


def test_the_administrators_session_token_is_the_administrators(app, session):
    """It is as unrestricted as the key that asked for it."""
    made = session.client("sts").get_session_token()

    assert outcome(as_session(session, made, "iam").list_roles) == "ok"


@pytest.mark.parametrize(
    "arn", ["just-some-long-role-name", f"arn:aws:iam::{ACCOUNT}:user/somebody"]
)
def test_what_is_no_roles_arn(app, session, arn):
    """It is invalid, not refused."""
    sts = session.client("sts")

    assert outcome(sts.assume_role, RoleArn=arn, RoleSessionName="test") == "ValidationError"
