"""Host names that the lab's door answers, besides AWS's API and the registries: load balancers.

An extension appends a resolver: a function from a host name to a WSGI application, or None when it is not its own.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from awslab.world.certificates import Certificate

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

RESOLVERS: list[Callable[[str], WSGI | None]] = []
# From a host name and port to the certificates of what ends TLS there, the default one first; None: not its own.
# It raises Unreachable when a client cannot get that far.
TERMINATORS: list[Callable[[str, int], list[Certificate] | None]] = []
_LONGEST_CHAIN = 8


class Unreachable(ConnectionError):
    """The client's connection is lost or refused: it gets no HTTP answer; the door closes the connection."""


def resolve(host: str) -> WSGI | None:
    """Return who answers for a host name, or None."""
    return next((found for resolver in RESOLVERS if (found := resolver(host))), None)


def certificates(host: str, port: int) -> list[Certificate] | None:
    """Return the certificates of what ends TLS at a name and port, or None when nothing has that name.

    Raises Unreachable.
    """
    return next((found for ends in TERMINATORS if (found := ends(host, port))), None)


def aliases(host: str) -> Iterator[str]:
    """Yield a host name and each name that Route 53's public zones lead it to: CNAME and alias records.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-elb-load-balancer.html
    """
    name: str | None = host.lower().rstrip(".")
    for _ in range(_LONGEST_CHAIN):
        if not name:
            return
        yield name
        name = _leads_to(name)


def _leads_to(name: str) -> str | None:
    for record in records(name):
        if record.type in ("A", "AAAA") and record.alias_target:
            return record.alias_target["DNSName"].lower().rstrip(".").removeprefix("dualstack.")
        if record.type == "CNAME" and record.records:
            return record.records[0].lower().rstrip(".")
    return None


def records(name: str) -> list[Any]:
    """Return moto's record sets of a name in the public hosted zones; a wildcard record answers for what has none."""
    if "moto.route53.models" not in sys.modules:
        return []
    from moto.route53.models import route53_backends

    wanted = name.lower().rstrip(".")
    wild = f"*.{wanted.partition('.')[2]}"
    found: dict[str, list[Any]] = {wanted: [], wild: []}
    for account in list(route53_backends.values()):
        for backend in list(account.values()):
            for zone in backend.zones.values():
                if zone.private_zone:
                    continue
                for record in zone.rrsets:
                    key = record.name.lower().rstrip(".").replace("\\052", "*")
                    if key in found:
                        found[key].append(record)
    return found[wanted] or found[wild]
