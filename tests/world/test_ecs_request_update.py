"""What ECS refuses of UpdateService, together with what the service already has."""

from dataclasses import replace

import pytest

from awslab.world.ecs_request import check_update
from tests.world.ecs_requests import (
    DEFINITION,
    INVALID,
    KNOWN,
    balanced,
    connected,
    network,
    refused,
)

SERVICE = {
    "launchType": "FARGATE",
    "networkConfiguration": network("subnet-1"),
    "loadBalancers": [balanced()],
    "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200},
}


@pytest.mark.parametrize(
    "params",
    [
        {"desiredCount": 0},
        {"taskDefinition": "web:2"},
        {"healthCheckGracePeriodSeconds": 30},
        {"deploymentConfiguration": {"minimumHealthyPercent": 50}},
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
        {"loadBalancers": []},
        {"forceNewDeployment": True},
    ],
)
def test_a_good_change_is_accepted(params):
    """What is not given stays and is not checked again."""
    assert check_update(params, SERVICE, KNOWN) is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"desiredCount": -1}, "desiredCount should not be negative."),
        ({"deploymentConfiguration": {"maximumPercent": 100}}, "Both maximumPercent and"),
        ({"networkConfiguration": network("subnet-9")}, "[subnet-9]"),
        ({"loadBalancers": [balanced(port=80)]}, "did not have a container port 80"),
        ({"healthCheckGracePeriodSeconds": -1}, "should not be negative."),
        ({"serviceConnectConfiguration": connected()}, "Namespace is missing"),
        ({"platformVersion": "0.1"}, "does not exist"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "other", "weight": 1}]},
            "not associated with the cluster",
        ),
    ],
)
def test_a_bad_change_is_refused_together_with_what_stays(params, message):
    """A maximum of 100 alone is refused where the minimum already is 100."""
    assert message in refused(check_update, params, SERVICE, KNOWN)[1]


def test_a_new_revision_without_the_balanced_container_is_refused():
    """The load balancer's container has to be in every revision."""
    renamed = {**DEFINITION, "containerDefinitions": [{"name": "app"}]}
    known = replace(KNOWN, task_definition=renamed)

    assert refused(check_update, {"taskDefinition": "web:2"}, SERVICE, known) == (
        INVALID,
        "The container web does not exist in the task definition.",
    )
