"""Secrets that rotate: at once, and by their rules along the simulated clock.

The rotation function is not run. In its place the lab puts a new password into a new version, which becomes
AWSCURRENT, and the version before becomes AWSPREVIOUS; the database behind the secret is thought to follow.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.world import rotation
from awslab.world.request_error import RequestError

Backend = SecretsManagerBackend
# AWS's own sentence: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
NO_FUNCTION = (
    "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured "
    "and you didn't include such an ARN as a parameter in this call."
)
_moto = {
    "rotate_secret": SecretsManagerBackend.rotate_secret,
    "cancel_rotate_secret": SecretsManagerBackend.cancel_rotate_secret,
    "to_dict": FakeSecret.to_dict,
}


def install() -> None:
    """Attach the lab's rotation to moto's, once."""
    if getattr(SecretsManagerBackend, "lab", False):
        return
    SecretsManagerBackend.lab = True  # type: ignore[attr-defined]
    SecretsManagerBackend.rotate_secret = rotate_secret  # type: ignore[method-assign]
    SecretsManagerBackend.cancel_rotate_secret = cancel_rotate_secret  # type: ignore[method-assign]
    FakeSecret.to_dict = to_dict  # type: ignore[method-assign]
    clock.current.every(due, run)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own secrets."""


def rotate_secret(
    self: Backend,
    secret_id: str,
    client_request_token: str | None = None,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,
) -> str:
    """Turn rotation on, and rotate now unless asked to wait for the schedule.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    secret = _find(self, secret_id)
    try:
        rotation.check(rotation_rules or {}, rotation_lambda_arn)
    except RequestError as error:
        raise AWSError(error.code, error.message) from None
    if not rotation_lambda_arn and not secret.rotation_lambda_arn:
        raise AWSError("InvalidRequestException", NO_FUNCTION)
    secret.rotation_lambda_arn = rotation_lambda_arn or secret.rotation_lambda_arn
    secret.rotation_requested = secret.rotation_enabled = True
    if rotation_rules:
        secret.lab_rules = dict(rotation_rules)
        secret.auto_rotate_after_days = rotation_rules.get("AutomaticallyAfterDays", 0)
    now = clock.current.now
    _schedule(secret, now)
    if rotate_immediately:
        _rotate(secret, now, client_request_token)
    return secret.to_short_dict()


def _find(backend: Backend, secret_id: str) -> Any:
    if not backend._is_valid_identifier(secret_id):
        raise AWSError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )
    secret = backend.secrets[secret_id]
    if secret.is_deleted():
        raise AWSError(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        )
    return secret


def cancel_rotate_secret(self: Backend, secret_id: str) -> str:
    """Turn rotation off; nothing is scheduled any more.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
    """
    answer = _moto["cancel_rotate_secret"](self, secret_id)
    self.secrets[secret_id].next_rotation_date = None
    return answer


def to_dict(self: FakeSecret) -> dict[str, Any]:
    """Return a secret as DescribeSecret shows it, with the rotation rules that were given.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    shown = _moto["to_dict"](self)
    if "RotationRules" in shown:
        shown["RotationRules"] = dict(getattr(self, "lab_rules", {}))
    return shown


def _schedule(secret: Any, now: datetime) -> None:
    moment = rotation.next_run(getattr(secret, "lab_rules", {}), now)
    secret.next_rotation_date = int(moment.timestamp()) if moment else None


def _rotate(secret: Any, now: datetime, token: str | None = None) -> None:
    """Make a new version the current one; a secret without a text value has nothing to rotate."""
    current = secret.versions.get(secret.default_version_id) or {}
    stamp = int(now.timestamp())
    secret.last_rotation_date = secret.last_changed_date = stamp
    if not current.get("secret_string"):
        return
    identity = token or str(mock_random.uuid4())
    version = {
        "createdate": stamp,
        "version_id": identity,
        "version_stages": ["AWSCURRENT"],
        "secret_string": rotation.new_value(current["secret_string"], identity),
    }
    secret.reset_default_version(version, identity)


# --- on the clock ----------------------------------------------------------------------------------


def _scheduled() -> Iterator[Any]:
    for regions in list(secretsmanager_backends.values()):
        for backend in list(regions.values()):
            for secret in backend.secrets.values():
                wanted = getattr(secret, "rotation_enabled", False) and not secret.is_deleted()
                if wanted and secret.next_rotation_date:
                    yield secret


def due() -> datetime | None:
    """Return when the next secret rotates."""
    first = min((secret.next_rotation_date for secret in _scheduled()), default=None)
    return datetime.fromtimestamp(first, UTC) if first else None


def run(now: datetime) -> None:
    """Rotate every secret whose time has come."""
    for secret in list(_scheduled()):
        if secret.next_rotation_date <= now.timestamp():
            _rotate(secret, now)
            _schedule(secret, now)
