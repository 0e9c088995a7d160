"""Tasks: created, walked from PROVISIONING to RUNNING, and stopped in the order AWS stops them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecs.models import Cluster, TaskDefinition
from moto.moto_api._internal import mock_random

from awslab.server import clock, ec2, elbv2
from awslab.server.ecs import (
    connect,
    containers,
    engine,
    health,
    members,
    runtime,
    start_up,
    state,
)
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_tasks
from awslab.world.ecs_tasks import Stop

__all__ = ["Request", "create", "running", "stop"]

# AWS names no figures: these are the order of magnitude that one sees on Fargate.
PROVISION = timedelta(seconds=5)
ACTIVATE = timedelta(seconds=5)
DEPROVISION = timedelta(seconds=5)
KEPT = timedelta(hours=1)  # how long DescribeTasks shows a stopped task


@dataclass
class Request:
    """What a new task is to be: the fields of RunTask, or of the service's deployment."""

    cluster: Cluster
    definition: TaskDefinition
    zone: str
    subnet: str
    groups: list[str]
    public_ip: bool
    group: str
    started_by: str = ""
    launch_type: str | None = "FARGATE"
    capacity_provider: str | None = None
    platform_version: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    execute_command: bool = False
    service: str | None = None
    deployment: str | None = None
    targets: list[tuple[str, str, int]] = field(default_factory=list)


def create(backend: Backend, wanted: Request) -> state.LabTask:
    """Create a task in PROVISIONING; the clock does the rest."""
    now = clock.current.now
    identity = mock_random.uuid4().hex
    arn = f"{_prefix(wanted.cluster)}:task/{wanted.cluster.name}/{identity}"
    definition = wanted.definition
    task = state.LabTask(
        id=identity,
        task_arn=arn,
        cluster_arn=wanted.cluster.arn,
        cluster_name=wanted.cluster.name,
        task_definition_arn=definition.arn,
        group=wanted.group,
        started_by=wanted.started_by or None,
        launch_type=None if wanted.capacity_provider else wanted.launch_type,
        capacity_provider_name=wanted.capacity_provider,
        platform_version=_platform(wanted.platform_version),
        platform_family="Linux",
        overrides=_overrides(wanted.overrides, definition),
        tags=wanted.tags,
        availability_zone=wanted.zone,
        cpu=str(wanted.overrides.get("cpu") or definition.cpu or ""),
        memory=str(wanted.overrides.get("memory") or definition.memory or ""),
        attributes=[{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        attachments=[_attachment(wanted.subnet)],
        containers=[],
        created_at=now,
        desired_status="RUNNING",
        last_status="PROVISIONING",
        enable_execute_command=wanted.execute_command,
        ephemeral_storage={"sizeInGiB": (definition.ephemeral_storage or {}).get("sizeInGiB", 20)},
        container_instance_arn=None,
        version=1,
        lab=state.Run(
            zone=wanted.zone,
            subnet=wanted.subnet,
            groups=list(wanted.groups),
            public_ip=wanted.public_ip,
            service=wanted.service,
            deployment=wanted.deployment,
            targets=list(wanted.targets),
        ),
    )
    containers.describe(task, definition)
    backend.tasks.setdefault(wanted.cluster.name, {})[arn] = task
    engine.later(backend, now + PROVISION, "attach", arn)
    return task


def _prefix(cluster: Cluster) -> str:
    return cluster.arn.rpartition(":")[0]


def _platform(version: str | None) -> str:
    return "1.4.0" if version in (None, "", "LATEST") else str(version)


def _overrides(given: dict[str, Any], definition: TaskDefinition) -> dict[str, Any]:
    named = {override.get("name"): override for override in given.get("containerOverrides", [])}
    listed = [
        named.get(container["name"], {"name": container["name"]})
        for container in definition.container_definitions
    ]
    return {**given, "containerOverrides": listed, "inferenceAcceleratorOverrides": []}


def _attachment(subnet: str) -> dict[str, Any]:
    return {
        "id": str(mock_random.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "PRECREATED",
        "details": [{"name": "subnetId", "value": subnet}],
    }


def running(account: str, region: str) -> Iterator[state.LabTask]:
    """Yield every task that is RUNNING, by cluster and age; `task.lab` says where it is and what runs in it."""
    for tasks in engine.ecs_backends[account][region].tasks.values():
        for task in tasks.values():
            if isinstance(task, state.LabTask) and task.last_status == "RUNNING":
                yield task


def _move(backend: Backend, task: state.LabTask, status: str) -> None:
    task.last_status = status
    task.version += 1
    members.moved(backend, task)


def _starting(backend: Backend, arn: str, status: str) -> state.LabTask | None:
    """Return the task if it is still on its way up in that status."""
    task = state.find(backend, arn)
    alive = task is not None and task.desired_status == "RUNNING" and task.last_status == status
    return task if alive else None


@engine.on("attach")
def attach(backend: Backend, arn: str, now: datetime) -> None:
    """Give the task its network interface, or end it for want of an address."""
    task = _starting(backend, arn, "PROVISIONING")
    if task is None:
        return
    run = task.lab
    try:
        interface = ec2.create_eni(
            backend.account_id,
            backend.region_name,
            run.subnet,
            run.groups,
            f"arn:aws:ecs:{backend.region_name}:{backend.account_id}:attachment/"
            f"{task.attachments[0]['id']}",
            public_ip=run.public_ip,
        )
    except ServiceException as error:
        code = error.code or type(error).__name__
        stop(
            backend,
            task,
            ecs_tasks.network_interface_failed(run.subnet, code, public_ip=False),
            now,
        )
        return
    run.eni, run.address, run.vpc = (
        interface.id,
        interface.private_ip_address,
        interface.subnet.vpc_id,
    )
    task.attachments[0] |= {"status": "ATTACHED", "details": _details(run, interface)}
    for container in task.containers:
        container.network_interfaces = [
            {"attachmentId": task.attachments[0]["id"], "privateIpv4Address": run.address}
        ]
    _move(backend, task, "PENDING")
    prepare(backend, task, now)


def _details(run: state.Run, interface: Any) -> list[dict[str, str]]:
    found = {
        "subnetId": run.subnet,
        "networkInterfaceId": run.eni,
        "macAddress": interface.mac_address,
        "privateDnsName": f"ip-{run.address.replace('.', '-')}.ec2.internal",
        "privateIPv4Address": run.address,
    }
    return [{"name": name, "value": str(value)} for name, value in found.items()]


def prepare(backend: Backend, task: state.LabTask, now: datetime) -> None:
    """Ask whether image, secrets and log group can be had, and come back when they are, or have failed."""
    result = start_up.check(backend, task, now)
    task.connectivity, task.connectivity_at = "CONNECTED", now
    if result.stop is None or result.pulling:
        task.pull_started_at = now
    ready = now + timedelta(seconds=result.seconds)
    task.lab_result = result
    engine.later(backend, ready, "prepared", task.task_arn)


@engine.on("prepared")
def prepared(backend: Backend, arn: str, now: datetime) -> None:
    """Start the containers, or end the task with the reason found."""
    task = _starting(backend, arn, "PENDING")
    if task is None:
        return
    result, task.lab_result = task.lab_result, None
    if result.stop is not None:
        stop(backend, task, result.stop, now, container=result.container)
        return
    task.pull_stopped_at = now
    offsets = containers.prepare(backend, task, result.processes)
    _move(backend, task, "ACTIVATING")
    for name, offset in offsets.items():
        engine.later(backend, now + timedelta(seconds=offset), "start_container", f"{arn} {name}")
    ready = now + timedelta(seconds=max(offsets.values(), default=0))
    engine.later(backend, ready, "register", arn)
    engine.later(backend, ready + ACTIVATE, "activate", arn)


@engine.on("start_container")
def start_container(backend: Backend, argument: str, now: datetime) -> None:
    """Start one container, or end the task because it cannot start or has crashed."""
    arn, name = argument.split(" ")
    task = _starting(backend, arn, "ACTIVATING")
    if task is None:
        return
    failure = containers.start(backend, task, name, now)
    if failure is not None:
        stop(backend, task, failure, now, container=name)


@engine.on("register")
def register(backend: Backend, arn: str, now: datetime) -> None:
    """Put the task behind its load balancers, once its containers have started."""
    task = _starting(backend, arn, "ACTIVATING")
    if task is None:
        return
    run = task.lab
    for group, _, port in run.targets:
        with suppress(ServiceException):  # the target group was deleted
            elbv2.register(
                backend.account_id, backend.region_name, group, run.address, port, run.zone
            )
    run.registered = bool(run.targets)
    members.registered(backend, task)
    connect.registered(backend, task)


@engine.on("activate")
def activate(backend: Backend, arn: str, now: datetime) -> None:
    """Make the task RUNNING."""
    task = _starting(backend, arn, "ACTIVATING")
    if task is None:
        return
    task.started_at = now
    _move(backend, task, "RUNNING")
    runtime.launched(backend, task, now)


def stop(
    backend: Backend,
    task: state.LabTask,
    why: Stop,
    now: datetime,
    *,
    container: str | None = None,
    lost: bool = False,
) -> None:
    """Begin to stop a task: drain its targets, then end its containers; `lost` skips both.

    A task that already stops keeps its first reason.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
    """
    if task.desired_status == "STOPPED":
        return
    task.desired_status = "STOPPED"
    task.stop_code, task.stopped_reason, task.stopping_at = why.code, why.reason, now
    containers.blame(task, why, container)
    members.stopping(backend, task, why)
    connect.deregistered(backend, task)
    run = task.lab
    run.lost = lost
    for group, _, port in run.targets if run.registered else ():
        with suppress(ServiceException):  # the target group was deleted
            elbv2.deregister(
                backend.account_id, backend.region_name, group, run.address, port, run.zone
            )
    if lost:
        containers.end(backend, task, now)
        deprovision(backend, task, now)
        return
    _move(backend, task, "DEACTIVATING")
    drain(backend, task.task_arn, now)


@engine.on("drain")
def drain(backend: Backend, arn: str, now: datetime) -> None:
    """Wait until no load balancer sends the task requests, then end its containers."""
    task = state.find(backend, arn)
    if task is None or task.last_status != "DEACTIVATING":
        return
    run = task.lab
    busy = run.registered and any(
        health.target_health(backend, group, run.address, port).state == "draining"
        for group, _, port in run.targets
    )
    # Containers that are gone already have nothing to drain.
    if busy and containers.alive(task):
        engine.later(backend, now + engine.POLL, "drain", arn)
        return
    _move(backend, task, "STOPPING")
    wait = containers.terminate(task)
    engine.later(backend, now + wait, "terminated", arn)


@engine.on("terminated")
def terminated(backend: Backend, arn: str, now: datetime) -> None:
    """End the containers that got their signals."""
    task = state.find(backend, arn)
    if task is not None and task.last_status == "STOPPING":
        containers.end(backend, task, now)
        deprovision(backend, task, now)


def deprovision(backend: Backend, task: state.LabTask, now: datetime) -> None:
    """Take the network interface away, a few seconds later."""
    task.execution_stopped_at = now
    _move(backend, task, "DEPROVISIONING")
    engine.later(backend, now + DEPROVISION, "stopped", task.task_arn)


@engine.on("stopped")
def stopped(backend: Backend, arn: str, now: datetime) -> None:
    """Make the task STOPPED; an hour later it is forgotten."""
    task = state.find(backend, arn)
    if task is None or task.last_status == "STOPPED":
        return
    if task.lab.eni:
        ec2.delete_eni(backend.account_id, backend.region_name, task.lab.eni)
    task.attachments[0]["status"] = "DELETED"
    task.stopped_at = now
    task.connectivity = None if not task.lab.eni else "DISCONNECTED"
    _move(backend, task, "STOPPED")
    engine.later(backend, now + KEPT, "forget", arn)


@engine.on("forget")
def forget(backend: Backend, arn: str, now: datetime) -> None:
    """Stop showing a task that stopped an hour ago.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
    """
    backend.tasks.get(arn.split("/")[-2], {}).pop(arn, None)
