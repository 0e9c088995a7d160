"""The assignment of 6.3.c: services that answer, targets that are sick as said, errors with their status."""

import json

import boto3
import pytest

from awslab import alb_faults, alb_fixtures
from awslab.server import inprocess
from awslab.server.app import LabApp

PORT = 4100


class Answer:
    """What `requests` would return, from the lab's core."""

    def __init__(self, status, headers, body):
        self.status_code, self.text = status, body.decode()
        self.headers = {name.lower(): value for name, value in headers.items()}

    def json(self):
        """Return the body as JSON, or raise ValueError."""
        return json.loads(self.text)


@pytest.fixture(scope="module")
def world():
    """The shop's network, and everything that talks to AWS or the web talking to one lab in this process."""
    app = LabApp()
    session = inprocess.session(app)

    def request(method, url, headers, allow_redirects, timeout):
        return Answer(*inprocess.call(app, method, url, headers=headers))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("awslab.clients.client", lambda service, region=None: session.client(service))
        patch.setattr(boto3.session, "Session", lambda: session)
        patch.setattr("requests.request", request)
        yield session, alb_fixtures.network("10.45.0.0/16", PORT)


def reasons(session, arn):
    """Return the states and reasons of a group's targets after some minutes."""
    elb = session.client("elbv2")
    for _ in range(24):
        found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {(t["TargetHealth"]["State"], t["TargetHealth"].get("Reason")) for t in found}


def test_the_clinic_is_sick_as_said(world):
    """A wrong path, a port where nothing listens; both fail open. Asked for again, it is found."""
    session, place = world
    clinic = alb_faults.clinic(place, "/healthz", PORT, boot=100)
    again = alb_faults.clinic(place, "/healthz", PORT, boot=100)

    assert again == clinic
    assert reasons(session, clinic["reviews"]) == {("unhealthy", "Target.ResponseCodeMismatch")}
    assert reasons(session, clinic["search"]) == {("unhealthy", "Target.FailedHealthChecks")}
    assert alb_faults.ask(clinic["url"] + "/reviews")["service"] == "reviews-service"


def test_a_slow_service_is_killed_again_and_again(world):
    """No task of `reports` lives long enough to boot."""
    session, place = world
    arn = alb_faults.clinic(place, "/healthz", PORT, boot=100)["reports"]
    states = {state for state, _ in reasons(session, arn)}

    assert "healthy" not in states
    assert "draining" in states


def test_each_cause_has_its_status(world):
    """The paths fail in the order given; asked for again, they are found."""
    _, place = world
    order = ("weight", "closed", "port", "empty")
    urls = alb_faults.errors(place, PORT, order)
    statuses = [alb_faults.ask(url)["status"] for url in urls.values()]

    assert list(urls) == list(alb_faults.PATHS)
    assert statuses == [503, 504, 502, 503]
    assert alb_faults.errors(place, PORT, order) == urls
    assert set(order) == set(alb_faults.CAUSES)


def test_services_start_behind_their_groups(world):
    """A missing group is named; with a rule each, two tasks answer, and a second call changes nothing."""
    session, place = world
    elb = session.client("elbv2")
    missing = alb_faults.start_services(place, "/up", PORT)
    listener, url, source = alb_faults._balancer(place, "front")
    alb_faults._let_in(place["task_group"], PORT, PORT, source)
    for number, name in enumerate(alb_faults.SERVICES, 1):
        arn = alb_faults._group(place, name, PORT, HealthCheckPath="/up")
        alb_faults._rule(listener, number, f"/{name}", {"TargetGroupArn": arn})
    said = [alb_faults.start_services(place, "/up", PORT) for _ in range(2)]
    answers = [alb_faults.ask(f"{url}/{name}/7") for name in alb_faults.SERVICES]

    assert "no target group users yet" in missing
    assert said[0] == said[1]
    assert said[0].count("healthy") == 3 and "unhealthy" not in said[0]
    assert [each["service"] for each in answers] == [
        "user-service",
        "order-service",
        "payment-service",
    ]
    assert {each["path"] for each in answers} == {f"/{name}/7" for name in alb_faults.SERVICES}
    assert elb.describe_target_groups(Names=["users"])["TargetGroups"]


def test_a_second_version_waits_in_a_group_of_its_own(world):
    """It is registered once, however often the cell is run."""
    session, place = world
    first, second = (alb_faults.second_version(place, "/up", PORT) for _ in range(2))
    targets = session.client("elbv2").describe_target_health(TargetGroupArn=first)

    assert first == second
    assert len(targets["TargetHealthDescriptions"]) == 1


def test_a_page_of_the_load_balancer_is_text(world):
    """What no task answered has a text and no service."""
    _, place = world
    url = alb_faults.errors(place, PORT, alb_faults.CAUSES)["/one"]
    got = alb_faults.ask(url.rpartition("/")[0] + "/nowhere", x_canary="always")

    assert got == {"status": 404, "text": "no such page"}
