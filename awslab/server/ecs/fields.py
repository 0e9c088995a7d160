"""Every field of clusters, task definitions and services that moto would lose or change, kept.

moto's serializer reads attributes by the snake-case names of the API's members.
`service_attributes` is what a service has after CreateService or UpdateService; whoever creates or updates
the service object sets them on it.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api import state_manager
from moto.utilities.utils import get_partition

from awslab.server import clock
from awslab.server.ecs import connect, lists, lookups
from awslab.server.errors import AWSError
from awslab.world import ecs_placement as placement
from awslab.world import ecs_service, ecs_strategy, task_definition

__all__ = ["install", "launch", "network", "service_attributes"]

Backend = EC2ContainerServiceBackend
Response = EC2ContainerServiceResponse
Params = dict[str, Any]
# Member of the API -> attribute of the service; what moto drops at creation.
KEPT = {
    "capacityProviderStrategy": "capacity_provider_strategy",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "serviceConnectConfiguration": "service_connect_configuration",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
    "volumeConfigurations": "volume_configurations",
    "vpcLatticeConfigurations": "vpc_lattice_configurations",
    "platformVersion": "platform_version",
    "propagateTags": "propagate_tags",
    "loadBalancers": "load_balancers",
    "serviceRegistries": "service_registries",
    "desiredCount": "desired_count",
}
DEFAULTS: Params = {
    "enableExecuteCommand": False,
    "enableECSManagedTags": False,
    "placementConstraints": [],
    "placementStrategy": [],
    "propagateTags": "NONE",
    "loadBalancers": [],
    "serviceRegistries": [],
}
_create_cluster = Backend.create_cluster
_update_cluster = Backend.update_cluster
_get_cluster = Backend._get_cluster


def install() -> None:
    """Replace what loses fields, and keep moto from moving tasks at every look."""
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    Backend.create_cluster = create_cluster  # type: ignore[method-assign]
    Backend.update_cluster = update_cluster  # type: ignore[method-assign]
    Backend._get_cluster = get_cluster  # type: ignore[method-assign]
    Backend.describe_task_definition = describe_task_definition  # type: ignore[method-assign]
    Response.register_task_definition = register_task_definition  # type: ignore[method-assign]
    Response.deregister_task_definition = deregister_task_definition  # type: ignore[method-assign]
    Response.create_service = create_service  # type: ignore[method-assign]
    Response.update_service = update_service  # type: ignore[method-assign]
    for name in lists.RESPONSES:
        setattr(Response, name, getattr(lists, name))


def get_cluster(self: Backend, name: str) -> Cluster:
    """Return an ACTIVE cluster; one that was deleted is not found any more."""
    found = _get_cluster(self, name)
    if found.status != "ACTIVE":
        raise AWSError("ClusterNotFoundException", "Cluster not found.")
    return found


def create_cluster(self: Backend, cluster_name: str, *args: Any, **fields: Any) -> Cluster:
    """Create a cluster, or return the ACTIVE one of that name as it is.

    The lists that were not given are empty ones in every answer.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
    """
    if existing := lookups.cluster(self, cluster_name):
        return existing
    defaults = connect.cluster_defaults(self, fields.get("service_connect_defaults"))
    made = _create_cluster(
        self, cluster_name, *args, **fields | {"service_connect_defaults": defaults}
    )
    made.statistics, made.tags = [], made.tags or []
    made.capacity_providers = made.capacity_providers or []
    made.default_capacity_provider_strategy = made.default_capacity_provider_strategy or []
    return made


def update_cluster(self: Backend, *args: Any, **fields: Any) -> Cluster:
    """Change a cluster; a new Service Connect default is made in Cloud Map if need be.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html
    """
    defaults = connect.cluster_defaults(self, fields.get("service_connect_defaults"))
    return _update_cluster(self, *args, **fields | {"service_connect_defaults": defaults})


def describe_task_definition(self: Backend, task_definition_str: str) -> TaskDefinition:
    """Return a task definition; without a revision, the latest ACTIVE one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
    """
    found = lookups.definition(self, task_definition_str)
    if found is None:
        raise AWSError("ClientException", "Unable to describe task definition.")
    return found


def register_task_definition(self: Response) -> ActionResult:
    """Answer RegisterTaskDefinition with all that ECS fills in.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    params = dict(self._get_params())
    self.params = task_definition.completed(_with_role_arns(self.ecs_backend, params))
    original = _register_task_definition(self)
    found: TaskDefinition = original.result["taskDefinition"]
    found.container_definitions = self.params["containerDefinitions"]
    found.network_mode = self.params["networkMode"]
    found.compatibilities = task_definition.compatibilities(params)
    vars(found).update(
        requires_attributes=task_definition.requires_attributes(params),
        registered_at=clock.current.now,
        registered_by=f"arn:aws:iam::{self.current_account}:root",
        enable_fault_injection=bool(params.get("enableFaultInjection")),
    )
    tags = {"tags": params["tags"]} if params.get("tags") else {}
    return ActionResult({"taskDefinition": found, **tags})


_register_task_definition = Response.register_task_definition


def _with_role_arns(backend: Backend, params: Params) -> Params:
    prefix = f"arn:{get_partition(backend.region_name)}:iam::{backend.account_id}:role/"
    named = {
        key: f"{prefix}{params[key]}"
        for key in ("taskRoleArn", "executionRoleArn")
        if params.get(key) and not params[key].startswith("arn:")
    }
    return {**params, **named}


def deregister_task_definition(self: Response) -> ActionResult:
    """Answer DeregisterTaskDefinition; the revision stays to be seen, and starts nothing any more.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
    """
    found = self.ecs_backend.deregister_task_definition(self._get_param("taskDefinition"))
    found.deregistered_at = clock.current.now  # type: ignore[attr-defined]
    return ActionResult({"taskDefinition": found})


def create_service(self: Response) -> ActionResult:
    """Answer CreateService, keeping every field.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    params = dict(self._get_params())
    attributes = service_attributes(self.ecs_backend, params)
    service = self.ecs_backend.create_service(
        params.get("cluster") or "default",
        params["serviceName"],
        params.get("desiredCount") or 0,
        attributes["task_definition"],
        attributes["load_balancers"],
        params.get("schedulingStrategy"),
        params.get("tags"),
        params.get("deploymentController"),
        attributes["launch_type"],
        network_configuration=attributes["network_configuration"] or None,
        role_arn=params.get("role"),
    )
    vars(service).update(attributes)
    return ActionResult({"service": service})


def update_service(self: Response) -> ActionResult:
    """Answer UpdateService, keeping every field.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    params = dict(self._get_params())
    service = self.ecs_backend._get_service(params.get("cluster") or "default", params["service"])
    vars(service).update(service_attributes(self.ecs_backend, params, service))
    return ActionResult({"service": service})


def service_attributes(
    backend: Backend, params: Params, service: Service | None = None
) -> dict[str, Any]:
    """Return the attributes that CreateService, or for a `service` UpdateService, sets on a service.

    The task definition is an ARN, defaults are filled in, a deployment configuration is merged with the one before.
    """
    created = service is None
    attributes = {
        attribute: params[key] for key, attribute in KEPT.items() if params.get(key) is not None
    }
    if created:
        attributes = {KEPT[key]: value for key, value in DEFAULTS.items()} | attributes
        attributes |= {"created_at": clock.current.now, **launch(backend, params)}
        attributes["created_by"] = f"arn:aws:iam::{backend.account_id}:root"
    elif strategy_given := params.get("capacityProviderStrategy"):
        attributes |= {
            "launch_type": None,
            "capacity_provider_strategy": _weighted(strategy_given),
        }
    if reference := params.get("taskDefinition"):
        attributes["task_definition"] = backend.describe_task_definition(reference).arn
    elif created:
        attributes["task_definition"] = None
    if created or params.get("networkConfiguration"):
        attributes["network_configuration"] = network(params)
    strategy = params.get("schedulingStrategy") or "REPLICA"
    if created or params.get("deploymentConfiguration"):
        before = getattr(service, "deployment_configuration", None)
        attributes["deployment_configuration"] = _deployment(params, strategy, before)
    rebalancing = params.get("availabilityZoneRebalancing")
    if rebalancing or created:
        attributes["availability_zone_rebalancing"] = rebalancing or _rebalancing(params, strategy)
    return attributes


def launch(backend: Backend, params: Params) -> dict[str, Any]:
    """Return where a service or task is launched: by strategy (the cluster's, if need be) or launch type.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    strategy = params.get("capacityProviderStrategy")
    home = lookups.cluster(backend, params.get("cluster"))
    if not strategy and not params.get("launchType") and home:
        strategy = home.default_capacity_provider_strategy
    if strategy:
        on_fargate = placement.launch_type(strategy) == "FARGATE"
        found: dict[str, Any] = {
            "launch_type": None,
            "capacity_provider_strategy": _weighted(strategy),
        }
    else:
        on_fargate = params.get("launchType") == "FARGATE"
        found = {"launch_type": params.get("launchType") or "EC2"}
    if not on_fargate:
        return found
    version = params.get("platformVersion") or "LATEST"
    return {**found, "platform_version": version, "platform_family": "Linux"}


def _weighted(strategy: list[Params]) -> list[Params]:
    return [{"weight": 0, "base": 0, **entry} for entry in strategy]


def network(params: Params) -> dict[str, Any]:
    """Return a request's network configuration with its defaults.

    Without security groups the list is empty; each network interface then has its VPC's default group.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    """
    given = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not given:
        return {}
    return {"awsvpcConfiguration": {"securityGroups": [], "assignPublicIp": "DISABLED", **given}}


def _deployment(params: Params, strategy: str, before: Params | None) -> Params:
    minimum, maximum = ecs_service.default_percents(strategy)
    defaults = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": maximum,
        "minimumHealthyPercent": minimum,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    given = params.get("deploymentConfiguration") or {}
    return {**defaults, **ecs_strategy.merged(before or {}, given)}


def _rebalancing(params: Params, strategy: str) -> str:
    _, maximum = ecs_service.checked_percents(params.get("deploymentConfiguration"), strategy)
    return "ENABLED" if strategy == "REPLICA" and maximum > 100 else "DISABLED"
