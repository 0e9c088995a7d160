"""VPCs whose routes, gateways, network ACLs and security groups decide what reaches what.

Other services ask `reach` and `reach_service`, and take their network interfaces from `create_eni`.
"""

from typing import Any

from moto.core.responses import BaseResponse
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.responses import EC2Response

from awslab.server import errors, moto_caches
from awslab.server.ec2 import (
    _checks_form,
    analyzer,
    flow_logs,
    gateways,
    interfaces,
    topology,
    validation,
    views,
)
from awslab.server.ec2.interfaces import create_eni, delete_eni
from awslab.server.ec2.topology import network
from awslab.world import network_dns, network_path
from awslab.world.network import INTERNET, Network, Path
from awslab.world.network_path import INTERNET_ADDRESS, UnknownPlace

__all__ = [
    "carried",
    "create_eni",
    "delete_eni",
    "install",
    "network",
    "reach",
    "reach_service",
    "reset",
    "service_address",
    "views",
]

# Operations that change nothing; every other one may change what reaches what.
READING = ("Describe", "Get", "Search", "List")
# Services that change EC2's state by themselves, besides those of the lab.
OTHERS = ("cloudformation",)


def reach(
    account: str, region: str, source: str, destination: str, port: int, protocol: str = "tcp"
) -> Path:
    """Send a connection's packets; return their way and that of the answer. Flow logs record it.

    `source` and `destination` are a network interface's id, an IP address, or "internet".
    Raises LookupError for an interface that does not exist.
    """
    current = network(account, region)
    path = _way(current, source, destination, port, protocol)
    flow_logs.carried(account, region, current, path, _address(current, destination, source))
    return path


def carried(
    account: str, region: str, source: str, destination: str, port: int, count: int
) -> None:
    """Record `count` more connections that take the way of one that `reach` was asked for."""
    if not ec2_backends[account][region].flow_logs:
        return
    current = network(account, region)
    path = _way(current, source, destination, port)
    address = _address(current, destination, source)
    flow_logs.carried(account, region, current, path, address, count)


def _way(current: Network, source: str, destination: str, port: int, protocol: str = "tcp") -> Path:
    """Walk a way, once as long as nothing in EC2 changes: health checks ask for the same ones again and again."""
    key = (source, destination, str(port), protocol)
    if key not in current.ways:
        current.ways[key] = network_path.path(current, source, destination, port, protocol)
    return current.ways[key]


def _address(current: Network, destination: str, source: str) -> str:
    """Return the address that a place has for somebody in a VPC, or on the internet."""
    found = current.interfaces.get(destination)
    if found is None:
        return INTERNET_ADDRESS if destination == INTERNET else destination
    return found.addresses[0] if source != INTERNET else found.public_ip or found.addresses[0]


def reach_service(account: str, region: str, eni_id: str, service: str) -> Path:
    """Return the way from a network interface to an AWS service on port 443, by the VPC's DNS.

    `service` is a name such as "ecr.api", "ecr.dkr", "s3", "dynamodb", "logs", "secretsmanager".
    Raises LookupError for an interface that does not exist.
    """
    address = service_address(account, region, eni_id, service)
    current = network(account, region)
    if (eni_id, service) not in current.ways:
        eni = current.interfaces[eni_id]
        current.ways[eni_id, service] = network_dns.service_path(current, eni, service)
    path = current.ways[eni_id, service]
    if address:
        flow_logs.carried(account, region, current, path, address)
    return path


def service_address(account: str, region: str, eni_id: str, service: str) -> str | None:
    """Return what a service's name resolves to for a network interface, None where the VPC has no DNS.

    Raises LookupError for an interface that does not exist.
    """
    current = network(account, region)
    if eni_id not in current.interfaces:
        raise UnknownPlace(f"There is no network interface {eni_id} in {region}.")
    subnet = current.subnets[current.interfaces[eni_id].subnet]
    return network_dns.resolve(current, subnet.vpc, service, subnet.zone).address


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""
    if getattr(EC2Response, "lab", False):
        return
    EC2Response.lab = True  # type: ignore[attr-defined]
    moto_caches.install_ec2()
    errors.check_requests("ec2", validation.check)
    _checks_form.install()
    errors.check_requests(errors.ANY, _notice_others)
    interfaces.install(EC2Backend)
    gateways.install(EC2Backend)
    flow_logs.install()
    for name in analyzer.RESPONSES:
        setattr(EC2Response, name, getattr(analyzer, name))
    EC2Response.call_action = _call_action  # type: ignore[method-assign]


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""
    topology.forget()
    interfaces.forget()


def _call_action(self: EC2Response) -> Any:
    try:
        return BaseResponse.call_action(self)
    finally:
        if not (self._get_action() or "").startswith(READING):
            reset()


_last = ""


def _notice_others(response: BaseResponse, operation: str) -> None:
    """Forget before a request of such a service and after it, which is before the next request."""
    global _last
    if response.service_name in OTHERS or _last in OTHERS:
        reset()
    _last = response.service_name or ""


# Whoever imports this package relies on it: ECS makes network interfaces before anybody calls EC2's API.
install()
