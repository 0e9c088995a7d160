"""Access logs in S3: who may write them, and what they say of good and bad answers."""

import gzip
import json
import shlex

import pytest
from botocore.exceptions import ClientError

from awslab.server import control
from tests.server.elb import ACCOUNT, App, Shop

PRINCIPAL = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
LEGACY = {"AWS": "arn:aws:iam::127311923021:root"}


@pytest.fixture
def shop(app, session):
    """A load balancer with one app, and a bucket for logs that nobody may write to yet."""
    shop = Shop(session, app)
    shop.balancer()
    shop.serve_web()
    shop.s3 = session.client("s3")
    shop.s3.create_bucket(Bucket="logs")
    return shop


def allow(shop, principal=PRINCIPAL, resource=f"arn:aws:s3:::logs/web/AWSLogs/{ACCOUNT}/*", **more):
    """Let a principal put objects into the bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": resource,
        **more,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    shop.s3.put_bucket_policy(Bucket="logs", Policy=document)


def enable(shop, bucket="logs", prefix="web"):
    """Turn access logs on."""
    values = {"enabled": "true", "bucket": bucket, "prefix": prefix}
    shop.elb.modify_load_balancer_attributes(
        LoadBalancerArn=shop.arn,
        Attributes=[{"Key": f"access_logs.s3.{k}", "Value": v} for k, v in values.items()],
    )


def keys(shop):
    """Return the keys in the bucket."""
    return [each["Key"] for each in shop.s3.list_objects_v2(Bucket="logs").get("Contents", [])]


def rows(shop):
    """Return the fields of every line of every file."""
    found = []
    for key in keys(shop):
        if key.endswith(".gz"):
            body = shop.s3.get_object(Bucket="logs", Key=key)["Body"].read()
            found += [shlex.split(line) for line in gzip.decompress(body).decode().splitlines()]
    return found


@pytest.mark.parametrize(
    ("statement", "prefix", "bucket"),
    [
        (None, "web", "logs"),
        ({}, "web", "missing"),
        ({"principal": {"Service": "delivery.logs.amazonaws.com"}}, "web", "logs"),
        ({}, "elsewhere", "logs"),
        (
            {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}},
            "web",
            "logs",
        ),
        ({}, "AWSLogs", "logs"),
    ],
    ids=["no-policy", "no-bucket", "other-principal", "other-path", "condition", "prefix"],
)
def test_a_bucket_that_does_not_take_logs_is_refused(shop, statement, prefix, bucket):
    """Elastic Load Balancing tries to write before it turns logs on."""
    if statement is not None:
        allow(shop, **statement)
    with pytest.raises(ClientError) as error:
        enable(shop, bucket, prefix)

    assert error.value.response["Error"]["Code"] == "InvalidConfigurationRequest"
    assert keys(shop) == []


@pytest.mark.parametrize("principal", [PRINCIPAL, LEGACY], ids=["service", "account"])
def test_turning_logs_on_writes_the_test_file(shop, principal):
    """Both forms of the bucket policy work."""
    allow(shop, principal)
    enable(shop)

    assert keys(shop) == [f"web/AWSLogs/{ACCOUNT}/ELBAccessLogTestFile"]


def test_a_request_is_a_line_five_minutes_later(shop):
    """The file is named by Region, load balancer, end and node; the line says who was asked and what came."""
    allow(shop)
    enable(shop)
    shop.get("/api/users/7?x=1")
    before = rows(shop)
    shop.advance(300)

    (row,) = rows(shop)

    assert before == []
    assert keys(shop)[-1].startswith(
        f"web/AWSLogs/{ACCOUNT}/elasticloadbalancing/us-east-1/2026/01/05/{ACCOUNT}_elasticload"
    )
    assert row[0] == "http"
    assert row[2] == shop.arn.partition(":loadbalancer/")[2]
    assert row[4] == f"{shop.address}:3000"
    assert row[8:10] == ["200", "200"]
    assert row[12] == f"GET http://{shop.dns}:80/api/users/7?x=1 HTTP/1.1"
    assert row[16] == shop.group_arn
    assert row[20] == "0"
    assert row[22] == "forward"


def test_each_error_of_the_load_balancer_looks_different(shop):
    """502: a target without a status; 504: the same, its packets lost; 503: no target at all."""
    allow(shop)
    enable(shop)
    shop.web.port = 9
    shop.get("/refused")
    shop.web.port, shop.web.stalls = 3000, True
    shop.get("/late")
    shop.elb.deregister_targets(
        TargetGroupArn=shop.group_arn, Targets=[{"Id": shop.address, "Port": 3000}]
    )
    shop.get("/nobody")
    shop.advance(300)

    actual = {row[12].split("/")[-2].split()[0]: row[4:10] for row in rows(shop)}
    target = f"{shop.address}:3000"

    assert actual["refused"] == [target, "-1", "-1", "-1", "502", "-"]
    assert actual["late"] == [target, "-1", "-1", "-1", "504", "-"]
    assert actual["nobody"] == ["-", "-1", "-1", "-1", "503", "-"]


def test_some_lines_stand_for_much_traffic(shop):
    """Of cloud.traffic each slice leaves at most twenty lines for each target and answer."""
    allow(shop)
    enable(shop)
    shop.register(shop.group_arn, shop.run(App(), subnet=1))
    shop.advance(60)
    control.ACTIONS["traffic"](url=f"http://{shop.dns}/", schedule=[[0, 20]], seconds=60)
    shop.advance(300)

    found = rows(shop)

    assert 60 <= len(found) <= 2 * 20 * 4
    assert {row[8] for row in found} == {"200"}
    assert all(float(row[6]) > 0 for row in found)


def test_lines_that_wait_survive_a_snapshot(app, shop):
    """What was not written yet is written after a restore."""
    allow(shop)
    enable(shop)
    shop.get("/kept")
    number = app.snapshot()["snapshot"]
    shop.advance(300)
    app.restore(number)
    shop.advance(300)

    assert [row[12].split()[1] for row in rows(shop)] == [f"http://{shop.dns}:80/kept"]


def test_a_line_says_what_a_rule_rewrote(shop):
    """The request as the client sent it, then what the target was asked; a hyphen where nothing changed."""
    allow(shop)
    enable(shop)
    strip = {"Rewrites": [{"Regex": "^/api/(.*)$", "Replace": "/$1"}]}
    shop.elb.create_rule(
        ListenerArn=shop.listener_arn,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": shop.group_arn}],
        Transforms=[{"Type": "url-rewrite", "UrlRewriteConfig": strip}],
    )
    shop.get("/api/users/7")
    shop.get("/users/7")
    shop.advance(300)
    first, second = sorted(rows(shop), key=lambda row: row[12])  # one file a node

    assert first[12] == f"GET http://{shop.dns}:80/api/users/7 HTTP/1.1"
    assert first[30:] == ["-", "/users/7", "TransformSuccess"]
    assert second[30:] == ["-", "-", "-"]
