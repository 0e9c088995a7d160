"""Permissions on S3: bucket and object ARNs, bucket policies, conditions, anonymous callers."""

import pytest
from botocore.exceptions import ClientError

from awslab.server import inprocess
from tests.server.roles import ACCOUNT, Role, allow, document, outcome

BUCKET, OBJECTS = "arn:aws:s3:::shop", "arn:aws:s3:::shop/*"


@pytest.fixture
def s3(app, session):
    """The administrator's client, with one bucket and one object."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="shop")
    s3.put_object(Bucket="shop", Key="orders/1", Body=b"1")
    return s3


def calls(s3):
    """Return what a caller may do, by operation."""
    one = {"Bucket": "shop", "Key": "orders/1"}
    return {
        "list": outcome(s3.list_objects_v2, Bucket="shop"),
        "get": outcome(s3.get_object, **one),
        "head": outcome(s3.head_object, **one),
        "put": outcome(s3.put_object, **one, Body=b"2"),
        "delete": outcome(s3.delete_object, **one),
    }


@pytest.mark.parametrize(
    ("resource", "may"),
    [
        (BUCKET, {"list"}),
        (OBJECTS, {"get", "head", "put", "delete"}),
        ([BUCKET, OBJECTS], {"list", "get", "head", "put", "delete"}),
        ("arn:aws:s3:::shop*", {"list", "get", "head", "put", "delete"}),
        ("arn:aws:s3:::photos/*", set()),
    ],
)
def test_objects_and_buckets_have_different_arns(s3, session, resource, may):
    """s3:* on the bucket's ARN does not reach its objects, and the other way round."""
    answers = calls(Role(session, "app", allow("s3:*", resource)).client("s3"))

    assert {name for name, code in answers.items() if code == "ok"} == may
    assert {answers[name] for name in answers if name not in may} <= {"AccessDenied", "403"}


def test_a_missing_object_is_hidden_from_who_may_not_list(s3, session):
    """Without s3:ListBucket a missing object is AccessDenied, with it NoSuchKey."""
    role = Role(session, "app", allow("s3:GetObject", OBJECTS))
    before = outcome(role.client("s3").get_object, Bucket="shop", Key="none")
    role.may(allow("s3:GetObject", OBJECTS), allow("s3:ListBucket", BUCKET))

    assert before == "AccessDenied"
    assert outcome(role.client("s3").get_object, Bucket="shop", Key="none") == "NoSuchKey"


def test_a_prefix_condition_limits_listing(s3, session):
    """s3:prefix is what the request lists."""
    own = {"StringLike": {"s3:prefix": "orders/*"}}
    client = Role(session, "app", allow("s3:ListBucket", BUCKET, Condition=own)).client("s3")

    assert outcome(client.list_objects_v2, Bucket="shop", Prefix="orders/") == "ok"
    assert outcome(client.list_objects_v2, Bucket="shop") == "AccessDenied"


def test_copying_needs_the_source_too(s3, session):
    """CopyObject is a PutObject and a GetObject."""
    role = Role(session, "app", allow("s3:PutObject", OBJECTS))
    copy = {"Bucket": "shop", "Key": "copy", "CopySource": "shop/orders/1"}
    before = outcome(role.client("s3").copy_object, **copy)
    role.may(allow(["s3:PutObject", "s3:GetObject"], OBJECTS))

    assert (before, outcome(role.client("s3").copy_object, **copy)) == ("AccessDenied", "ok")


def test_deleting_many_needs_each_object(s3, session):
    """DeleteObjects needs s3:DeleteObject on every key that it names."""
    s3.put_object(Bucket="shop", Key="users/1", Body=b"1")
    client = Role(session, "app", allow("s3:DeleteObject", f"{BUCKET}/orders/*")).client("s3")
    named = lambda *keys: {"Objects": [{"Key": key} for key in keys]}  # noqa: E731

    assert outcome(client.delete_objects, Bucket="shop", Delete=named("orders/1", "users/1")) == (
        "AccessDenied"
    )
    assert outcome(client.delete_objects, Bucket="shop", Delete=named("orders/1")) == "ok"


def test_a_bucket_policy_grants_a_role_of_the_account(s3, session):
    """No identity policy is needed where the bucket names the role."""
    role = Role(session)
    grant = allow("s3:GetObject", OBJECTS, Principal={"AWS": role.arn})
    s3.put_bucket_policy(Bucket="shop", Policy=document(grant))
    answers = calls(role.client("s3"))

    assert (answers["get"], answers["put"]) == ("ok", "AccessDenied")


def test_a_bucket_policys_deny_has_its_conditions(s3, session):
    """A Deny for insecure transport, which moto alone takes for a Deny of everything, stops nobody here."""
    role = Role(session, "app", allow("s3:*"))
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    stop = {**allow("s3:*", [BUCKET, OBJECTS], Principal="*"), "Effect": "Deny"}
    s3.put_bucket_policy(Bucket="shop", Policy=document({**stop, "Condition": insecure}))
    secure = calls(role.client("s3"))["get"]
    s3.put_bucket_policy(Bucket="shop", Policy=document(stop))

    assert (secure, calls(role.client("s3"))["get"]) == ("ok", "AccessDenied")


@pytest.mark.parametrize(
    ("policy", "path", "status"),
    [
        (None, "/shop/orders/1", 403),
        (None, "/shop", 403),
        (None, "/", 403),
        (allow("s3:GetObject", OBJECTS, Principal="*"), "/shop/orders/1", 200),
        (allow("s3:GetObject", OBJECTS, Principal="*"), "/shop", 403),
        (allow("s3:GetObject", OBJECTS, Principal={"AWS": ACCOUNT}), "/shop/orders/1", 403),
    ],
)
def test_anonymous_callers_need_a_public_bucket_policy(app, s3, policy, path, status):
    """Plain HTTP without a signature reads only what `"Principal": "*"` allows."""
    if policy:
        s3.put_bucket_policy(Bucket="shop", Policy=document(policy))
    answer, _, _ = inprocess.call(app, "GET", inprocess.ADDRESS + path)

    assert answer == status


def test_a_presigned_url_speaks_for_who_made_it(app, s3, session):
    """It works while its maker may read, and no longer."""
    role = Role(session, "app", allow("s3:GetObject", OBJECTS))
    link = role.client("s3").generate_presigned_url(
        "get_object", {"Bucket": "shop", "Key": "orders/1"}
    )
    address = inprocess.ADDRESS + "/shop/orders/1?" + link.partition("?")[2]
    before, _, _ = inprocess.call(app, "GET", address)
    role.may({**allow("s3:*"), "Effect": "Deny"}, policy="stop")
    after, _, _ = inprocess.call(app, "GET", address)

    assert (before, after) == (200, 403)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "Policies must be valid JSON"),
        (document(allow("s3:GetObject", OBJECTS)), "Missing required field Principal"),
        (document(allow("ec2:*", OBJECTS, Principal="*")), "Policy has invalid action"),
        (
            document(allow("s3:*", "arn:aws:s3:::other/*", Principal="*")),
            "Policy has invalid resource",
        ),
        (
            document(
                allow("s3:*", OBJECTS, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"})
            ),
            "Invalid principal in policy",
        ),
    ],
)
def test_bad_bucket_policies_are_malformed(s3, text, message):
    """moto stores any text; S3 says what is wrong with it."""
    with pytest.raises(ClientError, match=message) as error:
        s3.put_bucket_policy(Bucket="shop", Policy=text)

    assert error.value.response["Error"]["Code"] == "MalformedPolicy"
