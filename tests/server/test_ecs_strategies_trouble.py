"""Blue/green deployments that cannot begin: rules, target groups, roles, and nothing to go back to."""

import json

import pytest

from tests.server.elb import refused
from tests.server.shifts import LISTENS, Shifting, forward

WRONG = "Service deployment rolled back because of invalid networking configuration. "


@pytest.fixture(scope="module")
def built(core, session):
    """Version 1 by blue/green, and its snapshot."""
    core.reset()
    world = Shifting(core, session).start()
    return world, core.snapshot()["snapshot"]


@pytest.fixture
def world(built, core):
    """The service as it was built."""
    core.restore(built[1])
    return built[0]


def two_serving(world):
    world.elb.modify_rule(
        RuleArn=world.production, Actions=[forward({world.blue: 1, world.green: 1})]
    )
    return "should have exactly one target group serving traffic but found 2 target groups"


def stranger(world):
    other = world.target_group("other")
    world.elb.modify_rule(RuleArn=world.production, Actions=[forward({other: 1})])
    return f"forwarding traffic to unexpected target group {other}"


def gone(world):
    world.elb.delete_rule(RuleArn=world.test_rule)
    return "One or more rules not found"


def untrusted(world):
    nobody = json.dumps({"Version": "2012-10-17", "Statement": []})
    world.iam.update_assume_role_policy(RoleName="ecs-elb", PolicyDocument=nobody)
    return f"missing permissions on ECS Infrastructure Role '{world.infrastructure}'"


def powerless(world):
    world.iam.detach_role_policy(
        RoleName="ecs-elb",
        PolicyArn="arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
    )
    return f"missing permissions on ECS Infrastructure Role '{world.infrastructure}'"


@pytest.mark.parametrize("fault", [two_serving, stranger, gone, powerless])
def test_wrong_networking_rolls_back_before_a_task_starts(world, fault):
    """AWS's reason, and blue as it was."""
    message = fault(world)
    world.deploy()
    found, stages = world.over()

    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["statusReason"].startswith(WRONG)
    assert message in found["statusReason"]
    assert "SCALE_UP" not in stages
    assert world.describe()["taskDefinition"] == world.definitions["v1"]


def test_rule_that_goes_on_the_way_rolls_back(world):
    """The shift finds that there is nothing to shift."""
    world.deploy()
    world.reach("POST_TEST_TRAFFIC_SHIFT")
    world.elb.delete_rule(RuleArn=world.production)
    found, _ = world.over()

    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["statusReason"] == f"{WRONG}One or more rules not found"


def test_default_rule_of_a_listener_can_be_shifted(world):
    """Its listener's default actions are the rule's."""
    listener = world.production.replace(":listener-rule/", ":listener/").rpartition("/")[0]
    world.elb.delete_rule(RuleArn=world.production)
    world.elb.modify_listener(
        ListenerArn=listener, DefaultActions=[forward({world.blue: 0, world.green: 1})]
    )
    rules = world.elb.describe_rules(ListenerArn=listener)["Rules"]
    default = next(rule["RuleArn"] for rule in rules if rule["IsDefault"])
    world.ecs.update_service(
        cluster="main",
        service="app",
        taskDefinition=world.definitions["v2"],
        loadBalancers=world.balancers(productionListenerRule=default),
    )
    found, _ = world.over()
    shown = world.elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]
    groups = shown["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]

    assert found["status"] == "SUCCESSFUL"
    assert {g["TargetGroupArn"]: g["Weight"] for g in groups} == {world.blue: 100, world.green: 0}
    assert set(world.answers(4)) == {"v2"}


def test_first_deployment_that_fails_has_nothing_to_go_back_to(world):
    """ROLLBACK_FAILED, in AWS's words."""
    world.ecs.delete_service(cluster="main", service="app", force=True)
    world.until(lambda service: service["status"] == "INACTIVE")
    world.service(
        world.definitions["sick"],
        loadBalancers=world.balancers(),
        deploymentConfiguration={
            "strategy": "BLUE_GREEN",
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
    found, _ = world.over()

    assert found["status"] == "ROLLBACK_FAILED"
    assert found["statusReason"] == "No rollback candidate was found to run the rollback."
    assert any("circuit breaker threshold was exceeded" in said for said in world.messages())


def test_blue_green_without_a_load_balancer_replaces_all_tasks(world):
    """ECS shifts nothing; green is complete before blue goes."""
    world.service(
        world.definitions["v1"],
        name="headless",
        deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1},
    )
    world.until(lambda s: s["deployments"][0]["rolloutState"] == "COMPLETED", name="headless")
    world.ecs.update_service(
        cluster="main", service="headless", taskDefinition=world.definitions["v2"]
    )
    both = world.until(lambda s: s["runningCount"] == 4, name="headless")
    after = world.until(lambda s: len(s["deployments"]) == 1, name="headless")

    assert [d["runningCount"] for d in both["deployments"]] == [2, 2]
    assert after["taskDefinition"] == world.definitions["v2"]
    assert after["runningCount"] == 2


def test_deleted_service_ends_its_deployment(world):
    """Both revisions stop, and the clock goes on."""
    world.deploy()
    world.reach("BAKE_TIME")
    world.ecs.delete_service(cluster="main", service="app", force=True)
    found = world.until(lambda service: service["status"] == "INACTIVE")

    assert found["runningCount"] == 0


def test_target_groups_are_checked_when_a_service_is_created(world):
    """The alternate one too."""
    code, message = refused(
        world.service,
        world.definitions["v1"],
        name="other",
        loadBalancers=world.balancers(alternateTargetGroupArn=f"{world.green}9"),
        deploymentConfiguration={"strategy": "BLUE_GREEN"},
    )

    assert code == "InvalidParameterException"
    assert f"{world.green}9 does not exist" in message


def test_update_cannot_take_the_advanced_configuration_from_blue_green(world):
    """The strategy that the service has needs it."""
    plain = [
        {k: v for k, v in e.items() if k != "advancedConfiguration"} for e in world.balancers()
    ]
    code, message = refused(
        world.ecs.update_service, cluster="main", service="app", loadBalancers=plain
    )

    assert code == "InvalidParameterException"
    assert "advancedConfiguration field is required" in message


def test_service_can_change_from_rolling_to_blue_green(world):
    """The running tasks are blue, in the target group that has them."""
    image = world.image("v3", app=LISTENS, content="v3")
    world.ecs.delete_service(cluster="main", service="app", force=True)
    world.until(lambda service: service["status"] == "INACTIVE")
    world.elb.modify_rule(
        RuleArn=world.production, Actions=[forward({world.blue: 1, world.green: 0})]
    )
    plain = [
        {k: v for k, v in e.items() if k != "advancedConfiguration"} for e in world.balancers()
    ]
    world.service(world.definitions["v1"], loadBalancers=plain)
    world.until(lambda service: service["deployments"][0]["rolloutState"] == "COMPLETED")
    world.ecs.update_service(
        cluster="main",
        service="app",
        taskDefinition=world.definition(image),
        loadBalancers=world.balancers(),
        deploymentConfiguration={"strategy": "BLUE_GREEN"},
    )
    before = set(world.answers(4))
    found, _ = world.over()

    assert before == {"v1"}
    assert found["status"] == "SUCCESSFUL"
    assert world.weights() == (0, 100)
    assert set(world.answers(4)) == {"v3"}
