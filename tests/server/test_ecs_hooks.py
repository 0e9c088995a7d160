"""Lifecycle hooks of deployments: functions that answer, pauses that somebody ends, and what both refuse."""

import pytest
from botocore.exceptions import ClientError

from tests.server.elb import refused
from tests.server.shifts import LAMBDA, Shifting, configure, serving


@pytest.fixture(scope="module")
def built(core, session):
    """Version 1 by blue/green, in a steady state on the target group `green`; and its snapshot."""
    core.reset()
    world = Shifting(core, session).start(bakeTimeInMinutes=5)
    return world, core.snapshot()["snapshot"]


@pytest.fixture
def world(built, core):
    """The service as it was built."""
    core.restore(built[1])
    return built[0]


def hook(kind="AWS_LAMBDA", stage="POST_TEST_TRAFFIC_SHIFT", **settings):
    target = {"hookTargetArn": LAMBDA, "roleArn": f"{LAMBDA}-role"}
    more = target if kind == "AWS_LAMBDA" else {}
    return {"targetType": kind, "lifecycleStages": [stage], **more, **settings}


def test_lambda_hook_succeeds_and_is_told(world):
    """No function runs: SUCCEEDED is the lab's answer."""
    configure(world, lifecycleHooks=[hook(), hook(stage="PRE_SCALE_UP")])
    world.deploy()
    found, _ = world.over()
    told = [message for message in world.messages() if "lifecycle hook" in message]

    assert [h["status"] for h in found["lifecycleHookDetails"]] == ["SUCCEEDED"] * 2
    assert {h["targetArn"] for h in found["lifecycleHookDetails"]} == {LAMBDA}
    assert f"lifecycle hook {LAMBDA} at stage PRE_SCALE_UP: SUCCEEDED." in told[1]


@pytest.mark.parametrize("function", ["verify", LAMBDA])
def test_lambda_hook_that_fails_rolls_back(world, function):
    """By name or ARN; production never shifts."""
    configure(world, lifecycleHooks=[hook()])
    world.ask("hook", function=function, status="FAILED")
    world.deploy()
    found, stages = world.over()

    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["statusReason"] == (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {LAMBDA} returned FAILED status."
    )
    assert "PRODUCTION_TRAFFIC_SHIFT" not in stages
    assert serving(world) == ({"v1"}, {"v1"})


def test_lambda_hook_in_progress_holds_the_deployment(world):
    """Until it says something else."""
    configure(world, lifecycleHooks=[hook()])
    world.ask("hook", function="verify", status="IN_PROGRESS")
    world.deploy()
    world.reach("POST_TEST_TRAFFIC_SHIFT")
    world.advance(60)
    held = world.latest()
    world.ask("hook", function="verify", status="SUCCEEDED")
    found, _ = world.over()

    assert held["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert held["lifecycleHookDetails"][0]["status"] == "IN_PROGRESS"
    assert found["status"] == "SUCCESSFUL"


def test_hook_takes_three_answers(world):
    """And the refusal names them."""
    status, answer = world.ask("hook", function="verify", status="PERHAPS")

    assert status == 400
    assert "SUCCEEDED, FAILED or IN_PROGRESS" in str(answer)


@pytest.mark.parametrize(
    ("action", "status", "version"),
    [("CONTINUE", "SUCCESSFUL", "v2"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL", "v1")],
)
def test_pause_hook_waits_for_continue_service_deployment(world, action, status, version):
    """AWAITING_ACTION for as long as nobody decides."""
    configure(world, lifecycleHooks=[hook("PAUSE")])
    arn = world.deploy()
    world.reach("POST_TEST_TRAFFIC_SHIFT")
    world.advance(60)
    waiting = world.latest()["lifecycleHookDetails"][0]
    world.ecs.continue_service_deployment(
        serviceDeploymentArn=arn, hookId=waiting["hookId"], action=action
    )
    again = refused(
        world.ecs.continue_service_deployment, serviceDeploymentArn=arn, hookId=waiting["hookId"]
    )
    found, _ = world.over()

    assert (waiting["status"], waiting["timeoutAction"]) == ("AWAITING_ACTION", "ROLLBACK")
    assert again[0] == "InvalidParameterException"
    assert found["status"] == status
    assert set(world.answers(4)) == {version}


@pytest.mark.parametrize(
    ("action", "status"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")]
)
def test_pause_hook_times_out(world, action, status):
    """And then does what it was told to."""
    timeout = {"timeoutInMinutes": 10, "action": action}
    configure(world, lifecycleHooks=[hook("PAUSE", timeoutConfiguration=timeout)])
    world.deploy()
    found, _ = world.over()

    assert found["status"] == status
    assert found["lifecycleHookDetails"][0]["status"] == "TIMED_OUT"


def test_pause_before_each_step_of_a_linear_deployment(world):
    """Each step has a hook of its own."""
    configure(
        world,
        strategy="LINEAR",
        linearConfiguration={"stepPercent": 50.0, "stepBakeTimeInMinutes": 0},
        lifecycleHooks=[hook("PAUSE", "PRE_PRODUCTION_TRAFFIC_SHIFT")],
    )
    arn, used = world.deploy(), []
    for _ in range(200):
        found = world.latest()
        for each in found.get("lifecycleHookDetails", []):
            if each["status"] == "AWAITING_ACTION":
                used.append((each["hookId"], world.weights()))
                world.ecs.continue_service_deployment(
                    serviceDeploymentArn=arn, hookId=each["hookId"]
                )
        if "finishedAt" in found:
            break

    assert len({hook_id for hook_id, _ in used}) == 2
    assert [weights for _, weights in used] == [(0, 100), (50, 50)]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"hookId": "mine"}, "InvalidParameterException", "Invalid hookId: hookId must follow"),
        ({"hookId": "ecs-pause-x"}, "InvalidParameterException", "in terminal states"),
        (
            {"hookId": "ecs-pause-x", "serviceDeploymentArn": "arn:aws:ecs:nobody"},
            "ServiceDeploymentNotFoundException",
            "The service deployment does not exist.",
        ),
    ],
)
def test_continue_service_deployment_refuses(world, arguments, code, message):
    """Wrong ids, and deployments that are over."""
    arn = world.latest()["serviceDeploymentArn"]
    given = {"serviceDeploymentArn": arn, **arguments}

    with pytest.raises(ClientError) as error:
        world.ecs.continue_service_deployment(**given)
    assert error.value.response["Error"]["Code"] == code
    assert message in error.value.response["Error"]["Message"]
