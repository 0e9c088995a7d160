"""The answer to "may they?": moto's state handed to `awslab.world.iam.evaluate`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from awslab.server import clock
from awslab.server.iam import callers, resources
from awslab.server.iam.callers import Caller
from awslab.world.iam import Decision, Policies, Request, evaluate
from awslab.world.iam_match import lookup
from awslab.world.iam_policy import Policy
from awslab.world.iam_principal import Principal

# An address that is nobody's (RFC 5737): where a learner's notebook calls from.
SOURCE_ADDRESS = "203.0.113.10"


def environment() -> dict[str, Any]:
    """Return the context keys that every request has.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
    """
    now = clock.current.now
    return {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": int(now.timestamp()),
        # Loopback HTTP stands for the TLS that a client of AWS speaks.
        "aws:SecureTransport": True,
        "aws:SourceIp": SOURCE_ADDRESS,
        "aws:PrincipalIsAWSService": False,
        "aws:ViaAWSService": False,
    }


def decide_for(caller: Caller, action: str, resource: str, context: Mapping[str, Any]) -> Decision:
    """Decide for a caller: their policies, the resource's own, and a request context."""
    own = caller.principal.account
    owner = resources.owner_of(resource, own)
    policy = resources.policy_of(resource, owner) if _has_policy(action, resource) else None
    # A key that does not exist has no policy to decide; KMS then says that it is not found.
    kms = policy is not None and resource.startswith("arn:aws:kms:")
    decides = kms or (action.startswith("sts:") and ":role/" in resource)
    policies = replace(caller.policies, resource=policy, resource_decides=decides)
    keys = {
        **environment(),
        "aws:ResourceAccount": owner,
        **{f"aws:ResourceTag/{k}": v for k, v in resources.tags_of(resource, owner).items()},
        **caller.context,
        **context,
    }
    account = "" if owner == own else owner
    request = Request(caller.principal, action, resource, account, lookup(keys))
    return evaluate(request, policies)


def _has_policy(action: str, resource: str) -> bool:
    """A role's trust policy speaks of assuming the role only, not of changing it."""
    return not resource.startswith("arn:aws:iam:") or action.startswith("sts:")


def decide(
    account: str,
    principal_arn: str,
    action: str,
    resource: str = "*",
    context: Mapping[str, Any] | None = None,
) -> Decision:
    """Return whether a role or user may do `action` on `resource`, and which statement says so.

    `principal_arn` is the ARN of a role, a user or a role's session, or a role's bare name.
    `context` gives or overrides context keys: `{"aws:SourceIp": "10.0.1.7"}`.
    Raises nothing: a role that does not exist may do nothing.
    """
    caller = callers.by_arn(account, principal_arn)
    region = {"aws:RequestedRegion": resource.split(":")[3]} if resource.count(":") >= 5 else {}
    given = {key: value for key, value in region.items() if value} | dict(context or {})
    return decide_for(caller, action, resource, given)


def trusts(
    account: str, role_arn: str, service: str, context: Mapping[str, Any] | None = None
) -> Decision:
    """Return whether a role's trust policy lets an AWS service, `ecs-tasks.amazonaws.com`, assume it.

    A role that does not exist trusts nobody.
    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    trust = resources.policy_of(role_arn, role_arn.split(":")[4] if ":" in role_arn else account)
    keys = {
        **environment(),
        "aws:PrincipalIsAWSService": True,
        "aws:PrincipalServiceName": service,
        "aws:SourceAccount": account,
        **(context or {}),
    }
    request = Request(
        Principal(service, kind="service"), "sts:AssumeRole", role_arn, "", lookup(keys)
    )
    missing = Policy("the trust policy", ())
    return evaluate(request, Policies(resource=trust or missing, resource_decides=True))


def service_may(
    account: str, who: str, action: str, resource: str, context: Mapping[str, Any]
) -> Decision:
    """Return whether a resource's own policy lets an AWS service do something; without a policy, nobody may.

    `who` is a service principal, or the id of an account in which AWS runs a service.
    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html
    """
    policy = resources.policy_of(resource, resources.owner_of(resource, account))
    keys = {
        **environment(),
        "aws:PrincipalIsAWSService": not who.isdigit(),
        "aws:SourceAccount": account,
        **context,
    }
    missing = Policy("the resource's policy", ())
    policies = Policies(resource=policy or missing, resource_decides=True)
    if not who.isdigit():
        principal = Principal(who, kind="service")
        return evaluate(Request(principal, action, resource, "", lookup(keys)), policies)
    # An account of AWS's own lets its services do anything: the resource's policy alone decides.
    caller = callers.administrator(who)
    policies = replace(policies, identity=caller.policies.identity)
    request = Request(caller.principal, action, resource, account, lookup(keys))
    return evaluate(request, policies)
