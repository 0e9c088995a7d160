"""Who a request comes from, and the policies that hang on them, out of moto's IAM and STS."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.server.iam import managed
from awslab.world.account import ADMINISTRATOR
from awslab.world.iam import Policies
from awslab.world.iam_policy import Policy, PolicyError, parse
from awslab.world.iam_principal import Principal

PARTITION = "aws"
# A session of the lab that a service made for a task: ECS renews such credentials before they expire.
ENDLESS = "lab_endless"


@dataclass(frozen=True)
class Caller:
    """Who asks: principal, unique id, policies on the identity's side, and the context keys that follow from it."""

    principal: Principal
    user_id: str = ""
    policies: Policies = field(default_factory=Policies)
    context: Mapping[str, Any] = field(default_factory=dict)


def backend(account: str) -> Any:
    """Return moto's IAM of an account."""
    return iam_backends[account][PARTITION]


def by_key(access_key: str) -> Caller | None:
    """Return who an access key belongs to, or None for the lab's administrator.

    Raises AWSError InvalidClientTokenId for a key that nobody has or that is inactive,
    ExpiredToken for a session whose time is over.
    """
    if access_key == ADMINISTRATOR:  # every notebook starts as it, and nothing is refused to it
        return None
    for account in list(iam_backends):
        key = backend(account).access_keys.get(access_key)
        if key is not None and key.status == "Active":
            found = session_of(account, access_key)
            if found is not None:
                return _of_session(account, found)
            _check_time(getattr(key, "lab_expiration", None))
            if key.user_name is None:
                return None  # GetSessionToken, called by the administrator
            if key.user_name in backend(account).users:
                return of_user(account, backend(account).users[key.user_name])
    raise rejected("InvalidClientTokenId", "The security token included in the request is invalid.")


def rejected(code: str, message: str) -> AWSError:
    """Return the error for credentials that are nobody's; HTTP 403, as AWS sends it."""
    error = AWSError(code, message)
    error.status = 403
    return error


def administrator(account: str) -> Caller:
    """Return the lab's administrator as a caller: a user who may do everything, and must be trusted like any other."""
    arn = f"arn:aws:iam::{account}:user/administrator"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = parse({"Version": "2012-10-17", "Statement": everything}, "AdministratorAccess")
    context = _common(arn, account, "User", []) | {"aws:username": "administrator"}
    principal = Principal(arn, account, "user")
    return Caller(principal, "AIDALABADMINISTRATOR", Policies((policy,)), context)


def session_of(account: str, access_key: str) -> Any:
    """Return moto's assumed role that an access key belongs to, or None."""
    from moto.sts.models import sts_backends

    for found in sts_backends[account][PARTITION].assumed_roles:
        if found.access_key_id == access_key:
            return found
    return None


def by_arn(account: str, arn: str) -> Caller:
    """Return a user, a role or a role's session by ARN, or a role by its bare name.

    One that does not exist has no policies: nothing is allowed to it.
    """
    if not arn.startswith("arn:"):
        arn = f"arn:aws:iam::{account}:role/{arn}"
    owner = arn.split(":")[4] if arn.count(":") >= 5 else account
    name = arn.split("/")[-1]
    if ":assumed-role/" in arn:
        role_name = arn.split("/")[-2]
        role = next((r for r in backend(owner).roles.values() if r.name == role_name), None)
        return of_role(owner, role, arn) if role else Caller(Principal(arn, owner, "role"))
    if ":role/" in arn:
        role = next((r for r in backend(owner).roles.values() if r.arn == arn), None)
        return of_role(owner, role) if role else Caller(Principal(arn, owner, "role", arn))
    if ":user/" in arn and name in backend(owner).users:
        return of_user(owner, backend(owner).users[name])
    kind = "root" if arn.endswith(":root") else "user"
    return Caller(Principal(arn, owner, kind))


def of_user(account: str, user: Any) -> Caller:
    """Return a user as a caller, with the policies of their groups."""
    groups = backend(account).get_groups_for_user(user.name)
    identity = [*attached(user), *(policy for group in groups for policy in attached(group))]
    boundary = _boundary(account, getattr(user, "lab_permissions_boundary", None))
    context = _common(user.arn, account, "User", user.tags or []) | {
        "aws:username": user.name,
        "aws:userid": user.id,
    }
    return Caller(
        Principal(user.arn, account, "user"),
        user.id,
        Policies(tuple(identity), None, boundary),
        context,
    )


def of_role(account: str, role: Any, session_arn: str = "") -> Caller:
    """Return a role, or one of its sessions, as a caller."""
    boundary = _boundary(account, role.permissions_boundary_arn)
    user_id = f"{role.id}:{session_arn.split('/')[-1]}" if session_arn else role.id
    context = _common(role.arn, account, "AssumedRole", role.tags or [])
    context |= {"aws:userid": user_id, "aws:MultiFactorAuthPresent": "false"}
    principal = Principal(session_arn or role.arn, account, "role", role.arn)
    return Caller(principal, user_id, Policies(tuple(attached(role)), None, boundary), context)


def _of_session(account: str, found: Any) -> Caller:
    if not getattr(found, ENDLESS, False):
        _check_time(found.expiration)
    caller = by_arn(account, found.role_arn)
    role = next((r for r in backend(account).roles.values() if r.arn == found.role_arn), None)
    caller = of_role(account, role, found.arn) if role else caller
    arns = getattr(found, "lab_policy_arns", [])
    passed = [parse(found.policy, "the session policy")] if found.policy else []
    passed += [policy for arn in arns if (policy := managed_policy(account, arn))]
    context = {**caller.context, **getattr(found, "lab_context", {})}
    context |= {
        f"aws:PrincipalTag/{key}": value for key, value in getattr(found, "lab_tags", {}).items()
    }
    principal = Principal(found.arn, account, "role", found.role_arn)
    session = tuple(passed) if found.policy or arns else None
    return replace(
        caller,
        principal=principal,
        context=context,
        policies=replace(caller.policies, session=session),
    )


def _check_time(expiration: datetime | None) -> None:
    """Refuse credentials whose simulated time is over; moto's times may be naive, in UTC."""
    now = clock.current.now
    if expiration and (expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)) <= now:
        raise rejected("ExpiredToken", "The security token included in the request is expired")


def _common(arn: str, account: str, kind: str, tags: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the context keys of a principal.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
    """
    return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": kind,
        **{f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in tags},
    }


def attached(holder: Any) -> Iterable[Policy]:
    """Yield the inline and managed policies of a role, a user or a group; a broken one allows nothing."""
    for name, document in holder.policies.items():
        yield from _parsed(document, name)
    for policy in holder.managed_policies.values():
        yield from _parsed(default_document(policy), policy.name, policy.arn)


def _parsed(document: Any, name: str, arn: str = "") -> Iterable[Policy]:
    text = document if isinstance(document, str) else json.dumps(document)
    try:
        yield parse(text, name, arn)
    except PolicyError:
        return


def default_document(policy: Any) -> str:
    """Return the document of a managed policy's default version."""
    versions = {version.version_id: version.document for version in policy.versions}
    return versions.get(policy.default_version_id) or '{"Statement": []}'


def managed_policy(account: str, arn: str) -> Policy | None:
    """Return a managed policy, AWS's own included, or None when it does not exist."""
    managed.ensure(backend(account), arn)
    policy = backend(account).managed_policies.get(arn)
    return parse(default_document(policy), policy.name, arn) if policy else None


def _boundary(account: str, arn: str | None) -> Policy | None:
    """Return the policy of a permissions boundary; one whose policy is gone allows nothing."""
    if not arn:
        return None
    return managed_policy(account, arn) or Policy(arn.split("/")[-1], (), arn)
