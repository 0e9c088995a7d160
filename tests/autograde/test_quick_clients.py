"""What a warm process remembers of botocore: clients are the same as without it, and each its own."""

import json
import os
import subprocess
import sys

import pytest

ASK = """
import json, sys
if sys.argv[1] == "remembered":
    from autograde import quick_clients
    quick_clients.install()
import boto3

def made():
    session = boto3.session.Session("AKIAEXAMPLE", "secret", region_name="eu-west-1")
    return {name: session.client(name) for name in ("ec2", "s3", "elbv2", "ecs", "events")}

first, second = made(), made()
first["s3"].meta.events.register("mine.s3", lambda **more: "mine")
type(first["ec2"]).own = "changed"
print(json.dumps({
    name: [
        [n for n in sorted(dir(client)) if not n.startswith("__") and n != "own"],
        client.meta.endpoint_url,
        client.meta.service_model.service_name,
        sorted(client.meta.service_model.operation_names),
        client._user_agent_creator.to_string(),
        client.meta.method_to_api_mapping,
    ]
    for name, client in second.items()
} | {
    "own class": hasattr(second["ec2"], "own"),
    "own events": second["s3"].meta.events.emit("mine.s3"),
    "alias": second["events"].meta.events._alias_event_name("before-call.elb.x"),
    "no keywords": refused(second["ec2"].meta.events),
}))
""".replace(
    "first, second",
    """def refused(events):
    try:
        events.register("before-call", lambda: None)
    except ValueError as error:
        return str(error)[:13]

first, second""",
    1,
)


@pytest.fixture(scope="module")
def answers() -> dict[str, dict]:
    """The same questions to a process that remembers and to one that does not."""
    found = {}
    # A user agent names its features in the order of a set.
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    for way in ("plain", "remembered"):
        command = [sys.executable, "-c", ASK, way]
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert run.returncode == 0, run.stderr
        found[way] = json.loads(run.stdout)
    return found


def test_a_remembered_client_is_like_any_other(answers):
    """Methods, endpoint, operations and user agent are those of a client that was made from nothing."""
    assert answers["plain"] == answers["remembered"]


def test_clients_share_nothing_that_one_of_them_may_change(answers):
    """Neither a class nor an event's handlers reach another client of the same service."""
    assert answers["remembered"]["own class"] is False
    assert answers["remembered"]["own events"] == []


def test_a_handler_without_keywords_is_still_refused(answers):
    """What is remembered of handlers is of the handler, and not of all."""
    assert answers["remembered"]["no keywords"] == "Event handler"
