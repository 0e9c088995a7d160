"""`cloud.fail` and `cloud.recover`: what they refuse, what a snapshot and a reset do to a fault, what the map shows."""

import pytest

from awslab.server import control
from awslab.show.vpc import map_picture
from awslab.world import app_profile
from tests.server.ecs_world import World

LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}


def fail(**what):
    return control.ACTIONS["fail"](**what)


def recover(**what):
    return control.ACTIONS["recover"](**what)["recovered"]


@pytest.fixture
def world(app, session):
    """A network, roles, an image `app:v1`, and a NAT gateway."""
    world = World(session).network().roles()
    world.app = app
    world.ecs.create_cluster(clusterName="main")
    world.uri = world.image(app=LISTENS)
    address = world.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = world.ec2.create_nat_gateway(SubnetId=world.subnets[0], AllocationId=address)
    world.nat = made["NatGateway"]["NatGatewayId"]
    return world


@pytest.mark.parametrize(
    ("action", "body", "text"),
    [
        ("fail", {"image": "app:v1", "nat": "nat-1"}, "give either az="),
        ("fail", {"az": "us-east-1z"}, "is no Availability Zone"),
        ("fail", {"image": "app:v9"}, "ECR has no image 'app:v9'"),
        ("fail", {"image": "shop"}, "aws ecr list-images"),
        ("fail", {"nat": "nat-1"}, "there is no NAT gateway 'nat-1'"),
        ("fail", {"dependency": "redis"}, "'redis' is no dependency the lab knows"),
        ("fail", {"dependency": "s3", "how": "slowly"}, 'how is "error" or "timeout"'),
        ("recover", {"image": "app:v1"}, "the image 'app:v1' has not failed"),
        ("recover", {"nat": "nat-1"}, "the NAT gateway 'nat-1' has not failed"),
        ("recover", {"dependency": "s3"}, "the dependency 's3' has not failed"),
        ("recover", {"dependency": "s3", "nat": "nat-1"}, "give one of"),
    ],
)
def test_what_cannot_fail_is_refused(world, action, body, text):
    """The lab says what was wrong and what can be given."""
    with pytest.raises(control.Refused) as error:
        control.ACTIONS[action](**body)

    assert text in str(error.value)


def break_everything(world):
    fail(az="us-east-1b")
    fail(image=world.uri)
    fail(nat=world.nat)
    fail(dependency="ecr")
    fail(dependency="db.example", how="timeout")


def test_everything_is_repaired_at_once(world):
    """`recover` without a name repairs all and says what; a second time there is nothing left."""
    break_everything(world)
    first, second = recover(), recover()

    assert [name.partition("@")[0] for name in first] == [
        "app",
        "db.example",
        "ecr.api",
        "ecr.dkr",
        world.nat,
        "us-east-1b",
    ]
    assert second == []


def test_a_snapshot_keeps_faults_and_a_reset_forgets_them(world):
    """A restored lab is as broken as it was."""
    break_everything(world)
    kept = control.ACTIONS["snapshot"]()["snapshot"]
    recover()
    control.ACTIONS["restore"](snapshot=kept)
    restored = control.ACTIONS["map"]()["faults"]
    again = recover()
    world.app.reset()
    after = control.ACTIONS["map"]()["faults"]

    assert len(restored) == 5
    assert len(again) == 6
    assert after == []


def test_the_map_shows_what_has_failed(world):
    """Zone, NAT gateway and dependencies are told above the map, and marked in it."""
    break_everything(world)
    picture = map_picture(control.ACTIONS["map"]())

    assert "FAULT: Availability Zone us-east-1b has failed" in picture.text
    assert f"FAULT: NAT gateway {world.nat} has failed" in picture.text
    assert "FAULT: ecr.api answers errors" in picture.text
    assert "FAULT: db.example does not answer" in picture.text
    assert f"NAT gateway {world.nat}: 10.0.0.4" in picture.text
    assert picture.text.count("; FAILED") == 1
    assert "us-east-1b FAILED" in picture.html


@pytest.mark.parametrize(
    ("dependency", "how", "words"),
    [
        ("ecr.api", "error", "unable to retrieve ecr registry auth: service call has been retried"),
        ("ecr.api", "timeout", "pull registry auth from Amazon ECR"),
        ("ecr.dkr", "error", "pull image manifest has been retried 5 time(s)"),
        ("s3", "error", "failed to copy: httpReadSeeker: failed open: unexpected status code"),
        ("s3", "timeout", "i/o timeout"),
        ("ssm", "error", "unable to retrieve secrets from ssm"),
        ("logs", "timeout", "connection issue between the task and Amazon CloudWatch"),
    ],
)
def test_a_task_that_needs_what_failed_does_not_start(world, dependency, how, words):
    """Its stoppedReason is in AWS's words; once repaired, the same task starts."""
    world.logs.create_log_group(logGroupName="/ecs/app")
    ssm = world.session.client("ssm")
    ssm.put_parameter(Name="/colour", Value="red", Type="String")
    allowed = '{"Effect": "Allow", "Action": "*", "Resource": "*"}'
    world.iam.put_role_policy(
        RoleName="execution",
        PolicyName="all",
        PolicyDocument=f'{{"Version": "2012-10-17", "Statement": [{allowed}]}}',
    )
    logs = {"awslogs-group": "/ecs/app", "awslogs-region": "us-east-1"}
    logs["awslogs-stream-prefix"] = "ecs"
    container = {
        "secrets": [{"name": "COLOUR", "valueFrom": "/colour"}],
        "logConfiguration": {"logDriver": "awslogs", "options": logs},
    }
    definition = world.definition(world.uri, container=container)
    fail(dependency=dependency, how=how)
    broken = world.run(definition)
    recover(dependency=dependency)
    whole = world.run(definition)

    assert (broken["lastStatus"], broken["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert words in broken["stoppedReason"]
    assert whole["lastStatus"] == "RUNNING"


@pytest.mark.parametrize(
    "call", [{"host": "db"}, {"host": "db.example", "port": 0}, {"port": 5432}]
)
def test_a_call_to_a_host_names_it(call):
    """A host outside AWS has a dot in its name, and a port from 1 on."""
    with pytest.raises(app_profile.ProfileError, match="with `host` and `port`"):
        app_profile.complete({"calls": [call]})

    assert app_profile.complete({"calls": [{"host": "db.example", "port": 5432}]})
