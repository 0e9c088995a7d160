"""What Amazon ECS refuses of CreateService, UpdateService and RunTask, given what is around them.

Parameters have the API's own keys and nesting.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html

Errors: RequestError with ECS's code and message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awslab.world import ecs_placement as placement
from awslab.world import ecs_service, ecs_strategy, ecs_strategy_request, fargate, service_connect
from awslab.world._container_definition import NAME
from awslab.world.ecs_placement import refuse
from awslab.world.request_error import RequestError

__all__ = ["Known", "TargetGroup", "check_create", "check_run", "check_update"]

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL")
PROPAGATE = ("TASK_DEFINITION", "SERVICE", "NONE")
PLATFORM_VERSIONS = ("LATEST", "1.4.0", "1.3.0", "1.0.0")
MOST_LOAD_BALANCERS = 5
RUN_COUNT = range(1, 11)

Params = Mapping[str, Any]


@dataclass(frozen=True)
class TargetGroup:
    """A target group as ECS looks at it: its target type, and whether a load balancer uses it."""

    target_type: str
    attached: bool


@dataclass(frozen=True)
class Known:
    """What exists around a request.

    `task_definition` as DescribeTaskDefinition shows it, None when there is none of that name;
    `providers` the cluster's capacity providers, `default_strategy` its default strategy;
    `vpc_of` the VPC of each subnet and security group; `target_groups` by ARN;
    `rules` holds the target groups that each listener rule forwards to;
    `namespace` tells whether the cluster has a Service Connect default; `instances` its container instances.
    """

    task_definition: Params | None
    providers: tuple[str, ...] = ()
    default_strategy: tuple[Params, ...] = ()
    vpc_of: Mapping[str, str] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    rules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    namespace: bool = False
    instances: int = 0


def check_create(params: Params, known: Known) -> None:
    """Accept a CreateService request.

    Raises RequestError for the first thing that ECS refuses.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    name = params.get("serviceName") or ""
    if not NAME.fullmatch(name):
        refuse(rf"ServiceName must match ^[a-zA-Z0-9\-_]{{1,255}}$, but was {name}")
    strategy = params.get("schedulingStrategy") or "REPLICA"
    if strategy not in ("REPLICA", "DAEMON"):
        refuse("scheduling strategy should be one of [REPLICA,DAEMON]")
    _check_launch(params, known)
    desired = params.get("desiredCount")
    if strategy == "REPLICA" and desired is None:
        refuse("The replica scheduling strategy requires a desired count for services")
    _check_common(params, params, known)
    external = (params.get("deploymentController") or {}).get("type") == "EXTERNAL"
    if external:
        if params.get("taskDefinition"):
            refuse("TaskDefinition must be blank")
        return
    if not params.get("taskDefinition"):
        raise RequestError("ClientException", "TaskDefinition can not be blank.")
    _check_task_definition(known, _launch_type(params, known))
    _check_network(params, params, known)
    _check_load_balancers(params, known)
    _check_registries(params)
    _check_service_connect(params, known)


def check_update(params: Params, service: Params, known: Known) -> None:
    """Accept an UpdateService request for a service, both with the API's keys.

    `known.task_definition` is the one after the update; `service` as DescribeServices shows it.
    Raises RequestError for the first thing that ECS refuses.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    merged = {**service, **{key: value for key, value in params.items() if value is not None}}
    given = service.get("deploymentConfiguration") or {}
    changed = params.get("deploymentConfiguration") or {}
    merged["deploymentConfiguration"] = ecs_strategy.merged(given, changed)
    if "capacityProviderStrategy" in params:
        merged.pop("launchType", None)
        placement.check_strategy(params["capacityProviderStrategy"] or (), known.providers)
    _check_common(params, merged, known)
    if "taskDefinition" in params:
        _check_task_definition(known, _launch_type(merged, known))
    _check_network(params, merged, known)
    if "taskDefinition" in params or "loadBalancers" in params:
        _check_load_balancers(merged, known)
    _check_registries(params)
    if params.get("serviceConnectConfiguration") or "taskDefinition" in params:
        _check_service_connect(merged, known)


def check_run(params: Params, known: Known) -> None:
    """Accept a RunTask request.

    Raises RequestError for the first thing that ECS refuses.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    count = params.get("count", 1)
    if count not in RUN_COUNT:
        refuse("count should be between 1 and 10.")
    _check_launch(params, known)
    launch_type = _launch_type(params, known)
    _check_task_definition(known, launch_type)
    _check_network(params, params, known)
    if launch_type == "EC2" and not known.instances:
        refuse("No Container Instances were found in your cluster.")
    definition = known.task_definition or {}
    overrides = params.get("overrides") or {}
    names = {container["name"] for container in definition["containerDefinitions"]}
    for override in overrides.get("containerOverrides") or []:
        if override.get("name") not in names:
            refuse(
                f"Override for container named {override.get('name')} is not a container in the "
                "TaskDefinition."
            )
    if launch_type == "FARGATE" and {"cpu", "memory"} & set(overrides):
        fargate.check_size(
            overrides.get("cpu") or definition.get("cpu"),
            overrides.get("memory") or definition.get("memory"),
        )


def _check_launch(params: Params, known: Known) -> None:
    launch_type, strategy = params.get("launchType"), params.get("capacityProviderStrategy")
    if launch_type and strategy:
        refuse(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    if launch_type and launch_type not in LAUNCH_TYPES:
        refuse(f"launch type should be one of [{','.join(LAUNCH_TYPES)}]")
    placement.check_strategy(strategy or (), known.providers)


def _launch_type(params: Params, known: Known) -> str:
    if params.get("launchType"):
        return str(params["launchType"])
    strategy = params.get("capacityProviderStrategy") or known.default_strategy
    return placement.launch_type(strategy)


def _check_common(params: Params, whole: Params, known: Known) -> None:
    """Check what a service has whether new or changed: `params` as given, `whole` with what it had."""
    scheduling = whole.get("schedulingStrategy") or "REPLICA"
    launch_type = _launch_type(whole, known)
    desired = params.get("desiredCount")
    if desired is not None and scheduling == "DAEMON":
        refuse("The daemon scheduling strategy does not support a desired count for services")
    if desired is not None and desired < 0:
        refuse("desiredCount should not be negative.")
    placement.check(whole, launch_type, scheduling)
    _check_platform(whole, launch_type)
    configuration = whole.get("deploymentConfiguration")
    _, highest = ecs_service.checked_percents(configuration, scheduling)
    _check_breaker(whole)
    ecs_strategy_request.check(whole, known.rules)
    if whole.get("availabilityZoneRebalancing") == "ENABLED":
        placement.check_rebalancing(scheduling, highest)
    grace = params.get("healthCheckGracePeriodSeconds")
    if grace is not None and not whole.get("loadBalancers"):
        refuse(
            "Health check grace period is only valid for services configured to use load balancers"
        )
    if grace is not None and grace < 0:
        refuse("healthCheckGracePeriodSeconds should not be negative.")
    if (tags := params.get("propagateTags")) and tags not in PROPAGATE:
        refuse(f"propagateTags should be one of [{','.join(PROPAGATE)}]")


def _check_platform(whole: Params, launch_type: str) -> None:
    version = whole.get("platformVersion")
    if not version:
        return
    if launch_type == "EC2":
        refuse("The platform version must be null when specifying an EC2 launch type.")
    if version not in PLATFORM_VERSIONS:
        raise RequestError(
            "PlatformUnknownException", "The specified platform version does not exist."
        )


def _check_breaker(whole: Params) -> None:
    configuration = whole.get("deploymentConfiguration") or {}
    if not configuration.get("deploymentCircuitBreaker"):
        return
    controller = (whole.get("deploymentController") or {}).get("type") or "ECS"
    if controller != "ECS":
        refuse(f"Deployment circuit breaker is not supported with the {controller} controller.")
    settings = ecs_service.breaker(configuration)
    if settings.type not in (
        ecs_service.COUNT,
        ecs_service.BOUNDED_PERCENT,
        ecs_service.UNBOUNDED_PERCENT,
    ):
        refuse("threshold type should be one of [COUNT,BOUNDED_PERCENT,UNBOUNDED_PERCENT]")
    highest = None if settings.type == ecs_service.COUNT else 100
    if settings.value < 1 or (highest and settings.value > highest):
        refuse(
            "The value of a circuit breaker's threshold should be at least 1, a percentage at most 100."
        )


def _check_task_definition(known: Known, launch_type: str) -> None:
    definition = known.task_definition
    if definition is None:
        raise RequestError("ClientException", "TaskDefinition not found.")
    if definition.get("status", "ACTIVE") != "ACTIVE":
        raise RequestError("ClientException", "TaskDefinition is inactive")
    if launch_type not in definition.get("compatibilities", [launch_type]):
        refuse(f"Task definition does not support launch_type {launch_type}.")


def _check_network(params: Params, whole: Params, known: Known) -> None:
    mode = (known.task_definition or {}).get("networkMode")
    configuration = (whole.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if mode == "awsvpc" and not configuration:
        refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if mode != "awsvpc" and configuration:
        refuse(
            "Network Configuration is not valid for the given networkMode of this task definition."
        )
    if configuration and "networkConfiguration" in params:
        placement.check_awsvpc(configuration, known.vpc_of, _launch_type(whole, known))


def _check_load_balancers(whole: Params, known: Known) -> None:
    entries = whole.get("loadBalancers") or []
    if len(entries) > MOST_LOAD_BALANCERS:
        refuse(f"load balancers can have at most {MOST_LOAD_BALANCERS} items.")
    definition = known.task_definition or {}
    containers = {container["name"]: container for container in definition["containerDefinitions"]}
    for entry in entries:
        if entry.get("loadBalancerName") and entry.get("targetGroupArn"):
            refuse("loadBalancerName and targetGroupArn cannot both be specified")
        if entry.get("loadBalancerName") and definition.get("networkMode") == "awsvpc":
            refuse("Classic Load Balancers are not supported with Fargate")
        _check_container(entry, containers)
        advanced = entry.get("advancedConfiguration") or {}
        if arn := entry.get("targetGroupArn"):
            _check_target_group(arn, definition.get("networkMode"), known, in_use=True)
        if arn := advanced.get("alternateTargetGroupArn"):
            _check_target_group(arn, definition.get("networkMode"), known, in_use=False)


def _check_container(entry: Params, containers: Mapping[str, Params]) -> None:
    name, port = entry.get("containerName"), entry.get("containerPort")
    if name not in containers:
        refuse(f"The container {name} does not exist in the task definition.")
    mappings = containers[str(name)].get("portMappings") or []
    if port not in [mapping.get("containerPort") for mapping in mappings]:
        refuse(f"The container {name} did not have a container port {port} defined.")


def _check_target_group(arn: str, mode: str | None, known: Known, *, in_use: bool) -> None:
    """Accept a target group; the alternate one of a pair need not be `in_use` by a load balancer yet."""
    group = known.target_groups.get(arn)
    if group is None:
        refuse(f"The target group with targetGroupArn {arn} does not exist.")
    elif mode == "awsvpc" and group.target_type != "ip":
        refuse(
            f"The provided target group {arn} has target type {group.target_type}, which is "
            "incompatible with the awsvpc network mode specified in the task definition."
        )
    elif in_use and not group.attached:
        refuse(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )


def _check_registries(params: Params) -> None:
    if len(params.get("serviceRegistries") or []) > 1:
        refuse("service registries can have at most 1 items.")


def _check_service_connect(whole: Params, known: Known) -> None:
    configuration = whole.get("serviceConnectConfiguration") or {}
    if not configuration.get("enabled"):
        return
    if not configuration.get("namespace") and not known.namespace:
        refuse("Namespace is missing")
    containers = (known.task_definition or {})["containerDefinitions"]
    names = {m.get("name") for c in containers for m in c.get("portMappings") or []}
    for entry in configuration.get("services") or []:
        if entry.get("portName") not in names:
            refuse(f"portName '{entry.get('portName')}' does not match a port mapping name.")
        service_connect.check(entry)
