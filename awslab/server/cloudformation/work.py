"""Take a stack's resources one step further: create, change or delete what can be, leave the rest for later.

moto parses templates and resolves intrinsic functions; this replaces what it does with the resources.
A resource is taken up when everything that it refers to is complete, as CloudFormation does:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html
"""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation import parsing
from moto.cloudformation.models import Event, Stack
from moto.core.exceptions import ServiceException

from awslab.server.cloudformation.api import Api, Failed, Waiting, code
from awslab.server.cloudformation.kinds import KINDS, Resource, physical_name

__all__ = ["Broken", "Work", "delete_all", "event", "record", "step_all"]

BUSY = {
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
    "DeleteConflict",
    "DependencyViolation",
    "InvalidIPAddress.InUse",
    "AuthFailure",
    "OperationNotPermitted",
    "ResourceInUse",
    "ResourceInUseException",
    "UpdateInProgressException",
}
GONE = ("NotFound", "NoSuchEntity", "NotFoundException", "ObjectNotFoundException")
PATIENCE = 240  # polls of five seconds: 20 minutes
STABLE = 2160  # polls: the three hours that a service has to become steady


class Broken(Exception):
    """A resource failed: (logical id, reason)."""


@dataclass
class Work:
    """What CloudFormation is doing with a stack; plain data, kept on moto's Stack.

    `phase` is CREATE, UPDATE, UPDATE_ROLLBACK, ROLLBACK or DELETE.
    """

    phase: str
    key: str
    done: set[str] = field(default_factory=set)
    started: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    polls: dict[str, int] = field(default_factory=dict)
    obsolete: list[Any] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)  # template and parameters before an update
    reason: str = ""


def event(stack: Stack, resource: Any, status: str, reason: str = "", logical: str = "") -> None:
    """Add a resource's event to its stack."""
    found = Event(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        logical_resource_id=getattr(resource, "logical_resource_id", None) or logical,
        physical_resource_id=getattr(resource, "physical_resource_id", None) or "",
        resource_type=getattr(resource, "cf_resource_type", None) or "",
        resource_status=status,
        resource_status_reason=reason or None,
        resource_properties=None,
    )
    stack.events.append(found)


def record(stack: Stack) -> dict[str, Any]:
    """Return the resolved properties of the stack's resources, by logical id."""
    return stack.__dict__.setdefault("lab_properties", {})


def step_all(stack: Stack, work: Work, api: Api) -> bool:
    """Create or change what can be; return whether everything is complete. Raises Broken."""
    resources = stack.resource_map
    resources.lab_step = lambda logical: step(stack, work, api, logical)
    try:
        for logical in resources.resources:
            try:
                step(stack, work, api, logical)
            except Waiting:
                continue
    finally:
        del resources.lab_step
    return work.done >= set(resources.resources)


def step(stack: Stack, work: Work, api: Api, logical: str) -> None:
    """Take one resource further, after what it needs. Raises Waiting, Broken."""
    if logical in work.done:
        return
    definition = stack.resource_map._resource_json_map[logical]
    condition = definition.get("Condition")
    if condition and not stack.resource_map.lazy_condition_map[condition]:
        _retire(stack, work, logical)
        work.done.add(logical)
        return
    needed = definition.get("DependsOn") or []
    for other in [needed] if isinstance(needed, str) else needed:
        step(stack, work, api, other)
    try:
        _advance(stack, work, api, logical, definition)
    except (ClientError, BotoCoreError, ServiceException, Failed, KeyError) as error:
        raise Broken(logical, _reason(error)) from error
    work.done.add(logical)


def _reason(error: Exception) -> str:
    """Return why a resource failed, as CloudFormation hands on an API's error."""
    if isinstance(error, ClientError):
        found = error.response
        status = found.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return (
            f'Resource handler returned message: "{found["Error"]["Message"]} (Status Code: {status})" '
            f"(HandlerErrorCode: {found['Error']['Code']})"
        )
    if isinstance(error, KeyError):
        return f"Properties validation failed with message: #: required key [{error.args[0]}] not found"
    return str(getattr(error, "message", None) or error)


def _advance(stack: Stack, work: Work, api: Api, logical: str, definition: dict[str, Any]) -> None:
    made = stack.resource_map._parsed_resources
    kind = definition["Type"]
    if logical not in work.started:
        properties = parsing.clean_json(definition.get("Properties") or {}, stack.resource_map)
        current = made.get(logical)
        if current is not None and record(stack).get(logical) == properties:
            return
        verb = "CREATE" if current is None else "UPDATE"
        pending = Resource(kind, logical, getattr(current, "physical_resource_id", ""))
        event(stack, pending, f"{verb}_IN_PROGRESS")
        made[logical] = _act(stack, work, api, definition, (logical, current, properties))
        record(stack)[logical] = properties
        work.started.add(logical)
    current = made[logical]
    if kind in KINDS and not KINDS[kind].ready(api, current):
        work.polls[logical] = work.polls.get(logical, 0) + 1
        if work.polls[logical] >= STABLE:
            raise Failed("Exceeded attempts to wait (HandlerErrorCode: NotStabilized)")
        raise Waiting
    verb = (
        "UPDATE" if work.phase.startswith("UPDATE") and logical in work.before["made"] else "CREATE"
    )
    event(stack, current, f"{verb}_COMPLETE")


def _act(stack: Stack, work: Work, api: Api, definition: dict[str, Any], what: tuple) -> Any:
    """Create or change one resource and return it."""
    logical, current, properties = what
    name = definition["Type"]
    if name not in KINDS:
        return _by_moto(stack, logical, definition, current)
    kind = KINDS[name]
    if current is not None and not kind.needs_new(current.properties, properties):
        kind.update(api, current, properties)
        current.properties = properties
        return current
    identity, values = kind.create(api, properties, physical_name(stack.name, logical))
    if current is not None:
        work.obsolete.append(current)
    return Resource(name, logical, identity, values, properties)


def _by_moto(stack: Stack, logical: str, definition: dict[str, Any], current: Any) -> Any:
    """Leave a type to moto that the lab adds nothing to."""
    where = {"account_id": stack.account_id, "region_name": stack.region_name}
    resources = stack.resource_map
    if definition["Type"] in parsing.NULL_MODELS:
        return Resource(definition["Type"], logical, logical)
    if current is None:
        return parsing.parse_and_create_resource(logical, definition, resources, **where)
    return parsing.parse_and_update_resource(logical, definition, resources, **where) or current


def _retire(stack: Stack, work: Work, logical: str) -> None:
    found = stack.resource_map._parsed_resources.pop(logical, None)
    record(stack).pop(logical, None)
    if found is not None:
        work.obsolete.append(found)


def delete_all(stack: Stack, work: Work, api: Api, resources: list[Any]) -> bool:
    """Delete resources, the last first; return whether all are done.

    One that others still use is tried again later; what cannot be deleted is left in `work.failed`.
    """
    for resource in reversed(list(resources)):
        logical = resource.logical_resource_id
        if logical not in work.polls:
            event(stack, resource, "DELETE_IN_PROGRESS")
        work.polls[logical] = work.polls.get(logical, 0) + 1
        try:
            _delete(stack, api, resource)
        except Waiting:
            return False
        except (ClientError, BotoCoreError, ServiceException, Failed) as error:
            busy = isinstance(error, ClientError) and code(error) in BUSY
            if busy and work.polls[logical] < PATIENCE:
                continue
            work.failed.add(logical)
            event(stack, resource, "DELETE_FAILED", _reason(error))
        else:
            event(stack, resource, "DELETE_COMPLETE")
        del work.polls[logical]
        resources.remove(resource)
    return not resources


def _delete(stack: Stack, api: Api, resource: Any) -> None:
    definition = stack.resource_map._resource_json_map.get(resource.logical_resource_id, {})
    if definition.get("DeletionPolicy") == "Retain":
        return
    if resource.cf_resource_type not in KINDS:
        if not isinstance(resource, Resource):
            stack.resource_map._delete_resource(
                resource, {"Type": resource.cf_resource_type, **definition}
            )
        return
    try:
        KINDS[resource.cf_resource_type].delete(api, resource)
    except ClientError as error:
        if not code(error).endswith(GONE):
            raise
