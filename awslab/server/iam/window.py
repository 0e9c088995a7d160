"""What `cloud.can` asks: a decision as JSON, with every step that led to it."""

from dataclasses import asdict
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from awslab.server import control
from awslab.server.iam import callers, credentials, decisions
from awslab.world.account import REGION


@control.action("can")
def can(
    role: str, operation: str, resource: str = "*", context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Decide whether a role or user, named by ARN or a role by name, may do `operation`, an action, on `resource`.

    Raises Refused for a role or user that does not exist, and for an action without a service.
    """
    if ":" not in operation and operation != "*":
        raise control.Refused(
            f"{operation!r} is no action; write service and operation, for example 's3:GetObject'"
        )
    account = role.split(":")[4] if role.count(":") >= 5 else DEFAULT_ACCOUNT_ID
    caller = callers.by_arn(account, role)
    if not caller.user_id and caller.principal.kind != "root":
        raise control.Refused(_unknown(account, role))
    decision = decisions.decide(account, role, operation, resource, context)
    return {
        **asdict(decision),
        "principal": caller.principal.arn,
        "action": operation,
        "resource": resource,
    }


def _unknown(account: str, role: str) -> str:
    names = sorted(r.name for r in callers.backend(account).roles.values())
    have = f"the account has {', '.join(names)}" if names else "the account has no role yet"
    return f"there is no role or user {role!r}; {have}"


@control.action("task-credentials")
def task_credentials(role: str, session_name: str = "task") -> dict[str, str]:
    """Return credentials of a role as a task has them, and where a process reads them.

    Raises Refused for a role that does not exist or that ECS tasks may not assume.
    """
    account = role.split(":")[4] if role.count(":") >= 5 else DEFAULT_ACCOUNT_ID
    caller = callers.by_arn(account, role)
    if not caller.user_id:
        raise control.Refused(_unknown(account, role))
    source = {
        "aws:SourceArn": f"arn:aws:ecs:{REGION}:{account}:*"
    }  # as ECS says when it assumes it
    trusted = decisions.trusts(account, caller.principal.arn, "ecs-tasks.amazonaws.com", source)
    if not trusted.allowed:
        raise control.Refused(f"ECS tasks may not assume {role!r}. {trusted.why}")
    given = credentials.session(account, caller.principal.arn, session_name)
    return {**given, "path": credentials.relative_uri(given)}
