"""The insecure shop of assignment 6.3-interview-hardening works, has its weaknesses, and is found again."""

from types import SimpleNamespace

import boto3
import pytest

from awslab import hardening_fixtures as fixtures
from awslab.draw import draw
from awslab.server import ec2, iam, inprocess
from awslab.server.app import LabApp
from awslab.shop_network import APP_PORT, SERVICES
from awslab.world.account import ACCOUNT, REGION


@pytest.fixture(scope="module")
def lab():
    """The shop in this process; clients made in these tests talk to it."""
    app = LabApp()
    session = inprocess.session(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda: session)
        shop = fixtures.insecure_shop()
        yield SimpleNamespace(app=app, client=session.client, shop=shop)


def tasks(lab, service):
    """Describe the running tasks of a service."""
    ecs = lab.client("ecs")
    arns = ecs.list_tasks(cluster="shop", serviceName=service)["taskArns"]
    return ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"]


def interface(task):
    """Return a task's network interface."""
    details = task["attachments"][0]["details"]
    return next(each["value"] for each in details if each["name"] == "networkInterfaceId")


def test_the_shop_answers_and_is_found_again(lab):
    """Customers notice nothing of the weaknesses, and a cell that runs twice gets the same shop."""
    statuses = {
        service: inprocess.call(lab.app, "GET", f"https://shop.example.com/api/{service}s/7")[0]
        for service in SERVICES
    }

    assert statuses == dict.fromkeys(SERVICES, 200)
    assert fixtures.insecure_shop() == lab.shop
    assert [len(lab.shop[tier]) for tier in ("public", "private", "data")] == [2, 2, 2]


def test_one_service_is_exposed_and_payment_is_open_to_user(lab):
    """The internet reaches the tasks of one service, and user reaches payment."""
    reached = [
        service
        for service in SERVICES
        if ec2.reach(
            ACCOUNT, REGION, "internet", interface(tasks(lab, service)[0]), APP_PORT
        ).reachable
    ]
    ends = [interface(tasks(lab, service)[0]) for service in ("user", "payment")]

    assert reached == [draw(fixtures.DRAWN, "").pick("exposed", SERVICES)]
    assert ec2.reach(ACCOUNT, REGION, *ends, APP_PORT).reachable


def test_passwords_roles_and_images_are_careless(lab):
    """One password in plain text, one role that may do everything, one image that runs as root."""
    exposed = draw(fixtures.DRAWN, "").pick("exposed", SERVICES)
    described = lab.client("ecs").describe_task_definition
    plain = [
        service
        for service in SERVICES
        if described(taskDefinition=service)["taskDefinition"]["containerDefinitions"][0][
            "environment"
        ]
    ]
    role = f"arn:aws:iam::{ACCOUNT}:role/{fixtures.ROLE}"

    assert len(plain) == 1
    assert plain != [exposed]
    assert iam.decide(ACCOUNT, role, "s3:DeleteBucket", "arn:aws:s3:::user-photos").allowed


def test_the_trail_names_who_opened_payment(lab):
    """One change of a security group was made by a session of the role contractor."""
    events = lab.client("cloudtrail").lookup_events(
        LookupAttributes=[
            {"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}
        ]
    )["Events"]
    others = {event["Username"] for event in events} - {"administrator"}

    assert len(others) == 1
    assert others != {"contractor"}
