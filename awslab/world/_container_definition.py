"""What Amazon ECS refuses of one container definition; `task_definition` puts it together.

Every function yields the messages of ClientException.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

import re
from collections.abc import Iterator
from typing import Any

NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
EC2_LOG_DRIVERS = (
    "json-file",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "awsfirelens",
)
# Setting of a health check -> lowest, highest, default.
HEALTH_CHECK = {
    "interval": (5, 300, 30),
    "timeout": (2, 60, 5),
    "retries": (1, 10, 3),
    "startPeriod": (0, 300, None),
}
_ECR = re.compile(r"\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/.+")
_SECRET = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?"
    r"|ssm:[a-z0-9-]+:\d{12}:parameter/.+)"
)
_PARAMETER = re.compile(r"[a-zA-Z0-9_./-]+")

Definition = dict[str, Any]


def is_ecr_image(image: str) -> bool:
    """Tell whether an image is in a private Amazon ECR registry."""
    return _ECR.fullmatch(image) is not None


def identity(container: Definition) -> Iterator[str]:
    """Check name and image."""
    name = container.get("name")
    if not name:
        yield "Container.name should not be null or empty."
    elif not NAME.fullmatch(name):
        yield "Container name contains invalid characters."
    if not container.get("image"):
        yield "Container.image should not be null or empty."


def memory(container: Definition, task_memory: int | None) -> Iterator[str]:
    """Check the container's memory limits, in MiB, against each other and against the task's."""
    name, hard, soft = (container.get(key) for key in ("name", "memory", "memoryReservation"))
    if task_memory is None and hard is None and soft is None:
        yield (
            f"Invalid setting for container '{name}'. At least one of 'memory' or "
            "'memoryReservation' must be specified."
        )
    for setting, value in (("memory", hard), ("memoryReservation", soft)):
        if value is not None and value < 6:
            yield (
                f"Invalid '{setting}' setting for container '{name}'. The minimum value is 6 MiB."
            )
    if hard is not None and soft is not None and hard < soft:
        yield (
            f"Invalid setting for container '{name}'. 'memory' must be greater than or equal to "
            "'memoryReservation'."
        )
    if task_memory is not None and hard is not None and hard > task_memory:
        yield f"The 'memory' setting for container '{name}' is greater than for the task."


def ports(container: Definition, network_mode: str) -> Iterator[str]:
    """Check port mappings; with awsvpc and host, the container's port is the host's."""
    for mapping in container.get("portMappings") or []:
        port, host = mapping.get("containerPort"), mapping.get("hostPort")
        if "containerPortRange" in mapping:
            if port or host:
                yield "cannot specify both single port and port range"
            continue
        if port is None or not 1 <= port <= 65535:
            yield f"Invalid container port {port}. Container ports must be between 1 and 65535."
        if mapping.get("protocol", "tcp") not in ("tcp", "udp"):
            yield f"Invalid protocol '{mapping['protocol']}' in port mapping. Use tcp or udp."
        if network_mode in ("awsvpc", "host") and host not in (None, 0, port):
            yield (
                f"When networkMode={network_mode}, the host ports and container ports in port "
                "mappings must match."
            )


def log_configuration(container: Definition, fargate: bool, execution_role: str) -> Iterator[str]:
    """Check the log driver, its options, and the role that Fargate needs to write logs."""
    configuration = container.get("logConfiguration")
    if not configuration:
        return
    driver, options = configuration.get("logDriver"), configuration.get("options") or {}
    allowed = FARGATE_LOG_DRIVERS if fargate else EC2_LOG_DRIVERS
    if driver not in allowed:
        yield f"{driver} is not a valid log driver. Must be one of [{','.join(allowed)}]"
        return
    if driver != "awslogs":
        return
    missing = [
        option
        for option in ("awslogs-region", "awslogs-group")
        if not options.get(option) and (fargate or option == "awslogs-group")
    ]
    if missing:
        yield f"Log driver awslogs requires options: {', '.join(missing)}"
    elif fargate and not options.get("awslogs-stream-prefix"):
        yield (
            "Fargate requires log configuration options to include awslogs-stream-prefix to "
            "support log driver awslogs."
        )
    if fargate and not execution_role:
        yield (
            "Fargate requires task definition to have execution role ARN to support log driver "
            "awslogs."
        )


def secrets(container: Definition, execution_role: str) -> Iterator[str]:
    """Check that secrets are named as ARNs or SSM parameter names, once each, with a role to read them."""
    given = container.get("secrets") or []
    if given and not execution_role:
        yield (
            "When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'."
        )
    plain = {entry.get("name") for entry in container.get("environment") or []}
    seen: set[str] = set()
    for secret in given:
        name, source = secret.get("name", ""), secret.get("valueFrom", "")
        if not _SECRET.fullmatch(source) and not _PARAMETER.fullmatch(source):
            yield "Invalid arn syntax"
        if name in plain or name in seen:
            yield (
                f"The secret name must be unique and not shared with any new or existing "
                f"environment variables set on the container, such as '{name}'."
            )
        seen.add(name)


def health_check(container: Definition) -> Iterator[str]:
    """Check the container health check's command and its ranges, in seconds."""
    check = container.get("healthCheck")
    if check is None:
        return
    name, command = container.get("name"), check.get("command") or []
    if not command or command[0] not in ("CMD", "CMD-SHELL", "NONE"):
        yield f"Health check command must begin with CMD or CMD-SHELL for container '{name}'"
    for setting, (lowest, highest, _) in HEALTH_CHECK.items():
        value = check.get(setting)
        if value is not None and value > highest:
            bound = f"less than or equal to the maximum allowed value {highest}"
        elif value is not None and value < lowest:
            bound = f"greater than or equal to the minimum allowed value {lowest}"
        else:
            continue
        yield f"Health check {setting} must be {bound} for container '{name}'"


def stop_timeout(container: Definition, fargate: bool) -> Iterator[str]:
    """Check startTimeout and stopTimeout, in seconds: 2 at least, and on Fargate 120 at most."""
    for setting, word in (("startTimeout", "start"), ("stopTimeout", "stop")):
        value = container.get(setting)
        if value is None:
            continue
        if value < 2:
            yield (
                f"Granular {word} timeout on container '{container.get('name')}' must be at least "
                "2 seconds."
            )
        if fargate and value > 120:
            yield (
                f"Tasks using the Fargate launch type must have a container {word} timeout of "
                "less than 120 seconds."
            )


def unsupported(container: Definition, fargate: bool, network_mode: str) -> Iterator[str]:
    """Check what Fargate, or the awsvpc network mode, does not have."""
    if network_mode == "awsvpc":
        if container.get("links"):
            yield "Links are not supported when networkMode=awsvpc."
        if container.get("extraHosts"):
            yield "Extra hosts are not supported on container when networkMode=awsvpc."
        if container.get("hostname"):
            yield "Hostname is not supported on container when networkMode=awsvpc."
        if container.get("disableNetworking"):
            yield "Disable Networking is not supported on container when networkMode=awsvpc"
        for setting in ("dnsServers", "dnsSearchDomains"):
            if container.get(setting):
                yield f"{setting} are not supported on container when networkMode=awsvpc."
    if not fargate:
        return
    if container.get("privileged"):
        yield "Fargate requires that the 'privileged' setting be 'false' at the container level."
    if container.get("dockerSecurityOptions"):
        yield "Fargate compatible task definitions do not support dockerSecurityOptions"
    if any(need.get("type") == "GPU" for need in container.get("resourceRequirements") or []):
        yield "Tasks using the Fargate launch type do not support GPU resource requirements."
    linux = container.get("linuxParameters") or {}
    for setting in ("devices", "maxSwap", "swappiness", "sharedMemorySize"):
        if linux.get(setting):
            yield f"Fargate compatible task definitions do not support {setting}"
    for capability in (linux.get("capabilities") or {}).get("add") or []:
        if capability != "SYS_PTRACE":
            yield f"{capability} is not allowed on Fargate."
