"""Who answers at which private address: running tasks register here, load balancers and other tasks ask here.

Whether a packet gets there at all is the network's decision (`awslab.server.ec2`), made by the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from awslab.world.http import Request, Response


class Refused(Exception):
    """Nothing listens on that port, or nothing has that address (RST)."""


class TimedOut(Exception):
    """Something is there and does not answer in time."""


# Answers a request at a moment; raises Refused or TimedOut.
Answer = Callable[[int, Request, datetime], Response]


@dataclass(frozen=True)
class Host:
    """One address in use: its network interface, and how it answers on a port."""

    eni_id: str
    answer: Answer


_hosts: dict[tuple[str, str], Host] = {}


def register(vpc_id: str, address: str, host: Host) -> None:
    """Put a host at a private address of a VPC."""
    _hosts[vpc_id, address] = host


def remove(vpc_id: str, address: str) -> None:
    """Take the host away; an address without one is not an error."""
    _hosts.pop((vpc_id, address), None)


def host_at(vpc_id: str, address: str) -> Host | None:
    """Return who is at an address."""
    return _hosts.get((vpc_id, address))


def reset() -> None:
    """Empty the fabric."""
    _hosts.clear()
