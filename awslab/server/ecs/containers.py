"""The containers of a task: what the API says of them, and what happens in them.

What an app does is `awslab.world.ecs_container`'s to decide, from the image's config.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moto.ecs.models import TaskDefinition
from moto.moto_api._internal import mock_random

from awslab.server import fabric
from awslab.server.ecs import app, connect, engine, logs, state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_container as rules
from awslab.world import ecs_tasks
from awslab.world.ecs_tasks import Stop

STOP_TIMEOUT = 30  # seconds from SIGTERM to SIGKILL unless the definition says otherwise


def describe(task: state.LabTask, definition: TaskDefinition) -> None:
    """Give the task one container for each of its definition, as DescribeTasks shows them.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
    """
    prefix = task.task_arn.replace(":task/", ":container/")
    for container in definition.container_definitions:
        limits = {
            key: str(container[name]) if container.get(name) is not None else None
            for key, name in (("memory", "memory"), ("memory_reservation", "memoryReservation"))
        }
        task.containers.append(
            state.LabContainer(
                container_arn=f"{prefix}/{mock_random.uuid4()}",
                task_arn=task.task_arn,
                name=container["name"],
                image=container.get("image"),
                last_status="PENDING",
                network_interfaces=[],
                health_status="UNKNOWN",
                managed_agents=[],
                cpu=str(container.get("cpu") or 0),
                **limits,
            )
        )
    task.health_status = "UNKNOWN"


def container(task: state.LabTask, name: str) -> Any:
    """Return a task's container by name."""
    return next(found for found in task.containers if found.name == name)


def prepare(
    backend: Backend, task: state.LabTask, processes: list[state.Process]
) -> dict[str, float]:
    """Take the containers that were pulled, and return when each starts, in seconds from now."""
    task.lab.processes = {process.name: process for process in processes}
    for process in processes:
        container(task, process.name).image_digest = process.image.digest or None
    definitions = [process.definition for process in processes]
    boot = {process.name: float(process.profile["boot"]) for process in processes}
    decisions = {p.name: found for p in processes if (found := _decision(p))}
    return rules.start_offsets(definitions, boot, decisions)


def start(backend: Backend, task: state.LabTask, name: str, now: datetime) -> Stop | None:
    """Start a container; return why the task has to end for it, or None.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
    """
    process = task.lab.processes[name]
    shown = container(task, name)
    failure = _cannot_start(process, task.lab.processes)
    if failure is not None:
        return failure
    shown.runtime_id = f"{task.id}-{mock_random.randint(10**9, 10**10 - 1)}"
    shown.last_status = "RUNNING"
    process.started = now
    limit = process.definition.get("memory") or (int(task.memory) if task.memory else None)
    ended = rules.crash(process.profile, process.environment, limit)
    if ended is not None:
        _exit(backend, task, process, ended, now)
        if not process.definition.get("essential", True):
            return None
        if ended.out_of_memory:
            return ecs_tasks.out_of_memory()
        return ecs_tasks.container_exited(ended.code)
    ready = now + timedelta(seconds=float(process.profile["boot"]))
    definitions = [other.definition for other in task.lab.processes.values()]
    if name in rules.one_shot(definitions):
        engine.later(backend, ready, "finish_container", f"{task.task_arn} {name}")
        return None
    process.listens = ready
    engine.later(backend, ready, "listening", f"{task.task_arn} {name}")
    _watch_health(backend, task, process, now)
    answer_at_address(backend, task)
    return None


def answer_at_address(backend: Backend, task: state.LabTask) -> None:
    """Let the task's containers answer at its private address, if it has one."""
    run = task.lab
    if run.address:
        answer = partial(app.answer, backend.account_id, backend.region_name, task.task_arn)
        fabric.register(run.vpc, run.address, fabric.Host(run.eni, answer))


@engine.on("listening")
def listening(backend: Backend, argument: str, now: datetime) -> None:
    """Let an app that has booted say so in its log."""
    arn, name = argument.split(" ")
    task = state.find(backend, arn)
    process = task.lab.processes[name] if task else None
    if task is not None and process is not None and process.listens is not None:
        logs.write(backend, task, process, now, [f"Listening on port {process.profile['port']}"])


@engine.on("finish_container")
def finish_container(backend: Backend, argument: str, now: datetime) -> None:
    """End a container that has done its work, such as a migration that others wait for."""
    arn, name = argument.split(" ")
    task = state.find(backend, arn)
    if task is not None and task.lab.processes[name].stopped is None:
        _exit(backend, task, task.lab.processes[name], rules.Exit(0, "done"), now)


def _cannot_start(process: state.Process, others: dict[str, state.Process]) -> Stop | None:
    user = rules.unknown_user(process.image.config, process.definition.get("user"))
    if user is not None:
        return ecs_tasks.cannot_start(
            f"unable to find user {user}: no matching entries in passwd file"
        )
    for dependency in process.definition.get("dependsOn") or []:
        name, condition = dependency["containerName"], dependency["condition"]
        if not _reached(others.get(name), condition):
            return ecs_tasks.cannot_start(f"dependency {name} did not reach {condition}")
    return None


def _reached(other: state.Process | None, condition: str) -> bool:
    if other is None or other.started is None:
        return False
    if condition == "HEALTHY":
        decision = _decision(other)
        return other.stopped is None and decision is not None and decision[1] == "HEALTHY"
    failed = rules.crash(other.profile, other.environment, other.definition.get("memory"))
    return condition != "SUCCESS" or failed is None


def _decision(process: state.Process) -> tuple[float, str] | None:
    check = rules.HealthCheck.of(process.definition)
    if check is None:
        return None
    good = rules.passes(check, process.image.config, process.profile)
    return rules.health_decision(check, float(process.profile["boot"]), good)


def _exit(
    backend: Backend, task: state.LabTask, process: state.Process, ended: rules.Exit, now: datetime
) -> None:
    process.stopped, process.listens = now, None
    shown = container(task, process.name)
    shown.last_status, shown.exit_code = "STOPPED", ended.code
    if ended.out_of_memory:
        shown.reason = ecs_tasks.out_of_memory().container
    if ended.line:
        logs.write(backend, task, process, now, [ended.line])


def _watch_health(
    backend: Backend, task: state.LabTask, process: state.Process, now: datetime
) -> None:
    decision = _decision(process)
    if decision is None:
        return
    after, verdict = decision
    task.lab.checked[process.name] = "UNKNOWN"
    moment = now + timedelta(seconds=after)
    engine.later(backend, moment, "container_health", f"{task.task_arn} {process.name} {verdict}")


@engine.on("container_health")
def container_health(backend: Backend, argument: str, now: datetime) -> None:
    """Note what a container's health check has found."""
    arn, name, verdict = argument.split(" ")
    task = state.find(backend, arn)
    if task is None or task.desired_status == "STOPPED" or name not in task.lab.checked:
        return
    task.lab.checked[name] = verdict
    container(task, name).health_status = verdict
    found = {
        status
        for checked, status in task.lab.checked.items()
        if task.lab.processes[checked].definition.get("essential", True)
    }
    for status in ("UNHEALTHY", "UNKNOWN", "HEALTHY"):
        if status in found:
            task.health_status = status
            break
    connect.health(backend, task)
    engine.soon(backend, "judge", arn)


def blame(task: state.LabTask, why: Stop, name: str | None) -> None:
    """Write the reason to the container at fault, and to all those that never started."""
    for shown in task.containers:
        if shown.name == name:
            if why.container:
                shown.reason = why.container
            if why.exit_code is not None:
                shown.exit_code = why.exit_code


def alive(task: state.LabTask) -> bool:
    """Tell whether an essential container still runs, or no container has started yet."""
    essential = [p for p in task.lab.processes.values() if p.definition.get("essential", True)]
    return bool(essential) and all(p.stopped is None for p in essential)


def terminate(task: state.LabTask) -> timedelta:
    """Send SIGTERM and return how long until the last container has ended.

    Past its stopTimeout a container gets SIGKILL:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    """
    longest = 0
    for process in task.lab.processes.values():
        if process.started is None or process.stopped is not None:
            continue
        heeds, code = rules.stop_behaviour(
            process.image.config,
            process.definition.get("command"),
            process.definition.get("entryPoint"),
        )
        limit = process.definition.get("stopTimeout") or STOP_TIMEOUT
        longest = max(longest, min(rules.TERM_SECONDS, limit) if heeds else limit)
        container(task, process.name).lab_exit = code
    return timedelta(seconds=longest)


def end(backend: Backend, task: state.LabTask, now: datetime) -> None:
    """Let every container be STOPPED, with the exit code its signal left."""
    for shown in task.containers:
        process = task.lab.processes.get(shown.name)
        if process is not None and process.started and process.stopped is None:
            process.stopped, process.listens = now, None
            # A task whose host was lost reports no exit code.
            if not task.lab.lost:
                shown.exit_code = shown.__dict__.pop("lab_exit", 0)
                if shown.exit_code == 0:
                    logs.write(backend, task, process, now, ["SIGTERM received, shutting down"])
        shown.last_status = "STOPPED"
    if task.lab.address:
        fabric.remove(task.lab.vpc, task.lab.address)
