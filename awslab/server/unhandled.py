"""AWS's form for what never reaches moto's dispatcher.

S3 has a dispatcher of its own, and a path or a service that moto does not know has none:
moto answers these with Flask's HTML or a Python traceback.
"""

import json
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from awslab.server import errors

Environ = dict[str, Any]
_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
# Services with operations that moto has no path for: the lab's extension adds them before the routes are built.
MORE_PATHS = {"guardduty": "awslab.server.guardduty"}
# Services that AWS has ended, though moto still has them.
ENDED = {
    # https://docs.aws.amazon.com/app-mesh/latest/userguide/what-is-app-mesh.html
    "appmesh": "AWS App Mesh is no longer available: support ended on September 30, 2026. Use Amazon ECS Service "
    "Connect (serviceConnectConfiguration of create_service) or Amazon VPC Lattice instead."
}
_REST_XML = ("s3", "route53", "cloudfront")


def create_app(service: str | None) -> Any:
    """Return moto's WSGI application for one service, every error in AWS's form; None is a service it does not know."""
    if service is None:
        return _answering(NotImplementedError())
    if service in ENDED:
        refused = errors.AWSError("ForbiddenException", ENDED[service])
        refused.status = 403
        return _answering(refused)
    if service in MORE_PATHS:
        import_module(MORE_PATHS[service]).add_paths()
    application = create_backend_app(service)
    application.register_error_handler(Exception, _handler)
    return application


def _handler(error: Exception) -> Any:
    if isinstance(error, HTTPException) and not isinstance(error, NotFound):
        return error
    return _answering(error)


def _answering(error: Exception) -> Callable[[Environ, Callable[..., Any]], Iterable[bytes]]:
    return lambda environ, start_response: answer(environ, error)(environ, start_response)


def answer(environ: Environ, error: Exception) -> Response:
    """Return the answer that stands for `error`, in the protocol of the service that the request is signed for."""
    scope = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope["service"] if scope else "s3"
    what = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    what = what or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    known = NotImplementedError() if isinstance(error, NotFound) else error
    failure = errors.aws_error(service, what, known, scope["region"] if scope else None)
    default = 500 if isinstance(failure, errors.InternalFailure) else 400
    status = getattr(failure, "status", None) or default
    if service not in _REST_XML and "form" not in environ.get("CONTENT_TYPE", ""):
        body = json.dumps({"__type": failure.code, "message": failure.message})
        headers = {"x-amzn-ErrorType": str(failure.code)}
        return Response(body, status, headers, content_type="application/json")
    xml = f"<Error><Code>{failure.code}</Code><Message>{escape(failure.message)}</Message></Error>"
    if service != "s3":
        xml = f"<ErrorResponse>{xml}</ErrorResponse>"
    return Response(xml, status, content_type="text/xml")
