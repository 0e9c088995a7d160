"""Who did what, what reached what, what answered: CloudTrail, flow logs, access logs and Logs Insights of the shop."""

import gzip
import json
import shlex
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock
from tests.q9 import architecture as shop_of
from tests.q9.architecture import ACCOUNT, APP_PORT
from tests.q9.load import advance

FLOWS = "/vpc/shop"
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


def document(**statement):
    """Return a policy of one statement that allows something."""
    allowed = {"Effect": "Allow", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def become(world, name, session_name, actions):
    """Make a role that may do some actions, and return ECS as one of its sessions."""
    iam = world.client("iam")
    trust = document(Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name, PolicyName="p", PolicyDocument=document(Action=actions, Resource="*")
    )
    keys = world.client("sts").assume_role(RoleArn=arn, RoleSessionName=session_name)["Credentials"]
    return world.session.client(
        "ecs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def events(world, **attribute):
    """Return the events of the audit trail with an attribute, the newest first."""
    ((key, value),) = attribute.items()
    found = world.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


def ask(world, group, query):
    """Return the rows that Logs Insights answers over the last hour."""
    now = int(clock.current.now.timestamp())
    logs = world.client("logs")
    number = logs.start_query(
        logGroupName=group, startTime=now - 3600, endTime=now, queryString=query
    )["queryId"]
    rows = logs.get_query_results(queryId=number)["results"]
    return [{each["field"]: each["value"] for each in row} for row in rows]


def record_flows(world):
    """Turn on flow logs of the shop's VPC, a record a minute."""
    iam = world.client("iam")
    trust = document(Principal={"Service": "vpc-flow-logs.amazonaws.com"}, Action="sts:AssumeRole")
    arn = iam.create_role(RoleName="flows", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="flows", PolicyName="p", PolicyDocument=document(Action="logs:*", Resource="*")
    )
    world.client("ec2").create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[world.shop.vpc],
        TrafficType="ALL",
        LogGroupName=FLOWS,
        DeliverLogsPermissionArn=arn,
        MaxAggregationInterval=60,
    )


def log_access(world):
    """Let the load balancer write access logs into a bucket of its own."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket="access")
    s3.put_bucket_policy(
        Bucket="access",
        Policy=document(
            Principal={"Service": LOG_DELIVERY},
            Action="s3:PutObject",
            Resource=f"arn:aws:s3:::access/AWSLogs/{ACCOUNT}/*",
        ),
    )
    world.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=world.shop.load_balancer,
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": "access"},
        ],
    )


def access(world):
    """Return path -> the fields of its line, of all access logs."""
    s3, found = world.client("s3"), {}
    for item in s3.list_objects_v2(Bucket="access").get("Contents", []):
        if item["Key"].endswith(".gz"):
            body = s3.get_object(Bucket="access", Key=item["Key"])["Body"].read()
            for line in gzip.decompress(body).decode().splitlines():
                fields = shlex.split(line)
                found[fields[12].split(":443")[-1].split()[0]] = fields
    return found


def test_who_stopped_this_task(world):
    """The service only says that it started another; the audit trail names who stopped the first, and how."""
    ecs = become(world, "on-call", "ada", ["ecs:StopTask"])
    task = world.tasks("user")[0]["taskArn"]
    ecs.stop_task(cluster="shop", task=task, reason="restarting by hand")
    world.settle("user")

    (event,) = events(world, ResourceName=task)

    assert event["eventName"] == "StopTask"
    assert event["userIdentity"]["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/on-call/ada"
    assert event["requestParameters"]["reason"] == "restarting by hand"
    assert event["responseElements"]["task"]["taskArn"] == task
    assert events(world, ResourceName=task.rpartition("/")[2]) == [event]


def test_who_tried_and_may_not(world):
    """A call that was refused is in the trail with its reason; a deployment's own stops are not."""
    ecs = become(world, "reader", "eve", ["ecs:List*"])
    with pytest.raises(ClientError):
        ecs.update_service(cluster="shop", service="user", desiredCount=0)
    world.deploy("user")
    world.settle("user")

    (event,) = events(world, Username="eve")

    assert event["eventName"] == "UpdateService"
    assert event["errorCode"] == "AccessDeniedException"
    assert events(world, EventName="StopTask") == []


def test_tasks_assume_their_roles(world):
    """ECS assumes a task's role for each task, in the name of the service."""
    event = events(world, EventName="AssumeRole")[0]

    assert event["userIdentity"] == {
        "type": "AWSService",
        "invokedBy": "ecs-tasks.amazonaws.com",
    }
    assert event["requestParameters"]["roleArn"].startswith(f"arn:aws:iam::{ACCOUNT}:role/shop-")


def test_a_flow_log_shows_what_the_security_group_rejects(world):
    """Health checks of a closed group are rejected at the task's interface, and accepted again after the repair."""
    record_flows(world)
    ec2, group = world.client("ec2"), world.shop.groups["user"]
    rule = [shop_of.permission(APP_PORT, group=world.shop.groups["alb"])]
    rejected = (
        "filter action = 'REJECT' and dstPort = 3000"
        " | stats count(*) as packets by dstAddr, interfaceId"
    )
    addresses = {
        each["value"]
        for task in world.tasks("user")
        for each in task["attachments"][0]["details"]
        if each["name"] == "privateIPv4Address"
    }
    advance(minutes=1)
    before = ask(world, FLOWS, rejected)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
    advance(minutes=2)
    closed = ask(world, FLOWS, rejected)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
    world.settle("user")
    repaired = clock.current.now + timedelta(minutes=1)
    advance(minutes=3)
    since = f"filter @timestamp >= {int(repaired.timestamp() * 1000)} | {rejected}"
    after = ask(world, FLOWS, since)
    accepted = ask(world, FLOWS, since.replace("REJECT", "ACCEPT"))

    assert before == []
    assert {row["dstAddr"] for row in closed} >= addresses
    assert after == []
    assert accepted


def test_logs_insights_finds_errors_by_path(world):
    """The apps' own lines: which paths answered with an error, and how often."""
    world.client("iam").delete_role_policy(RoleName="shop-user-task", PolicyName="data")
    for path in ("/api/users/7", "/api/users/7", "/api/users/8"):
        world.get(path)

    actual = ask(
        world,
        "/ecs/user",
        r"parse @message /^(?<method>\w+) (?<path>\S+) (?<status>\d+)$/"
        " | filter status >= 500 | stats count(*) as errors by path | sort errors desc",
    )
    why = ask(world, "/ecs/user", "filter @message like /AccessDenied/ | limit 1")

    assert actual == [
        {"path": "/api/users/7", "errors": "2"},
        {"path": "/api/users/8", "errors": "1"},
    ]
    assert "s3:GetObject" in why[0]["@message"]


def test_access_logs_explain_a_503_and_a_504(world):
    """No target at all, and a target that cannot be reached: both are errors, and their lines differ."""
    log_access(world)
    world.get("/api/users/ok")
    ec2 = world.client("ec2")
    rule = [shop_of.permission(APP_PORT, group=world.shop.groups["alb"])]
    ec2.revoke_security_group_ingress(GroupId=world.shop.groups["user"], IpPermissions=rule)
    late = world.get("/api/users/late")[0]
    world.client("ecs").update_service(cluster="shop", service="order", desiredCount=0)
    world.settle("order")
    advance(minutes=6)
    nobody = world.get("/api/orders/nobody")[0]
    advance(minutes=5)

    found = access(world)

    assert (late, nobody) == (504, 503)
    assert found["/api/users/ok"][8:10] == ["200", "200"]
    assert found["/api/users/late"][4] != "-"
    assert found["/api/users/late"][5:10] == ["-1", "-1", "-1", "504", "-"]
    assert found["/api/orders/nobody"][4:10] == ["-", "-1", "-1", "-1", "503", "-"]
