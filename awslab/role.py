"""Run code with a role's credentials, got the way a task gets them."""

import contextlib
import os
from collections.abc import Iterator

from awslab import control

# While any of these is set, the SDKs do not ask for a container's credentials.
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# ECS sets the relative one, for 169.254.170.2; boto3 in the notebook and `aws` reach the lab's door by it too
# (awslab.guard), but a plain child process does not, so a full URI on loopback serves all of them.
URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


@contextlib.contextmanager
def as_role(endpoint: str, role: str, session_name: str = "task") -> Iterator[str]:
    """Give this process and its children the credentials of a role; yield the address they come from.

    Raises ValueError for a role that does not exist or that ECS tasks may not assume.
    See https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    import boto3

    answer = control.ask(endpoint, "task-credentials", role=role, session_name=session_name)
    before = {name: os.environ.pop(name) for name in (*KEYS, URI) if name in os.environ}
    session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
    os.environ[URI] = endpoint + answer["path"]
    try:
        yield os.environ[URI]
    finally:
        del os.environ[URI]
        os.environ.update(before)
        boto3.DEFAULT_SESSION = session
