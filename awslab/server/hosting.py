"""A lab for a grader: warm before it is forked, and served on two doors.

The checks' door is open, the learner's door does what a submission needs.
What a check asks is not in the event history that the learner's door shows: it would tell the hidden tests.

A given cell runs twice, first beside the checks and then beside the answers, because both need the names it defines.
What it did to the lab must happen once: the first run is recorded, and the second is answered from the record.
"""

import io
import tempfile
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from awslab.server import tls
from awslab.server.app import EXTENSIONS, LabApp, respond_json
from awslab.server.asker import CHECKS
from awslab.server.door import Serialised, open_door
from awslab.server.inprocess import session

Environ = dict[str, Any]
CONTROL = "/_lab/"
# What `cloud` shows, what the clients need to start, and waiting; not reset, snapshots, faults or made-up traffic.
OPEN = {
    "advance",
    "ca",
    "can",
    "map",
    "path",
    "status",
    "task-credentials",
    "timeline",
    "trace",
}
OPEN_BELOW = ("credentials/", "layers/")
KEYS = 1  # certificates that a lab is likely to request
LONGEST_ANSWER = 4_000_000  # bytes of one recorded answer
# One cheap call of each service that the course uses: moto and botocore load a service at its first call.
CALLS = {
    "acm": "list_certificates",
    "application-autoscaling": ("describe_scalable_targets", {"ServiceNamespace": "ecs"}),
    "cloudformation": "list_stacks",
    "cloudtrail": "lookup_events",
    "cloudwatch": "describe_alarms",
    "dynamodb": "list_tables",
    "ec2": "describe_vpcs",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "elbv2": "describe_load_balancers",
    "guardduty": "list_detectors",
    "iam": "list_roles",
    "logs": "describe_log_groups",
    "route53": "list_hosted_zones",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "servicediscovery": "list_namespaces",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "sts": "get_caller_identity",
}


def warm() -> LabApp:
    """Return an empty lab with every service loaded, to be forked."""
    app = LabApp()
    for module in EXTENSIONS:
        import_module(module)
    app.load_extensions()
    from awslab.server.acm import keys  # brings moto in, which the app prepares for
    from awslab.server.iam import documents

    clients = session(app)
    for service, call in CALLS.items():
        name, arguments = (call, {}) if isinstance(call, str) else call
        getattr(clients.client(service), name)(**arguments)
    documents.services()
    keys.prepare(KEYS)
    app.reset()
    return app


def serve(app: LabApp, learner: int, checker: int, *, recording: bool = False) -> "Record":
    """Answer on two listening sockets, given as descriptors, in threads of this process.

    Returns the record of given cells, for the grader to switch; with `recording` it is on from the first call.
    """
    tls.authority(tempfile.gettempdir())
    serialised, record = Serialised(app), Record()
    record.on = recording
    for descriptor, is_learner in ((learner, True), (checker, False)):
        door = open_door(Door(serialised, record, learner=is_learner), 0, descriptor)
        threading.Thread(target=door.serve_forever, daemon=True).start()
    return record


class Record:
    """The calls of one given cell with their answers, in order."""

    def __init__(self) -> None:
        self.on = False
        self.calls: list[tuple[tuple[str, ...], tuple[str, list, bytes]]] = []

    def begin(self) -> None:
        """Forget the last cell, and record the next."""
        self.on, self.calls = True, []

    def end(self) -> None:
        """Record no more; what is recorded answers the learner's door from now on."""
        self.on = False

    def take(self, call: tuple[str, ...]) -> tuple[str, list, bytes] | None:
        """Return the answer of the first such call that has not been answered yet, None if there is none."""
        for index, (recorded, answer) in enumerate(self.calls):
            if recorded == call:
                del self.calls[index]
                return answer
        return None


class Door:
    """One way into the lab (WSGI); `learner` says for whom."""

    def __init__(self, app: Serialised, record: Record, *, learner: bool) -> None:
        self._app, self._record, self._learner = app, record, learner
        self.tls = app.tls

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        if self._learner:
            if self._record.calls and (answer := self._record.take(_call(environ))):
                status, headers, body = answer
                start_response(status, headers)
                return [body]
            if refused := closed(environ.get("PATH_INFO", "")):
                return respond_json(start_response, "400 Bad Request", {"error": refused})
            return self._app(environ, start_response)
        if not self._record.on:
            before = CHECKS.set(True)
            try:
                return self._app(environ, start_response)
            finally:
                CHECKS.reset(before)
        return self._recorded(environ, start_response)

    def _recorded(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = _call(environ)
        said: list[Any] = []

        def remember(status: str, headers: list, *more: Any) -> None:
            said[:] = [status, headers]
            start_response(status, headers, *more)

        body = b"".join(self._app(environ, remember))
        if said and len(body) <= LONGEST_ANSWER:
            self._record.calls.append((call, (said[0], said[1], body)))
        return [body]


def closed(path: str) -> str:
    """Return why a path is closed to a submission, "" when it is open."""
    if not path.startswith(CONTROL):
        return ""
    action = path.removeprefix(CONTROL)
    if action in OPEN or action.startswith(OPEN_BELOW):
        return ""
    return (
        f"`{action}` is closed while an assignment is graded: the world is what your calls to AWS have made it. "
        "Leave such a cell out of what you submit."
    )


def _call(environ: Environ) -> tuple[str, ...]:
    """Return what makes a call the same call: not its signature, time or idempotency token."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    operation = environ.get("HTTP_X_AMZ_TARGET", "")
    if not operation and b"Action=" in body[:20_000]:
        operation = body.split(b"Action=", 1)[1].split(b"&", 1)[0].decode(errors="replace")
    return (
        environ["REQUEST_METHOD"],
        environ.get("HTTP_HOST", "").partition(":")[0],
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING", ""),
        operation,
    )
