"""Access logs: a line a request, written to S3 for every node and five simulated minutes.

Lines wait on the load balancer (`lab_log`).
Of aggregated traffic a few lines stand for many: SAMPLE of each slice, target and answer.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from moto.elbv2.models import FakeLoadBalancer

from awslab.server import clock
from awslab.server.elbv2 import certificates, state, wire
from awslab.server.errors import AWSError
from awslab.server.iam.decisions import service_may
from awslab.world import access_log, metrics
from awslab.world.certificates import chosen
from awslab.world.http import Request
from awslab.world.transforms import uri

SAMPLE = 20
_TIMES = (0.0, 0.001)  # until the request is sent on, and until the answer is sent
_REDIRECTS = (301, 302)


@dataclass
class Log:
    """What waits to be written: the lines of each node, and when."""

    due: datetime | None = None
    lines: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0  # of requests, for ports and ids


def enabled(balancer: FakeLoadBalancer) -> bool:
    """Tell whether a load balancer writes access logs."""
    return str(balancer.attrs.get("access_logs.s3.enabled", "")).lower() == "true"


def check(balancer: FakeLoadBalancer, attributes: dict[str, Any]) -> None:
    """Write the test file to the bucket that some attributes name.

    Raises AWSError InvalidConfigurationRequest when the bucket is not there, in another Region, or its policy does
    not let Elastic Load Balancing write.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    account, region = wire.owner(balancer)
    bucket, prefix = _place(attributes)
    if "AWSLogs" in prefix:
        raise AWSError("InvalidConfigurationRequest", "The prefix must not include 'AWSLogs'")
    found = _bucket(bucket)
    if found is not None and found.region_name != region:
        raise AWSError(
            "InvalidConfigurationRequest",
            f"S3 bucket {bucket} is located in {found.region_name}, and the load balancer in {region}",
        )
    if not _put(balancer, bucket, access_log.test_file(prefix, account), b""):
        raise AWSError(
            "InvalidConfigurationRequest",
            f"Access Denied for bucket: {bucket}. Please check S3bucket permission",
        )


def _place(attributes: dict[str, Any]) -> tuple[str, str]:
    prefix = str(attributes.get("access_logs.s3.prefix") or "").strip("/")
    return str(attributes.get("access_logs.s3.bucket") or ""), prefix


def _bucket(name: str) -> Any:
    from awslab.server.iam import resources

    return resources.bucket_named(name)[0]


def _put(balancer: FakeLoadBalancer, bucket: str, key: str, data: bytes) -> bool:
    """Put an object as Elastic Load Balancing; False when the bucket is gone or its policy forbids it."""
    found = _bucket(bucket)
    account, region = wire.owner(balancer)
    arn = f"arn:aws:s3:::{bucket}/{key}"
    context = {
        "aws:SourceArn": balancer.arn,
        "aws:SourceAccount": account,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    principals = [access_log.PRINCIPAL, access_log.ACCOUNTS.get(region, "")]
    if found is None or not any(
        each and service_may(account, each, "s3:PutObject", arn, context).allowed
        for each in principals
    ):
        return False
    from moto.s3.models import s3_backends

    s3_backends[found.account_id]["aws"].put_object(bucket, key, data)
    return True


# --- lines -----------------------------------------------------------------------------------------


def served(exchange: Any, now: datetime) -> None:
    """Write one request down, if the load balancer writes any."""
    balancer, response = exchange.balancer, exchange.response
    if not enabled(balancer) or response is None:
        return
    took = (_TIMES[0], metrics.LATENCY + metrics.CPU_PER_REQUEST, _TIMES[1])
    entry = _entry(exchange, _log(balancer), now, took if exchange.answered else None)
    _keep(balancer, exchange.node, access_log.line(entry), now)


def _entry(
    exchange: Any, log: Log, moment: datetime, took: tuple[float, float, float] | None
) -> access_log.Entry:
    request: Request = exchange.request
    response, route, target = exchange.response, exchange.route, exchange.target
    log.count += 1
    unique = sha256(f"{exchange.balancer.arn} {log.count}".encode()).hexdigest()
    trace = (exchange.forwarded.headers if exchange.forwarded else {}).get("x-amzn-trace-id", "")
    kinds = (route.action["Type"],) if route else ()
    query = f"?{request.query}" if request.query else ""
    domain, certificate = _tls(exchange)
    return access_log.Entry(
        created=moment,
        balancer=_name(exchange.balancer),
        client=f"{request.source_ip}:{32768 + log.count % 28232}",
        status=response.status,
        method=request.method,
        url=f"{request.scheme}://{request.host}:{request.port}{request.path}{query}",
        took=took,
        target=f"{target.address}:{target.port}" if target else "",
        target_status=response.status if exchange.answered else 0,
        received=_size(request.headers, request.body) + len(request.path) + len(query) + 16,
        sent=_size(response.headers, response.body) + 17,
        agent=request.headers.get("user-agent", ""),
        group=exchange.group.arn if exchange.group else "",
        trace=trace or f"Root=1-{int(moment.timestamp()):08x}-{unique[:24]}",
        domain=domain,
        certificate=certificate,
        priority=int(route.rule.priority or 0) if route else 0,
        actions=kinds,
        redirect=response.headers.get("location", "") if response.status in _REDIRECTS else "",
        connection=f"TID_{unique[:32]}",
        **_rewritten(exchange),
    )


def _rewritten(exchange: Any) -> dict[str, str]:
    """Return the fields about the rule's transforms: what was not rewritten is left out."""
    request, onward = exchange.request, exchange.forwarded
    if exchange.transform != "TransformSuccess" or onward is None:
        return {"transform": exchange.transform}
    return {
        "host_sent": onward.host if onward.host != request.host else "",
        "uri_sent": uri(onward) if uri(onward) != uri(request) else "",
        "transform": exchange.transform,
    }


def _tls(exchange: Any) -> tuple[str, str]:
    """Return the name that the client asked for in the handshake, and the certificate that it got."""
    listener, host = exchange.listener, exchange.request.host
    if listener is None or listener.protocol != "HTTPS" or exchange.request.scheme != "https":
        return "", ""
    return host, chosen(certificates.of(listener), host).arn


def _size(headers: Any, body: bytes) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items()) + len(body)


def _name(balancer: FakeLoadBalancer) -> str:
    return balancer.arn.partition(":loadbalancer/")[2]


def many(
    exchange: Any, times: dict[float, float], count: float, seconds: float, now: datetime
) -> None:
    """Write down some of `count` requests that all ended like `exchange` in the seconds before `now`.

    `times` says how long the target took: seconds -> requests.
    """
    balancer = exchange.balancer
    if not enabled(balancer) or count < 1 or exchange.response is None:
        return
    some = min(SAMPLE, int(count))
    log = _log(balancer)
    spread = list(_spread(times, some)) if exchange.answered else [None] * some
    for index, took in enumerate(spread):
        moment = now - timedelta(seconds=seconds * (some - index) / some)
        whole = None if took is None else (_TIMES[0], took, _TIMES[1])
        _keep(balancer, exchange.node, access_log.line(_entry(exchange, log, moment, whole)), now)


def _spread(times: dict[float, float], count: int) -> Iterator[float]:
    """Yield `count` times in the proportions of a distribution."""
    total, seen = sum(times.values()), 0.0
    ordered = iter(sorted(times.items()))
    value, weight = next(ordered)
    for index in range(count):
        while (index + 0.5) / count * total > seen + weight:
            seen += weight
            value, weight = next(ordered, (value, total))
        yield value


def _log(balancer: FakeLoadBalancer) -> Log:
    return vars(balancer).setdefault("lab_log", Log())


def _keep(balancer: FakeLoadBalancer, node: str | None, line: str, now: datetime) -> None:
    log = _log(balancer)
    log.lines.setdefault(node or "", []).append(line)
    log.due = log.due or access_log.period_end(now)


# --- on the clock ----------------------------------------------------------------------------------


def _waiting() -> Iterator[tuple[FakeLoadBalancer, Log]]:
    for backend in state.backends():
        for balancer in backend.load_balancers.values():
            log = vars(balancer).get("lab_log")
            if log is not None and log.due is not None:
                yield balancer, log


def due() -> datetime | None:
    """Return when the next file is due."""
    return min((log.due for _, log in _waiting() if log.due), default=None)


def run(now: datetime) -> None:
    """Write the files that are due; what the bucket does not take is lost, as it is on AWS."""
    for balancer, log in list(_waiting()):
        if log.due and log.due <= now:
            end, lines = log.due, log.lines
            log.due, log.lines = None, {}
            if enabled(balancer):
                for node, written in lines.items():
                    _write(balancer, node, written, end)


def _write(balancer: FakeLoadBalancer, node: str, lines: list[str], end: datetime) -> None:
    account, region = wire.owner(balancer)
    bucket, prefix = _place(balancer.attrs)
    eni = wire.interface(account, region, node)
    address = getattr(eni, "public_ip", None) or getattr(eni, "private_ip_address", "0.0.0.0")
    unique = sha256(f"{balancer.arn} {node} {end}".encode()).hexdigest()[:8]
    key = access_log.key(prefix, account, region, _name(balancer), end, address, unique)
    text = "".join(f"{line}\n" for line in lines)
    _put(balancer, bucket, key, gzip.compress(text.encode(), mtime=0))


def install() -> None:
    """Attach the files to the simulated clock."""
    clock.current.every(due, run)
