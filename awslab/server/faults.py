"""What a learner has made fail, as the rest of the lab sees it; `awslab.server.ecs.faults` has the actions.

Lost zones and dependencies hang on moto's EC2 backend, a failed NAT gateway and a damaged image on moto's own objects,
so that a snapshot keeps them and a reset forgets them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models import ec2_backends

from awslab.world import network_dns

ERROR, TIMEOUT = "error", "timeout"
# A learner's name -> the names that `ec2.reach_service` knows.
ALIASES = {"ecr": ("ecr.api", "ecr.dkr")}


@dataclass
class Faults:
    """What has failed in one account and Region; `dependencies` maps a name to ERROR or TIMEOUT.

    `spot` holds the Availability Zones that have no Spot capacity.
    """

    zones: list[str] = field(default_factory=list)
    spot: list[str] = field(default_factory=list)
    dependencies: dict[str, str] = field(default_factory=dict)


def of(account: str, region: str) -> Faults:
    """Return what has failed in an account and Region."""
    return on(ec2_backends[account][region])


def on(backend: Any) -> Faults:
    """Return what has failed, by moto's EC2 backend."""
    return backend.__dict__.setdefault("lab_faults", Faults())


def how(account: str, region: str, dependency: str) -> str | None:
    """Return ERROR or TIMEOUT for an AWS service or host that has failed, else None."""
    return of(account, region).dependencies.get(dependency)


def names_of(dependency: str) -> tuple[str, ...]:
    """Return the names under which a dependency is kept, () for one that the lab does not know.

    It is an AWS service of `network_dns.SERVICES`, "ecr" for both of its endpoints, or a host with a dot in its name.
    """
    if dependency in ALIASES:
        return ALIASES[dependency]
    host = "." in dependency and not dependency.startswith(".") and ":" not in dependency
    return (dependency,) if dependency in network_dns.SERVICES or host else ()


def failed_nats(account: str, region: str) -> Iterator[Any]:
    """Yield the NAT gateways that were made to fail."""
    for nat in ec2_backends[account][region].nat_gateways.values():
        if getattr(nat, "lab_failed", False):
            yield nat


def told(account: str, region: str) -> list[str]:
    """Return one sentence for each fault, as `cloud.map` shows them."""
    found = of(account, region)
    said = [f"Availability Zone {zone} has failed" for zone in found.zones]
    said += [f"Availability Zone {zone} has no Spot capacity" for zone in found.spot]
    said += [f"NAT gateway {nat.id} has failed" for nat in failed_nats(account, region)]
    verbs = {ERROR: "answers errors", TIMEOUT: "does not answer"}
    return said + [f"{name} {verbs[kind]}" for name, kind in found.dependencies.items()]
