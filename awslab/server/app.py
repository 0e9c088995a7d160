"""The lab's core: a WSGI application that answers as AWS, as a container registry, and as the lab's own control.

No threads and no sockets here: `door.py` gives it a port, `inprocess.py` gives it to a botocore session.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, ClassVar

from awslab.server import clock, control, fabric, names

# moto reads these when it is imported: 5,000 machine images cost 0.4 s and no lesson uses them.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from awslab.server import backends, errors, moto_caches, registry, unhandled
from awslab.server.iam import credentials
from awslab.server.snapshot import freeze, thaw

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
# What the lab adds to a service of moto's, installed when moto first loads that service: loading all takes seconds.
EXTENSIONS = {
    "moto.ecr.responses": "awslab.server.ecr",
    "moto.ec2.responses": "awslab.server.ec2",
    # Every call is noted from the first on, whoever looks later.
    "moto.core.responses": "awslab.server.cloudtrail",
    "moto.cloudtrail.responses": "awslab.server.cloudtrail.lookup",
    "moto.s3.models": "awslab.server.cloudtrail.s3",
    # moto asks IAM at every request whose access key it is, so this one is there from the first.
    "moto.iam.models": "awslab.server.iam",
    "moto.s3.responses": "awslab.server.iam.s3",
    "moto.ecs.responses": "awslab.server.ecs",
    "moto.elbv2.responses": "awslab.server.elbv2",
    "moto.applicationautoscaling.responses": "awslab.server.autoscaling",
    "moto.acm.responses": "awslab.server.acm",
    "moto.logs.responses": "awslab.server.logs",
    # Tasks and load balancers are measured from their first minute on, whether or not anybody looks.
    "moto.ecs.models": "awslab.server.cloudwatch",
    "moto.cloudwatch.models": "awslab.server.cloudwatch",
    "moto.cloudformation.responses": "awslab.server.cloudformation",
    "moto.route53.responses": "awslab.server.route53",
    "moto.servicediscovery.models": "awslab.server.cloudmap",
    "moto.secretsmanager.models": "awslab.server.secretsmanager",
    "moto.guardduty.responses": "awslab.server.guardduty",
    "moto.inspector2.models": "awslab.server.inspector2",
}
SEED = 6_3  # of moto's random ids: the same calls give the same ids


class LabApp:
    """Dispatch one WSGI request to AWS's API, the registry or the lab's control."""

    current: ClassVar["LabApp"]  # the one that answers, for a service that calls another

    def __init__(self) -> None:
        backends.install()
        moto_caches.install()
        errors.install()
        self._extensions: dict[str, Any] = {}
        self._aws = DomainDispatcherApplication(unhandled.create_app)
        self._modules = 0
        self._snapshots: list[bytes] = []
        control.ACTIONS |= {"snapshot": self.snapshot, "restore": self.restore}
        self.reset()

    def reset(self) -> None:
        """Empty the account, and start the clock and the ids again."""
        backends.reset()
        reset_model_data()
        mock_random.seed(SEED)
        clock.current.now = clock.EPOCH
        fabric.reset()
        for extension in self._extensions.values():
            extension.reset()

    def snapshot(self) -> dict[str, int]:
        """Keep the lab as it is now; return the number under which `restore` brings it back."""
        self._snapshots.append(freeze(self._extensions.values()))
        return {"snapshot": len(self._snapshots) - 1}

    def restore(self, snapshot: int) -> dict[str, str]:
        """Make the lab what it was at a snapshot; what happened since is gone, later snapshots stay."""
        if not 0 <= snapshot < len(self._snapshots):
            raise control.Refused(
                f"there is no snapshot {snapshot}: take one with cloud.snapshot()"
            )
        fabric.reset()
        thaw(self._snapshots[snapshot], self._extensions.values())
        return {"now": clock.current.now.isoformat()}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        LabApp.current = self
        try:
            self.load_extensions()
            return self._handler(environ)(environ, start_response)
        except names.Unreachable:
            raise  # no answer is the answer: the door closes the connection
        except Exception as error:
            return unhandled.answer(environ, error)(environ, start_response)

    def _handler(self, environ: Environ) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
        host = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] == "CONNECT":
            return refuse(environ.get("REQUEST_URI") or path, "over TLS")
        if registry.is_registry_host(host):
            return registry.serve
        if host not in LOOPBACK:
            return names.resolve(host) or refuse(host, "by that name")
        if path.startswith("/_lab/"):
            return self._control
        if path == "/v2" or path.startswith("/v2/"):
            return registry.serve
        if path.startswith("/moto-api"):
            return refuse(path, "(moto's own control is closed; use `cloud`)")
        return self._answer_as_aws

    def _answer_as_aws(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # moto imports a service at its first call: its clock has to be the lab's before it is asked the time.
        application = self._aws.get_application(environ)
        self.load_extensions()
        return application(environ, start_response)

    def load_extensions(self) -> None:
        """Extend and re-clock what moto has imported since the last request."""
        while len(sys.modules) != self._modules:  # an extension may bring in another service
            self._modules = len(sys.modules)
            for module, extension in EXTENSIONS.items():
                if module in sys.modules and extension not in self._extensions:
                    self._extensions[extension] = import_module(extension)
                    self._extensions[extension].install()
            clock.patch_moto()

    def _find_action(self, action: str) -> bool:
        """Load extensions until one has the action: no AWS call has loaded it yet, and the last ones take seconds."""
        for module in EXTENSIONS:
            import_module(module)
            self.load_extensions()
            if action in control.ACTIONS:
                return True
        return False

    def _control(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length) or b"{}")
        action = environ["PATH_INFO"].removeprefix("/_lab/")
        if action.startswith("credentials/"):
            return credentials.serve(environ, start_response)
        if action.startswith("layers/"):
            return registry.serve_layer(action.removeprefix("layers/"), start_response)
        if action == "reset":
            self.reset()
        elif action != "status" and (action in control.ACTIONS or self._find_action(action)):
            try:
                answer = control.ACTIONS[action](**body)
            except control.Refused as error:
                return respond_json(start_response, "400 Bad Request", {"error": str(error)})
            return respond_json(start_response, "200 OK", answer)
        elif action != "status":
            return refuse(environ["PATH_INFO"], "")(environ, start_response)
        return respond_json(start_response, "200 OK", {"now": clock.current.now.isoformat()})


def respond_json(start_response: StartResponse, status: str, body: object) -> list[bytes]:
    """Send `body` as JSON."""
    data = json.dumps(body).encode()
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    )
    return [data]


def refuse(target: str, how: str) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """Return a WSGI application that answers 403 and says that `target` is not in the lab."""

    def application(environ: Environ, start_response: StartResponse) -> list[bytes]:
        text = f"The lab has nothing at {target} {how}".rstrip() + (
            ". It never forwards a request: the real AWS and the internet are out of reach from here.\n"
        )
        data = text.encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))]
        start_response("403 Forbidden", [*headers, ("Connection", "close")])
        return [data]

    return application
