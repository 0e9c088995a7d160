"""CloudFormation's API over stacks that take time: what moto does at once, begun here and carried on by `stacks`."""

from typing import Any

from moto.cloudformation import models, parsing, responses
from moto.cloudformation.models import CloudFormationBackend, Stack, generate_stack_id
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import BaseResponse

from awslab.server import clock
from awslab.server.cloudformation import stacks, templates
from awslab.server.cloudformation.kinds import KINDS
from awslab.server.errors import AWSError
from awslab.server.iam import enforcement

__all__ = ["before", "install"]

Backend = CloudFormationBackend
POLLS = (
    "DescribeStacks",
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "ListStackResources",
)
BUSY = "IN_PROGRESS"
_request: dict[str, Any] = {}  # what moto does not hand on of the request being answered
_create_change_set = Backend.create_change_set
_validate_different = CloudFormationResponse._validate_different_update
_class_of = parsing.resource_class_from_type


def install() -> None:
    """Put the lab's methods in the place of moto's."""
    for module in (models, responses):
        module.yaml_tag_constructor = templates.construct
    parsing.clean_json = templates.clean_json
    parsing.resource_class_from_type = class_of
    ResourceMap.__getitem__ = found  # type: ignore[method-assign]
    ResourceMap.load_parameters = templates.load_parameters  # type: ignore[method-assign]
    Stack.outputs = property(lambda self: self.__dict__.get("lab_outputs") or None)  # type: ignore
    Stack.stack_resources = property(lambda self: list(stacks._made(self).values()))  # type: ignore
    CloudFormationResponse._validate_different_update = validate_different  # type: ignore
    for method in (
        create_stack,
        create_change_set,
        execute_change_set,
        update_stack,
        delete_stack,
    ):
        setattr(Backend, method.__name__, method)


def before(response: BaseResponse, operation: str) -> None:
    """Let time pass for a poll, and keep what of a request moto would drop."""
    if operation in POLLS:
        clock.current.advance(stacks.POLL)
    keep = response._get_param("DisableRollback", False)
    _request.update(
        key=enforcement.access_key(response),
        capabilities=response._get_param("Capabilities", []) or [],
        on_failure=response._get_param("OnFailure")
        or ("DO_NOTHING" if str(keep).lower() == "true" else "ROLLBACK"),
    )


def class_of(name: str) -> Any:
    """Return what moto asks for attributes: a class of the lab's for the lab's types."""
    if name not in KINDS:
        return _class_of(name)
    known = KINDS[name].attributes

    class Known:
        @staticmethod
        def has_cfn_attr(attribute: str) -> bool:
            return attribute in known or attribute.startswith("Outputs.")

    return Known


def found(self: ResourceMap, key: str) -> Any:
    """Return a resource, parameter or mapping by name; one that is not complete is taken up first."""
    if key not in self._resource_json_map:
        return self._parsed_resources[key]
    step = self.__dict__.get("lab_step")
    if step is not None:
        step(key)
    return self._parsed_resources.get(key)


def validate_different(self: CloudFormationResponse, *args: Any) -> None:
    """Refuse an update without changes; a change set without changes fails by itself."""
    if self._get_action() == "UpdateStack":
        _validate_different(self, *args)


def _check(template: str) -> None:
    parsed = Stack.parse_template(template)
    templates.check(parsed)
    templates.capabilities(parsed, _request["capabilities"])


def _check_idle(stack: Stack, what: str) -> None:
    if stack.status.endswith(BUSY) and stack.status != "REVIEW_IN_PROGRESS":
        raise templates.invalid(
            f"Stack:{stack.stack_id} is in {stack.status} state and can not be {what}."
        )
    if what == "updated" and stack.status in (
        "ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "ROLLBACK_FAILED",
    ):
        raise templates.invalid(
            f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def create_stack(
    self: Backend, name: str, template: str, parameters: dict[str, Any], **options: Any
) -> Stack:
    """Begin to create a stack. Raises AWSError for a template that cannot be."""
    if any(stack.name == name for stack in self.stacks.values()):
        raise AWSError("AlreadyExistsException", f"Stack [{name}] already exists")
    _check(template)
    stack = Stack(
        stack_id=generate_stack_id(name, self.region_name, self.account_id),
        name=name,
        template=template,
        parameters=parameters,
        account_id=self.account_id,
        region_name=self.region_name,
        cross_stack_resources=self.exports,
        **options,
    )
    self.stacks[stack.stack_id] = stack
    stacks.begin_create(stack, _request["key"], _request["on_failure"])
    return stack


def create_change_set(
    self: Backend,
    stack_name: str,
    change_set_name: str,
    template: str,
    parameters: dict[str, Any],
    *args: Any,
    **fields: Any,
) -> tuple[str, str]:
    """Make a change set of a template that can be."""
    _check(template)
    for stack in self.stacks.values():
        if stack.name == stack_name:
            _check_idle(stack, "updated")
            parameters = _previous(stack, parameters)
    made = _create_change_set(
        self, stack_name, change_set_name, template, parameters, *args, **fields
    )
    change_set = self.change_sets[made[0]]
    change_set.lab_on_failure = _request["on_failure"]
    change_set.stack.cross_stack_resources = self.exports
    return made


def _previous(stack: Stack, parameters: dict[str, Any]) -> dict[str, str]:
    """Return parameters as they were given: moto puts a previous value as it was read, and defaults among them."""
    given = {}
    for name, value in parameters.items():
        if name in stack.parameters or value != stack.stack_parameters.get(name):
            given[name] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return given


def execute_change_set(self: Backend, change_set_name: str, stack_name: str | None = None) -> None:
    """Begin what a change set says."""
    change_set = next(
        (
            c
            for c in self.change_sets.values()
            if c.change_set_id == change_set_name
            or (c.change_set_name == change_set_name and c.stack_name == stack_name)
        ),
        None,
    )
    if change_set is None:
        raise AWSError("ChangeSetNotFound", f"ChangeSet [{change_set_name}] does not exist")
    if change_set.execution_status != "AVAILABLE":
        raise AWSError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of "
            f"[{'FAILED' if change_set.status == 'FAILED' else change_set.execution_status}]",
        )
    stack = self.stacks[change_set.stack_id]
    _check_idle(stack, "updated")
    if change_set.change_set_type == "CREATE":
        stacks._use(stack, change_set.template, change_set.parameters)
        stacks.begin_create(stack, _request["key"], change_set.lab_on_failure)
    else:
        stacks.begin_update(stack, _request["key"], change_set.template, change_set.parameters)
    change_set.execution_status = "EXECUTE_COMPLETE"


def update_stack(
    self: Backend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> Stack:
    """Begin to update a stack."""
    stack = self.get_stack(name)
    _check_idle(stack, "updated")
    _check(template)
    wanted = {
        given["ParameterKey"]: given.get(
            "ParameterValue", stack.parameters.get(given["ParameterKey"])
        )
        for given in parameters
        # A previous value that was the template's default is that still.
        if "ParameterValue" in given or given["ParameterKey"] in stack.parameters
    }
    stacks.begin_update(stack, _request["key"], template, wanted)
    stack.role_arn = role_arn or stack.role_arn
    stack.tags = stack.tags if tags is None else tags
    return stack


def delete_stack(self: Backend, name_or_stack_id: str) -> None:
    """Begin to delete a stack; one that is not there is deleted already."""
    for stack in list(self.stacks.values()):
        if name_or_stack_id in (stack.name, stack.stack_id):
            if stack.enable_termination_protection:
                raise templates.invalid(
                    f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
            if stack.status != "DELETE_IN_PROGRESS":
                stacks.begin_delete(stack, _request["key"])
