"""Which rule of an Application Load Balancer's listener a request meets, and why.

Rules are plain data, made by `rule` from the shapes of ELB's API.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote_plus

from awslab.world.http import Request

__all__ = ["Condition", "Route", "Rule", "Tried", "ordered", "route", "rule", "wildcard"]

_CONFIGS = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}


@dataclass(frozen=True)
class Condition:
    """One condition: met when one of `values` (or `regexes`) matches what `field` names.

    `name` is the header of an http-header condition, in lower case.
    A value of a query-string condition is a pair of key (None: any key) and value.
    """

    field: str
    values: tuple[Any, ...] = ()
    regexes: tuple[str, ...] = ()
    name: str = ""

    @property
    def text(self) -> str:
        """The condition in words: `path is /api/* or /api`."""
        subject = {
            "path-pattern": "path",
            "host-header": "host",
            "http-header": f"header {self.name}",
            "http-request-method": "method",
            "query-string": "query string",
            "source-ip": "source IP",
        }[self.field]
        shown = [_shown(value) for value in self.values]
        return f"{subject} is {' or '.join([*shown, *(f'regex {r}' for r in self.regexes)])}"


@dataclass(frozen=True)
class Rule:
    """One rule: `priority` is None for the default rule; actions and transforms are as ELB's API gives them."""

    arn: str
    priority: int | None
    conditions: tuple[Condition, ...]
    actions: tuple[Mapping[str, Any], ...]
    transforms: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """The rule's priority, as ELB shows it."""
        return "default" if self.priority is None else str(self.priority)


@dataclass(frozen=True)
class Tried:
    """One rule that was looked at: whether it matched, and why or why not."""

    rule: Rule
    matched: bool
    why: str


@dataclass(frozen=True)
class Route:
    """The way through a listener's rules: every rule tried, in order; the last one is the one that matched."""

    tried: tuple[Tried, ...]

    @property
    def rule(self) -> Rule:
        """The rule that decides."""
        return self.tried[-1].rule

    @property
    def action(self) -> Mapping[str, Any]:
        """The forward, redirect or fixed-response action of that rule, which ELB performs last."""
        return max(self.rule.actions, key=lambda action: action.get("Order") or 0)


def rule(
    arn: str,
    priority: int | str | None,
    conditions: Iterable[Mapping[str, Any]],
    actions: Iterable[Mapping[str, Any]],
    transforms: Iterable[Mapping[str, Any]] = (),
) -> Rule:
    """Return a rule from the shapes of ELB's API; priority "default" or None is the default rule.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
    """
    number = None if priority in (None, "default") else int(priority)
    made = tuple(map(_condition, conditions))
    return Rule(arn, number, made, tuple(actions), tuple(transforms))


def _condition(given: Mapping[str, Any]) -> Condition:
    field = given["Field"]
    config = given.get(_CONFIGS[field]) or {}
    values = config.get("Values") or given.get("Values") or ()
    if field == "query-string":
        values = [(pair.get("Key"), pair["Value"]) for pair in values]
    regexes = config.get("RegexValues") or given.get("RegexValues") or ()
    name = (config.get("HttpHeaderName") or "").lower()
    return Condition(field, tuple(values), tuple(regexes), name)


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules in the order of their evaluation: lowest priority first, the default rule last.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    """
    return sorted(rules, key=lambda each: (each.priority is None, each.priority or 0))


def route(rules: Iterable[Rule], request: Request) -> Route:
    """Return the way of a request through a listener's rules: the first rule all of whose conditions are met.

    `rules` include the default rule, which has no conditions; their order does not matter.
    Raises ValueError when no rule matches, which a default rule makes impossible.
    """
    tried = []
    for each in ordered(rules):
        failed = next((c for c in each.conditions if not _met(c, request)), None)
        tried.append(Tried(each, failed is None, _why(each, failed, request)))
        if failed is None:
            return Route(tuple(tried))
    raise ValueError("a listener always has a default rule; give it with the others")


def _why(each: Rule, failed: Condition | None, request: Request) -> str:
    if failed is not None:
        return f"{failed.text}; the request's is {_actual(failed, request)}"
    if each.priority is None:
        return "no other rule matched"
    return "; ".join(c.text for c in each.conditions) or "the rule has no conditions"


def _actual(condition: Condition, request: Request) -> str:
    found = {
        "path-pattern": request.path,
        "host-header": request.host,
        "http-header": request.headers.get(condition.name, "(absent)"),
        "http-request-method": request.method,
        "query-string": request.query or "(empty)",
        "source-ip": request.source_ip,
    }[condition.field]
    return found or "(empty)"


def _met(condition: Condition, request: Request) -> bool:
    """Tell whether one condition is met; each kind has its own rule about case and wildcards.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """
    if condition.field == "path-pattern":
        return _any(condition, request.path, case=True)
    if condition.field == "host-header":
        return _any(condition, request.host.partition(":")[0], case=False)
    if condition.field == "http-header":
        value = request.headers.get(condition.name)
        return value is not None and _any(condition, value, case=False)
    if condition.field == "http-request-method":
        return request.method in condition.values
    if condition.field == "query-string":
        return any(_in_query(key, value, request.query) for key, value in condition.values)
    source = ip_address(request.source_ip)
    return any(source in ip_network(block, strict=False) for block in condition.values)


def _any(condition: Condition, text: str, *, case: bool) -> bool:
    # AWS does not say whether a regular expression has to cover the whole value; its examples are anchored.
    flags = 0 if case else re.IGNORECASE
    return any(wildcard(value, text, case=case) for value in condition.values) or any(
        re.search(regex, text, flags) for regex in condition.regexes
    )


def wildcard(pattern: str, text: str, *, case: bool) -> bool:
    r"""Tell whether `pattern` covers the whole of `text`; `*` is any characters, also `/`, and `?` is exactly one.

    A backslash before `*` or `?` takes it literally.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
    """
    return _compiled(pattern, case).fullmatch(text) is not None


def _compiled(pattern: str, case: bool) -> re.Pattern[str]:
    parts = re.findall(r"\\[*?]|[*?]|[^*?\\]+|\\", pattern)
    meaning = {"*": ".*", "?": ".", "\\*": r"\*", "\\?": r"\?"}
    text = "".join(meaning.get(part, re.escape(part)) for part in parts)
    return re.compile(text, re.DOTALL | (0 if case else re.IGNORECASE))


def _in_query(key: str | None, value: str, query: str) -> bool:
    for pair in query.split("&") if query else []:
        name, _, content = pair.partition("=")
        named = key is None or wildcard(key, unquote_plus(name), case=False)
        if named and wildcard(value, unquote_plus(content), case=False):
            return True
    return False


def _shown(value: Sequence[Any] | str) -> str:
    if isinstance(value, str):
        return value
    key, text = value
    return text if key is None else f"{key}={text}"
