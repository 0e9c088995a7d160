"""The app in a running task: it answers on its port once it has booted, and makes its AWS calls as the task role.

The image's app profile (`awslab.world.app_profile`) says how.
"""

import json
from datetime import datetime
from typing import Any

from awslab.server import ec2, fabric, faults, iam
from awslab.server.ecs import calls, engine, logs, secrets, state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_container as rules
from awslab.world.http import Request, Response

# AWS's name of the service in an IAM action -> the service that `ec2.reach_service` knows.
_REACHED = {"s3", "dynamodb", "logs", "secretsmanager", "ssm", "kms", "sts", "sqs"}
_CHECKER = "elb-healthchecker"


def answer(
    account: str, region: str, task_arn: str, port: int, request: Request, now: datetime
) -> Response:
    """Answer a request to a task's address.

    Raises fabric.Refused when nothing in the task listens on the port, or not yet; fabric.TimedOut while it
    waits for a dependency that does not answer.
    """
    backend = engine.ecs_backends[account][region]
    task = state.find(backend, task_arn)
    process = _listening(task, port, now) if task else None
    if task is None or process is None:
        raise fabric.Refused(f"nothing listens on port {port}")
    status = (
        calls.LOOP if calls.too_deep(request) else rules.status_of(process.profile, request.path)
    )
    if _is_check(request):  # there are many of them, and nobody reads the body
        return Response(status)
    called = [] if status >= 400 else _calls(backend, task, process, request, now)
    status = next((call.get("becomes", 500) for call in called if call["error"]), status)
    logs.write(backend, task, process, now, [f"{request.method} {request.path} {status}"])
    body = _body(task, process, request, status, called)
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    return Response(status, headers, b"" if request.method == "HEAD" else body)


def _listening(task: state.LabTask, port: int, now: datetime) -> state.Process | None:
    return next(
        (
            process
            for process in task.lab.processes.values()
            if process.listens is not None
            and process.listens <= now
            and int(process.profile["port"]) == port
        ),
        None,
    )


def _is_check(request: Request) -> bool:
    return _CHECKER in request.headers.get("user-agent", "").lower()


def _body(
    task: state.LabTask,
    process: state.Process,
    request: Request,
    status: int,
    called: list[dict[str, Any]],
) -> bytes:
    said = {
        "service": task.lab.service.partition(":")[2] if task.lab.service else None,
        "task": task.id,
        "container": process.name,
        "image": process.definition.get("image"),
        "digest": process.image.digest,
        "availabilityZone": task.lab.zone,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "status": status,
    }
    if called:
        said["calls"] = called
    return json.dumps(said).encode() + b"\n"


def _calls(
    backend: Backend,
    task: state.LabTask,
    process: state.Process,
    request: Request,
    now: datetime,
) -> list[dict[str, Any]]:
    """Make the app's calls: AWS's with the task role's permissions, other services' by name; over its own network."""
    made: list[dict[str, Any]] = []
    if name := secrets.outdated(process):
        made.append(_no_login(name))
        logs.write(backend, task, process, now, [f"ERROR {made[-1]['error']}"])
    for call in process.profile.get("calls") or []:
        if calls.is_http(call):
            made.append(calls.make(backend, task, process, call, request, now))
            if made[-1]["error"]:
                logs.write(backend, task, process, now, [f"ERROR {made[-1]['error']}"])
            continue
        if isinstance(call, dict) and "host" in call:
            host, port = str(call["host"]), int(call.get("port", 443))
            said: dict[str, Any] = {"host": f"{host}:{port}"}
            name, error = host, _no_way_to(backend, task, host, port)
        else:
            action, resource = (
                (call, "*")
                if isinstance(call, str)
                else (call["action"], call.get("resource", "*"))
            )
            said = {"action": action, "resource": resource}
            name, error = action.partition(":")[0], _refusal(backend, task, action, resource)
        outage = None if error else faults.how(backend.account_id, backend.region_name, name)
        if outage:
            error = _outage(outage, name, said, backend.region_name)
        if error:
            logs.write(backend, task, process, now, [f"ERROR {error}"])
        if outage == faults.TIMEOUT:  # the app's own timeout is longer than the load balancer's
            raise fabric.TimedOut(error)
        made.append({**said, "error": error})
    return made


def _no_login(variable: str) -> dict[str, Any]:
    return {
        "host": "database",
        "error": 'password authentication failed for user "app"',
        "why": f"{variable} is what the secret was when the task started; it has been rotated since, and "
        "a new deployment brings the new value",
    }


def _outage(outage: str, name: str, call: dict[str, Any], region: str) -> str:
    """Say what a client sees of a dependency that is out of order.

    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """
    if "host" in call:
        return f"{call['host']} {'timed out' if outage == faults.TIMEOUT else 'answered an error'}"
    if outage == faults.TIMEOUT:
        return f'Read timeout on endpoint URL: "https://{name}.{region}.amazonaws.com/"'
    operation = call["action"].partition(":")[2]
    return (
        f"An error occurred (ServiceUnavailable) when calling the {operation} operation "
        "(reached max retries: 4): The request has failed due to a temporary failure of the server."
    )


def _no_way_to(backend: Backend, task: state.LabTask, host: str, port: int) -> str | None:
    """Return why a host outside AWS cannot be reached: a name is on the internet, an address may be in the VPC."""
    place = host if host.replace(".", "").isdigit() else "internet"
    path = ec2.reach(backend.account_id, backend.region_name, task.lab.eni, place, port)
    return None if path.reachable else f"Connect timeout on {host}:{port}"


def _refusal(backend: Backend, task: state.LabTask, action: str, resource: str) -> str | None:
    definition = backend.describe_task_definition(task.task_definition_arn)
    role = task.overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    if not role:
        return f"Unable to locate credentials: the task has no task role to call {action} with"
    decision = iam.decide(backend.account_id, role, action, resource)
    if not decision.allowed:
        who = f"arn:aws:sts::{backend.account_id}:assumed-role/{role.rpartition('/')[2]}/{task.id}"
        operation = action.partition(":")[2]
        return (
            f"An error occurred (AccessDenied) when calling the {operation} operation: User: {who} "
            f"is not authorized to perform: {action} on resource: {resource}"
        )
    service = action.partition(":")[0]
    if service in _REACHED:
        path = ec2.reach_service(backend.account_id, backend.region_name, task.lab.eni, service)
        if not path.reachable:
            host = f"https://{service}.{backend.region_name}.amazonaws.com/"
            return f'Connect timeout on endpoint URL: "{host}"'
    return None
