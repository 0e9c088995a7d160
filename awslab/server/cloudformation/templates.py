"""Refuse a template that CloudFormation refuses before it makes anything, and mend moto's intrinsic functions."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

import networkx as nx
import yaml
from moto.cloudformation import parsing
from moto.ec2.models import ec2_backends

from awslab.server.cloudformation.kinds import KINDS
from awslab.server.errors import AWSError

__all__ = ["capabilities", "check", "clean_json", "construct", "load_parameters"]

Template = dict[str, Any]
_SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")
_clean_json = parsing.clean_json
_load_parameters = parsing.ResourceMap.load_parameters
NAMED = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName"}
NEEDING = {*NAMED, "AWS::IAM::Policy", "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy"}


def invalid(message: str) -> AWSError:
    """Return CloudFormation's ValidationError."""
    return AWSError("ValidationError", message)


def check(template: Template) -> None:
    """Raise AWSError for a template whose resources cannot be, need each other in a circle, or name nothing."""
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    if template.get("Transform"):
        raise invalid(
            "The lab does not simulate template transforms (macros, SAM): remove Transform."
        )
    kinds = {found.get("Type", "") for found in resources.values()}
    known = {*KINDS, *parsing.get_model_map(), *parsing.NULL_MODELS}
    if unknown := sorted(k for k in kinds - known if not k.startswith("Custom::")):
        raise invalid(
            f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]. "
            "The lab does not simulate them; take them out of the template to deploy the rest."
        )
    _check_references(template, resources)


def _check_references(template: Template, resources: Template) -> None:
    names = {*resources, *template.get("Parameters", {})}
    graph = nx.DiGraph()
    for logical, found in resources.items():
        needed = found.get("DependsOn") or []
        used = {*references(found), *([needed] if isinstance(needed, str) else needed)}
        if missing := sorted(n for n in used - names if not n.startswith("AWS::")):
            raise invalid(
                "Template format error: Unresolved resource dependencies "
                f"[{', '.join(missing)}] in the Resources block of the template"
            )
        graph.add_edges_from((logical, other) for other in used & resources.keys())
    circle = next((c for c in nx.strongly_connected_components(graph) if len(c) > 1), None)
    if circle:
        raise invalid(f"Circular dependency between resources: [{', '.join(sorted(circle))}]")


def references(value: Any) -> Iterator[str]:
    """Yield the names that a part of a template refers to by Ref, Fn::GetAtt and Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "Ref" and isinstance(inner, str):
            yield inner
        elif name == "Fn::GetAtt":
            yield inner.partition(".")[0] if isinstance(inner, str) else inner[0]
        elif name == "Fn::Sub":
            text, own = inner if isinstance(inner, list) else (inner, {})
            yield from (
                found.partition(".")[0] for found in _SUBSTITUTED.findall(text) if found not in own
            )
            yield from references(own)
        else:
            yield from references(inner)


def capabilities(template: Template, given: list[str]) -> None:
    """Raise AWSError when a template makes IAM resources and the request does not acknowledge it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    """
    made = [found for found in template["Resources"].values() if found.get("Type") in NEEDING]
    named = any(NAMED.get(found["Type"], "") in found.get("Properties", {}) for found in made)
    if named and "CAPABILITY_NAMED_IAM" not in given:
        needed = "CAPABILITY_NAMED_IAM"
    elif made and not {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(given):
        needed = "CAPABILITY_IAM"
    else:
        return
    raise AWSError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def construct(loader: Any, tag: str, node: yaml.Node) -> dict[str, Any]:
    """Read YAML's short form of an intrinsic function; moto's own reads no mapping and no !Condition."""
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    if tag in ("!Ref", "!Condition"):
        return {tag[1:]: value}
    if tag == "!GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{tag[1:]}": value}


def clean_json(value: Any, resources: Any) -> Any:
    """Resolve intrinsic functions as moto does, besides Fn::GetAZs, Fn::Cidr and AWS::NoValue in a list.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
    """
    if isinstance(value, list):
        return [found for item in value if (found := clean_json(item, resources)) is not None]
    if isinstance(value, dict) and "Fn::GetAZs" in value:
        region = clean_json(value["Fn::GetAZs"], resources) or resources["AWS::Region"]
        backend = ec2_backends[resources["AWS::AccountId"]][region]
        return [zone.name for zone in backend.describe_availability_zones()]
    if isinstance(value, dict) and "Fn::Cidr" in value:
        block, count, *bits = clean_json(value["Fn::Cidr"], resources)
        network = ipaddress.ip_network(block)
        prefix = network.max_prefixlen - int(bits[0] if bits else 8)
        return [str(n) for n, _ in zip(network.subnets(new_prefix=prefix), range(int(count)))]  # noqa: B905
    if isinstance(value, dict) and isinstance(value.get("Fn::GetAtt"), str):
        value = {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        logical, *rest = value["Fn::GetAtt"]
        value = {"Fn::GetAtt": [logical, ".".join(rest)]}
    return _clean_json(value, resources)


def load_parameters(self: Any) -> None:
    """Load parameters as moto does, then split the defaults of lists and refuse what is not allowed."""
    slots = self._template.get("Parameters", {})
    unknown = sorted(set(self.input_parameters) - set(slots))
    if unknown and self._template:  # a change set's stack has none before it is executed
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    _load_parameters(self)
    for name, slot in slots.items():
        value = self.resolved_parameters[name]
        kind = slot.get("Type", "String")
        if isinstance(value, str) and kind.startswith(("List<", "CommaDelimitedList")):
            self.resolved_parameters[name] = self._parsed_resources[name] = [
                part.strip() for part in value.split(",")
            ]
        allowed = [str(item) for item in slot.get("AllowedValues", [])]
        if allowed and not isinstance(value, list) and str(value) not in allowed:
            raise invalid(
                f"Parameter '{name}' must be one of AllowedValues"
                if "ConstraintDescription" not in slot
                else f"Parameter {name} failed to satisfy constraint: {slot['ConstraintDescription']}"
            )
