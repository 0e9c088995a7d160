"""Who asks, and whether a Principal or NotPrincipal element of a resource-based policy means them.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# How an Allow grants, from weakest to strongest: to the account (whose own policies then decide), to the role
# (within boundary and session policies), to the caller directly.
GRANTS = ("", "account", "role", "direct")
_ACCOUNT = re.compile(r"^(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?$")
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Principal:
    """Who asks: `kind` is user, role, root, service, federated or anonymous; a role's `arn` may be its session's.

    `role_arn` is the role of a session, `name` the service of a service principal.
    """

    arn: str
    account: str = ""
    kind: str = "user"
    role_arn: str = ""


def account_of(value: str) -> str:
    """Return the account that a Principal entry names as a whole, or ""."""
    found = _ACCOUNT.match(value)
    return found[1] if found else ""


def match(pairs: Pairs, principal: Principal) -> str:
    """Return the strongest way, one of GRANTS, in which a Principal element means `principal`.

    Wildcards stand alone: `*` is everyone, and no part of an ARN can be one.
    """
    return max((_match_one(*pair, principal) for pair in pairs), key=GRANTS.index, default="")


def _match_one(kind: str, value: str, principal: Principal) -> str:
    if kind == "AWS" and value == "*":
        return "direct"
    if kind == "Service":
        return "direct" if principal.kind == "service" and value == principal.arn else ""
    if kind == "Federated":
        return "direct" if principal.kind == "federated" and value == principal.arn else ""
    if kind != "AWS" or principal.kind in ("service", "anonymous", "federated"):
        return ""
    if account_of(value):
        return "account" if account_of(value) == principal.account else ""
    if principal.kind == "role" and value == (principal.role_arn or principal.arn):
        return "role"
    return "direct" if value == principal.arn else ""


def excluded(pairs: Pairs, principal: Principal, bounded: bool) -> bool:
    """Tell whether a NotPrincipal element spares `principal`.

    AWS wants the account named beside the user or role, and spares nobody who has a permissions boundary.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if bounded:
        return False
    if principal.kind in ("service", "anonymous", "federated") or ("AWS", "*") in pairs:
        return bool(match(pairs, principal))
    named = [value for kind, value in pairs if kind == "AWS" and not account_of(value)]
    whole = any(account_of(value) == principal.account for kind, value in pairs if kind == "AWS")
    closer = [value for value in named if f"::{principal.account}:" in value]
    own = {principal.arn, principal.role_arn} & set(named)
    return whole and (bool(own) or not closer)
