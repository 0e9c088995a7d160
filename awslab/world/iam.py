"""Who may do what: AWS's evaluation of identity, resource, boundary and session policies.

`evaluate` is the whole of it; `message` says a refusal in AWS's words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from awslab.world.iam_conditions import holds, why_not
from awslab.world.iam_match import Context, action_like, like
from awslab.world.iam_policy import ALLOW, DENY, Policy, Statement
from awslab.world.iam_principal import GRANTS, Principal, excluded, match

IDENTITY, RESOURCE, BOUNDARY, SESSION = "identity", "resource", "boundary", "session"
LAYERS = {  # as AWS's messages call them
    IDENTITY: "identity-based policy",
    RESOURCE: "resource-based policy",
    BOUNDARY: "permissions boundary",
    SESSION: "session policy",
}


@dataclass(frozen=True)
class Step:
    """One layer of the evaluation: `layer` names it, `outcome` is "allow", "deny", "no match" or "not used"."""

    layer: str
    outcome: str
    why: str


@dataclass(frozen=True)
class Decision:
    """What was decided: `kind` is "allowed", "explicit" (a deny statement) or "implicit" (no allow statement).

    `why` is one sentence, `statement` names the deciding statement and its policy (empty for an implicit deny),
    `source` is the layer that decided: identity, resource, boundary or session; `policy_arn` is the deciding
    managed policy's.
    """

    allowed: bool
    why: str
    statement: str = ""
    source: str = ""
    kind: str = "implicit"
    steps: tuple[Step, ...] = ()
    policy_arn: str = ""


@dataclass(frozen=True)
class Request:
    """One action on one resource: the resource's account ("" for the caller's own), context keys in lower case."""

    principal: Principal
    action: str
    resource: str = "*"
    account: str = ""
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """Every policy that applies; None is a layer that is not there, an empty tuple one that allows nothing.

    `resource_decides`: a resource of KMS or a role to assume, whose own policy must allow in any case.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource_decides: bool = False


@dataclass(frozen=True)
class _Found:
    """What one layer says: the first statement that denies, the best that allows, the nearest that misses."""

    deny: tuple[Policy, Statement] | None = None
    allow: tuple[Policy, Statement] | None = None
    grant: str = ""
    near: str = ""


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide one request.

    An explicit deny anywhere wins; otherwise identity and resource policies add up inside one account and both
    must allow across two; boundary and session policies only limit.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    layers = {
        IDENTITY: policies.identity,
        RESOURCE: (policies.resource,) if policies.resource else None,
        BOUNDARY: (policies.boundary,) if policies.boundary else None,
        SESSION: policies.session,
    }
    bounded = policies.boundary is not None
    found = {
        layer: _search(request, layer, documents, bounded)
        for layer, documents in layers.items()
        if documents is not None
    }
    steps = tuple(_step(layer, found.get(layer), request) for layer in LAYERS)
    for layer, said in found.items():
        if said.deny:
            return _decided(request, layer, said.deny, "explicit", steps)
    return _without_deny(request, policies, found, steps)


def _without_deny(
    request: Request, policies: Policies, found: dict[str, _Found], steps: tuple[Step, ...]
) -> Decision:
    principal, resource = request.principal, found.get(RESOURCE, _Found())
    granted = resource.grant
    if principal.kind == "root" and not request.account:
        return Decision(True, "the account's root user may do everything", "", "", "allowed", steps)
    if principal.kind in ("service", "anonymous"):
        needed: tuple[str, ...] = () if granted else (RESOURCE,)
    elif request.account not in ("", principal.account):
        needed = (RESOURCE, IDENTITY, BOUNDARY, SESSION)
    elif granted == "direct":
        needed = ()
    elif policies.resource_decides and not granted:
        needed = (RESOURCE,)
    elif granted == "role":
        needed = (BOUNDARY, SESSION)
    else:
        needed = (IDENTITY, BOUNDARY, SESSION)
    for layer in needed:
        if layer in (BOUNDARY, SESSION) and layer not in found:
            continue
        said = found.get(layer, _Found())
        if said.allow is None:
            return _refused(request, layer, said, steps)
    source = IDENTITY if IDENTITY in needed else RESOURCE
    allow = found[source].allow
    assert allow is not None
    return _decided(request, source, allow, "allowed", steps)


def _search(request: Request, layer: str, documents: Iterable[Policy], bounded: bool) -> _Found:
    deny = allow = None
    grant = near = ""
    for policy in documents:
        for statement in policy.statements:
            miss, kind = _applies(statement, request, layer == RESOURCE, bounded)
            if miss is None and statement.effect == DENY:
                deny = deny or (policy, statement)
            elif miss is None and statement.effect == ALLOW:
                if allow is None or GRANTS.index(kind) > GRANTS.index(grant):
                    allow, grant = (policy, statement), kind
            elif miss and statement.effect == ALLOW and not near:
                near = f"{_name(policy, statement)} {miss}"
    return _Found(deny, allow, grant, near)


def _applies(
    statement: Statement, request: Request, is_resource: bool, bounded: bool
) -> tuple[str | None, str]:
    """Return (None, how the principal is granted) when a statement applies, else (how it misses, "")."""
    if not _covers_action(statement, request.action):
        return "", ""
    grant = ""
    if is_resource:
        grant = _grant(statement, request.principal, bounded)
        if not grant:
            return f"names {request.action}, but not this principal", ""
    if not _covers_resource(statement, request):
        others = ", ".join(statement.resources or ()) or "other resources"
        return f"allows {request.action}, but on {others}", ""
    for condition in statement.conditions:
        if not holds(condition, request.context, statement.variables):
            return f"has an unmet condition, {why_not(condition, request.context)}", ""
    return None, grant


def _grant(statement: Statement, principal: Principal, bounded: bool) -> str:
    if statement.principals is not None:
        return match(statement.principals, principal)
    if statement.not_principals is None:
        return ""
    if statement.effect == DENY:
        return "" if excluded(statement.not_principals, principal, bounded) else "direct"
    return ""  # AWS does not support NotPrincipal with Allow


def _covers_action(statement: Statement, action: str) -> bool:
    if statement.actions is not None:
        return any(action_like(pattern, action) for pattern in statement.actions)
    if statement.not_actions is not None:
        return not any(action_like(pattern, action) for pattern in statement.not_actions)
    return False


def _covers_resource(statement: Statement, request: Request) -> bool:
    """A statement without Resource, as in trust policies and ECR's, is about the resource it hangs on."""

    def any_of(patterns: tuple[str, ...]) -> bool:
        return any(
            pattern == "*" or like(pattern, request.resource, request.context, statement.variables)
            for pattern in patterns
        )

    if statement.resources is not None:
        return any_of(statement.resources)
    return statement.not_resources is None or not any_of(statement.not_resources)


def _name(policy: Policy, statement: Statement) -> str:
    return f"statement {statement.label} of {policy.name}"


def _step(layer: str, said: _Found | None, request: Request) -> Step:
    if said is None:
        return Step(LAYERS[layer], "not used", f"there is no {LAYERS[layer]}")
    if said.deny:
        return Step(LAYERS[layer], "deny", f"{_name(*said.deny)} denies it")
    if said.allow:
        hint = ""
        if layer == RESOURCE and said.grant == "account":
            hint = ", to the account: its own policies decide who"
        return Step(LAYERS[layer], "allow", f"{_name(*said.allow)} allows it{hint}")
    near = f"; the nearest: {said.near}" if said.near else ""
    return Step(LAYERS[layer], "no match", f"no statement allows {request.action}{near}")


def _decided(
    request: Request,
    layer: str,
    by: tuple[Policy, Statement],
    kind: str,
    steps: tuple[Step, ...],
) -> Decision:
    verb = "denies" if kind == "explicit" else "allows"
    name = _name(*by)
    why = f"{LAYERS[layer].capitalize()}: {name} {verb} {request.action} on {request.resource}."
    return Decision(kind == "allowed", why, name, layer, kind, steps, by[0].arn)


def _refused(request: Request, layer: str, said: _Found, steps: tuple[Step, ...]) -> Decision:
    near = f"; the nearest, {said.near}" if said.near else ""
    why = f"No {LAYERS[layer]} allows {request.action} on {request.resource}{near}."
    return Decision(False, why, "", layer, "implicit", steps)


def message(decision: Decision, user: str, action: str, resource: str) -> str:
    """Return AWS's sentence for a refusal.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    name = LAYERS.get(decision.source, "identity-based policy")
    if decision.kind == "explicit":
        article = "an" if name[0] in "aeiou" else "a"
        arn = f": {decision.policy_arn}" if decision.policy_arn else ""
        reason = f"with an explicit deny in {article} {name}{arn}"
    else:
        reason = f"because no {name} allows the {action} action"
    return f"User: {user} is not authorized to perform: {action} on resource: {resource} {reason}"
