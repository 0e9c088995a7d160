"""`cloud.traffic`: many requests through a load balancer without a call for each of them.

Every minute one request goes to each target that would get some, and its answer stands for all that the target gets
until the minute is over; who gets how many is decided anew in each slice of simulated time. How many there are is
random, the same for the same seed.
"""

import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from awslab.server import clock, control, ec2, fabric
from awslab.server.cloudwatch import collect, store
from awslab.world import ecs_strategy, load_balancing, metrics, routing, target_health, transforms
from awslab.world.http import Request, Response
from awslab.world.network import INTERNET

SLICE = timedelta(seconds=20)
LONGEST = timedelta(days=15)


@dataclass
class Traffic:
    """Requests to one address: from when to when, how many a second, and what became of them by minute."""

    url: str
    begun: datetime
    until: datetime
    schedule: list[tuple[float, float]]
    seed: int
    counts: dict[str, int] = field(default_factory=dict)  # status -> requests, of this minute
    minutes: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, None] = field(default_factory=dict)  # target groups that got some
    # (network interface, port) -> status of the target's answer to the one request of this minute
    statuses: dict[tuple[str, int], int] = field(default_factory=dict)


@control.action("traffic")
def traffic(
    url: str,
    schedule: list[list[float]] | None = None,
    seconds: float = 0,
    seed: int = 0,
    wait: bool = True,
) -> dict[str, Any]:
    """Send requests for a time and return what came of them, by minute; without `schedule`, what came so far.

    `schedule` holds pairs of seconds from now and requests a second from then on.
    Raises control.Refused for an address that leads to no load balancer, and for numbers that make no sense.
    """
    balancer = _balancer(url)
    _, _, _, region, account, _ = balancer.arn.split(":", 5)
    kept = store.of(account, region)
    if schedule is not None:
        _check(schedule, seconds)
        now = clock.current.now
        pairs = [(float(at), float(rate)) for at, rate in schedule]
        until = now + timedelta(seconds=seconds)
        kept.traffic = [t for t in kept.traffic if t.url != url]
        kept.traffic.append(Traffic(url, now, until, pairs, int(seed)))
        if wait:
            clock.current.advance(timedelta(seconds=seconds))
    found = next((t for t in kept.traffic if t.url == url), None)
    if found is None:
        raise control.Refused(
            f'there was no traffic to {url} yet; begin with cloud.traffic(url, 50, "10 min")'
        )
    return described(found, account, region)


def _check(schedule: list[list[float]], seconds: float) -> None:
    if not 0 < seconds <= LONGEST.total_seconds():
        raise control.Refused("the duration has to be more than nothing and at most 15 days")
    if any(rate < 0 or at < 0 for at, rate in schedule) or not schedule:
        raise control.Refused("rates and their times are numbers that are not negative")
    if [at for at, _ in schedule] != sorted(at for at, _ in schedule):
        raise control.Refused("the times of a schedule have to be in order")


def _balancer(url: str) -> Any:
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise control.Refused(f"{url!r} is no address; write for example http://<DNS name>/api")
    from awslab.server.elbv2 import web

    balancer = web.balancer_at(address.hostname)
    if balancer is None:
        raise control.Refused(
            f"{address.hostname} leads to no load balancer: take DNSName from "
            "describe_load_balancers, or point a Route 53 record at it"
        )
    return balancer


def flowing(now: datetime) -> bool:
    """Tell whether any traffic is under way."""
    return any(now < each.until for _, kept in store.used() for each in kept.traffic)


def send(now: datetime) -> None:
    """Send the requests of the slice that ends now."""
    for backend, kept in list(store.used()):
        for each in kept.traffic:
            begun = max(each.begun, now - SLICE)
            seconds = (min(now, each.until) - begun).total_seconds()
            if seconds <= 0:
                continue
            elapsed = (begun - each.begun).total_seconds()
            rate = metrics.rate_at(each.schedule, elapsed)
            count = metrics.arrivals(rate, seconds, f"{each.seed} {elapsed:g}")
            if count:
                _Slice(backend.account_id, backend.region_name, kept, each, seconds, now).run(count)


class _Slice:
    """The requests of one slice on their way through one load balancer."""

    def __init__(
        self,
        account: str,
        region: str,
        kept: store.State,
        of: Traffic,
        seconds: float,
        now: datetime,
    ) -> None:
        self.account, self.region, self.kept = account, region, kept
        self.traffic, self.seconds, self.now = of, seconds, now
        self.tasks = collect.by_address(account, region)

    def note(self, status: int | str, count: float) -> None:
        counts = self.traffic.counts
        counts[str(status)] = counts.get(str(status), 0) + round(count)

    def run(self, count: int) -> None:
        """Bring `count` requests to the load balancer and let its rules decide."""
        from awslab.server.elbv2 import serving, state

        request = _request(self.traffic.url)
        try:
            balancer = _balancer(self.traffic.url)
        except control.Refused:  # it was deleted meanwhile
            self.note("unreachable", count)
            return
        way = serving.arrive(balancer, request)
        if way.why or way.listener is None:
            self.note("unreachable", count)
            return
        ec2.carried(self.account, self.region, INTERNET, way.node or "", request.port, count - 1)
        self.way, way.route = way, routing.route(state.rules(way.listener), request)
        action = way.route.action
        if action["Type"] != "forward":
            answer = _own_answer(action, request)
            collect.requests(self.kept, balancer, None, count)
            if action["Type"] == "redirect" or answer >= 400:
                collect.errors(self.kept, balancer, answer, count)
            self.note(answer, count)
            self._log(answer, count)
            return
        self._forward(balancer, way, action, request, count)

    def _forward(self, balancer: Any, way: Any, action: Any, request: Request, count: int) -> None:
        from awslab.server.elbv2 import state, targets

        weights = {a: w for a, w in load_balancing.target_groups(action).items() if w > 0}
        groups = state.backend_of(balancer).target_groups
        for arn, part in _shared(count, weights).items():
            group = groups.get(arn)
            self.traffic.groups[arn] = None
            known: list[Any] = []
            if group is not None:
                targets.settle(group, self.now)
                known = list(state.targets(group).values())
            found = targets.healths(group, known, self.now) if known else []
            candidates = target_health.routable(list(zip(known, found, strict=True)))
            if not candidates:
                self._fail(balancer, None, 503, part)
                continue
            duration = state.number(group, "slow_start.duration_seconds", 0)
            shares = {t: target_health.slow_start_share(t, duration, self.now) for t in candidates}
            for target, some in _shared(part, shares).items():
                if some:
                    self._to_target(balancer, way.node, group, target, request, some)
        if not weights:
            self._fail(balancer, None, 503, count)

    def _fail(
        self, balancer: Any, group: Any, status: int, count: float, target: Any = None
    ) -> None:
        collect.requests(self.kept, balancer, group, count)
        collect.errors(self.kept, balancer, status, count)
        self.note(status, count)
        self._log(status, count, group=group, target=target)

    def _log(self, status: int, count: float, times: Any = None, **of: Any) -> None:
        """Write some of these requests into the access log."""
        from awslab.server.elbv2 import access_logs

        ended = replace(self.way, response=Response(status), answered=times is not None, **of)
        access_logs.many(ended, times or {}, count, self.seconds, self.now)

    def _to_target(
        self, balancer: Any, node: str, group: Any, target: Any, request: Request, count: int
    ) -> None:
        from awslab.server.elbv2 import targets, wire

        address = targets.address_of(group, target.address) or target.address
        host = fabric.host_at(balancer.vpc_id, address)
        ec2.carried(self.account, self.region, node, address, target.port, count - 1)
        known = (host.eni_id, target.port) if host else None
        status = self.traffic.statuses.get(known) if known else None
        if status is None:
            onward = replace(
                load_balancing.forwarded(request),
                scheme=(group.protocol or "HTTP").lower(),
                port=target.port,
            )
            try:
                onward = transforms.rewritten(onward, self.way.route.rule.transforms)
                answer, _ = wire.send(balancer, node, address, target.port, onward, self.now)
            except transforms.Failed:
                self._fail(balancer, group, 500, count)
                return
            except wire.TimedOut:
                self._fail(balancer, group, 504, count, target)
                return
            except wire.Refused:
                self._fail(balancer, group, 502, count, target)
                return
            status = answer.status
            if known:
                self.traffic.statuses[known] = status
        self._answered(balancer, group, address, target, status, count)

    def _answered(
        self, balancer: Any, group: Any, address: str, target: Any, status: int, count: int
    ) -> None:
        """Count `count` answers of one target, and what they cost its task."""
        task = self.tasks.get(address)
        profile = collect.listening(task, target.port) if task else {}
        done = metrics.served(count, self.seconds, collect.vcpu(task), profile)
        collect.requests(self.kept, balancer, group, count)
        collect.answers(self.kept, balancer, group, status, done.times)
        self.note(status, count - done.dropped)
        self._log(status, count - done.dropped, done.times, group=group, target=target)
        if done.dropped:
            collect.errors(self.kept, balancer, 504, done.dropped)
            self.note(504, done.dropped)
            self._log(504, done.dropped, group=group, target=target)
        if task:
            work = self.kept.work
            work[task.task_arn] = work.get(task.task_arn, 0.0) + done.cpu


def _own_answer(action: Any, request: Request) -> int:
    if action["Type"] == "redirect":
        return load_balancing.redirect(action["RedirectConfig"], request).status
    return int(action["FixedResponseConfig"]["StatusCode"])


def _request(url: str) -> Request:
    address = urlsplit(url)
    return Request(
        method="GET",
        path=address.path or "/",
        host=address.hostname or "",
        scheme=address.scheme,
        port=address.port or (443 if address.scheme == "https" else 80),
        query=address.query,
        headers={"host": address.netloc, "user-agent": "cloud.traffic"},
    )


def _shared(count: int, weights: dict[Any, float]) -> dict[Any, int]:
    """Return whole numbers in proportion to weights above 0 that add up to `count`."""
    total, given, done = sum(weights.values()), 0.0, 0
    found = {}
    for name, weight in weights.items():
        given += weight
        found[name] = round(count * given / total) - done
        done += found[name]
    return found


# --- for the picture -------------------------------------------------------------------------------


def close_minute(now: datetime) -> None:
    """Write down what the minute that ends now did to each traffic: answers, tasks, CPU, alarms."""
    for backend, kept in list(store.used()):
        for each in kept.traffic:
            begun = now - store.MINUTE
            each.statuses = {}
            if each.begun < now and begun < each.until:
                each.minutes.append(
                    {
                        "at": begun.isoformat(),
                        "answers": each.counts,
                        "services": _services(backend, kept, each, begun),
                        "alarms": sorted(
                            a.name for a in backend.alarms.values() if a.state_value == "ALARM"
                        ),
                    }
                )
                each.counts = {}


def _services(backend: Any, kept: store.State, of: Traffic, begun: datetime) -> dict[str, Any]:
    """Return running and desired tasks and CPU of the services that got some of the requests."""
    if "moto.ecs.models" not in sys.modules:
        return {}
    from moto.ecs.models import ecs_backends

    found = {}
    for key, service in ecs_backends[backend.account_id][backend.region_name].services.items():
        if not ecs_strategy.target_groups(service.load_balancers) & set(of.groups):
            continue
        cluster, _, name = key.partition(":")
        having = (("ClusterName", cluster), ("ServiceName", name))
        series = kept.series.get((collect.ECS, "CPUUtilization", having))
        point = series.points[-1] if series and series.points[-1][0] == begun else None
        found[f"{cluster}/{name}"] = {
            "desired": service.desired_count,
            "running": round(metrics.statistic(point[1], "SampleCount")) if point else 0,
            "cpu": round(metrics.statistic(point[1], "Average"), 2) if point else None,
        }
    return found


def described(of: Traffic, account: str, region: str) -> dict[str, Any]:
    """Return a traffic as JSON data: its minutes, and what scaling did meanwhile."""
    activities: list[dict[str, Any]] = []
    for listed in ACTIVITIES:
        activities += listed(account, region, of.begun)
    return {
        "url": of.url,
        "begun": of.begun.isoformat(),
        "until": of.until.isoformat(),
        "minutes": of.minutes,
        "activities": activities,
    }


# Each returns the scaling activities of an account and Region since a moment, as JSON data.
ACTIVITIES: list[Any] = []
