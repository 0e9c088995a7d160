"""The two doors of a graded lab: what the learner's one shows, and what it keeps shut."""

import json
import socket
import urllib.request

import pytest

from awslab.server import hosting, inprocess
from awslab.server.door import Serialised
from awslab.server.hosting import Door, Record


@pytest.fixture
def doors(app):
    """The learner's door, the checks' door, and the record of given cells, of one empty lab."""
    serialised, record = Serialised(app), Record()
    return Door(serialised, record, learner=True), Door(serialised, record, learner=False), record


def asked(door, action, **given):
    """Ask a door for one of the lab's own actions and return status and answer."""
    url = f"{inprocess.ADDRESS}/_lab/{action}"
    status, _, body = inprocess.call(door, "POST", url, json.dumps(given).encode())
    return status, json.loads(body)


def created(door, name):
    """Create a queue through a door."""
    inprocess.session(door).client("sqs").create_queue(QueueName=name)


def events(door):
    """Return the queues' names in the event history that a door shows."""
    found = inprocess.session(door).client("cloudtrail").lookup_events()["Events"]
    records = [json.loads(event["CloudTrailEvent"]) for event in found]
    return [r["requestParameters"]["queueName"] for r in records if r["eventName"] == "CreateQueue"]


def test_the_event_history_of_the_learner_is_without_the_checks(doors):
    """A function that a check calls cannot read what the check has just asked; the check itself can."""
    learner, checks, _ = doors
    created(learner, "own")
    created(checks, "probe-4711")

    assert events(learner) == ["own"]
    assert events(checks) == ["probe-4711", "own"]


def test_a_given_cell_is_in_the_event_history(doors):
    """What the setup does belongs to the world, although it runs beside the checks."""
    learner, checks, record = doors
    record.begin()
    created(checks, "given")
    record.end()
    record.calls.clear()

    assert events(learner) == ["given"]


@pytest.mark.parametrize("action", ["reset", "snapshot", "restore", "fail", "traffic", "no-such"])
def test_what_changes_the_world_from_above_is_closed_to_the_learner(doors, action):
    """A submission makes its world by calls to AWS."""
    status, answer = asked(doors[0], action)

    assert status == 400
    assert "closed while an assignment is graded" in answer["error"]


def test_what_shows_the_world_is_open(doors):
    """Time, and the way of one request of the learner's own."""
    assert asked(doors[0], "advance", seconds=60)[0] == 200
    assert (
        "leads to no load balancer"
        in asked(doors[0], "trace", method="GET", url="http://x")[1]["error"]
    )


def test_a_lab_that_is_started_by_a_given_cell_records_its_first_call(app):
    """It is answered at once, before any message could switch the record on."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    learner, checks = listening
    record = hosting.serve(app, learner.fileno(), checks.fileno(), recording=True)
    address = f"http://127.0.0.1:{checks.getsockname()[1]}"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"{address}/_lab/status", b"{}"
    ) as answer:
        answer.read()

    assert [call[2] for call, _ in record.calls] == ["/_lab/status"]
    for each in listening:
        each.close()
