"""Credentials as a task has them: from the container credentials endpoint, without an AssumeRole call.

`GET /_lab/credentials/<id>` on the lab's door answers as 169.254.170.2 does inside a task.
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends

from awslab.server.iam import trust
from awslab.server.iam.callers import ENDLESS, PARTITION

# botocore compares this with the machine's real clock and refreshes what is about to expire, while the lab's
# clock is simulated. Tasks' credentials never run out here, as on AWS, where ECS renews them in time.
NEVER = "2099-01-01T00:00:00Z"
PATH = "credentials/"


def session(
    account: str, role_arn: str, session_name: str, context: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Return credentials of a role as a task has them: AccessKeyId, SecretAccessKey, Token, Expiration, RoleArn.

    Whether the role trusts `ecs-tasks.amazonaws.com` is for the caller to ask (`trusts`).
    `context` holds context keys of every call made with them, such as aws:SourceIp or aws:SourceVpc.
    See https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    if not role_arn.startswith("arn:"):
        role_arn = f"arn:aws:iam::{account}:role/{role_arn}"
    found = trust.make("us-east-1", role_arn, session_name)
    setattr(found, ENDLESS, True)
    found.lab_context = dict(context or {})
    return _document(found)


def _document(found: Any) -> dict[str, str]:
    return {
        "RoleArn": found.role_arn,
        "AccessKeyId": found.access_key_id,
        "SecretAccessKey": found.secret_access_key,
        "Token": found.session_token,
        "Expiration": NEVER,
    }


def relative_uri(credentials: Mapping[str, str]) -> str:
    """Return AWS_CONTAINER_CREDENTIALS_RELATIVE_URI for credentials that `session` made.

    The access key id stands for the random id that AWS uses: it is unguessable within the lab, and needs no table.
    """
    return f"/_lab/{PATH}{credentials['AccessKeyId']}"


def by_id(identifier: str) -> dict[str, str] | None:
    """Return what the container credentials endpoint answers for an id, or None for one it does not know."""
    from moto.sts.models import sts_backends

    for account in list(iam_backends):
        for found in sts_backends[account][PARTITION].assumed_roles:
            if found.access_key_id == identifier and getattr(found, ENDLESS, False):
                return _document(found)
    return None


def serve(environ: Mapping[str, Any], start_response: Any) -> list[bytes]:
    """Answer the container credentials endpoint (WSGI): 404 for credentials that nobody was given."""
    document = by_id(environ["PATH_INFO"].rpartition(PATH)[2])
    body = document or {"code": "CredentialsNotFound", "message": "no task has these credentials"}
    data = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    start_response("200 OK" if document else "404 Not Found", headers)
    return [data]
