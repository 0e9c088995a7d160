"""How a listener's rule rewrites a request before it goes to a target.

Transforms have the shape of ELB's API.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html

Errors: RequestError with code ValidationError for what cannot be a transform; Failed for one that fails at work.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from awslab.world.http import Request
from awslab.world.request_error import RequestError

__all__ = ["Failed", "check_regex", "check_transforms", "rewritten", "uri"]

Transform = Mapping[str, Any]
CONFIGS = {"host-header-rewrite": "HostHeaderRewriteConfig", "url-rewrite": "UrlRewriteConfig"}
LENGTH = 1024
# What ELB's regular expressions lack, of what Python's have.
_FOREIGN = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=|R)|(?<!\\)\\[1-9]|[*+?}]\+")
_GROUP = re.compile(r"\$(\d)")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,126}[A-Za-z0-9])?(:\d{1,5})?")


class Failed(Exception):
    """A transform matched and could not be done, which ELB answers with 500; the text is the log's status."""


def check_regex(regex: str) -> None:
    """Accept a regular expression that ELB can use in a rule.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    """
    try:
        re.compile(regex)
    except re.error:
        _refuse(f"The regular expression '{regex}' is not valid")
    if _FOREIGN.search(regex):
        _refuse(
            f"The regular expression '{regex}' uses a feature that is not supported: lookaheads, "
            "lookbehinds, backreferences, atomic groups, possessive quantifiers, subroutines, "
            "recursion"
        )


def check_transforms(transforms: Sequence[Transform]) -> None:
    """Accept the transforms of a rule: at most one of each type, each with its own configuration.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleTransform.html
    """
    kinds = Counter(each.get("Type") for each in transforms)
    for number, each in enumerate(transforms, 1):
        kind = each.get("Type")
        if kind not in CONFIGS:
            _refuse(
                f"1 validation error detected: Value '{kind}' at 'transforms.{number}.member.type' "
                "failed to satisfy constraint: Member must satisfy enum value set: "
                f"[{', '.join(CONFIGS)}]"
            )
        if kinds[kind] > 1:
            _refuse(f"A rule can have only one transform of type '{kind}'")
        given = [name for name in CONFIGS.values() if each.get(name) is not None]
        if given != [CONFIGS[kind]] or not each[CONFIGS[kind]].get("Rewrites"):
            _refuse(f"A {kind} transform must have a {CONFIGS[kind]} with a rewrite, and no other")
        for rewrite in each[CONFIGS[kind]]["Rewrites"]:
            _check_rewrite(rewrite)


def _check_rewrite(rewrite: Transform) -> None:
    for name in ("Regex", "Replace"):
        if name not in rewrite:
            _refuse(f"A rewrite must have a {name}")
        if len(rewrite[name]) > LENGTH:
            _refuse(f"The '{name}' value is too long; the limit is '{LENGTH}'")
    check_regex(rewrite["Regex"])


def _refuse(message: str) -> NoReturn:
    raise RequestError("ValidationError", message)


def uri(request: Request) -> str:
    """Return path and query string as they stand in the request line."""
    return f"{request.path}?{request.query}" if request.query else request.path


def rewritten(request: Request, transforms: Sequence[Transform]) -> Request:
    """Return a request as a rule's transforms leave it; one that no pattern matches stays as it is.

    Raises Failed for a replacement that names no group of the pattern, or leaves no valid host or URL.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
    """
    for each in transforms:
        rewrites = each[CONFIGS[each["Type"]]]["Rewrites"]
        if each["Type"] == "url-rewrite":
            before = uri(request)
            after = _replaced(before, rewrites)
            if not after.startswith("/"):
                raise Failed("TransformInvalidPath")
            path, _, query = after.partition("?")
            request = replace(request, path=path, query=query)
        else:
            after = _replaced(request.host, rewrites)
            if after != request.host:
                request = _at_host(request, after)
    return request


def _at_host(request: Request, host: str) -> Request:
    if not _HOST.fullmatch(host):
        raise Failed("TransformInvalidHost")
    _, _, port = request.headers.get("host", "").partition(":")
    shown = f"{host}:{port}" if port and ":" not in host else host
    return replace(request, host=host, headers={**request.headers, "host": shown})


def _replaced(text: str, rewrites: Sequence[Transform]) -> str:
    for each in rewrites:
        text = re.sub(each["Regex"], lambda m, to=each["Replace"]: _filled(m, to), text, count=1)
    return text


def _filled(match: re.Match[str], replacement: str) -> str:
    if any(int(number) > len(match.groups()) for number in _GROUP.findall(replacement)):
        raise Failed("TransformReplaceError")
    return _GROUP.sub(lambda found: match[int(found[1])] or "", replacement)
