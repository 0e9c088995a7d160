"""Stacks on the simulated clock: created, updated, rolled back and deleted step by step.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends

from awslab.server import clock
from awslab.server.app import LabApp
from awslab.server.cloudformation import templates, work
from awslab.server.cloudformation.api import Api
from awslab.server.cloudformation.work import Broken, Work

__all__ = ["begin_create", "begin_delete", "begin_update", "due", "run"]

FIRST = timedelta(seconds=1)
POLL = timedelta(seconds=5)
Backend = CloudFormationBackend


def working() -> Iterator[tuple[Backend, Stack]]:
    """Yield the stacks with which something is being done."""
    for account in list(cloudformation_backends.values()):
        for backend in list(account.values()):
            for stack in list(backend.stacks.values()):
                if getattr(stack, "lab_work", None) is not None:
                    yield backend, stack


def due() -> datetime | None:
    """Return the next moment at which a stack moves."""
    return min((stack.lab_next for _, stack in working()), default=None)


def run(now: datetime) -> None:
    """Move the stacks whose moment has come; what they call takes no time."""
    with clock.current.held():
        for backend, stack in working():
            if stack.lab_next <= now:
                stack.lab_next = now + POLL
                _tick(backend, stack, stack.lab_work)


def begin_create(stack: Stack, key: str, on_failure: str = "ROLLBACK") -> None:
    """Start to create a stack's resources with the credentials of an access key."""
    stack.lab_on_failure = on_failure
    _begin(stack, Work("CREATE", key), "CREATE_IN_PROGRESS", "User Initiated")


def begin_update(stack: Stack, key: str, template: str, parameters: dict[str, Any]) -> None:
    """Start to change a stack to a new template and parameters.

    Raises AWSError when nothing would change.
    """
    if stack.has_template(template) and stack.has_parameters(parameters):
        raise templates.invalid("No updates are to be performed.")
    before = {
        "template": stack.template,
        "parameters": stack.parameters,
        "made": dict(_made(stack)),
        "properties": dict(work.record(stack)),
    }
    started = Work("UPDATE", key, before=before)
    _use(stack, template, parameters)
    _retire_the_unnamed(stack, started)
    _begin(stack, started, "UPDATE_IN_PROGRESS", "User Initiated")


def begin_delete(stack: Stack, key: str) -> None:
    """Start to delete a stack's resources, those that depend on others first."""
    _begin(stack, Work("DELETE", key), "DELETE_IN_PROGRESS", "User Initiated")


def _begin(stack: Stack, started: Work, status: str, reason: str = "") -> None:
    stack.lab_work = started
    stack.lab_next = clock.current.now + FIRST
    _status(stack, status, reason)


def _status(stack: Stack, status: str, reason: str = "") -> None:
    stack.status = status
    stack.stack_status_reason = reason or None
    stack._add_stack_event(status, resource_status_reason=reason or None)


def _made(stack: Stack) -> dict[str, Any]:
    """Return the stack's resources by logical id, in the order in which they were made."""
    found = stack.resource_map._parsed_resources.items()
    return {n: r for n, r in found if getattr(r, "logical_resource_id", None) == n}


def _use(stack: Stack, template: str, parameters: dict[str, Any]) -> None:
    """Put a template and parameters in the place of a stack's, keeping its resources."""
    made = _made(stack)
    stack.template, stack.parameters = template, parameters
    stack._parse_template()
    templates.check(stack.template_dict)
    stack.resource_map = stack._create_resource_map()
    stack.resource_map._parsed_resources.update(made)
    stack.output_map = stack._create_output_map()


def _retire_the_unnamed(stack: Stack, found: Work) -> None:
    for logical in _made(stack):
        if logical not in stack.resource_map._resource_json_map:
            work._retire(stack, found, logical)


def _tick(backend: Backend, stack: Stack, found: Work) -> None:
    api = Api(LabApp.current, stack.region_name, found.key)
    if found.phase in ("ROLLBACK", "DELETE"):
        _shrink(backend, stack, found, api)
    elif found.phase == "CLEANUP":
        if work.delete_all(stack, found, api, found.obsolete):
            _status(stack, stack.status.removesuffix("_CLEANUP_IN_PROGRESS"))
            stack.lab_work = None
    else:
        _grow(backend, stack, found, api)


def _grow(backend: Backend, stack: Stack, found: Work, api: Api) -> None:
    try:
        if work.step_all(stack, found, api):
            _complete(backend, stack, found)
    except Broken as error:
        logical, reason = error.args
        made = _made(stack).get(logical)
        verb = "UPDATE" if logical in found.before.get("made", {}) else "CREATE"
        pending = made or work.Resource(
            stack.resource_map._resource_json_map[logical]["Type"], logical, ""
        )
        work.event(stack, pending, f"{verb}_FAILED", reason)
        _roll_back(stack, found, logical, verb)


def _complete(backend: Backend, stack: Stack, found: Work) -> None:
    stack.lab_outputs = _outputs(stack)
    for export in stack.output_map.exports:
        backend.exports[export.name] = export
    if found.phase == "CREATE":
        stack.lab_work = None
        return _status(stack, "CREATE_COMPLETE")
    _status(stack, f"{found.phase}_COMPLETE_CLEANUP_IN_PROGRESS")
    found.phase = "CLEANUP"
    return None


def _outputs(stack: Stack) -> list[dict[str, Any]]:
    names = {export.value: export.name for export in stack.output_map.exports}
    return [
        {
            "OutputKey": output.key,
            "OutputValue": str(output.value),
            "Description": output.description,
            "ExportName": names.get(output.value),
        }
        for output in stack.output_map.values()
        if output
    ]


def _roll_back(stack: Stack, found: Work, logical: str, verb: str) -> None:
    """Undo what was done, as the stack was told to when something fails."""
    doing = {"CREATE": "create", "UPDATE": "update"}[verb]
    reason = f"The following resource(s) failed to {doing}: [{logical}]. "
    if found.phase == "UPDATE_ROLLBACK":
        stack.lab_work = None
        _status(stack, "UPDATE_ROLLBACK_FAILED", reason)
    elif found.phase == "UPDATE":
        _back_to(stack, found)
        _status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    elif stack.lab_on_failure == "DO_NOTHING":
        stack.lab_work = None
        _status(stack, "CREATE_FAILED", reason)
    elif stack.lab_on_failure == "DELETE":
        stack.lab_work = Work("DELETE", found.key)
        _status(stack, "DELETE_IN_PROGRESS", reason)
    else:
        stack.lab_work = Work("ROLLBACK", found.key)
        _status(stack, "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")


def _back_to(stack: Stack, found: Work) -> None:
    """Take up the old template; what the update replaced or dropped is still there and takes its place again."""
    before = found.before
    back = Work("UPDATE_ROLLBACK", found.key, before=before)
    for logical, new in _made(stack).items():
        if before["made"].get(logical) is not new:
            back.obsolete.append(new)
            del stack.resource_map._parsed_resources[logical]
    stack.resource_map._parsed_resources.update(before["made"])
    for old in found.obsolete:
        logical = old.logical_resource_id
        work.record(stack)[logical] = before["properties"][logical]
    _use(stack, before["template"], before["parameters"])
    stack.lab_work = back


def _shrink(backend: Backend, stack: Stack, found: Work, api: Api) -> None:
    made = _made(stack)
    left = [resource for logical, resource in made.items() if logical not in found.failed]
    finished = work.delete_all(stack, found, api, left)
    for logical, resource in made.items():
        if logical not in found.failed and resource not in left:
            stack.resource_map._parsed_resources.pop(logical)
            work.record(stack).pop(logical, None)
    if not finished:
        return
    stack.lab_work = None
    if found.failed:
        names = ", ".join(sorted(found.failed))
        reason = f"The following resource(s) failed to delete: [{names}]. "
        return _status(stack, f"{found.phase}_FAILED", reason)
    _status(stack, f"{found.phase}_COMPLETE")
    if found.phase == "DELETE":
        for name in [
            n for n, e in backend.exports.items() if e.exporting_stack_id == stack.stack_id
        ]:
            backend.exports.pop(name)
        backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)
    return None
