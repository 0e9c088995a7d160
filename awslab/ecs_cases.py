"""Things that do not work, for a learner to read and repair: tasks that stopped, a service that cannot get well.

Made through AWS's own API; making one twice finds it again.
"""

import contextlib
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

from awslab.clients import client
from awslab.ecs_fixtures import (
    ZONES,
    Stage,
    network_configuration,
    push_app,
    subnet,
    target_group,
)
from awslab.world.account import REGION

__all__ = ["FAULTS", "hungry_task", "slow_service", "stopped_tasks"]

# What can be wrong with a task, by the label that a diagnosis gives it.
FAULTS = (
    "image-not-found",
    "no-route-to-registry",
    "log-group-missing",
    "secret-access-denied",
    "out-of-memory",
    "app-crashed",
)
_APPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("none", "v1.0", {}),
    ("out-of-memory", "v1.1", {"memory": 700}),
    ("app-crashed", "v1.2", {"env": ["DATABASE_URL"]}),
)


def stopped_tasks(
    cluster: str,
    on: Stage,
    cidr: str,
    faults: Sequence[str],
    *,
    port: int = 3000,
    shuffle: str | None = None,
) -> list[str]:
    """Run one task for each of `faults`, wait until it has stopped, and return the tasks' ARNs in that order.

    The task definitions are `case-1`, `case-2` and so on; `cidr` is the range that `on` was made with.
    `shuffle` is a text that the order depends on instead, the same for the same text.
    Raises KeyError for a fault that is not in FAULTS, and AWS's own ClientError.
    """
    ecs = client("ecs")
    images = {fault: push_app("case-service", tag, port=port, **app) for fault, tag, app in _APPS}
    secret = _secret("case/database")
    last = str(list(ip_network(cidr).subnets(new_prefix=24))[-1])
    cut_off = [subnet(client("ec2"), on.vpc, "isolated-a", last, ZONES[0])]
    arns = []
    if shuffle is not None:
        faults = sorted(faults, key=lambda fault: sha256(f"{shuffle} {fault}".encode()).digest())
    for number, fault in enumerate(faults, 1):
        if fault not in FAULTS:
            raise KeyError(f"{fault!r} is no fault; the faults are {', '.join(FAULTS)}")
        definition = _definition(f"case-{number}", images.get(fault, images["none"]), on, port)
        (container,) = definition["containerDefinitions"]
        if fault == "image-not-found":
            container["image"] = container["image"].replace(":v1.0", ":v9.9")
        if fault == "log-group-missing":
            container["logConfiguration"]["options"]["awslogs-group"] = "/ecs/case"
        if fault == "secret-access-denied":
            container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": secret}]
        subnets = cut_off if fault == "no-route-to-registry" else on.subnets
        arns.append(_run(ecs, cluster, definition, subnets, on))
    ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=arns)
    return arns


def hungry_task(cluster: str, on: Stage, family: str, needs: int, *, port: int = 3000) -> str:
    """Run a task of 0.25 vCPU and 512 MiB whose app uses `needs` MiB, wait until it stopped, and return its ARN.

    Raises AWS's own ClientError.
    """
    ecs = client("ecs")
    image = push_app(family, "v1.0", port=port, memory=needs)
    arns = ecs.list_tasks(cluster=cluster, family=family, desiredStatus="STOPPED")["taskArns"]
    arns = arns or [_run(ecs, cluster, _definition(family, image, on, port), on.subnets, on)]
    ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=arns[:1])
    return arns[0]


def slow_service(cluster: str, on: Stage, boot: int, *, port: int = 3000) -> str:
    """Make `report-service`, two tasks at /reports whose app listens after `boot` seconds; return its target group.

    Its service has no grace period, so with a `boot` of more than half a minute it never gets well.
    Raises AWS's own ClientError.
    """
    ecs, elb = client("ecs"), client("elbv2")
    image = push_app(
        "report-service", "v1.0", port=port, boot=boot, health={"/health": 200, "/reports*": 200}
    )
    group = target_group(elb, "report-tg", on.vpc, port)
    rules = elb.describe_rules(ListenerArn=on.listener)["Rules"]
    if not any(rule["Priority"] == "10" for rule in rules):
        elb.create_rule(
            ListenerArn=on.listener,
            Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/reports*"]}}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
    if ecs.describe_services(cluster=cluster, services=["report-service"])["services"]:
        return group
    ecs.register_task_definition(**_definition("report-service", image, on, port))
    ecs.create_service(
        cluster=cluster,
        serviceName="report-service",
        taskDefinition="report-service",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=on.network,
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": port}],
    )
    return group


def _definition(family: str, image: str, on: Stage, port: int) -> dict[str, Any]:
    """Return a task definition that works, of the smallest size, with its log group made."""
    logs = client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/ecs/cases")
    options = {
        "awslogs-group": "/ecs/cases",
        "awslogs-region": REGION,
        "awslogs-stream-prefix": "app",
    }
    container = {
        "name": "app",
        "image": image,
        "portMappings": [{"containerPort": port}],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    return {
        "family": family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": on.execution_role,
        "containerDefinitions": [container],
    }


def _run(
    ecs: Any, cluster: str, definition: dict[str, Any], subnets: Sequence[str], on: Stage
) -> str:
    registered = ecs.register_task_definition(**definition)["taskDefinition"]
    made = ecs.run_task(
        cluster=cluster,
        taskDefinition=registered["taskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration=network_configuration(subnets, on.security_group),
    )
    return made["tasks"][0]["taskArn"]


def _secret(name: str) -> str:
    secrets = client("secretsmanager")
    with contextlib.suppress(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name=name, SecretString="correct horse")
    return secrets.describe_secret(SecretId=name)["ARN"]
