"""The guard: nothing in a notebook with a lab can reach the real AWS by mistake.

Four layers, each for what the ones before it do not see:

1. botocore itself refuses any endpoint but the lab, with an error that says why (clients made early, endpoint_url=...);
2. an audit hook refuses every connection of a Python process that leaves the machine, child processes included;
3. HTTP_PROXY and HTTPS_PROXY send everything else (curl, docker, ...) to the lab's door, which answers 403;
4. fake credentials and empty configuration files: what slips through is nobody.

`docs/operators.md` lists what no guard in user space can stop.
"""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import botocore.httpsession
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from awslab.guard import hook
from awslab.guard.hook import RealAWSRefused

__all__ = ["LabGone", "RealAWSRefused", "install", "uninstall"]

# Inside a task this address answers with the task role's credentials; here the lab's door does.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
CONTAINER_CREDENTIALS = "169.254.170.2"
_current = {"endpoint": ""}
_original_send = botocore.httpsession.URLLib3Session.send
_labs: set[str] = set()  # the addresses of every lab that this process has had


class LabGone(RuntimeError):
    """The lab process has ended; the message says how to get a new one."""


def install(endpoint: str) -> None:
    """Guard this process, child processes excepted: they are guarded through their environment."""
    _labs.add(urlsplit(endpoint).netloc)
    _current["endpoint"] = endpoint
    botocore.httpsession.URLLib3Session.send = _send
    hook.install()


def uninstall() -> None:
    """Take the guard away; `awslab.stop()` does not, tests do."""
    botocore.httpsession.URLLib3Session.send = _original_send
    hook.uninstall()


def _send(self, request):
    """Send one of botocore's HTTP requests, to this machine only."""
    address = urlsplit(request.url)
    if address.hostname == CONTAINER_CREDENTIALS and _current["endpoint"]:
        request.url = _current["endpoint"] + address.path
    if not hook.is_loopback(urlsplit(request.url).hostname or ""):
        raise RealAWSRefused(hook.refusal(request.url))
    with _explained(request.url):
        return _original_send(self, request)


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except (ConnectionClosedError, EndpointConnectionError) as error:
        address = urlsplit(url)
        if address.netloc in _labs:
            raise LabGone(gone(f"{address.scheme}://{address.netloc}")) from error
        raise


def gone(endpoint: str) -> str:
    """Return the sentence a learner reads when the lab does not answer."""
    return (
        f"The lab at {endpoint} does not answer: its process has ended, and what was built in it is gone. "
        "Run `cloud = awslab.start()` again, then the cells that build what you need."
    )
