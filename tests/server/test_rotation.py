"""Secrets that rotate, and tasks that keep the value they were started with."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock, fabric, snapshot
from awslab.server.ecs import engine
from awslab.world.http import Request
from tests.server.ecs_world import ACCOUNT, EXECUTION, World

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:rotate"
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/app",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "app",
    },
}


@pytest.fixture
def secrets(app, session):
    """A Secrets Manager client of an empty lab."""
    return session.client("secretsmanager")


@pytest.fixture
def secret(secrets):
    """The ARN of a secret whose value is `old`."""
    return secrets.create_secret(Name="db", SecretString="old")["ARN"]


def value(secrets, secret, **which):
    """Return a secret's value."""
    return secrets.get_secret_value(SecretId=secret, **which)["SecretString"]


def code(call, **parameters):
    """Return the code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_rotating_makes_a_new_current_version_and_keeps_the_previous_one(secrets, secret):
    """AWSCURRENT is a new password, AWSPREVIOUS the old one."""
    answer = secrets.rotate_secret(SecretId=secret, RotationLambdaARN=FUNCTION)
    shown = secrets.describe_secret(SecretId=secret)

    assert value(secrets, secret) != "old"
    assert value(secrets, secret, VersionStage="AWSPREVIOUS") == "old"
    assert shown["VersionIdsToStages"][answer["VersionId"]] == ["AWSCURRENT"]
    assert shown["RotationEnabled"] is True
    assert shown["LastRotatedDate"] == clock.current.now


def test_a_schedule_rotates_along_the_clock(secrets, secret, advance):
    """Every thirty days, and not before; cancelled, no more."""
    secrets.rotate_secret(
        SecretId=secret,
        RotationLambdaARN=FUNCTION,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )
    shown = secrets.describe_secret(SecretId=secret)
    seen = [value(secrets, secret)]
    for days in (29, 2, 30):
        advance(days * 86400)
        seen.append(value(secrets, secret))
    secrets.cancel_rotate_secret(SecretId=secret)
    advance(90 * 86400)

    assert shown["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert shown["NextRotationDate"] == clock.EPOCH + timedelta(days=30)
    assert seen[0] == seen[1] == "old"
    assert len(set(seen)) == 3
    assert value(secrets, secret) == seen[-1]
    assert secrets.describe_secret(SecretId=secret)["RotationEnabled"] is False


def test_what_secrets_manager_refuses(secrets, secret):
    """No function, an unknown secret, rules that make no sense, a secret marked for deletion."""
    rotate = secrets.rotate_secret
    assert code(rotate, SecretId=secret) == "InvalidRequestException"
    assert code(rotate, SecretId="none", RotationLambdaARN=FUNCTION) == "ResourceNotFoundException"
    assert (
        code(
            rotate,
            SecretId=secret,
            RotationLambdaARN=FUNCTION,
            RotationRules={"ScheduleExpression": "rate(1 hour)"},
        )
        == "InvalidParameterException"
    )
    secrets.delete_secret(SecretId=secret)

    assert code(rotate, SecretId=secret, RotationLambdaARN=FUNCTION) == "InvalidRequestException"


def test_rotation_survives_a_snapshot(app, secrets, secret, advance):
    """Rules and dates come back, and the clock finds them."""
    rules = {"ScheduleExpression": "rate(10 days)"}
    secrets.rotate_secret(SecretId=secret, RotationLambdaARN=FUNCTION, RotationRules=rules)
    before = value(secrets, secret)
    frozen = snapshot.freeze(app._extensions.values())
    app.reset()
    snapshot.thaw(frozen, app._extensions.values())
    thawed = value(secrets, secret)
    advance(11 * 86400)

    assert thawed == before
    assert secrets.describe_secret(SecretId=secret)["RotationRules"] == rules
    assert value(secrets, secret) != before


class Login(World):
    """One service whose app logs in with a secret."""

    def build(self, reference=""):
        """Run one task that needs the secret."""
        self.network()
        policy = json.loads(EXECUTION)
        policy["Statement"][0]["Action"].append("secretsmanager:GetSecretValue")
        self.roles(policy=json.dumps(policy))
        self.secrets = self.session.client("secretsmanager")
        self.logs.create_log_group(logGroupName="/ecs/app")
        text = json.dumps({"username": "app", "password": "old"})
        self.arn = self.secrets.create_secret(Name="db", SecretString=text)["ARN"]
        profile = {"port": 3000, "env": ["PASSWORD"], "needs_secret": "PASSWORD"}
        container = {
            "secrets": [{"name": "PASSWORD", "valueFrom": f"{self.arn}{reference}"}],
            "logConfiguration": LOGS,
        }
        self.definition(self.image(app=profile), container=container)
        self.service("app", desired=1)
        self.steady()
        return self

    def steady(self):
        """Wait until the last deployment is complete and alone."""
        self.until(
            lambda s: (
                len(s["deployments"]) == 1 and s["deployments"][0]["rolloutState"] == "COMPLETED"
            )
        )

    def ask(self):
        """Send a request to the running task; return status and JSON body."""
        tasks = engine.ecs_backends[ACCOUNT]["us-east-1"].tasks["main"].values()
        run = next(t.lab for t in tasks if t.last_status == "RUNNING")
        answer = fabric.host_at(run.vpc, run.address).answer(3000, Request(), clock.current.now)
        return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("reference", ["", ":password::"])
def test_a_running_task_keeps_its_value_until_it_is_deployed_anew(app, session, reference):
    """After a rotation the app cannot log in; a new deployment brings the new value. Whole secret or JSON key."""
    world = Login(session).build(reference)
    before, _ = world.ask()
    world.secrets.rotate_secret(SecretId=world.arn, RotationLambdaARN=FUNCTION)
    broken, body = world.ask()
    events = world.logs.filter_log_events(logGroupName="/ecs/app")["events"]
    world.ecs.update_service(cluster="main", service="app", forceNewDeployment=True)
    world.steady()

    assert (before, broken) == (200, 500)
    assert "rotated since" in body["calls"][0]["why"]
    assert any("password authentication failed" in each["message"] for each in events)
    assert world.ask()[0] == 200
