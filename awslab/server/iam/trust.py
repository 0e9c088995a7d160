"""Roles are assumed only by those whom they trust; their sessions carry what STS was told.

Methods for moto's `TokenResponse`; the permission itself is decided in `enforcement`, on the trust policy.
"""

from datetime import timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.sts.utils import random_session_token

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.server.iam import callers, managed
from awslab.server.iam.callers import PARTITION
from awslab.world.iam_policy import PolicyError, load

# Role chaining lasts an hour at most; see
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
CHAINED = 3600


def _find(role_arn: str) -> Any:
    parts = role_arn.split(":")
    if len(parts) < 6:
        return None
    roles = iam_backends[parts[4]][PARTITION].roles.values()
    return next((role for role in roles if role.arn == role_arn), None)


def assume_role(self: Any) -> ActionResult:
    """Give out a role's session: its policies, tags and duration kept for later decisions.

    Whether the caller may have it was decided before, by `enforcement.check`.
    Raises ValidationError for a bad ARN or duration, MalformedPolicyDocument for a bad session policy.
    See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    role_arn, name = self._get_param("RoleArn"), self._get_param("RoleSessionName")
    if role_arn.count(":") < 5 or ":role/" not in role_arn:
        raise AWSError("ValidationError", f"{role_arn} is invalid")
    role = _find(role_arn)
    key = self.get_access_key()
    chained = callers.session_of(self.current_account, key) is not None
    duration = self._get_int_param("DurationSeconds", CHAINED)
    _check_duration(duration, int(getattr(role, "max_session_duration", None) or CHAINED), chained)
    policy = self._get_param("Policy")
    if policy:
        _check_session_policy(policy)
    arns = [given.get("arn") for given in self._get_param("PolicyArns") or []]
    found = make(self.region, role_arn, name, policy=policy, duration=duration)
    _remember(found, arns, self._get_param("Tags") or [], self._get_param("SourceIdentity"))
    packed = 6 if policy or arns else None
    return ActionResult(
        {
            "Credentials": found,
            "AssumedRoleUser": {"AssumedRoleId": found.user_id, "Arn": found.arn},
            **({"PackedPolicySize": packed} if packed else {}),
        }
    )


def make(
    region: str, role_arn: str, name: str, policy: str | None = None, duration: int = 3600
) -> Any:
    """Return a new session of a role, moto's AssumedRole, without asking anybody."""
    account = role_arn.split(":")[4]
    found = sts_backends[account][PARTITION].assume_role(
        region_name=region,
        role_session_name=name,
        role_arn=role_arn,
        policy=policy,  # type: ignore[arg-type]
        duration=duration,
        external_id="",
    )
    found.lab_made_at = clock.current.now  # CloudTrail tells it
    return found


def _check_duration(duration: int, longest: int, chained: bool) -> None:
    if chained and duration > CHAINED:
        raise AWSError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if duration > longest:
        raise AWSError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )


def _check_session_policy(policy: str) -> None:
    try:
        if "Statement" not in load(policy):
            raise PolicyError("Syntax errors in policy.")
    except PolicyError as error:
        raise AWSError("MalformedPolicyDocument", str(error)) from None


def _remember(found: Any, arns: list[str], tags: list[Any], source: str | None) -> None:
    """Keep on the session what decides about it; plain data, since snapshots pickle it."""
    for arn in arns:
        managed.ensure(callers.backend(found.account_id), arn)
    found.lab_policy_arns = arns
    found.lab_tags = {tag["Key"]: tag["Value"] for tag in tags}
    found.lab_context = {
        "aws:TokenIssueTime": clock.current.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"aws:SourceIdentity": source} if source else {}),
    }


def get_caller_identity(self: Any) -> ActionResult:
    """Say who calls: a user, a role's session, or the lab's administrator.

    See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    caller = callers.by_key(self.get_access_key())
    if caller is None:
        caller = callers.administrator(self.current_account)
    principal = caller.principal
    user_id = caller.user_id
    return ActionResult({"UserId": user_id, "Account": principal.account, "Arn": principal.arn})


def get_session_token(self: Any) -> ActionResult:
    """Give out temporary credentials of the user who calls, with the user's own permissions.

    `enforcement.check` has refused a role's session before.
    See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    duration = self._get_int_param("DurationSeconds", 43_200)
    caller = callers.by_key(self.get_access_key())
    if caller is not None and caller.principal.kind != "user":
        raise callers.rejected(
            "AccessDenied", "Cannot call GetSessionToken with session credentials"
        )
    key = callers.backend(self.current_account).create_temp_access_key()
    key.user_name = caller.context["aws:username"] if caller else None
    key.lab_expiration = clock.current.now + timedelta(seconds=duration)
    credentials = {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret_access_key,
        "SessionToken": random_session_token(),
        "Expiration": key.lab_expiration,
    }
    return ActionResult({"Credentials": credentials})


def get_federation_token(self: Any) -> ActionResult:
    """Decline: the lab has roles for what federated users are for."""
    raise NotImplementedError


RESPONSES = ("assume_role", "get_caller_identity", "get_federation_token", "get_session_token")
