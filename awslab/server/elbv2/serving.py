"""A request to a load balancer, all the way: node, listener, rule, target group, target, answer.

`serve` returns an `Exchange` that says what happened at each step; `Exchange.response` is what the client gets.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from moto.elbv2.models import FakeListener, FakeLoadBalancer, FakeTargetGroup, elbv2_backends

from awslab.server import clock, ec2, fabric
from awslab.server.cloudwatch import collect
from awslab.server.elbv2 import access_logs, certificates, state, targets, wire
from awslab.world import load_balancing as rules
from awslab.world import routing
from awslab.world import target_health as checks
from awslab.world.certificates import chosen, names
from awslab.world.http import Request, Response
from awslab.world.transforms import Failed, rewritten, uri


@dataclass
class Exchange:
    """What became of one request; a step that was never reached is None or empty.

    `response` is None when the client got none; `why` then says what a client cannot see.
    """

    request: Request
    balancer: FakeLoadBalancer
    response: Response | None = None
    why: str = ""
    node: str | None = None
    zone: str | None = None
    way_in: Any = None
    listener: FakeListener | None = None
    route: routing.Route | None = None
    group: FakeTargetGroup | None = None
    group_why: str = ""
    states: list[tuple[checks.Target, checks.Health]] = field(default_factory=list)
    target: checks.Target | None = None
    target_why: str = ""
    way_on: Any = None
    forwarded: Request | None = None
    transform: str = ""  # the status of the rule's transforms, as the access log has it
    answered: bool = False  # by the target, and not by the load balancer itself

    def answer(self, response: Response, why: str) -> "Exchange":
        """Note the answer, and return the exchange."""
        self.response, self.why = response, why
        return self

    def fail(self, why: str) -> "Exchange":
        """Note that the client gets no answer, and return the exchange."""
        self.response, self.why = None, why
        return self


@dataclass(frozen=True)
class Node:
    """How a load balancer answers at the private address of one of its interfaces (`fabric.Answer`)."""

    account: str
    region: str
    arn: str
    eni_id: str

    def __call__(self, port: int, request: Request, now: datetime) -> Response:
        """Answer a request that has reached the interface.

        Raises fabric.Refused without a listener on the port.
        """
        balancer = elbv2_backends[self.account][self.region].load_balancers.get(self.arn)
        if balancer is None or state.active_at(balancer) > now:
            raise fabric.TimedOut("the load balancer is not active")
        exchange = Exchange(replace(request, port=port), balancer, node=self.eni_id)
        exchange.zone = _zone(balancer, self.eni_id)
        if _find_listener(exchange).why:
            raise fabric.Refused(exchange.why)
        response = _at_listener(exchange, now).response
        assert response
        return response


def serve(
    balancer: FakeLoadBalancer, request: Request, source: str = "internet", *, verify: str = ""
) -> Exchange:
    """Send a request to a load balancer from a network interface, an address or "internet".

    `verify` is the name that an HTTPS client wants to see in the certificate; without it nobody looks.
    """
    exchange = arrive(balancer, request, source)
    if exchange.why:
        return exchange
    if verify and exchange.listener and exchange.listener.protocol == "HTTPS":
        shown = chosen(certificates.of(exchange.listener), verify)
        if not names(shown, verify):
            domains = ", ".join(shown.domains)
            return exchange.fail(
                f"the certificate is for {domains}, not for {verify}: the client ends the connection"
            )
    return _at_listener(exchange, clock.current.now)


def arrive(balancer: FakeLoadBalancer, request: Request, source: str = "internet") -> Exchange:
    """Bring a request to a listener of a load balancer, or say in `why` where it stops.

    A client resolves the name to one address a zone and goes to the next one when the first is out of reach.
    """
    exchange = Exchange(request, balancer)
    if state.active_at(balancer) > clock.current.now:
        return exchange.fail(
            f"{balancer.name} is still provisioning: its name does not answer before it is active"
        )
    for node in _nodes_in_turn(balancer):
        way = _way_in(balancer, source, node, request.port)
        if exchange.way_in is None or way.reachable:
            exchange.way_in, exchange.node, exchange.zone = way, node, _zone(balancer, node)
        if way.reachable:
            return _find_listener(exchange)
    return exchange.fail(exchange.way_in.why if exchange.way_in else "it has no network interface")


def _find_listener(exchange: Exchange) -> Exchange:
    request = exchange.request
    listener = state.listener_on(exchange.balancer, request.port)
    if listener is None:
        return exchange.fail(f"no listener on port {request.port}: the connection is refused")
    exchange.listener = listener
    if request.scheme == "https" and listener.protocol != "HTTPS":
        return exchange.fail(f"port {request.port} speaks HTTP: the TLS handshake fails")
    return exchange


def _way_in(balancer: FakeLoadBalancer, source: str, node: str, port: int) -> Any:
    account, region = wire.owner(balancer)
    return ec2.reach(account, region, source, node, port)


def _nodes_in_turn(balancer: FakeLoadBalancer) -> list[str]:
    nodes = wire.live_nodes(balancer)
    turn = vars(balancer).setdefault("lab_turn", 0) % max(1, len(nodes))
    balancer.lab_turn = turn + 1
    return nodes[turn:] + nodes[:turn]


def _zone(balancer: FakeLoadBalancer, node: str) -> str | None:
    nodes = state.nodes(balancer)
    return next((s.availability_zone for s in balancer.subnets if nodes.get(s.id) == node), None)


def _at_listener(exchange: Exchange, now: datetime) -> Exchange:
    collect.served(_by_rules(exchange, now))
    access_logs.served(exchange, now)
    return exchange


def _by_rules(exchange: Exchange, now: datetime) -> Exchange:
    request, listener = exchange.request, exchange.listener
    assert listener
    if request.scheme == "http" and listener.protocol == "HTTPS":
        return exchange.answer(
            rules.error(400), f"plain HTTP was sent to HTTPS port {request.port}"
        )
    exchange.route = routing.route(state.rules(listener), request)
    action = exchange.route.action
    if action["Type"] == "redirect":
        return exchange.answer(rules.redirect(action["RedirectConfig"], request), "redirect")
    if action["Type"] == "fixed-response":
        response = rules.fixed_response(action["FixedResponseConfig"])
        return exchange.answer(response, "fixed response")
    return _forward(exchange, action, now)


def _forward(exchange: Exchange, action: Any, now: datetime) -> Exchange:
    arn = _choose_group(exchange, action)
    group = state.backend_of(exchange.balancer).target_groups.get(arn or "")
    if group is None:
        return exchange.answer(rules.error(503), "no target group has a weight above 0")
    exchange.group = group
    targets.settle(group, now)
    registered = list(state.targets(group).values())
    healths = targets.healths(group, registered, now)
    exchange.states = list(zip(registered, healths, strict=True))
    candidates = checks.routable(_of_zone(exchange))
    if not candidates:
        return exchange.answer(rules.error(503), _why_none(exchange))
    exchange.target = _choose_target(exchange, candidates, now)
    return _send(exchange, action, now)


def _why_none(exchange: Exchange) -> str:
    if not exchange.states:
        return "the target group has no registered targets"
    found = ", ".join(sorted({health.state for _, health in exchange.states}))
    return f"no target of the group may receive a request: all are {found}"


def _of_zone(exchange: Exchange) -> list[tuple[checks.Target, checks.Health]]:
    """Return the targets in reach of the node: all, or those of its zone when cross-zone is off.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    assert exchange.group
    if state.enabled(exchange.group, "load_balancing.cross_zone.enabled", True):
        return exchange.states
    return [each for each in exchange.states if each[0].zone in (exchange.zone, "all")]


# --- choosing ------------------------------------------------------------------------------------


def _choose_group(exchange: Exchange, action: Any) -> str | None:
    weights = rules.target_groups(action)
    if len(weights) == 1:
        arn = next(iter(weights))
        exchange.group_why = "the only target group of the rule"
        return arn if weights[arn] > 0 else None
    stuck = rules.cookie(exchange.request.headers, rules.COOKIES["group"])
    if _group_stickiness(action) and stuck:
        for arn, weight in weights.items():
            if weight > 0 and _fresh(stuck, arn):
                exchange.group_why = f"cookie {rules.COOKIES['group']} keeps the client here"
                return arn
    counters = vars(exchange.listener).setdefault("lab_weights", {})
    assert exchange.route
    key = exchange.route.rule.arn
    arn, counters[key] = rules.choose(weights, counters.get(key, {}))
    total = sum(weights.values())
    if arn:
        exchange.group_why = f"its turn: weight {weights[arn]} of {total}"
    return arn


def _group_stickiness(action: Any) -> int:
    """Return for how many seconds a client stays with a target group, 0 for not at all."""
    config = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
    if str(config.get("Enabled")).lower() != "true":
        return 0
    return int(config.get("DurationSeconds") or 86400)


def _choose_target(
    exchange: Exchange, candidates: list[checks.Target], now: datetime
) -> checks.Target:
    group = exchange.group
    assert group
    stuck = rules.cookie(exchange.request.headers, rules.COOKIES["target"])
    if _sticky(group) and stuck:
        for each in candidates:
            if _fresh(stuck, _name(each)):
                exchange.target_why = f"cookie {rules.COOKIES['target']} keeps the client here"
                return each
    duration = state.number(group, "slow_start.duration_seconds", 0)
    shares = {_name(each): checks.slow_start_share(each, duration, now) for each in candidates}
    chosen, after = rules.choose(shares, vars(group).setdefault("lab_turns", {}))
    group.lab_turns = after
    good = any(
        health.state in (checks.HEALTHY, checks.UNAVAILABLE) for _, health in exchange.states
    )
    exchange.target_why = (
        f"its turn among {len(candidates)} healthy"
        if good
        else f"no target is healthy: the load balancer fails open to all {len(candidates)}"
    )
    return next(each for each in candidates if _name(each) == chosen)


def _sticky(group: FakeTargetGroup) -> bool:
    kind = group.attributes.get("stickiness.type", "lb_cookie")
    return state.enabled(group, "stickiness.enabled", False) and kind == "lb_cookie"


def _name(target: checks.Target) -> str:
    return f"{target.address}:{target.port}"


def _value(name: str, expires: int) -> str:
    return f"{sha256(name.encode()).hexdigest()[:32]}{expires:010x}"


def _fresh(value: str, name: str) -> bool:
    """Tell whether a cookie's value is this one's and its time is not over."""
    try:
        expires = int(value[32:], 16)
    except ValueError:
        return False
    return value == _value(name, expires) and expires > clock.current.now.timestamp()


# --- to the target and back ----------------------------------------------------------------------


def _send(exchange: Exchange, action: Any, now: datetime) -> Exchange:
    group, target, balancer = exchange.group, exchange.target, exchange.balancer
    assert group and target and exchange.node
    address = targets.address_of(group, target.address) or target.address
    mode = balancer.attrs.get("routing.http.xff_header_processing.mode", "append")
    onward = rules.forwarded(exchange.request, mode=mode, trace_id=_trace_id(exchange, now))
    onward = replace(onward, scheme=(group.protocol or "HTTP").lower(), port=target.port)
    try:
        exchange.forwarded = onward = rewritten(onward, _transforms(exchange))
    except Failed as error:
        exchange.transform, exchange.target = str(error), None
        return exchange.answer(rules.error(500), f"the rule's transform failed: {error}")
    try:
        answer = wire.send(balancer, exchange.node, address, target.port, onward, now)
    except wire.TimedOut as error:
        exchange.way_on = error.path
        return exchange.answer(rules.error(504), f"the target did not answer: {error}")
    except wire.Refused as error:
        exchange.way_on = error.path
        return exchange.answer(rules.error(502), f"the target refused the connection: {error}")
    response, exchange.way_on = answer
    exchange.answered = True
    why = "the target answered"
    if (before := uri(exchange.request)) != uri(onward) or exchange.request.host != onward.host:
        exchange.transform = "TransformSuccess"
        why += f"; the rule rewrote {exchange.request.host}{before} to {onward.host}{uri(onward)} for it"
    return exchange.answer(_with_cookies(exchange, action, response, now), why)


def _transforms(exchange: Exchange) -> tuple[Any, ...]:
    return exchange.route.rule.transforms if exchange.route else ()


def _trace_id(exchange: Exchange, now: datetime) -> str:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    count = exchange.balancer.lab_requests = getattr(exchange.balancer, "lab_requests", 0) + 1
    unique = sha256(f"{exchange.balancer.arn}{count}".encode()).hexdigest()[:24]
    return f"Root=1-{int(now.timestamp()):08x}-{unique}"


def _with_cookies(exchange: Exchange, action: Any, response: Response, now: datetime) -> Response:
    assert exchange.group and exchange.target
    cookies = []
    if _sticky(exchange.group):
        lasts = state.number(exchange.group, "stickiness.lb_cookie.duration_seconds", 86400)
        cookies.append((rules.COOKIES["target"], _name(exchange.target), lasts))
    if (lasts := _group_stickiness(action)) and len(rules.target_groups(action)) > 1:
        cookies.append((rules.COOKIES["group"], exchange.group.arn, lasts))
    if not cookies:
        return response
    written = [
        f"{name}={_value(of, int(now.timestamp()) + lasts)}; Max-Age={lasts}; Path=/"
        for name, of, lasts in cookies
    ]
    if before := response.headers.get("set-cookie"):
        written.insert(0, before)
    return replace(response, headers={**response.headers, "set-cookie": "\n".join(written)})
