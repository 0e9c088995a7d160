"""Policies that decide: every call with a role's or a user's credentials is evaluated.

The lab's administrator, whose keys every notebook starts with, may do everything;
every other access key is a user's or a session's, and its policies count.
"""

from moto.iam.responses import IamResponse
from moto.sts.responses import TokenResponse

from awslab.server import errors
from awslab.server.iam import (  # noqa: F401  (window is an action)
    documents,
    enforcement,
    simulation,
    trust,
    window,
    wording,
)
from awslab.server.iam.credentials import session
from awslab.server.iam.decisions import decide, trusts

__all__ = ["decide", "install", "reset", "session", "trusts"]


def install() -> None:
    """Attach the lab's IAM and STS to moto's, and the permission check to every request."""
    if getattr(IamResponse, "lab", False):
        return
    IamResponse.lab = True  # type: ignore[attr-defined]
    errors.check_requests(errors.ANY, enforcement.check)
    errors.check_requests("iam", documents.check)
    wording.install()
    for target, modules in ((IamResponse, (documents, simulation)), (TokenResponse, (trust,))):
        for module in modules:
            for name in module.RESPONSES:
                setattr(target, name, getattr(module, name))


def reset() -> None:
    """Nothing to do: all state hangs on moto's own users, roles and sessions."""
