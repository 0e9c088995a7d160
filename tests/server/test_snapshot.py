"""A lab frozen and thawed is the same lab: resources, relations, clock, ids to come."""

import json

import pytest

from awslab.server import clock, inprocess, snapshot


def build(session):
    """Make something in every service that the course uses; return what identifies it."""
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")
    session.client("s3").create_bucket(Bucket="photos")
    session.client("s3").put_object(Bucket="photos", Key="a", Body=b"picture")
    session.client("iam").create_user(UserName="ada")
    session.client("ecr").create_repository(repositoryName="shop")
    session.client("ecs").create_cluster(clusterName="shop")
    session.client("logs").create_log_group(logGroupName="/shop")
    session.client("secretsmanager").create_secret(Name="password", SecretString="x")
    session.client("ssm").put_parameter(Name="p", Value="x", Type="String")
    session.client("sqs").create_queue(QueueName="orders")
    session.client("cloudwatch").put_metric_data(
        Namespace="shop", MetricData=[{"MetricName": "orders", "Value": 1}]
    )
    return vpc


def seen(session, vpc):
    """Return what AWS's own calls say of it."""
    ec2 = session.client("ec2")
    return {
        "subnets": [
            s["SubnetId"]
            for s in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        ],
        "object": session.client("s3").get_object(Bucket="photos", Key="a")["Body"].read(),
        "users": [u["UserName"] for u in session.client("iam").list_users()["Users"]],
        "repositories": [
            r["repositoryName"]
            for r in session.client("ecr").describe_repositories()["repositories"]
        ],
        "secret": session.client("secretsmanager").get_secret_value(SecretId="password")[
            "SecretString"
        ],
        "queues": session.client("sqs").list_queues()["QueueUrls"],
    }


def test_a_restored_lab_is_what_it_was(app, session):
    """Everything is back after a reset, the clock too, and the next ids are the same."""
    vpc = build(session)
    control = lambda action, **body: inprocess.call(  # noqa: E731
        app, "POST", f"{inprocess.ADDRESS}/_lab/{action}", json.dumps(body).encode()
    )
    before, moment = seen(session, vpc), clock.current.now
    number = json.loads(control("snapshot")[2])["snapshot"]
    next_id = session.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    control("advance", seconds=3600)
    app.reset()
    control("restore", snapshot=number)
    again = session.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    control("restore", snapshot=number)

    assert again == next_id
    assert seen(session, vpc) == before
    assert clock.current.now == moment


def test_a_restored_object_is_connected_again(app, session):
    """A subnet made after the restore lies in the VPC that was frozen: references are whole."""
    vpc = build(session)
    data = snapshot.freeze([])
    app.reset()
    snapshot.thaw(data, [])
    ec2 = session.client("ec2")
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24")

    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert sorted(s["CidrBlock"] for s in found) == ["10.0.1.0/24", "10.0.2.0/24"]


@pytest.mark.parametrize("number", [-1, 10_000])
def test_an_unknown_snapshot_is_declined(app, number):
    """The answer says how to take one."""
    body = json.dumps({"snapshot": number}).encode()
    status, _, content = inprocess.call(app, "POST", f"{inprocess.ADDRESS}/_lab/restore", body)

    assert status == 400
    assert "cloud.snapshot()" in json.loads(content)["error"]


def test_a_bucket_made_after_the_snapshot_can_be_made_again(app, session):
    """S3 keeps the names of all buckets in one list of its own; it goes back too."""
    session.client("s3").create_bucket(Bucket="kept")
    number = app.snapshot()["snapshot"]
    session.client("s3").create_bucket(Bucket="made-later")
    session.client("s3").delete_bucket(Bucket="kept")
    app.restore(number)
    session.client("s3").create_bucket(Bucket="made-later")
    names = [bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]]

    assert names == ["kept", "made-later"]
    assert (
        session.client("s3").head_bucket(Bucket="kept")["ResponseMetadata"]["HTTPStatusCode"] == 200
    )
