"""IAM's policy simulator, on the evaluator that every call meets.

Methods for moto's `IamResponse`.
See https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult

from awslab.server.errors import AWSError
from awslab.server.iam import callers
from awslab.server.iam.callers import Caller
from awslab.server.iam.decisions import environment
from awslab.world.iam import Decision, Policies, Request, evaluate
from awslab.world.iam_match import lookup
from awslab.world.iam_policy import Policy, PolicyError, context_keys, parse
from awslab.world.iam_principal import Principal

DECISIONS = {"allowed": "allowed", "explicit": "explicitDeny", "implicit": "implicitDeny"}
TYPES = {"resource": "resource-policy", "boundary": "permissions-boundary"}


def simulate_principal_policy(self: Any) -> ActionResult:
    """Simulate the policies of a user, group or role, with further ones of the request.

    Raises NoSuchEntity for a principal that does not exist, InvalidInput for a bad document.
    """
    caller = _source(self)
    further = _inputs(self, "PolicyInputList")
    policies = replace(caller.policies, identity=caller.policies.identity + further)
    return _answer(self, replace(caller, policies=policies))


def simulate_custom_policy(self: Any) -> ActionResult:
    """Simulate policy documents that hang on nobody.

    Raises InvalidInput for a bad document.
    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    """
    account = self.current_account
    arn = self._get_param("CallerArn") or f"arn:aws:iam::{account}:user/simulated"
    kind = "role" if ":role/" in arn else "user"
    principal = Principal(arn, arn.split(":")[4], kind, arn if kind == "role" else "")
    policies = Policies(_inputs(self, "PolicyInputList"))
    return _answer(self, Caller(principal, policies=policies))


def get_context_keys_for_principal_policy(self: Any) -> ActionResult:
    """List the context keys that the policies of a user, group or role ask for.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
    """
    policies = [*_source(self).policies.identity, *_inputs(self, "PolicyInputList")]
    return ActionResult({"ContextKeyNames": context_keys(policies)})


def get_context_keys_for_custom_policy(self: Any) -> ActionResult:
    """List the context keys that policy documents ask for.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
    """
    return ActionResult({"ContextKeyNames": context_keys(_inputs(self, "PolicyInputList"))})


def _source(self: Any) -> Caller:
    arn = self._get_param("PolicySourceArn")
    account = arn.split(":")[4] if arn.count(":") >= 5 else self.current_account
    if ":group/" in arn:
        for group in callers.backend(account).groups.values():
            if group.arn == arn:
                identity = tuple(callers.attached(group))
                return Caller(Principal(arn, account, "user"), group.id, Policies(identity))
    caller = callers.by_arn(account, arn)
    if not caller.user_id:
        raise AWSError("NoSuchEntity", f"The entity with ARN {arn} cannot be found.")
    return caller


def _inputs(self: Any, parameter: str) -> tuple[Policy, ...]:
    try:
        return tuple(
            parse(text, f"{parameter}.{number}")
            for number, text in enumerate(self._get_param(parameter) or [], start=1)
        )
    except PolicyError as error:
        raise AWSError("InvalidInput", str(error)) from None


def _answer(self: Any, caller: Caller) -> ActionResult:
    given = self._get_param("ContextEntries") or []
    entries = {e["ContextKeyName"]: e.get("ContextKeyValues") or None for e in given}
    boundary = _inputs(self, "PermissionsBoundaryPolicyInputList")
    policies = caller.policies
    if boundary:
        policies = replace(policies, boundary=boundary[0])
    text = self._get_param("ResourcePolicy")
    if text:
        policies = replace(policies, resource=_parse_resource(text))
    keys = lookup({**environment(), **caller.context, **entries})
    known = set(keys)
    documents = [*policies.identity, *boundary, *([policies.resource] if text else [])]
    missing = [key for key in context_keys(documents) if key.lower() not in known]  # type: ignore[arg-type]
    results = []
    for action in self._get_param("ActionNames") or []:
        if ":" not in action and action != "*":
            raise AWSError("InvalidInput", f"Invalid Action Name: {action}")
        for resource in self._get_param("ResourceArns") or ["*"]:
            decision = evaluate(Request(caller.principal, action, resource, "", keys), policies)
            results.append(_result(action, resource, decision, policies, missing))
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _parse_resource(text: str) -> Policy:
    try:
        return parse(text, "ResourcePolicy")
    except PolicyError as error:
        raise AWSError("InvalidInput", str(error)) from None


def _result(
    action: str, resource: str, decision: Decision, policies: Policies, missing: Iterable[str]
) -> Mapping[str, Any]:
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": DECISIONS[decision.kind],
        "MatchedStatements": [],
        "MissingContextValues": list(missing),
    }
    if decision.statement:
        # AWS gives the place of the statement in the document; the lab names the statement and its policy.
        source = {"SourcePolicyId": decision.statement.partition(" of ")[2]}
        result["MatchedStatements"] = [
            {**source, "SourcePolicyType": TYPES.get(decision.source, "IAM Policy")}
        ]
    if policies.boundary:
        step = next(s for s in decision.steps if s.layer == "permissions boundary")
        result["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": step.outcome == "allow"
        }
    return result


RESPONSES = (
    "simulate_principal_policy",
    "simulate_custom_policy",
    "get_context_keys_for_principal_policy",
    "get_context_keys_for_custom_policy",
)
