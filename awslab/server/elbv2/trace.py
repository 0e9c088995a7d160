"""`cloud.trace`: one request to a load balancer, and what each step of the way decided, as JSON data."""

import json
from typing import Any
from urllib.parse import urlsplit

from awslab.server import control
from awslab.server.elbv2 import web
from awslab.server.elbv2.serving import Exchange, serve
from awslab.world.http import Request, Response


@control.action("trace")
def trace(method: str, url: str, headers: dict[str, str] | None = None, body: str = "") -> dict:
    """Send one request from the internet and return what happened at each step.

    Raises Refused for an address that is not HTTP or leads to no load balancer.
    """
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise control.Refused(f"{url!r} is no address; write for example http://<DNS name>/api")
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    host = sent.get("host", address.hostname).partition(":")[0]
    request = Request(
        method=method.upper(),
        path=address.path or "/",
        host=host,
        scheme=address.scheme,
        port=address.port or (443 if address.scheme == "https" else 80),
        query=address.query,
        headers={"host": address.netloc} | sent,
        body=body.encode(),
    )
    balancer = web.balancer_at(address.hostname)
    if balancer is None:
        raise control.Refused(
            f"{address.hostname} leads to no load balancer: take DNSName from "
            "describe_load_balancers, or point a Route 53 record at it"
        )
    verify = address.hostname if address.scheme == "https" else ""
    return described(serve(balancer, request, verify=verify), url)


def described(exchange: Exchange, url: str) -> dict[str, Any]:
    """Return an exchange as JSON data, in the order of its steps."""
    request, response = exchange.request, exchange.response
    return {
        "method": request.method,
        "url": url,
        "client": "internet",
        "balancer": {"name": exchange.balancer.name, "dns": exchange.balancer.dns_name},
        "node": {"zone": exchange.zone, "interface": exchange.node},
        "way_in": _path(exchange.way_in),
        "listener": _listener(exchange),
        "rules": _rules(exchange),
        "group": _group(exchange),
        "way_on": _path(exchange.way_on),
        "status": response.status if response else None,
        "headers": dict(response.headers) if response else {},
        "body": response.body.decode(errors="replace")[:2000] if response else "",
        "calls": _calls(response),
        "answered": exchange.answered,
        "why": exchange.why,
    }


def _calls(response: Response | None) -> list[dict[str, Any]]:
    """Return the calls that the app says it has made for the request."""
    try:
        body = json.loads(response.body) if response else {}
    except ValueError:
        return []
    calls = body.get("calls") if isinstance(body, dict) else None
    return [each for each in calls if isinstance(each, dict)] if isinstance(calls, list) else []


def _path(path: Any) -> dict[str, Any] | None:
    if path is None:
        return None
    keys = ("kind", "id", "ok", "why", "of")
    hops = [{key: getattr(hop, key) for key in keys} for hop in path.hops]
    return {"reachable": path.reachable, "why": path.why, "hops": hops}


def _listener(exchange: Exchange) -> dict[str, Any] | None:
    listener = exchange.listener
    if listener is None:
        return None
    return {"port": int(listener.port), "protocol": listener.protocol}


def _rules(exchange: Exchange) -> list[dict[str, Any]]:
    tried = exchange.route.tried if exchange.route else ()
    return [
        {
            "priority": each.rule.name,
            "matched": each.matched,
            "why": each.why,
            "action": _action(each.rule.actions) if each.matched else "",
        }
        for each in tried
    ]


def _action(actions: Any) -> str:
    kind = max(actions, key=lambda action: action.get("Order") or 0)["Type"]
    return str(kind)


def _group(exchange: Exchange) -> dict[str, Any] | None:
    group = exchange.group
    if group is None:
        return None
    return {
        "name": group.name,
        "why": exchange.group_why,
        "target_why": exchange.target_why,
        "targets": [
            {
                "address": target.address,
                "port": target.port,
                "zone": target.zone,
                "state": health.state,
                "reason": health.description or "",
                "chosen": target == exchange.target,
            }
            for target, health in exchange.states
        ],
    }
