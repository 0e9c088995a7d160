"""HTTP calls that an app makes to another one: how the name is found, which way the packet goes, what comes back.

A name is a Service Connect endpoint's, a private DNS name's of Cloud Map, a load balancer's, or an address.
What an app's own log shows is what a client library says; why it is so is told beside it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from string import Template
from typing import Any
from urllib.parse import urlsplit

from awslab.server import ec2, elbv2, fabric
from awslab.server.ecs import connect, state
from awslab.server.ecs.engine import Backend
from awslab.world import service_connect
from awslab.world.http import Request, Response
from awslab.world.service_connect import Endpoint

DEEPEST = 8  # calls within calls: apps that call each other in a circle end here
BAD_GATEWAY, UNAVAILABLE, LOOP = 502, 503, 508


class Failed(Exception):
    """A call without an answer: what the client library says, and why."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(error)
        self.error, self.why = error, why


def is_http(call: Any) -> bool:
    """Tell whether an entry of a profile's `calls` is an HTTP call."""
    return isinstance(call, dict) and "url" in call


def too_deep(request: Request) -> bool:
    """Tell whether a request has come through so many apps that it must be going in a circle."""
    return len(request.headers.get("via", "").split(",")) > DEEPEST


def make(
    backend: Backend,
    task: state.LabTask,
    process: state.Process,
    call: dict[str, Any],
    asked: Request,
    now: datetime,
) -> dict[str, Any]:
    """Make an HTTP call for a request that the app was asked; return what became of it.

    `status` is the callee's, None without an answer; `error` is what the app writes to its log; `becomes` is the
    status that the app answers with because of it, None when all is well.
    """
    url = Template(call["url"]).safe_substitute(process.environment)
    method = str(call.get("method", "GET")).upper()
    said: dict[str, Any] = {"method": method, "url": url}
    try:
        way = _Call(backend, task, _request(method, url, asked, task), now)
    except Failed as failed:
        return said | _outcome(None, f"{method} {url}: {failed.error}", failed.why, BAD_GATEWAY)
    try:
        response = way.send()
    except Failed as failed:
        error = f"{method} {url}: {failed.error}"
        return said | way.said() | _outcome(None, error, failed.why, BAD_GATEWAY)
    error = f"{method} {url}: status {response.status}" if response.status >= 400 else None
    becomes = BAD_GATEWAY if error else None
    if error and response.headers.get("server") == "envoy":  # no task has answered: the proxy did
        error, becomes = f"{error}, {response.body.decode()}", UNAVAILABLE
    why = response.headers.get("x-lab-why", "")
    return said | way.said() | _outcome(response.status, error, why, becomes) | _answer(response)


def _outcome(
    status: int | None, error: str | None, why: str, becomes: int | None
) -> dict[str, Any]:
    return {"status": status, "error": error, "why": why, "becomes": becomes}


def _answer(response: Response) -> dict[str, Any]:
    """Return who has answered, and the calls that it made in turn."""
    try:
        body = json.loads(response.body)
    except ValueError:
        return {}
    known = ("service", "task", "availabilityZone", "calls")
    return {key: body[key] for key in known if isinstance(body, dict) and key in body}


def _request(method: str, url: str, asked: Request, task: state.LabTask) -> Request:
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise Failed("Invalid URL", f"{url!r} is no address of the form http://name:port/path")
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
    except ValueError as error:
        raise Failed("Invalid URL", str(error)) from None
    via = asked.headers.get("via")
    headers = {"host": address.netloc, "via": f"{via}, 1.1 {task.id}" if via else f"1.1 {task.id}"}
    if trace := asked.headers.get("x-amzn-trace-id"):
        headers["x-amzn-trace-id"] = trace
    return Request(
        method=method,
        path=address.path or "/",
        host=address.hostname,
        scheme=address.scheme,
        port=port,
        query=address.query,
        headers=headers,
        source_ip=task.lab.address,
    )


@dataclass
class _Call:
    """One request on its way from a task: by which kind of name, to which target, encrypted by the proxies or not."""

    backend: Backend
    task: state.LabTask
    request: Request
    now: datetime
    by: str = ""
    target: str = ""
    encrypted: bool = False

    def said(self) -> dict[str, Any]:
        """Return the way as JSON data."""
        return {"by": self.by, "target": self.target, "encrypted": self.encrypted}

    def send(self) -> Response:
        """Find who has the name and send the request there.

        Raises Failed.
        """
        backend, task, request = self.backend, self.task, self.request
        if endpoints := connect.lookup(backend, task, request.host):
            return self._by_proxy(endpoints)
        if exchange := elbv2.serve(request.host, request, task.lab.eni):
            self.by, self.target = "load balancer", exchange.balancer.name
            if exchange.response is None:
                raise Failed(f"connect ETIMEDOUT {request.host}:{request.port}", exchange.why)
            return exchange.response
        answer = connect.cloudmap().resolve(
            backend.account_id, backend.region_name, task.lab.vpc, request.host
        )
        if answer is not None and answer.addresses:
            self.by = "Cloud Map"
            turn = _turn(task, request.host)
            return self._direct(answer.addresses[turn % len(answer.addresses)])
        if answer is None and request.host.replace(".", "").isdigit():
            self.by = "address"
            return self._direct(request.host)
        why = answer.why if answer else _unknown(backend, task, request.host)
        raise Failed(f"getaddrinfo ENOTFOUND {request.host}", why)

    def _by_proxy(self, endpoints: list[tuple[str, Endpoint]]) -> Response:
        """Send the request to the healthy tasks of an endpoint in turn, until one of three takes it.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
        """
        self.by, host, port = "Service Connect", self.request.host, self.request.port
        found = next((pair for pair in endpoints if pair[1].port == port), None)
        if found is None:
            ports = ", ".join(str(endpoint.port) for _, endpoint in endpoints)
            why = f"the client alias {host} is on port {ports}"
            raise Failed(f"connect ECONNREFUSED {host}:{port}", why)
        identity, endpoint = found
        self.encrypted = endpoint.encrypted
        healthy = connect.healthy(self.backend, identity)
        if not healthy:
            return _from_proxy("no healthy upstream", "the endpoint has no healthy task")
        reason, why = "", ""
        for address in service_connect.attempts(healthy, _turn(self.task, identity)):
            try:
                return self._reach(address, endpoint.target_port)
            except fabric.TimedOut as error:
                reason, why = "connection timeout", str(error)
            except fabric.Refused as error:
                reason, why = "remote connection failure", str(error)
        text = f"upstream connect error or disconnect/reset before headers. reset reason: {reason}"
        return _from_proxy(text, why)

    def _direct(self, address: str) -> Response:
        try:
            return self._reach(address, self.request.port)
        except fabric.TimedOut as error:
            raise Failed(f"connect ETIMEDOUT {self.target}", str(error)) from None
        except fabric.Refused as error:
            raise Failed(f"connect ECONNREFUSED {self.target}", str(error)) from None

    def _reach(self, address: str, port: int) -> Response:
        """Carry the request over the network.

        Raises fabric.TimedOut when the packet is lost, fabric.Refused when nothing listens there.
        """
        self.target = f"{address}:{port}"
        account, region, run = self.backend.account_id, self.backend.region_name, self.task.lab
        path = ec2.reach(account, region, run.eni, address, port)
        if not path.reachable:
            raise fabric.TimedOut(path.why)
        host = fabric.host_at(run.vpc, address)
        if host is None:
            raise fabric.Refused(f"nothing has the address {address}")
        if self.request.scheme == "https":
            raise fabric.Refused("the app speaks HTTP: the TLS handshake fails")
        return host.answer(port, self.request, self.now)


def _unknown(backend: Backend, task: state.LabTask, host: str) -> str:
    deployment = connect.deployment_of(backend, task)
    settings = deployment.settings.get("serviceConnectConfiguration") if deployment else None
    if deployment is None or not service_connect.is_enabled(settings):
        return f"the task's service takes no part in Service Connect, and no DNS name is {host}"
    known = ", ".join(f"{e.dns_name}:{e.port}" for _, e in deployment.visible) or "none"
    return (
        f"{host} is none of the Service Connect endpoints that this deployment knows ({known}); "
        "a deployment sees the endpoints that were there when it began"
    )


def _turn(task: state.LabTask, host: str) -> int:
    turns: dict[str, int] = vars(task).setdefault("lab_turns", {})
    turns[host] = turns.get(host, -1) + 1
    return turns[host]


def _from_proxy(text: str, why: str) -> Response:
    return Response(UNAVAILABLE, {"server": "envoy", "x-lab-why": why}, text.encode())
