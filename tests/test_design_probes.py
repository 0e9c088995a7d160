"""What the assignments 6.3-interview-design and -2 hand over and try out."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import boto3
import pytest

from authoring.exercises import exercises
from authoring.text import notebook, read
from awslab import design_probes, shop, vpc_iam_fixtures
from awslab.draw import Draw
from awslab.server import ec2, inprocess
from awslab.server.app import LabApp
from awslab.world.account import ACCOUNT, REGION

LESSONS = Path(__file__).resolve().parent.parent / "lessons"
ZONES = ["us-east-1a", "us-east-1b"]
CIDR = "10.77.0.0/16"


@pytest.fixture(scope="module")
def lab():
    """An account in this process; clients made in these tests talk to it."""
    app = LabApp()
    session = inprocess.session(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda: session)
        yield SimpleNamespace(app=app, client=session.client)


@pytest.fixture
def cloud():
    """The one question that `tiers` asks of `cloud`."""
    return SimpleNamespace(path=lambda *ends: ec2.reach(ACCOUNT, REGION, *ends))


def test_what_is_handed_over_is_found_again(lab):
    """A cell that runs twice gets the same zone, data and apps."""
    wanted = (["guests", "bookings", "bills"], "quarry.example", 3100, "/up", "api")
    first = design_probes.handover(*wanted)

    assert design_probes.handover(*wanted) == first
    assert set(first["apps"]) == {"guests", "bookings", "bills"}
    assert first["apps"]["guests"]["health"]["/up"] == 200
    assert first["access"]["bookings"][0] == "dynamodb:GetItem"


def test_subnets_are_sorted_by_what_packets_do(lab, cloud):
    """The internet reaches public ones, private ones only get out, and a new one without a route does neither."""
    place = vpc_iam_fixtures.network(CIDR)
    made = lab.client("ec2").create_subnet(
        VpcId=place["vpc"], CidrBlock="10.77.50.0/24", AvailabilityZone=ZONES[0]
    )

    found = design_probes.tiers(cloud, CIDR)

    assert found["public"] == {zone: [place["public"][zone]] for zone in ZONES}
    assert found["private"] == {zone: [place["private"][zone]] for zone in ZONES}
    assert found["data"] == {ZONES[0]: [made["Subnet"]["SubnetId"]]}
    assert len(design_probes.nat_gateways(CIDR)) == 1


def test_a_new_revision_replaces_the_old_one_while_it_is_asked(lab):
    """The tasks run another image afterwards, and the revision before is returned."""
    shop.build()
    old = {task["taskArn"] for task in design_probes.running("shop", "user")}
    design_probes.push_image("user-service", "v9", content="nine", app={"port": 3000})

    before = design_probes.new_revision("shop", "user", "v9")
    lab.client("ecs").describe_services(cluster="shop", services=["user"])
    done, answers = design_probes.while_asking(
        "shop", ["user"], [], lambda: design_probes.steady("shop", ["user"])
    )
    new = design_probes.running("shop", "user")

    assert before.endswith(":task-definition/user:1")
    assert (done, answers) == (True, set())
    assert not old & {task["taskArn"] for task in new}
    assert all(task["taskDefinitionArn"].endswith(":2") and task["address"] for task in new)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("riders:v1.2", "riders:good-1"),
        ("riders", "riders:good-1"),
        ("riders@sha256:0a", "riders:good-1"),
        ("host:5000/shop/riders@sha256:0a", "host:5000/shop/riders:good-1"),
        ("host:5000/riders:v1.2@sha256:0a", "host:5000/riders:good-1"),
    ],
)
def test_a_new_revision_keeps_the_repository_of_its_image(image, expected, monkeypatch):
    """A tag, a digest or both are replaced; a registry's port is no tag."""
    ecs = MagicMock()
    task = {"family": "riders", "containerDefinitions": [{"name": "app", "image": image}]}
    ecs.describe_task_definition.return_value = {"taskDefinition": task}
    monkeypatch.setattr(design_probes, "client", lambda name: ecs)

    design_probes.new_revision("shop", "riders", "good-1")
    (made,) = ecs.register_task_definition.call_args.kwargs["containerDefinitions"]

    assert made == {"name": "app", "image": expected}


def test_the_second_sitting_starts_from_the_solutions_of_the_first():
    """What the second sitting's file builds is, line by line, what the first one's exercises ask for."""
    built = (LESSONS / "6.3-interview-design-2/files/first_part.py").read_text(encoding="utf-8")
    first = notebook(read(LESSONS / "6.3-interview-design/assignment.py"), assignment=True)
    solutions = [
        cell.source.split("### BEGIN SOLUTION\n")[1].split("\n### END SOLUTION")[0]
        for exercise in exercises(first)
        for cell in exercise.solutions
    ]
    _, told, code = built.partition("\n\nfrom ipaddress import ip_network\n\n")

    assert told
    assert code == "\n\n".join(solutions) + "\n"


@pytest.mark.parametrize("name", ["ada", "grace", ""])
def test_both_sittings_have_the_same_order(name):
    """The order depends on the learner alone; what is shown are its names."""
    first, second = Draw("6.3-interview-design", name), Draw("6.3-interview-design", name)
    drawn = design_probes.order(first)

    assert design_probes.order(second) == drawn
    assert len(set(drawn.services)) == 3
    assert first.values["CLUSTER"] == drawn.cluster
