"""Deployments stopped or continued by hand: StopServiceDeployment and ContinueServiceDeployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
"""

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from awslab.server import clock
from awslab.server.ecs import deployments, events, hooks, members, revisions, rollout, state
from awslab.server.errors import AWSError
from awslab.world import ecs_strategy
from awslab.world import ecs_strategy_texts as texts

RESPONSES = ["continue_service_deployment", "stop_service_deployment"]
STOPPED = "Rollback initiated by StopServiceDeployment."
HOOK_ID = re.compile(r"ecs-(pause|lambda)-[\w-]+")


def stop_service_deployment(self: Responses) -> ActionResult:
    """Answer StopServiceDeployment: go back to the last completed deployment, or with ABORT stay as it is.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
    """
    arn, backend = self._get_param("serviceDeploymentArn"), self.ecs_backend
    kind = self._get_param("stopType") or "ROLLBACK"
    if kind not in ("ROLLBACK", "ABORT"):
        raise AWSError("InvalidParameterException", "stopType should be one of [ABORT,ROLLBACK]")
    found = revisions.known(backend).get(arn)
    if found is None:
        raise AWSError(
            "ServiceDeploymentNotFoundException",
            "The service deploy ARN that you specified "
            "in the StopServiceDeployment doesn't exist. You can use ListServiceDeployments to "
            "retrieve the service deployment ARNs.",
        )
    service, record = found
    status = record["status"]
    known, now = state.lab(service), clock.current.now
    cleaning = known.rollout and known.rollout.at.stage == ecs_strategy.CLEAN_UP
    if "finishedAt" in record or status != "IN_PROGRESS" or cleaning:
        status = f"{status} state" if not cleaning else f"{ecs_strategy.CLEAN_UP} lifecycle stage"
        raise AWSError(
            "ConflictException",
            "The StopServiceDeployment request cannot be processed because "
            f"the service deployment is in the {status}.",
        )
    green = deployments.by_id(known, record["deployment"])
    if kind == "ABORT":
        known.rollout = None
        deployments.end(
            service, green, None, now, "Stopped by StopServiceDeployment.", cause="stop"
        )
        events.add(
            service, now, texts.failed(service.name, green.id, "stopped by StopServiceDeployment.")
        )
    else:
        target = known.rollout.blue if known.rollout else deployments.candidate(known, green)
        if target is None:
            raise AWSError(
                "ConflictException", "The service has no completed deployment to roll back to."
            )
        rollout.roll_back(backend, service, STOPPED, now, "stop")
    members.changed(backend, state.key_of(service))
    return ActionResult({"serviceDeploymentArn": arn})


def continue_service_deployment(self: Responses) -> ActionResult:
    """Answer ContinueServiceDeployment: let a deployment that a PAUSE hook holds go on, or roll it back.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
    """
    arn, hook_id = self._get_param("serviceDeploymentArn"), str(self._get_param("hookId"))
    action = self._get_param("action") or "CONTINUE"
    if action not in ("CONTINUE", "ROLLBACK"):
        raise _invalid("action should be one of [ROLLBACK,CONTINUE]")
    if not HOOK_ID.fullmatch(hook_id):
        raise _invalid("Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}")
    found: Any = revisions.known(self.ecs_backend).get(arn)
    if found is None:
        raise AWSError(
            "ServiceDeploymentNotFoundException", "The service deployment does not exist."
        )
    service, record = found
    if "finishedAt" in record:
        raise _invalid(
            "Continuing a service deployment is not allowed for service deployment in terminal states."
        )
    known, now = state.lab(service), clock.current.now
    verdict = hooks.SUCCEEDED if action == "CONTINUE" else hooks.FAILED
    latest = record is known.service_deployments[0]
    open_hooks = known.rollout.hooks if known.rollout and latest else []
    if not hooks.settle(service, open_hooks, hook_id, verdict, now):
        raise _invalid(
            "Provided hookId is either completed, unavailable, or not associated with the given "
            "Resource ARN"
        )
    members.changed(self.ecs_backend, state.key_of(service))
    return ActionResult({"serviceDeploymentArn": arn})


def _invalid(message: str) -> AWSError:
    return AWSError("InvalidParameterException", message)
