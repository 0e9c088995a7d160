"""VPCs whose routes, gateways, network ACLs and security groups decide what reaches what.

Other services ask `reach` and `reach_service`, and take their network interfaces from `create_eni`.
"""

from typing import Any

from moto.core.responses import BaseResponse
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from awslab.server import errors
from awslab.server.ec2 import analyzer, gateways, interfaces, topology, validation, views
from awslab.server.ec2.interfaces import create_eni, delete_eni
from awslab.server.ec2.topology import network
from awslab.world import network_dns, network_path
from awslab.world.network import Path
from awslab.world.network_path import UnknownPlace

__all__ = [
    "create_eni",
    "delete_eni",
    "install",
    "network",
    "reach",
    "reach_service",
    "reset",
    "views",
]

# Operations that change nothing; every other one may change what reaches what.
READING = ("Describe", "Get", "Search", "List")
# Services that change EC2's state by themselves, besides those of the lab.
OTHERS = ("cloudformation",)


def reach(
    account: str, region: str, source: str, destination: str, port: int, protocol: str = "tcp"
) -> Path:
    """Return the way of a packet and of its answer.

    `source` and `destination` are a network interface's id, an IP address, or "internet".
    Raises LookupError for an interface that does not exist.
    """
    return network_path.path(network(account, region), source, destination, port, protocol)


def reach_service(account: str, region: str, eni_id: str, service: str) -> Path:
    """Return the way from a network interface to an AWS service on port 443, by the VPC's DNS.

    `service` is a name such as "ecr.api", "ecr.dkr", "s3", "dynamodb", "logs", "secretsmanager".
    Raises LookupError for an interface that does not exist.
    """
    current = network(account, region)
    if eni_id not in current.interfaces:
        raise UnknownPlace(f"There is no network interface {eni_id} in {region}.")
    return network_dns.service_path(current, current.interfaces[eni_id], service)


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""
    if getattr(EC2Response, "lab", False):
        return
    EC2Response.lab = True  # type: ignore[attr-defined]
    errors.check_requests("ec2", validation.check)
    errors.check_requests(errors.ANY, _notice_others)
    interfaces.install(EC2Backend)
    gateways.install(EC2Backend)
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
