"""What the DNS server of a VPC answers for a name of a private DNS namespace."""

import sys
from dataclasses import dataclass
from typing import Any

from awslab.server import ec2

MOST = 8  # addresses in one answer


@dataclass(frozen=True)
class Answer:
    """The addresses of a name, or none and why."""

    addresses: tuple[str, ...]
    why: str


def resolve(account: str, region: str, vpc_id: str, host: str) -> Answer | None:
    """Return where `<service>.<namespace>` leads to from a VPC; None when no namespace has the name.

    Only the namespace's VPC resolves it, with DNS support and DNS hostnames on; up to eight healthy instances
    come back, or up to eight of all when none is healthy.
    https://docs.aws.amazon.com/cloud-map/latest/dg/services-route53.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
    """
    if "moto.servicediscovery.models" not in sys.modules:
        return None
    from moto.servicediscovery.models import servicediscovery_backends

    backend = servicediscovery_backends[account][region]
    name, _, domain = host.lower().rstrip(".").partition(".")
    for namespace in backend.namespaces.values():
        if namespace.type != "DNS_PRIVATE" or namespace.name.lower().rstrip(".") != domain:
            continue
        if namespace.vpc != vpc_id:
            continue
        vpc = ec2.network(account, region).vpcs.get(vpc_id)
        if vpc is None or not (vpc.dns_support and vpc.dns_hostnames):
            off = "enableDnsHostnames" if vpc and vpc.dns_support else "enableDnsSupport"
            return Answer(
                (), f"{off} of {vpc_id} is off, so the private zone {domain} is not asked"
            )
        for service in backend.services.values():
            if service.namespace_id == namespace.id and service.name.lower() == name:
                return _answer(service)
        return Answer((), f"the namespace {domain} has no service {name}")
    return None


def _answer(service: Any) -> Answer:
    if not any(each["Type"] == "A" for each in (service.dns_config or {}).get("DnsRecords") or []):
        return Answer((), f"the service {service.name} has no A records")
    every = service.instances
    healthy = [each for each in every if each.health_status == "HEALTHY"] or every
    found = tuple(each.attributes["AWS_INSTANCE_IPV4"] for each in healthy[:MOST])
    if not found:
        return Answer((), f"the service {service.name} has no registered instance")
    return Answer(found, f"{len(found)} of {len(every)} registered instances")
