"""The Condition element: every operator, set operators, IfExists and Null.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from awslab.world.iam_match import Context, arn_like, like, literal

SETS = ("ForAllValues:", "ForAnyValue:")
IF_EXISTS = "IfExists"

# Compares one value of the request with one of the policy: (policy, value, context, variables).
Compare = Callable[[str, str, Context, bool], bool]


@dataclass(frozen=True)
class Condition:
    """One line of a Condition element: `{"StringEquals": {"aws:username": ["ann"]}}`."""

    operator: str
    key: str
    values: tuple[str, ...]


def _string(fold: bool = False) -> Compare:
    def compare(policy: str, value: str, context: Context, variables: bool) -> bool:
        wanted = literal(policy, context, variables)
        if wanted is None:
            return False
        return wanted.casefold() == value.casefold() if fold else wanted == value

    return compare


def _number(test: Callable[[float, float], bool]) -> Compare:
    def compare(policy: str, value: str, context: Context, variables: bool) -> bool:
        try:
            return test(float(value), float(policy))
        except ValueError:
            return False

    return compare


def _date(test: Callable[[datetime, datetime], bool]) -> Compare:
    def compare(policy: str, value: str, context: Context, variables: bool) -> bool:
        given, wanted = moment(value), moment(policy)
        return given is not None and wanted is not None and test(given, wanted)

    return compare


def moment(text: str) -> datetime | None:
    """Return a date of a policy, ISO 8601 or seconds since 1970, as an aware datetime; None for neither.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
    """
    try:
        if text.lstrip("-").isdigit() and len(text) > 4:
            return datetime.fromtimestamp(int(text), UTC)
        parsed = datetime.fromisoformat(f"{text}-01-01" if len(text) == 4 else text)
    except (ValueError, OverflowError, OSError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _bool(policy: str, value: str, context: Context, variables: bool) -> bool:
    return policy.lower() == value.lower() and policy.lower() in ("true", "false")


def _binary(policy: str, value: str, context: Context, variables: bool) -> bool:
    return policy == value


def _address(policy: str, value: str, context: Context, variables: bool) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(policy, strict=False)
    except ValueError:
        return False


# operator in lower case -> (compare, whether it says "not")
_POSITIVE: dict[str, Compare] = {
    "StringEquals": _string(),
    "StringEqualsIgnoreCase": _string(fold=True),
    "StringLike": like,
    "NumericEquals": _number(lambda a, b: a == b),
    "NumericLessThan": _number(lambda a, b: a < b),
    "NumericLessThanEquals": _number(lambda a, b: a <= b),
    "NumericGreaterThan": _number(lambda a, b: a > b),
    "NumericGreaterThanEquals": _number(lambda a, b: a >= b),
    "DateEquals": _date(lambda a, b: a == b),
    "DateLessThan": _date(lambda a, b: a < b),
    "DateLessThanEquals": _date(lambda a, b: a <= b),
    "DateGreaterThan": _date(lambda a, b: a > b),
    "DateGreaterThanEquals": _date(lambda a, b: a >= b),
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _address,
    "ArnEquals": arn_like,  # AWS: the two behave identically
    "ArnLike": arn_like,
}
_NEGATIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
_OPERATORS: dict[str, tuple[Compare, bool]] = {
    **{name.lower(): (compare, False) for name, compare in _POSITIVE.items()},
    **{name.lower(): (_POSITIVE[positive], True) for name, positive in _NEGATIVE.items()},
}


def split(operator: str) -> tuple[str, str, bool]:
    """Return set operator ("" for none), operator and whether IfExists ends it: `ForAnyValue:StringLikeIfExists`."""
    prefix = next((s for s in SETS if operator.lower().startswith(s.lower())), "")
    base = operator[len(prefix) :]
    exists = base.lower().endswith(IF_EXISTS.lower())
    return prefix.rstrip(":"), base[: -len(IF_EXISTS)] if exists else base, exists


def known(operator: str) -> bool:
    """Tell whether AWS has a condition operator of that name."""
    _, base, _ = split(operator)
    return base.lower() == "null" or base.lower() in _OPERATORS


def holds(condition: Condition, context: Context, variables: bool = True) -> bool:
    """Tell whether a condition is met.

    Several values of the policy are alternatives (for a negated operator: none may match).
    A key that the request lacks fails, except with IfExists, ForAllValues and the negated operators.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    among, base, if_exists = split(condition.operator)
    given = context.get(condition.key.lower(), ())
    if base.lower() == "null":
        return any(value.lower() == ("false" if given else "true") for value in condition.values)
    if base.lower() not in _OPERATORS:
        return False
    compare, negated = _OPERATORS[base.lower()]
    if not given:
        return if_exists or among == "ForAllValues" or (negated and among != "ForAnyValue")

    def met(value: str) -> bool:
        found = any(compare(policy, value, context, variables) for policy in condition.values)
        return found is not negated

    if among == "ForAnyValue" or (not among and not negated):
        return any(map(met, given))
    return all(map(met, given))


def why_not(condition: Condition, context: Context) -> str:
    """Say in words how a request misses a condition that does not hold."""
    given = context.get(condition.key.lower(), ())
    wanted = " or ".join(condition.values) or "(no value)"
    found = f"it is {', '.join(given)}" if given else "the request does not have that key"
    return f"{condition.operator} {condition.key} {wanted}: {found}"
