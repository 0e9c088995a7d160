"""What a resource type is to the engine, and the resource that it makes.

A module of types registers each with `kind("AWS::ECS::Cluster")(class)`.
"""

from dataclasses import dataclass, field
from typing import Any

from moto.moto_api._internal import mock_random

from awslab.server.cloudformation.api import Api

__all__ = ["KINDS", "Kind", "Made", "Resource", "kind", "physical_name"]

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]  # what Ref returns, and what Fn::GetAtt does
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Kind:
    """One resource type; subclasses say how the lab's API makes, changes and deletes it.

    `replaced_by` names the properties whose change needs a new resource, "*" for any;
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """

    replaced_by: tuple[str, ...] = ("*",)
    attributes: tuple[str, ...] = ()
    name_property = ""

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Make the resource; `name` is a fresh one for a resource that is not named."""
        raise NotImplementedError

    def update(self, api: Api, resource: "Resource", properties: Properties) -> None:
        """Change the resource to new properties, none of which needs a new one."""
        raise NotImplementedError

    def delete(self, api: Api, resource: "Resource") -> None:
        """Delete the resource; raise Waiting to be called again later."""
        raise NotImplementedError

    def ready(self, api: Api, resource: "Resource") -> bool:
        """Tell whether the resource is stable; called again later if not. Raises Failed when it never will be."""
        return True

    def needs_new(self, old: Properties, new: Properties) -> bool:
        """Tell whether the change from old to new properties takes a new resource."""
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        return "*" in self.replaced_by or bool(changed & set(self.replaced_by))


KINDS: dict[str, Kind] = {}


def kind(name: str) -> Any:
    """Register a class of Kind as a resource type."""

    def register(found: type[Kind]) -> type[Kind]:
        KINDS[name] = found()
        return found

    return register


@dataclass
class Resource:
    """A resource of a stack, with the names under which moto looks at one."""

    cf_resource_type: str
    logical_resource_id: str
    physical_resource_id: str
    values: dict[str, Any] = field(default_factory=dict)
    properties: Properties = field(default_factory=dict)

    def get_cfn_attribute(self, name: str) -> Any:
        """Return an attribute for Fn::GetAtt.

        Raises moto's UnformattedGetAttTemplateException, which becomes AWS's "does not support attribute type".
        """
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if name not in self.values:
            raise UnformattedGetAttTemplateException
        return self.values[name]


def physical_name(stack: str, logical: str, longest: int = 128) -> str:
    """Return the name of a resource that its template does not name.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
    """
    suffix = "".join(mock_random.choice(_LETTERS) for _ in range(12))
    return f"{stack}-{logical}"[: longest - 13].rstrip("-") + f"-{suffix}"
