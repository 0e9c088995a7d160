"""Expressions of Logs Insights: fields, numbers, comparisons, functions. Each becomes a function of a row.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

import math
import operator
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from awslab.world._insights_text import Text

Row = Mapping[str, Any]
Expression = Callable[[Row], Any]
_UNITS = {
    **dict.fromkeys(("ms",), 1),
    **dict.fromkeys(("s", "sec"), 1_000),
    **dict.fromkeys(("m", "min"), 60_000),
    **dict.fromkeys(("h", "hr", "hour"), 3_600_000),
    **dict.fromkeys(("d", "day"), 86_400_000),
    **dict.fromkeys(("w", "week"), 604_800_000),
}
_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}


class Moment(int):
    """Milliseconds since the epoch that are shown as a date."""


def as_number(value: Any) -> float | None:
    """Return a value as a number, None when it is none."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def as_text(value: Any) -> str:
    """Return a value as a text, a whole number without a fraction."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def expression(text: Text) -> Expression:
    """Read an expression.

    Raises Malformed.
    """
    parts = [_conjunction(text)]
    while text.word("or"):
        parts.append(_conjunction(text))
    return parts[0] if len(parts) == 1 else lambda row: any(truth(part(row)) for part in parts)


def truth(value: Any) -> bool:
    """Tell whether a value counts as true."""
    return value not in (None, False, 0, "", "0", "false")


def _conjunction(text: Text) -> Expression:
    parts = [_negation(text)]
    while text.word("and"):
        parts.append(_negation(text))
    return parts[0] if len(parts) == 1 else lambda row: all(truth(part(row)) for part in parts)


def _negation(text: Text) -> Expression:
    if text.word("not"):
        inner = _negation(text)
        return lambda row: not truth(inner(row))
    return _comparison(text)


def _comparison(text: Text) -> Expression:
    left = _sum(text)
    sign = text.symbol(*_COMPARE)
    if sign:
        return _compared(left, sign, _sum(text))
    if text.symbol("=~"):
        return _like(text, left)
    negated = bool(text.word("not"))
    kind = text.word("like", "in")
    if not kind:
        if negated:
            raise text.fail("'like' or 'in' is missing")
        return left
    found = _like(text, left) if kind == "like" else _among(text, left)
    return (lambda row: not found(row)) if negated else found


def _compared(left: Expression, sign: str, right: Expression) -> Expression:
    """Compare as numbers where both are numbers, as texts otherwise; what is not there compares to nothing."""
    compare = _COMPARE[sign]

    def compared(row: Row) -> bool:
        a, b = left(row), right(row)
        if a is None or b is None:
            return False
        x, y = as_number(a), as_number(b)
        return compare(x, y) if x is not None and y is not None else compare(as_text(a), as_text(b))

    return compared


def _like(text: Text, left: Expression) -> Expression:
    pattern = text.regex()
    if pattern is not None:
        return lambda row: (value := left(row)) is not None and bool(pattern.search(as_text(value)))
    wanted = text.string()
    if wanted is None:
        raise text.fail('write like "text" or like /regular expression/')
    return lambda row: (value := left(row)) is not None and wanted in as_text(value)


def _among(text: Text, left: Expression) -> Expression:
    text.expect("[")
    wanted = [_sum(text)]
    while text.symbol(","):
        wanted.append(_sum(text))
    text.expect("]")
    same = [_compared(left, "=", each) for each in wanted]
    return lambda row: any(each(row) for each in same)


def _sum(text: Text) -> Expression:
    left = _product(text)
    while sign := text.symbol("+", "-"):
        left = _calculated(left, sign, _product(text))
    return left


def _product(text: Text) -> Expression:
    left = _power(text)
    while sign := text.symbol("*", "/", "%"):
        left = _calculated(left, sign, _power(text))
    return left


def _power(text: Text) -> Expression:
    if text.symbol("-"):
        inner = _power(text)
        return lambda row: None if (x := as_number(inner(row))) is None else -x
    left = _primary(text)
    return _calculated(left, "^", _power(text)) if text.symbol("^") else left


def _calculated(left: Expression, sign: str, right: Expression) -> Expression:
    calculate = _BINARY[sign]

    def calculated(row: Row) -> float | None:
        x, y = as_number(left(row)), as_number(right(row))
        if x is None or y is None:
            return None
        try:
            return calculate(x, y)
        except (ZeroDivisionError, OverflowError):
            return None

    return calculated


def _primary(text: Text) -> Expression:
    if text.symbol("("):
        inner = expression(text)
        text.expect(")")
        return inner
    constant: Any = text.string()
    if constant is None:
        constant = text.number()
    if constant is not None:
        return lambda row: constant
    begun = text.at
    name = text.name()
    if not name:
        raise text.fail()
    if text.symbol("("):
        return _call(text, name, begun)
    if name in ("true", "false"):
        return lambda row: name
    return lambda row: row.get(name)


# --- functions -------------------------------------------------------------------------------------


def _call(text: Text, name: str, begun: int) -> Expression:
    low = name.lower()
    if low in ("bin", "datefloor", "dateceil"):
        return _bin(text, low)
    arguments: list[Expression] = []
    if not text.symbol(")"):
        arguments.append(expression(text))
        while text.symbol(","):
            arguments.append(expression(text))
        text.expect(")")
    if low == "if" and len(arguments) == 3:
        test, then, otherwise = arguments
        return lambda row: then(row) if truth(test(row)) else otherwise(row)
    if low not in _FUNCTIONS:
        text.at = begun
        raise text.fail("the lab has no function of that name")
    fewest, most, function = _FUNCTIONS[low]
    if not fewest <= len(arguments) <= most:
        text.at = begun
        raise text.fail(f"{name} takes {fewest} to {most} arguments")
    return lambda row: _applied(function, [argument(row) for argument in arguments])


def _applied(function: Callable[..., Any], values: list[Any]) -> Any:
    """Return a function's value; None where it has none for these."""
    try:
        return function(*values)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _bin(text: Text, name: str) -> Expression:
    """Read bin(5m), or datefloor(@timestamp, 1h)."""
    field: Expression = lambda row: row.get("@timestamp")  # noqa: E731
    if name != "bin":
        field = expression(text)
        text.expect(",")
    given = text.period()
    if given is None or given[1] not in _UNITS:
        raise text.fail("write a period such as 5m or 1h")
    text.expect(")")
    size = given[0] * _UNITS[given[1]]
    up = size if name == "dateceil" else 0

    def rounded(row: Row) -> Moment | None:
        value = as_number(field(row))
        if value is None:
            return None
        down = int(value) // size * size
        return Moment(down + up if down != int(value) else down)

    return rounded


def _number(value: Any) -> float:
    found = as_number(value)
    if found is None:
        raise ValueError(value)
    return found


def _known(value: Any) -> str:
    if value is None:
        raise ValueError
    return as_text(value)


def _part(value: Any, start: Any, length: Any = None) -> str:
    text, begun = _known(value), int(_number(start))
    return text[begun:] if length is None else text[begun : begun + int(_number(length))]


def _in_subnet(address: Any, subnet: Any) -> bool:
    return ip_address(_known(address)) in ip_network(_known(subnet), strict=False)


def _is_address(value: Any) -> bool:
    try:
        return bool(ip_address(_known(value)))
    except ValueError:
        return False


_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "abs": (1, 1, lambda v: abs(_number(v))),
    "ceil": (1, 1, lambda v: float(math.ceil(_number(v)))),
    "floor": (1, 1, lambda v: float(math.floor(_number(v)))),
    "greatest": (1, 99, lambda *v: max(_number(each) for each in v)),
    "least": (1, 99, lambda *v: min(_number(each) for each in v)),
    "log": (1, 1, lambda v: math.log(_number(v))),
    "sqrt": (1, 1, lambda v: math.sqrt(_number(v))),
    "frommillis": (1, 1, lambda v: Moment(int(_number(v)))),
    "tomillis": (1, 1, lambda v: float(int(_number(v)))),
    "ispresent": (1, 1, lambda v: v is not None),
    "coalesce": (1, 99, lambda *v: next((each for each in v if each is not None), None)),
    "isempty": (1, 1, lambda v: v is None or as_text(v) == ""),
    "isblank": (1, 1, lambda v: v is None or not as_text(v).strip()),
    "concat": (1, 99, lambda *v: "".join(as_text(each) for each in v)),
    "ltrim": (1, 2, lambda v, chars=None: _known(v).lstrip(chars)),
    "rtrim": (1, 2, lambda v, chars=None: _known(v).rstrip(chars)),
    "trim": (1, 2, lambda v, chars=None: _known(v).strip(chars)),
    "strlen": (1, 1, lambda v: float(len(_known(v)))),
    "toupper": (1, 1, lambda v: _known(v).upper()),
    "tolower": (1, 1, lambda v: _known(v).lower()),
    "substr": (2, 3, _part),
    "replace": (3, 3, lambda v, old, new: _known(v).replace(_known(old), _known(new))),
    "strcontains": (2, 2, lambda v, part: float(_known(part) in _known(v))),
    "isvalidip": (1, 1, _is_address),
    "isvalidipv4": (1, 1, lambda v: _is_address(v) and "." in _known(v)),
    "isipinsubnet": (2, 2, _in_subnet),
    "isipv4insubnet": (2, 2, _in_subnet),
}
