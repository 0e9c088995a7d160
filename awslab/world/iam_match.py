"""Wildcards, policy variables and ARNs: whether a text of a policy matches a value of the request."""

import re
from collections.abc import Mapping
from functools import lru_cache

# Context keys in lower case, since AWS's key names are case-insensitive, each with all its values.
Context = Mapping[str, tuple[str, ...]]

VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"^\s*([^,]+?)\s*(?:,\s*'([^']*)'\s*)?$")
_LITERALS = {"*", "?", "$"}


def lookup(context: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return a request context with keys in lower case and every value a tuple of texts.

    Accepts texts, numbers, booleans and lists of them; a value of None is a key that is not there.
    """
    return {
        key.lower(): tuple(_text(item) for item in (value if _many(value) else (value,)))  # type: ignore[attr-defined]
        for key, value in context.items()
        if value is not None
    }


def _many(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(name: str, context: Context) -> str | None:
    """Return what a policy variable stands for, or None when it has no value in this request.

    `${aws:username, 'nobody'}` has a default; a key with several values cannot be a variable.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    parts = _DEFAULT.match(name)
    if parts is None:
        return None
    values = context.get(parts[1].lower(), ())
    return values[0] if len(values) == 1 else parts[2]


def literal(text: str, context: Context, variables: bool = True) -> str | None:
    """Return a text with its policy variables replaced, or None when one of them has no value.

    `${*}`, `${?}` and `${$}` are the characters themselves.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if not variables or "${" not in text:
        return text
    found = [
        name if name in _LITERALS else _value(name, context) for name in VARIABLE.findall(text)
    ]
    if None in found:
        return None
    values = iter(found)
    return VARIABLE.sub(lambda _: str(next(values)), text)


def like(pattern: str, value: str, context: Context, variables: bool = True) -> bool:
    """Tell whether `value` matches a text with `*` (any characters), `?` (any one) and policy variables.

    A variable's own value is taken literally, and one without a value matches nothing.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if not variables or "${" not in pattern:
        return bool(_glob((pattern,)).fullmatch(value))
    # Every second piece is a variable's name; in the key given to _glob it is its value.
    pieces = VARIABLE.split(pattern)
    for place in range(1, len(pieces), 2):
        name = pieces[place]
        replaced = name if name in _LITERALS else _value(name, context)
        if replaced is None:
            return False
        pieces[place] = replaced
    return bool(_glob(tuple(pieces)).fullmatch(value))


@lru_cache(maxsize=4096)
def _glob(pieces: tuple[str, ...]) -> re.Pattern[str]:
    """Compile pieces that are by turns a wildcard pattern and literal text."""
    parts = [
        re.escape(piece)
        if place % 2
        else "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in piece)
        for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(parts), re.DOTALL)


def action_like(pattern: str, action: str) -> bool:
    """Tell whether an Action element names an action: case-insensitive, with wildcards, without variables.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return bool(_glob((pattern.lower(),)).fullmatch(action.lower()))


def arn_like(pattern: str, value: str, context: Context, variables: bool = True) -> bool:
    """Tell whether an ARN matches a pattern, each of the six parts between colons on its own.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    wanted, given = _split_arn(pattern), value.split(":", 5)
    if len(wanted) != 6 or len(given) != 6:
        return False
    return all(
        like(part, piece, context, variables) for part, piece in zip(wanted, given, strict=True)
    )


def _split_arn(pattern: str) -> list[str]:
    """Split at the first five colons that stand outside a policy variable: `${aws:username}` has one too."""
    return re.split(r":(?![^{}]*\})", pattern, maxsplit=5)
