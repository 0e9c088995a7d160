"""What lesson 6.3.d prepares: made once, found the second time, undone on request."""

import contextlib
from types import SimpleNamespace

import boto3
import pytest

from awslab import vpc_iam_fixtures as fixtures
from awslab.server import ec2, iam, inprocess
from awslab.server.app import LabApp
from awslab.world.account import ACCOUNT, REGION

ZONE = "us-east-1a"


@pytest.fixture(scope="module")
def lab():
    """An account in this process; clients made in these tests talk to it."""
    app = LabApp()
    session = inprocess.session(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda: session)
        yield SimpleNamespace(app=app, client=session.client)


def reaches(source, destination, port=443):
    """Tell whether a TCP connection can be made."""
    return ec2.reach(ACCOUNT, REGION, source, destination, port).reachable


def test_the_public_subnet_is_reached_and_the_private_one_only_reaches(lab):
    """The prepared network has an internet gateway for one tier and a NAT gateway for the other."""
    place = fixtures.network("10.31.0.0/16")
    front = fixtures.interface(place["public"][ZONE], public=True)
    back = fixtures.interface(place["private"][ZONE])

    assert reaches("internet", front)
    assert reaches(back, "203.0.113.10")
    assert not reaches("internet", back)


def test_what_is_there_is_found(lab):
    """A second call returns the same ids and makes nothing."""
    first = fixtures.network("10.32.0.0/16", zones=("us-east-1b", "us-east-1c"))
    closed = fixtures.network("10.33.0.0/16", internet=False, dns=False)
    group = fixtures.security_group(first["vpc"], "web", fixtures.everything(port=80))
    role = fixtures.role("found", fixtures.statement("s3:GetObject", "*"), execution=True)

    assert fixtures.network("10.32.0.0/16") == first
    assert fixtures.network("10.33.0.0/16") == closed
    assert closed["public"] == {}
    assert sorted(closed["tables"]) == sorted(closed["private"])
    assert fixtures.security_group(first["vpc"], "web") == group
    assert fixtures.role("found") == role


def test_subnets_are_found_by_the_range_of_their_vpc(lab):
    """With their room: a /24 holds 251 interfaces; an unknown range has none."""
    place = fixtures.network("10.31.0.0/16")
    vpc, subnets = fixtures.subnets_of("10.31.0.0/16")

    assert vpc == place["vpc"]
    assert [fixtures.room_in(subnet) for subnet in subnets] == [251] * 4
    assert fixtures.subnets_of("10.1.0.0/16") == ("", [])


def test_of_two_vpcs_with_one_range_the_later_counts(lab):
    """Whoever corrects a cell and runs it again has made another VPC; the first is not looked at any more."""
    ec2 = lab.client("ec2")
    made = [ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"] for _ in range(4)]

    assert fixtures.subnets_of("10.77.0.0/16") == (made[-1], [])


def test_a_task_runs_where_it_can_and_says_why_elsewhere(lab):
    """With a way to ECR it runs; in a closed network it stops, with AWS's reason."""
    place = fixtures.network("10.31.0.0/16")
    closed = fixtures.network("10.34.0.0/16", internet=False)
    secret = lab.client("secretsmanager").create_secret(Name="p", SecretString="x")["ARN"]
    allowed = fixtures.statement("secretsmanager:GetSecretValue", secret)
    execution = fixtures.role("execution", allowed, execution=True)
    image = fixtures.push_app("app", port=3000, env=["PASSWORD"])
    again = fixtures.push_app("app", port=3000, env=["PASSWORD"])
    fixtures.definition("app", image, execution, task_role=execution, secret=secret, port=3000)
    runs, fails = (
        fixtures.outcome("app", net["private"][ZONE], fixtures.security_group(net["vpc"], "task"))
        for net in (place, closed)
    )

    assert image == again
    assert (runs["status"], runs["reason"]) == ("RUNNING", "")
    assert fails["status"] == "STOPPED"
    assert "There is a connection issue between the task and Amazon ECR" in fails["reason"]


def test_the_strict_acl_stops_answers_and_lets_the_quarantine_in(lab):
    """Two faults: nothing may leave, and the deny comes too late."""
    place = fixtures.network("10.35.0.0/16")
    acl = fixtures.strict_acl(place, ZONE, 3000, "10.35.66.0/24")
    subnets = lab.client("ec2").describe_subnets()["Subnets"]
    (quarantine,) = [s["SubnetId"] for s in subnets if s["CidrBlock"] == "10.35.66.0/24"]
    target = fixtures.interface(place["private"][ZONE])
    why = ec2.reach(ACCOUNT, REGION, fixtures.interface(quarantine), target, 3000).why

    assert fixtures.strict_acl(place, ZONE, 3000, "10.35.66.0/24") == acl
    assert "the answer to the client's ephemeral port needs its own rule" in why


def test_an_attempt_is_made_with_the_roles_credentials(lab):
    """Allowed, denied by IAM, and allowed but failing for another reason."""
    lab.client("s3").create_bucket(Bucket="attempts")
    lab.client("s3").put_object(Bucket="attempts", Key="1", Body=b"")
    fixtures.role("reader", fixtures.statement("s3:GetObject", "arn:aws:s3:::attempts/*"))

    @contextlib.contextmanager
    def as_role(name):
        given = iam.session(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/{name}", "test")
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["Token"],
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fixtures, "client", lambda service: lab.client(service, **keys))
            yield

    cloud = SimpleNamespace(as_role=as_role)
    one = {"Bucket": "attempts", "Key": "1"}

    assert fixtures.attempt(cloud, "reader", "s3", "get_object", **one) == "allowed"
    assert fixtures.attempt(cloud, "reader", "s3", "delete_object", **one) == "AccessDenied"


@pytest.mark.parametrize("number", [0, 1, 719])
def test_six_definitions_come_in_any_order_with_one_right(number):
    """One has both roles right and the password as a secret; one lacks the execution role."""
    found = fixtures.definitions(number)
    roles = [(d.get("executionRoleArn", ""), d["taskRoleArn"]) for d in found.values()]

    assert list(found) == list("ABCDEF")
    assert sorted(execution.endswith("shop-execution") for execution, _ in roles).count(True) == 4
    assert fixtures.definitions(0) != fixtures.definitions(719)


def test_what_a_check_does_is_undone(lab):
    """After the block the account is as before, also when the block fails."""
    cloud = SimpleNamespace(
        snapshot=lambda: lab.app.snapshot()["snapshot"], restore=lab.app.restore
    )
    place = fixtures.network("10.31.0.0/16")

    def free():
        subnets = [place["public"][ZONE]]
        found = lab.client("ec2").describe_subnets(SubnetIds=subnets)["Subnets"][0]
        return found["AvailableIpAddressCount"]

    before = free()
    with pytest.raises(ZeroDivisionError), fixtures.undone(cloud):
        fixtures.interface(place["public"][ZONE])
        during = free()
        raise ZeroDivisionError

    assert during == before - 1
    assert free() == before
