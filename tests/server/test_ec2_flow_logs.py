"""Flow logs of a load balancer's VPC, in CloudWatch Logs and in S3."""

import gzip
import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import control
from tests.server.elb import ACCOUNT, Shop
from tests.server.roles import allow, document, trust

SERVICE = "vpc-flow-logs.amazonaws.com"
WRITE = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


@pytest.fixture
def shop(app, session):
    """A load balancer with one app behind it."""
    shop = Shop(session, app)
    shop.balancer()
    shop.serve_web()
    shop.logs, shop.iam, shop.s3 = (session.client(name) for name in ("logs", "iam", "s3"))
    return shop


def role(shop, service=SERVICE, actions=WRITE):
    """Make a role for flow logs and return its ARN."""
    trusted = trust({"Service": service})
    made = shop.iam.create_role(RoleName="flow", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    policy = document(allow(list(actions)))
    shop.iam.put_role_policy(RoleName="flow", PolicyName="p", PolicyDocument=policy)
    return made


def create(shop, **changes):
    """Make a flow log of the VPC, by default in the log group /flow, and return its id."""
    settings = {
        "ResourceType": "VPC",
        "ResourceIds": [shop.vpc],
        "TrafficType": "ALL",
        "MaxAggregationInterval": 60,
        **changes,
    }
    if "LogDestination" not in settings:
        settings = {"LogGroupName": "/flow", "LogDestinationType": "cloud-watch-logs"} | settings
        if "DeliverLogsPermissionArn" not in settings:
            settings["DeliverLogsPermissionArn"] = role(shop)
    return shop.ec2.create_flow_logs(**settings)["FlowLogIds"][0]


def records(shop, group="/flow"):
    """Return the fields of every record, by log stream."""
    streams = shop.logs.describe_log_streams(logGroupName=group)["logStreams"]
    return {
        name: [
            event["message"].split()
            for event in shop.logs.get_log_events(
                logGroupName=group, logStreamName=name, startFromHead=True
            )["events"]
        ]
        for name in (stream["logStreamName"] for stream in streams)
    }


def status(shop):
    """Return the delivery status and error of the one flow log."""
    (log,) = shop.ec2.describe_flow_logs()["FlowLogs"]
    return log["DeliverLogsStatus"], log.get("DeliverLogsErrorMessage")


def eni_of(shop, address):
    """Return the interface with a private address."""
    found = shop.ec2.describe_network_interfaces(
        Filters=[{"Name": "addresses.private-ip-address", "Values": [address]}]
    )
    return found["NetworkInterfaces"][0]["NetworkInterfaceId"]


def test_a_request_is_recorded_at_every_interface_after_the_interval(shop):
    """The log group is made, each interface has its stream, and the answer its own record."""
    create(shop)
    shop.get("/")
    shop.advance(60)
    found = records(shop)
    eni = eni_of(shop, shop.address)
    there, back = ([row for row in found[f"{eni}-all"] if row[at] == shop.address] for at in (4, 3))

    assert all(name.startswith("eni-") and name.endswith("-all") for name in found)
    assert there[0][:3] == ["2", ACCOUNT, eni]
    assert there[0][6:8] == ["3000", "6"]
    assert there[0][12:] == ["ACCEPT", "OK"]
    assert back[0][5] == "3000"
    assert len(there) == len(back)
    assert any(
        row[3] == "203.0.113.10" and row[6] == "80" for rows in found.values() for row in rows
    )


def test_a_closed_security_group_shows_as_reject_until_it_is_open(shop):
    """Health checks keep trying: rejected while the group is closed, and no more after it is open."""
    create(shop, TrafficType="REJECT")
    rule = [
        {
            "IpProtocol": "tcp",
            "FromPort": 3000,
            "ToPort": 3000,
            "UserIdGroupPairs": [{"GroupId": shop.front}],
        }
    ]
    shop.ec2.revoke_security_group_ingress(GroupId=shop.back, IpPermissions=rule)
    shop.advance(120)
    closed = records(shop)
    shop.ec2.authorize_security_group_ingress(GroupId=shop.back, IpPermissions=rule)
    shop.advance(60)
    before = records(shop)
    shop.advance(300)
    name = f"{eni_of(shop, shop.address)}-reject"

    assert list(closed) == [name]
    assert {row[12] for row in closed[name]} == {"REJECT"}
    assert {row[6] for row in closed[name]} == {"3000"}
    assert records(shop) == before


def test_a_client_at_a_closed_port_is_rejected_at_the_load_balancer(shop):
    """The internet knocks at the load balancer's interface."""
    create(shop)
    shop.elb.create_listener(
        LoadBalancerArn=shop.arn,
        Port=9000,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": shop.group_arn}],
    )
    with pytest.raises(ConnectionError):
        shop.get("/", host=f"{shop.dns}:9000")
    shop.advance(60)

    rows = [row for rows in records(shop).values() for row in rows if row[6] == "9000"]

    assert {(row[3], row[12]) for row in rows} == {("203.0.113.10", "REJECT")}


@pytest.mark.parametrize(
    ("service", "actions"),
    [("ec2.amazonaws.com", WRITE), (SERVICE, WRITE[:2])],
    ids=["no-trust", "no-permission"],
)
def test_a_role_that_cannot_write_fails_delivery(shop, service, actions):
    """DescribeFlowLogs says so, and nothing is written."""
    create(shop, DeliverLogsPermissionArn=role(shop, service, actions))
    shop.advance(60)

    assert status(shop) == ("FAILED", "Access error")
    assert shop.logs.describe_log_groups()["logGroups"] == []


def test_a_role_that_is_repaired_delivers(shop):
    """The next interval is written."""
    create(shop, DeliverLogsPermissionArn=role(shop, actions=WRITE[:2]))
    shop.advance(60)
    policy = document(allow("logs:*"))
    shop.iam.put_role_policy(RoleName="flow", PolicyName="p", PolicyDocument=policy)
    shop.advance(60)

    assert status(shop) == ("SUCCESS", None)
    assert records(shop)


def test_records_in_s3(shop):
    """The bucket's policy gets what delivery needs; a file has a heading and the records of five minutes."""
    shop.s3.create_bucket(Bucket="flows")
    made = create(shop, LogDestinationType="s3", LogDestination="arn:aws:s3:::flows/vpc/")
    shop.advance(300)
    policy = json.loads(shop.s3.get_bucket_policy(Bucket="flows")["Policy"])
    (item,) = shop.s3.list_objects_v2(Bucket="flows")["Contents"]
    body = shop.s3.get_object(Bucket="flows", Key=item["Key"])["Body"].read()
    heading, *lines = gzip.decompress(body).decode().splitlines()

    assert status(shop) == ("SUCCESS", None)
    assert [each["Sid"] for each in policy["Statement"]] == [
        "AWSLogDeliveryWrite",
        "AWSLogDeliveryAclCheck",
    ]
    assert item["Key"].startswith(
        f"vpc/AWSLogs/{ACCOUNT}/vpcflowlogs/us-east-1/2026/01/05/{ACCOUNT}_vpcflowlogs_us-east-1_{made}"
    )
    assert heading.startswith("version account-id interface-id srcaddr")
    assert all(line.endswith("ACCEPT OK") for line in lines)
    assert lines


def test_one_interface_and_fields_of_ones_own(shop):
    """A flow log of an interface has one stream; other fields can be asked for."""
    eni = eni_of(shop, shop.address)
    create(
        shop,
        ResourceType="NetworkInterface",
        ResourceIds=[eni],
        LogFormat="${vpc-id} ${subnet-id} ${flow-direction} ${action}",
    )
    shop.advance(60)

    actual = records(shop)

    assert list(actual) == [f"{eni}-all"]
    assert actual[f"{eni}-all"][0] == [shop.vpc, shop.subnets[0], "ingress", "ACCEPT"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"LogFormat": "${colour}"}, "InvalidParameter"),
        ({"TrafficType": "SOME"}, "InvalidParameterValue"),
    ],
)
def test_what_flow_logs_do_not_have_is_refused(shop, changes, code):
    """Fields and traffic types."""
    with pytest.raises(ClientError) as error:
        create(shop, **changes)

    assert error.value.response["Error"]["Code"] == code


def test_traffic_is_counted_in_packets(shop):
    """A thousand requests of cloud.traffic are few records with many packets."""
    create(shop)
    control.ACTIONS["traffic"](url=f"http://{shop.dns}/", schedule=[[0, 20]], seconds=60)
    shop.advance(60)

    rows = [row for rows in records(shop).values() for row in rows if row[6] == "80"]

    assert len(rows) < 20
    assert sum(int(row[8]) for row in rows) > 1000 * 6


def test_records_that_wait_survive_a_snapshot(app, shop):
    """What was carried before the snapshot is written after the restore."""
    create(shop, MaxAggregationInterval=600)
    shop.get("/")
    number = app.snapshot()["snapshot"]
    shop.advance(600)
    first = records(shop)
    app.restore(number)
    shop.advance(600)

    assert records(shop) == first
