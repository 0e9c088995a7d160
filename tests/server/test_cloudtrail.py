"""CloudTrail's event history, by public calls only."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ],
}
TASK = {
    "family": "web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "memory": 256,
            "environment": [{"name": "PASSWORD", "value": "tell-nobody"}],
        }
    ],
}


@pytest.fixture
def trail(app, session):
    """A CloudTrail client of the empty lab."""
    return session.client("cloudtrail")


def look(trail, **attribute):
    """Return the events with one attribute, the newest first."""
    wanted = [{"AttributeKey": key, "AttributeValue": value} for key, value in attribute.items()]
    return trail.lookup_events(LookupAttributes=wanted)["Events"]


def detail(event):
    """Return the event itself."""
    return json.loads(event["CloudTrailEvent"])


def test_a_call_is_an_event_without_any_trail(trail, session):
    """Event history is there from the first: who, what, when, from where, and the answer."""
    session.client("ecs").create_cluster(clusterName="shop")

    (event,) = look(trail, EventName="CreateCluster")
    written = detail(event)

    assert event["Username"] == "administrator"
    assert event["EventSource"] == "ecs.amazonaws.com"
    assert event["ReadOnly"] == "false"
    assert event["EventTime"] == clock.EPOCH
    assert {"ResourceType": "AWS::ECS::Cluster", "ResourceName": "shop"} in event["Resources"]
    assert written["userIdentity"]["type"] == "IAMUser"
    assert written["requestParameters"] == {"clusterName": "shop"}
    assert written["responseElements"]["cluster"]["status"] == "ACTIVE"
    assert written["eventTime"] == "2026-01-05T09:00:00Z"
    assert written["sourceIPAddress"] == "203.0.113.10"


@pytest.mark.parametrize(
    ("service", "call", "given", "name", "parameters"),
    [
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, "CreateVpc", "cidrBlock"),
        ("iam", "create_user", {"UserName": "ada"}, "CreateUser", "userName"),
        ("s3", "create_bucket", {"Bucket": "photos"}, "CreateBucket", "bucketName"),
        ("sqs", "create_queue", {"QueueName": "q"}, "CreateQueue", "queueName"),
        (
            "ecr",
            "create_repository",
            {"repositoryName": "ab"},
            "CreateRepository",
            "repositoryName",
        ),
        ("logs", "create_log_group", {"logGroupName": "/a"}, "CreateLogGroup", "logGroupName"),
    ],
)
def test_every_protocol_is_read(trail, session, service, call, given, name, parameters):
    """Requests in JSON, in forms and in paths are told alike."""
    getattr(session.client(service), call)(**given)

    (event,) = look(trail, EventName=name)

    assert detail(event)["requestParameters"][parameters] == next(iter(given.values()))


def test_data_events_are_not_in_event_history(trail, session):
    """Objects of S3 and items of DynamoDB leave no management event."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    s3.get_object(Bucket="photos", Key="a")
    s3.list_objects_v2(Bucket="photos")

    actual = [event["EventName"] for event in look(trail, EventSource="s3.amazonaws.com")]

    assert actual == ["CreateBucket"]


def test_secrets_are_hidden(trail, session):
    """A secret's value, a task's environment and a new key's secret part are not in the event."""
    session.client("secretsmanager").create_secret(Name="db", SecretString="tell-nobody")
    session.client("ecs").register_task_definition(**TASK)
    session.client("iam").create_user(UserName="ada")
    secret = session.client("iam").create_access_key(UserName="ada")["AccessKey"]["SecretAccessKey"]

    actual = json.dumps([event["CloudTrailEvent"] for event in look(trail)])

    assert "tell-nobody" not in actual
    assert secret not in actual
    assert "HIDDEN_DUE_TO_SECURITY_REASONS" in actual


def as_role(session, allowed):
    """Return ECS as a session `deploy-7` of a role that may do one action."""
    iam = session.client("iam")
    arn = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
        "Arn"
    ]
    document = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    iam.put_role_policy(
        RoleName="deployer",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": document}),
    )
    given = session.client("sts").assume_role(RoleArn=arn, RoleSessionName="deploy-7")
    keys = given["Credentials"]
    return session.client(
        "ecs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ), keys["AccessKeyId"]


def test_a_refused_call_says_who_tried(trail, session):
    """A role's session is named, and the refusal with its message."""
    ecs, key = as_role(session, "ecs:List*")
    with pytest.raises(ClientError):
        ecs.create_cluster(clusterName="shop")

    (event,) = look(trail, Username="deploy-7")
    written = detail(event)

    assert written["errorCode"] == "AccessDeniedException"
    assert "is not authorized to perform: ecs:CreateCluster" in written["errorMessage"]
    assert written["responseElements"] is None
    assert written["userIdentity"]["type"] == "AssumedRole"
    issuer = written["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["userName"] == "deployer"
    assert look(trail, AccessKeyId=key) == [event]


def test_ec2_errors_say_whose_fault_it_was(trail, session):
    """EC2's codes begin with Client."""
    with pytest.raises(ClientError):
        session.client("ec2").delete_vpc(VpcId="vpc-12345678")

    (event,) = look(trail, EventName="DeleteVpc")

    assert detail(event)["errorCode"] == "Client.InvalidVpcID.NotFound"


def test_pages_are_the_newest_first_and_never_overlap(trail, session):
    """A token goes on where the page ended, though looking up is itself an event."""
    logs = session.client("logs")
    for number in range(7):
        logs.create_log_group(logGroupName=f"/{number}")
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "CreateLogGroup"}]

    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=wanted, PaginationConfig={"PageSize": 3}
    )
    actual = [
        [detail(event)["requestParameters"]["logGroupName"] for event in page["Events"]]
        for page in pages
    ]

    assert actual == [["/6", "/5", "/4"], ["/3", "/2", "/1"], ["/0"]]


def test_times_bound_a_lookup(trail, session, advance):
    """StartTime and EndTime count, and after ninety days an event is gone."""
    session.client("logs").create_log_group(logGroupName="/old")
    advance(3600)
    session.client("logs").create_log_group(logGroupName="/new")

    def names(**times):
        found = trail.lookup_events(**times)["Events"]
        return [e["Resources"][0]["ResourceName"] for e in found if e["ReadOnly"] == "false"]

    half = clock.EPOCH + timedelta(minutes=30)

    assert names(StartTime=half) == ["/new"]
    assert names(EndTime=half) == ["/old"]
    advance(90 * 86400)
    assert names() == ["/new"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"NextToken": "bm8="}, "InvalidNextTokenException"),
        ({"StartTime": 2_000_000_000, "EndTime": 1}, "InvalidTimeRangeException"),
        (
            {
                "LookupAttributes": [
                    {"AttributeKey": "EventName", "AttributeValue": "A"},
                    {"AttributeKey": "Username", "AttributeValue": "B"},
                ]
            },
            "InvalidLookupAttributesException",
        ),
    ],
)
def test_wrong_lookups_are_refused(trail, given, code):
    """AWS has a code for each."""
    with pytest.raises(ClientError) as error:
        trail.lookup_events(**given)

    assert error.value.response["Error"]["Code"] == code


def test_a_snapshot_keeps_the_history(app, trail, session):
    """What happened before the snapshot is there after a restore, and what happened since is not."""
    logs = session.client("logs")
    logs.create_log_group(logGroupName="/before")
    number = app.snapshot()["snapshot"]
    logs.create_log_group(logGroupName="/after")
    app.restore(number)

    actual = [
        detail(event)["requestParameters"]["logGroupName"]
        for event in look(trail, EventName="CreateLogGroup")
    ]

    assert actual == ["/before"]


def test_a_stack_makes_its_resources_on_behalf_of_its_caller(trail, session):
    """What CloudFormation does is told as CloudFormation's."""
    body = json.dumps(
        {"Resources": {"C": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "shop"}}}}
    )
    formation = session.client("cloudformation")
    formation.create_stack(StackName="s", TemplateBody=body)
    formation.get_waiter("stack_create_complete").wait(StackName="s")

    (event,) = look(trail, EventName="CreateCluster")
    written = detail(event)

    assert written["sourceIPAddress"] == "cloudformation.amazonaws.com"
    assert written["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"


def test_a_second_lab_in_the_process_does_not_note_everything_twice(trail, session):
    """Extensions are installed again for every lab; an event stays one event."""
    from awslab.server import cloudtrail
    from awslab.server.cloudtrail import s3

    cloudtrail.install()
    s3.install()
    session.client("logs").create_log_group(logGroupName="/one")
    session.client("s3").create_bucket(Bucket="photos")

    assert len(look(trail, EventName="CreateLogGroup")) == 1
    assert len(look(trail, EventName="CreateBucket")) == 1
