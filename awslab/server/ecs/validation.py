"""ECS's refusals, asked before each request: what moto would accept and AWS does not.

The rules are `awslab.world.task_definition` and `awslab.world.ecs_request`; here they meet moto's state.
"""

import re
from collections.abc import Callable
from typing import Any

from moto.core.responses import BaseResponse
from moto.ecs.models import EC2ContainerServiceBackend

from awslab.server import errors
from awslab.server.ecs import connect, lookups
from awslab.server.errors import AWSError
from awslab.world import ecs_placement as placement
from awslab.world import ecs_request, task_definition
from awslab.world.request_error import RequestError
from awslab.world.task_definition import NAME

__all__ = ["install"]

Backend = EC2ContainerServiceBackend
Params = dict[str, Any]
INVALID = "InvalidParameterException"
# These answer for a cluster that is gone, or name it differently.
WITHOUT_CLUSTER = ("CreateCluster", "DescribeClusters", "DescribeServices", "DeleteCluster")
MOST_DESCRIBED = {"DescribeServices": ("services", 10), "DescribeTasks": ("tasks", 100)}


def install() -> None:
    """Ask the checks below before each request to ECS."""
    errors.check_requests("ecs", check)


def check(response: BaseResponse, operation: str) -> None:
    """Raise the AWSError with which ECS refuses the request, if it does."""
    backend, params = response.ecs_backend, dict(response._get_params())
    if operation not in WITHOUT_CLUSTER and "cluster" in params:
        _need_cluster(backend, params["cluster"])
    if operation in MOST_DESCRIBED:
        key, most = MOST_DESCRIBED[operation]
        if not params.get(key):
            raise AWSError(INVALID, f"{key.capitalize()} cannot be empty.")
        if len(params[key]) > most:
            raise AWSError(INVALID, f"{key} can have at most {most} items.")
    try:
        if operation in CHECKS:
            CHECKS[operation](backend, params)
    except RequestError as error:
        raise AWSError(error.code, error.message) from None


def _need_cluster(backend: Backend, name: str | None) -> None:
    if lookups.cluster(backend, name) is None:
        raise AWSError("ClusterNotFoundException", "Cluster not found.")


def _create_cluster(backend: Backend, params: Params) -> None:
    name = params.get("clusterName") or "default"
    if not NAME.fullmatch(name):
        raise RequestError(INVALID, r"ClusterName must match ^[a-zA-Z0-9\-_]{1,255}$")
    _providers(backend, params)


def _providers(backend: Backend, params: Params) -> None:
    providers = params.get("capacityProviders") or []
    for name in providers:
        short = name.rpartition("/")[2]
        if short not in placement.FARGATE_PROVIDERS and short not in backend.capacity_providers:
            raise RequestError(
                INVALID,
                f"The specified capacity provider '{name}' was not found. Specify a valid name or "
                "ARN and try again.",
            )
    placement.check_strategy(params.get("defaultCapacityProviderStrategy") or [], providers)


def _delete_cluster(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    name = str(params["cluster"]).rpartition("/")[2]
    services = [s for key, s in backend.services.items() if key.partition(":")[0] == name]
    if any(service.status != "INACTIVE" for service in services):
        raise AWSError(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    if any(task.last_status != "STOPPED" for task in backend.tasks.get(name, {}).values()):
        raise AWSError(
            "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
        )


def _register(backend: Backend, params: Params) -> None:
    task_definition.validate(params)
    for key in ("taskRoleArn", "executionRoleArn"):
        if role := params.get(key):
            _check_role(backend, role)


def _check_role(backend: Backend, role: str) -> None:
    # A role that is named by its ARN is looked for when a task starts, not now.
    from moto.iam.models import iam_backends

    if role.startswith("arn:"):
        if role.split(":")[4] != backend.account_id:
            raise AWSError("AccessDeniedException", "Cross-account pass role is not allowed.")
        return
    roles = iam_backends[backend.account_id][backend.partition].roles.values()
    if role not in [found.name for found in roles]:
        raise RequestError("ClientException", "Role is not valid")


def _revision(backend: Backend, params: Params) -> None:
    reference = str(params.get("taskDefinition") or "")
    revision = lookups.family_of(reference)[1]
    if revision and not revision.isdecimal():
        raise RequestError("ClientException", f"Invalid revision number. Number: {revision}")


def _create_service(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    _revision(backend, params)
    known = lookups.known(backend, params.get("taskDefinition"), params)
    ecs_request.check_create(params, known)
    existing = lookups.service(backend, params.get("cluster"), params["serviceName"])
    if existing and existing.status == "ACTIVE":
        raise RequestError(INVALID, "Creation of service was not idempotent.")
    if existing and existing.status == "DRAINING":
        raise RequestError(INVALID, "Unable to Start a service that is still Draining.")
    connect.check(backend, params, None)


def _update_service(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    _revision(backend, params)
    service = lookups.service(backend, params.get("cluster"), params["service"])
    if service is None:
        raise AWSError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise AWSError("ServiceNotActiveException", "Service was not ACTIVE.")
    shown = {
        "launchType": service.launch_type,
        "networkConfiguration": service.network_configuration,
        "loadBalancers": service.load_balancers,
        "schedulingStrategy": service.scheduling_strategy,
        "deploymentController": service.deployment_controller,
        "deploymentConfiguration": getattr(service, "deployment_configuration", None),
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None),
        "serviceConnectConfiguration": getattr(service, "service_connect_configuration", None),
    }
    around = {**shown, **params}
    reference = params.get("taskDefinition") or service.task_definition
    ecs_request.check_update(params, shown, lookups.known(backend, reference, around))
    connect.check(backend, params, service)


def _run_task(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    _revision(backend, params)
    ecs_request.check_run(params, lookups.known(backend, params.get("taskDefinition"), params))


def _stop_task(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    name = str(params.get("cluster") or "default").rpartition("/")[2]
    task_id = str(params.get("task")).rpartition("/")[2]
    if not any(arn.rpartition("/")[2] == task_id for arn in backend.tasks.get(name, {})):
        raise RequestError(INVALID, "The referenced task was not found.")


def _list_tasks(backend: Backend, params: Params) -> None:
    _need_cluster(backend, params.get("cluster"))
    status = params.get("desiredStatus")
    if status not in (None, "RUNNING", "PENDING", "STOPPED"):
        raise RequestError(INVALID, "desiredStatus should be one of [RUNNING,PENDING,STOPPED]")
    name = params.get("serviceName")
    if name and lookups.service(backend, params.get("cluster"), name) is None:
        raise AWSError("ServiceNotFoundException", "Service not found.")


def _tags(backend: Backend, params: Params) -> None:
    arn = str(params.get("resourceArn") or "")
    if not re.match(r"arn:aws[a-z-]*:ecs:", arn):
        raise RequestError(INVALID, "Invalid resource ARN.")


CHECKS: dict[str, Callable[[Backend, Params], None]] = {
    "CreateCluster": _create_cluster,
    "PutClusterCapacityProviders": _providers,
    "DeleteCluster": _delete_cluster,
    "RegisterTaskDefinition": _register,
    "DescribeTaskDefinition": _revision,
    "CreateService": _create_service,
    "UpdateService": _update_service,
    "RunTask": _run_task,
    "StopTask": _stop_task,
    "ListTasks": _list_tasks,
    "TagResource": _tags,
    "UntagResource": _tags,
    "ListTagsForResource": _tags,
}
