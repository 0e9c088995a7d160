"""The lab without a process or a port: a boto3 session whose requests go straight to the WSGI core.

For fast tests; a lab lives in its own process everywhere else.
"""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import botocore.session
import botocore.waiter
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from awslab.server import clock
from awslab.server.app import LabApp
from awslab.world.account import ADMINISTRATOR

ADDRESS = "http://127.0.0.1:1"  # nothing listens there: every request is answered before it is sent


def call(
    app: LabApp, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Make one request of the core and return status, headers and body."""
    address = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(address.path),
        "RAW_URI": address.path,
        "REQUEST_URI": address.path,
        "QUERY_STRING": address.query,
        "SERVER_NAME": address.hostname,
        "SERVER_PORT": str(address.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": address.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": address.scheme,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        if key == "TRANSFER_ENCODING":
            continue  # the body is whole, and its length known
        text = value.decode() if isinstance(value, bytes) else str(value)
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    answer: dict[str, Any] = {}

    def start_response(status: str, response_headers: list, exc_info: Any = None) -> None:
        answer.update(status=int(status.split()[0]), headers=dict(response_headers))

    content = b"".join(app(environ, start_response))
    return answer["status"], answer["headers"], content


def _pass(seconds: float) -> None:
    clock.current.advance(timedelta(seconds=seconds))


class _Body(io.BytesIO):
    """What botocore wants of a raw response."""

    def stream(self, amount: int = 65536, decode_content: bool = False):
        """Yield the body in pieces."""
        while piece := self.read(amount):
            yield piece


def session(app: LabApp, region: str = "us-east-1") -> boto3.session.Session:
    """Return a boto3 session that talks to `app`."""
    core = botocore.session.get_session()
    core.set_config_variable("region", region)
    # The host name is dropped on the way, so the bucket must be in the path.
    core.set_default_client_config(Config(s3={"addressing_style": "path"}))
    core.set_credentials(ADMINISTRATOR, "fake-secret", "fake-session")

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = request.body or b""
        if hasattr(body, "read"):
            body.seek(0)  # signing it has read it
            body = body.read()
        body = body if isinstance(body, bytes) else body.encode()
        path = urlsplit(request.url)
        url = f"{ADDRESS}{path.path}" + (f"?{path.query}" if path.query else "")
        status, headers, content = call(app, request.method, url, body, dict(request.headers))
        return AWSResponse(request.url, status, headers, _Body(content))

    core.register("before-send", send)
    # Waiters wait on the lab's clock, as they do in a notebook.
    botocore.waiter.time = SimpleNamespace(sleep=_pass)
    return boto3.session.Session(botocore_session=core, region_name=region)
