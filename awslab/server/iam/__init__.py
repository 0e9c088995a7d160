"""Policies that decide: every call with a role's or a user's credentials is evaluated."""

from collections.abc import Mapping
from typing import Any

from awslab.world.iam import Decision

__all__ = ["decide", "install", "reset", "session", "trusts"]


def decide(
    account: str,
    principal_arn: str,
    action: str,
    resource: str = "*",
    context: Mapping[str, Any] | None = None,
) -> Decision:
    """Return whether a role or user may do `action` on `resource`, and which statement says so."""
    raise NotImplementedError


def trusts(
    account: str, role_arn: str, service: str, context: Mapping[str, Any] | None = None
) -> Decision:
    """Return whether a role's trust policy lets an AWS service, `ecs-tasks.amazonaws.com`, assume it."""
    raise NotImplementedError


def session(account: str, role_arn: str, session_name: str) -> dict[str, str]:
    """Return credentials of a role as a task has them: AccessKeyId, SecretAccessKey, Token, Expiration, RoleArn."""
    raise NotImplementedError


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""
