"""Load balancers on the web: their DNS names, and names that Route 53 points at them, answer through the lab's door.

A client whose packets are lost or refused gets no HTTP answer, as on the internet: the connection is closed.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from moto.elbv2.models import FakeLoadBalancer

from awslab.server import names
from awslab.server.elbv2 import certificates, state
from awslab.server.elbv2.serving import Exchange, arrive, serve
from awslab.world.certificates import Certificate
from awslab.world.http import Request, Response

Environ = dict[str, Any]
_HOPS = (
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)


def resolve(host: str) -> names.WSGI | None:
    """Return what answers at a host name that is a load balancer's or leads to one (`names.RESOLVERS`)."""
    balancer = balancer_at(host)
    if balancer is None:
        return None

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        exchange = serve(balancer, request_of(environ))
        if exchange.response is None:
            raise names.Unreachable(exchange.why)
        return _send(exchange.response, environ, start_response)

    return application


def ends_tls(host: str, port: int) -> list[Certificate] | None:
    """Return the certificates of the HTTPS listener at a name and port (`names.TERMINATORS`).

    Raises names.Unreachable when the packets do not get there or nothing speaks TLS there.
    """
    balancer = balancer_at(host)
    if balancer is None:
        return None
    way = arrive(balancer, Request(scheme="https", host=host, port=port))
    if way.why or way.listener is None:
        raise names.Unreachable(way.why)
    return certificates.of(way.listener)


def balancer_at(host: str) -> FakeLoadBalancer | None:
    """Return the load balancer that a name leads to, by itself or through Route 53."""
    for name in names.aliases(host):
        if balancer := state.balancer_named(name):
            return balancer
    return None


def exchange_at(host: str, request: Request, source: str = "internet") -> Exchange | None:
    """Send a request to the load balancer at a host name; None when the name leads to none."""
    balancer = balancer_at(host)
    return serve(balancer, request, source) if balancer else None


def request_of(environ: Environ) -> Request:
    """Return a WSGI request as plain data, with the Host header that the client sent."""
    scheme = environ.get("wsgi.url_scheme", "http")
    host, _, port = environ.get("HTTP_HOST", "").partition(":")
    said = environ.get("lab.host") or environ.get("HTTP_HOST", "")
    headers = {
        key.removeprefix("HTTP_").lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    }
    headers = {name: value for name, value in headers.items() if name not in _HOPS}
    headers["host"] = said
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    path = quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe="/:@!$&'()*+,;=~-._%")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path or "/",
        host=said.partition(":")[0] or host,
        scheme=scheme,
        port=int(port or (443 if scheme == "https" else 80)),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )


def _send(
    response: Response, environ: Environ, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    headers = [
        (name.title(), line)
        for name, value in response.headers.items()
        if name not in ("content-length", *_HOPS)
        for line in value.split("\n")
    ]
    headers.append(("Content-Length", str(len(response.body))))
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    start_response(f"{response.status} {phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]
