"""What Amazon ECS refuses of a RegisterTaskDefinition request, and what it adds to one it accepts.

`problems` lists everything that is wrong, in the order in which the lab looks; ECS names only the first,
and so does `validate`.
Messages are ECS's own; the order, where one request has several faults, is the lab's.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html

Errors: RequestError with code ClientException.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import networkx

from awslab.world import _container_definition as container_rules
from awslab.world import fargate
from awslab.world._container_definition import NAME, is_ecr_image
from awslab.world.request_error import RequestError

__all__ = [
    "NAME",
    "compatibilities",
    "completed",
    "is_ecr_image",
    "problems",
    "requires_attributes",
    "validate",
]

MOST_CONTAINERS = 10
NETWORK_MODES = ("bridge", "host", "awsvpc", "none")
COMPATIBILITIES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
ARCHITECTURES = ("X86_64", "ARM64")
CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")
_CAPABILITY = "com.amazonaws.ecs.capability."

Params = dict[str, Any]


def validate(params: Params) -> None:
    """Accept a RegisterTaskDefinition request, keys as in the API.

    Raises RequestError for the first problem.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    if found := problems(params):
        raise found[0]


def problems(params: Params) -> list[RequestError]:
    """Return everything that ECS refuses of a request, as it would say it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    """
    try:
        found = list(_problems(params))
    except RequestError as error:  # a size that cannot be read: nothing can be compared with it
        return [error]
    return [RequestError("ClientException", message) for message in found]


def _problems(params: Params) -> Iterator[str]:
    containers = params.get("containerDefinitions") or []
    if not NAME.fullmatch(params.get("family") or ""):
        yield "Family contains invalid characters."
    if not containers:
        yield "Container list cannot be empty."
        return
    if len(containers) > MOST_CONTAINERS:
        yield "Too many containers."
    for container in containers:
        yield from container_rules.identity(container)
    yield from _names(containers)
    yield from _modes(params)
    yield from _size(params)
    yield from _roles(params)
    for container in containers:
        yield from _container(params, container)
    yield from _dependencies(containers)
    yield from _volumes(params, containers)


def _names(containers: list[Params]) -> Iterator[str]:
    names = [container.get("name") for container in containers]
    if len(set(names)) < len(names):
        yield "Container names must be unique within a task definition"
    if not any(container.get("essential", True) for container in containers):
        yield "Task definition doesn't have any essential container"


def _is_fargate(params: Params) -> bool:
    return "FARGATE" in (params.get("requiresCompatibilities") or [])


def _network_mode(params: Params) -> str:
    return params.get("networkMode") or "bridge"


def _is_windows(params: Params) -> bool:
    family = (params.get("runtimePlatform") or {}).get("operatingSystemFamily") or "LINUX"
    return family.startswith("WINDOWS")


def _modes(params: Params) -> Iterator[str]:
    for compatibility in params.get("requiresCompatibilities") or []:
        if compatibility not in COMPATIBILITIES:
            yield f"Invalid compatibility value '{compatibility}'."
    mode = _network_mode(params)
    if mode not in NETWORK_MODES:
        yield f"networkMode should be one of [{','.join(NETWORK_MODES)}]"
    architecture = (params.get("runtimePlatform") or {}).get("cpuArchitecture")
    if architecture not in (None, *ARCHITECTURES):
        yield f"cpuArchitecture should be one of [{','.join(ARCHITECTURES)}]"
    if not _is_fargate(params):
        if params.get("ephemeralStorage"):
            yield "Tasks using the EC2 launch type do not support EphemeralStorage."
        return
    if mode != "awsvpc":
        yield "Fargate only supports network mode 'awsvpc'."
    if params.get("pidMode") not in (None, "task"):
        yield (
            f"Tasks using the Fargate launch type do not support pidMode '{params['pidMode']}'. "
            "The supported value for pidMode is 'task'."
        )
    if params.get("ipcMode"):
        yield "Fargate compatible task definitions do not support ipcMode"
    if params.get("placementConstraints"):
        yield "Fargate compatible task definitions do not support constraints"
    if params.get("inferenceAccelerators"):
        yield "Fargate compatible task definitions do not support inferenceAccelerators"


def _size(params: Params) -> Iterator[str]:
    cpu, memory = _cpu(params), _memory(params)
    if _is_fargate(params):
        try:
            fargate.check_size(cpu, memory, windows=_is_windows(params))
            if storage := params.get("ephemeralStorage"):
                fargate.check_ephemeral_storage(
                    storage.get("sizeInGiB", 0), windows=_is_windows(params)
                )
        except RequestError as error:
            yield error.message
    containers = params["containerDefinitions"]
    if cpu is not None and sum(c.get("cpu") or 0 for c in containers) > cpu:
        yield (
            "The sum of all container 'cpu' values cannot be greater than the value of the task "
            "'cpu'."
        )
    reserved = [c.get("memoryReservation") or c.get("memory") or 0 for c in containers]
    # A container that is too large by itself gets its own message.
    if memory is not None and sum(reserved) > memory >= max(reserved):
        yield (
            "The sum of all container 'memory' values cannot be greater than the value of the "
            "task 'memory'."
        )


def _cpu(params: Params) -> int | None:
    return fargate.parse_cpu(params["cpu"]) if params.get("cpu") not in (None, "") else None


def _memory(params: Params) -> int | None:
    given = params.get("memory")
    return fargate.parse_memory(given) if given not in (None, "") else None


def _roles(params: Params) -> Iterator[str]:
    for key in ("taskRoleArn", "executionRoleArn"):
        role = params.get(key)
        if role is not None and not (_ROLE.fullmatch(role) or _is_role_name(role)):
            yield "Role is not valid"
    execution_role = params.get("executionRoleArn")
    if execution_role:
        return
    containers = params["containerDefinitions"]
    if any(container.get("repositoryCredentials") for container in containers):
        yield (
            "Private repository authentication requires that the task definition specify a value "
            "for executionRoleArn."
        )
    if _is_fargate(params) and any(is_ecr_image(c.get("image") or "") for c in containers):
        yield ("Fargate requires task definition to have execution role ARN to support ECR images.")


def _is_role_name(role: str) -> bool:
    # The API takes a role's short name as well; the server looks whether such a role exists.
    return re.fullmatch(r"[\w+=,.@-]{1,64}", role) is not None


def _container(params: Params, container: Params) -> Iterator[str]:
    on_fargate, mode = _is_fargate(params), _network_mode(params)
    role = params.get("executionRoleArn") or ""
    yield from container_rules.memory(container, _memory(params))
    yield from container_rules.ports(container, mode)
    yield from container_rules.log_configuration(container, on_fargate, role)
    yield from container_rules.secrets(container, role)
    yield from container_rules.health_check(container)
    yield from container_rules.stop_timeout(container, on_fargate)
    yield from container_rules.unsupported(container, on_fargate, mode)


def _dependencies(containers: list[Params]) -> Iterator[str]:
    by_name = {container.get("name"): container for container in containers}
    graph = networkx.DiGraph()
    for container in containers:
        for dependency in container.get("dependsOn") or []:
            name, condition = dependency.get("containerName"), dependency.get("condition")
            if name not in by_name:
                # AWS's sentence has the plus sign.
                yield f"Cannot depend on container + '{name}' because it does not exist"
                continue
            graph.add_edge(container.get("name"), name)
            yield from _condition(condition, by_name[name])
    if not networkx.is_directed_acyclic_graph(graph):
        yield "Container dependency cycle detected"
    yield from _shared_ports(containers)


def _condition(condition: str | None, target: Params) -> Iterator[str]:
    if condition not in CONDITIONS:
        yield f"Container dependency condition should be one of [{','.join(CONDITIONS)}]"
    if condition in ("COMPLETE", "SUCCESS") and target.get("essential", True):
        yield (
            "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
            "container"
        )
    if condition == "HEALTHY" and not target.get("healthCheck"):
        yield "A dependency container with HEALTHY condition must have health check configured"


def _shared_ports(containers: list[Params]) -> Iterator[str]:
    mappings = [m for container in containers for m in container.get("portMappings") or []]
    ports = [
        (mapping["containerPort"], mapping.get("protocol", "tcp"))
        for mapping in mappings
        if "containerPort" in mapping
    ]
    for port, protocol in sorted({port for port in ports if ports.count(port) > 1}):
        yield (
            f"Port mapping {port}/{protocol} is used more than once: containers of a task share "
            "one network interface."
        )
    names = [mapping["name"] for mapping in mappings if mapping.get("name")]
    if len(set(names)) < len(names):
        yield "When networkMode=awsvpc, port mapping name is already used"


def _volumes(params: Params, containers: list[Params]) -> Iterator[str]:
    volumes = params.get("volumes") or []
    known = {volume.get("name") for volume in volumes}
    for container in containers:
        for mount in container.get("mountPoints") or []:
            if mount.get("sourceVolume") not in known:
                yield f"Unknown volume '{mount.get('sourceVolume')}'."
    if not _is_fargate(params):
        return
    if any((volume.get("host") or {}).get("sourcePath") for volume in volumes):
        yield "Fargate compatible task definitions do not support sourcePath"
    if any(volume.get("dockerVolumeConfiguration") for volume in volumes):
        yield "Fargate compatible task definitions do not support dockerVolumeConfiguration"


def compatibilities(params: Params) -> list[str]:
    """Return the launch types that an accepted request could run on, as DescribeTaskDefinition lists them.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    """
    if _network_mode(params) != "awsvpc":
        return ["EXTERNAL", "EC2"]
    as_fargate = {**params, "requiresCompatibilities": ["FARGATE"]}
    return ["EC2", "FARGATE"] if not problems(as_fargate) else ["EC2"]


def requires_attributes(params: Params) -> list[dict[str, str]]:
    """Return the attributes that a container instance needs for an accepted request.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    """
    names: dict[str, None] = {}
    if params.get("executionRoleArn"):
        names["ecs.capability.execution-role-awslogs"] = None
    for container in params["containerDefinitions"]:
        if driver := (container.get("logConfiguration") or {}).get("logDriver"):
            names[f"{_CAPABILITY}logging-driver.{driver}"] = None
        if is_ecr_image(container.get("image") or ""):
            names[f"{_CAPABILITY}ecr-auth"] = None
        if container.get("healthCheck"):
            names["ecs.capability.container-health-check"] = None
        if container.get("secrets"):
            names["ecs.capability.secrets.asm.environment-variables"] = None
        if container.get("dependsOn"):
            names["ecs.capability.container-ordering"] = None
    if params.get("taskRoleArn"):
        names[f"{_CAPABILITY}task-iam-role"] = None
    names[f"{_CAPABILITY}docker-remote-api.1.18"] = None
    if _network_mode(params) == "awsvpc":
        names["ecs.capability.task-eni"] = None
    return [{"name": name} for name in names]


def completed(params: Params) -> Params:
    """Return an accepted request with the values that ECS fills in; the request is left as it is.

    CPU and memory become whole numbers in text; ports, health checks and flags get their defaults.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    """
    result = deepcopy(params)
    mode = _network_mode(params)
    result["networkMode"] = mode
    for key, value in (("cpu", _cpu(params)), ("memory", _memory(params))):
        if value is not None:
            result[key] = str(value)
    for container in result["containerDefinitions"]:
        for key, default in (("cpu", 0), ("essential", True)):
            container.setdefault(key, default)
        for key in ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"):
            container.setdefault(key, [])
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            if "containerPort" in mapping and not mapping.get("hostPort"):
                mapping["hostPort"] = mapping["containerPort"] if mode in ("awsvpc", "host") else 0
        if check := container.get("healthCheck"):
            for setting, (_, _, default) in container_rules.HEALTH_CHECK.items():
                if default is not None:
                    check.setdefault(setting, default)
    return result
