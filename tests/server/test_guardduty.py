"""GuardDuty: findings about Fargate tasks that were launched while Runtime Monitoring was on."""

import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import inprocess, snapshot
from tests.server.ecs_world import World

AGENT = [{"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}]
RUNTIME = [{"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": AGENT}]


@pytest.fixture
def world(app, session):
    """A network, roles, and a GuardDuty client."""
    made = World(session).network().roles()
    made.guard = session.client("guardduty")
    return made


def behaving(world, behaves):
    """Run a task whose app behaves so."""
    tag = behaves or "good"
    app = {"port": 3000, **({"behaves": behaves} if behaves else {})}
    return world.run(world.definition(world.image(tag, app=app, content=tag)))


def found(world, detector, **criterion):
    """Return the findings that fulfil a criterion."""
    ids = world.guard.list_findings(DetectorId=detector, FindingCriteria={"Criterion": criterion})[
        "FindingIds"
    ]
    return world.guard.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]


@pytest.mark.parametrize(
    ("behaves", "expected"),
    [
        ("cryptomining", ["CryptoCurrency:Runtime/BitcoinTool.B"]),
        ("reverse-shell", ["Execution:Runtime/ReverseShell"]),
        (None, []),
    ],
)
def test_a_watched_task_that_misbehaves_makes_a_finding(world, advance, behaves, expected):
    """Some minutes after it has started, with the task, its container and AWS's finding type."""
    detector = world.guard.create_detector(Enable=True, Features=RUNTIME)["DetectorId"]
    task = behaving(world, behaves)
    early = found(world, detector)
    advance(600)
    findings = found(world, detector)
    details = [each["Resource"]["EcsClusterDetails"]["TaskDetails"] for each in findings]

    assert early == []
    assert [each["Type"] for each in findings] == expected
    assert [each["Arn"] for each in details] == [task["taskArn"]] * len(expected)
    assert [each["Severity"] for each in findings] == [8.0] * len(expected)


@pytest.mark.parametrize(
    "features",
    [
        [],
        [{"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}],
        [{**RUNTIME[0], "Status": "DISABLED"}],
    ],
)
def test_without_runtime_monitoring_of_fargate_nothing_is_found(world, advance, features):
    """The detector alone does not look into tasks."""
    detector = world.guard.create_detector(Enable=True, Features=features)["DetectorId"]
    behaving(world, "cryptomining")
    advance(600)

    assert found(world, detector) == []


def test_only_tasks_launched_after_enabling_are_watched(world, advance):
    """The agent comes with a new task."""
    behaving(world, "cryptomining")
    detector = world.guard.create_detector(Enable=True, Features=RUNTIME)["DetectorId"]
    advance(600)
    before = found(world, detector)
    behaving(world, "reverse-shell")
    advance(600)

    assert before == []
    assert [each["Type"] for each in found(world, detector)] == ["Execution:Runtime/ReverseShell"]


def test_a_good_task_can_be_made_to_misbehave(world, app, advance):
    """As `cloud.fail(task=..., behaves=...)` asks; the task goes on running. Other behaviours are refused."""
    detector = world.guard.create_detector(Enable=True, Features=RUNTIME)["DetectorId"]
    task = behaving(world, None)["taskArn"]
    answers = []
    for behaves in ("reverse-shell", "sleeping"):
        body = json.dumps({"task": task, "behaves": behaves}).encode()
        answers.append(inprocess.call(app, "POST", f"{inprocess.ADDRESS}/_lab/fail", body)[0])
    advance(600)
    shown = world.ecs.describe_tasks(cluster="main", tasks=[task])["tasks"][0]

    assert answers == [200, 400]
    assert [each["Type"] for each in found(world, detector)] == ["Execution:Runtime/ReverseShell"]
    assert shown["lastStatus"] == "RUNNING"


def test_findings_are_filtered_archived_and_kept_in_a_snapshot(world, app, advance):
    """Archived findings stay, and are told apart by `service.archived`."""
    detector = world.guard.create_detector(Enable=True, Features=RUNTIME)["DetectorId"]
    behaving(world, "cryptomining")
    behaving(world, "reverse-shell")
    advance(600)
    mining = found(world, detector, type={"Eq": ["CryptoCurrency:Runtime/BitcoinTool.B"]})
    world.guard.archive_findings(DetectorId=detector, FindingIds=[mining[0]["Id"]])
    frozen = snapshot.freeze(app._extensions.values())
    app.reset()
    snapshot.thaw(frozen, app._extensions.values())
    left = found(world, detector, **{"service.archived": {"Eq": ["false"]}})

    assert len(mining) == 1
    assert len(found(world, detector)) == 2
    assert [each["Type"] for each in left] == ["Execution:Runtime/ReverseShell"]


def test_sample_findings(world):
    """Of every type that the lab knows."""
    detector = world.guard.create_detector(Enable=True)["DetectorId"]
    world.guard.create_sample_findings(DetectorId=detector)

    assert {each["Title"][:8] for each in found(world, detector)} == {"[SAMPLE]"}


def test_a_region_has_one_detector_and_features_have_names(world):
    """A second detector, an unknown feature and an unknown detector are refused."""
    detector = world.guard.create_detector(Enable=True)["DetectorId"]
    codes = []
    for call, parameters in (
        (world.guard.create_detector, {"Enable": True}),
        (world.guard.list_findings, {"DetectorId": "0" * 32}),
        (
            world.guard.update_detector,
            {
                "DetectorId": detector,
                "Features": [
                    {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"},
                    {"Name": "EKS_RUNTIME_MONITORING", "Status": "ENABLED"},
                ],
            },
        ),
    ):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        codes.append(caught.value.response["Error"]["Code"])

    assert codes == ["BadRequestException"] * 3


def test_an_update_turns_runtime_monitoring_on(world):
    """The other features stay."""
    s3 = [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}]
    detector = world.guard.create_detector(Enable=True, Features=s3)["DetectorId"]
    world.guard.update_detector(DetectorId=detector, Features=RUNTIME)
    features = world.guard.get_detector(DetectorId=detector)["Features"]

    assert [each["Name"] for each in features] == ["S3_DATA_EVENTS", "RUNTIME_MONITORING"]
