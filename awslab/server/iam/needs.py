"""What a request needs: from an API operation and its parameters to IAM actions, resources and context keys.

The tables follow https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
for the services of the course; any other service's operations need `<prefix>:<Operation>` on `*`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One IAM action on one resource, with the context keys that only this action has."""

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""  # what the service says instead of AWS's usual sentence


@dataclass(frozen=True)
class Call:
    """One API call: where it goes, what it says, who makes it; `prefix` is the service's in IAM."""

    service: str
    prefix: str
    operation: str
    params: Params
    account: str
    region: str
    caller_arn: str = ""

    def arn(self, service: str, name: str, region: str | None = None) -> str:
        """Return an ARN of this account and region; a text that is one already stays as it is."""
        if str(name).startswith("arn:"):
            return str(name)
        return (
            f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{name}"
        )

    def many(self, *names: str) -> list[Any]:
        """Return the values of parameters that may hold one or a list, those that are there."""
        values: list[Any] = []
        for name in names:
            value = self.params.get(name)
            values += value if isinstance(value, list) else [value] if value else []
        return values


Rule = Callable[[Call], Iterable[Need]]
RULES: dict[str, Rule] = {}


def rule(*services: str) -> Callable[[Rule], Rule]:
    """Register what a service's operations need."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(services, function))
        return function

    return register


def needs(call: Call) -> list[Need]:
    """Return everything a call needs; all of it must be allowed."""
    found = RULES[call.service](call) if call.service in RULES else ()
    plain = [Need(f"{call.prefix}:{call.operation}")]
    tags = request_tags(call.params)
    return [
        Need(need.action, need.resource, {**tags, **need.context}, need.refusal)
        for need in (list(found) or plain)
    ]


def request_tags(params: Params) -> dict[str, Any]:
    """Return aws:RequestTag and aws:TagKeys of the tags that a request carries.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag
    """
    pairs: dict[str, str] = {}
    sources = [params.get(name) for name in ("tags", "Tags", "tagList")]
    sources += [spec.get("Tags") for spec in params.get("TagSpecifications") or () if spec]
    for source in sources:
        if isinstance(source, dict):
            pairs |= {str(key): str(value) for key, value in source.items()}
        for tag in source if isinstance(source, list) else ():
            low = {key.lower(): value for key, value in tag.items()}
            key = low.get("key", low.get("tagkey"))
            if key is not None:
                pairs[str(key)] = str(low.get("value", low.get("tagvalue", "")) or "")
    if not pairs:
        return {}
    return {f"aws:RequestTag/{key}": value for key, value in pairs.items()} | {
        "aws:TagKeys": sorted(pairs)
    }
