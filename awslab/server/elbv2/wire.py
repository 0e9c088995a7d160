"""What a load balancer does on the network: its interfaces, and one request from an interface to a target.

Whether a packet arrives is `awslab.server.ec2`'s decision, who answers is `awslab.server.fabric`'s.
"""

from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeLoadBalancer

from awslab.server import ec2, fabric, faults
from awslab.server.elbv2 import state
from awslab.world.http import Request, Response


class Refused(Exception):
    """The target was reached and nothing listens there; `path` is the way of the packet."""

    def __init__(self, path: Any, why: str) -> None:
        super().__init__(why)
        self.path = path


class TimedOut(Refused):
    """The packet was lost, or the target did not answer in time."""


def interface(account: str, region: str, eni_id: str) -> Any:
    """Return moto's network interface, or None when it is gone."""
    return ec2_backends[account][region].enis.get(eni_id)


def owner(balancer: FakeLoadBalancer) -> tuple[str, str]:
    """Return account and Region of a load balancer."""
    _, _, _, region, account, _ = balancer.arn.split(":", 5)
    return account, region


def attach(balancer: FakeLoadBalancer) -> None:
    """Give the load balancer an interface in each of its subnets, and take away those it has elsewhere.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    """
    account, region = owner(balancer)
    nodes = state.nodes(balancer)
    wanted = [subnet.id for subnet in balancer.subnets]
    for subnet_id in [each for each in nodes if each not in wanted]:
        _detach_one(balancer, subnet_id)
    name = balancer.arn.split(":loadbalancer/", 1)[1]
    for subnet_id in wanted:
        if subnet_id not in nodes:
            eni = ec2.create_eni(
                account,
                region,
                subnet_id,
                list(balancer.security_groups),
                f"ELB {name}",
                public_ip=balancer.scheme != "internal",
            )
            nodes[subnet_id] = eni.id


def detach(balancer: FakeLoadBalancer) -> None:
    """Take the load balancer's interfaces away."""
    for subnet_id in list(state.nodes(balancer)):
        _detach_one(balancer, subnet_id)


def _detach_one(balancer: FakeLoadBalancer, subnet_id: str) -> None:
    account, region = owner(balancer)
    eni_id = state.nodes(balancer).pop(subnet_id)
    eni = interface(account, region, eni_id)
    if eni is not None:
        # Its address may be given to a task next, and nobody else may answer there.
        fabric.remove(balancer.vpc_id, eni.private_ip_address)
    ec2.delete_eni(account, region, eni_id)


def regroup(balancer: FakeLoadBalancer) -> None:
    """Put the load balancer's security groups on its interfaces."""
    account, region = owner(balancer)
    backend = ec2_backends[account][region]
    for eni_id in state.nodes(balancer).values():
        backend.modify_network_interface_attribute(eni_id, list(balancer.security_groups))
    ec2.reset()  # the network that paths are computed from was built before this change


def live_nodes(balancer: FakeLoadBalancer) -> list[str]:
    """Return the load balancer's interfaces, without those in a zone that has failed."""
    nodes, down = state.nodes(balancer), failed_zones(*owner(balancer))
    return [
        nodes[subnet.id]
        for subnet in balancer.subnets
        if subnet.id in nodes and subnet.availability_zone not in down
    ]


def failed_zones(account: str, region: str) -> list[str]:
    """Return the Availability Zones that `cloud.fail` has taken away."""
    return faults.of(account, region).zones


def node_of_zone(balancer: FakeLoadBalancer, zone: str) -> str | None:
    """Return the interface that checks the targets of a zone: its own, or the first of another zone."""
    live, nodes = live_nodes(balancer), state.nodes(balancer)
    own = next((nodes[s.id] for s in balancer.subnets if s.availability_zone == zone), None)
    return own if own in live else next(iter(live), None)


def send(
    balancer: FakeLoadBalancer, node: str, address: str, port: int, request: Request, now: datetime
) -> tuple[Response, Any]:
    """Send one request from a load balancer's interface to an address; return the answer and the packet's way.

    Raises Refused and TimedOut.
    """
    account, region = owner(balancer)
    path = ec2.reach(account, region, node, address, port)
    if not path.reachable:
        raise TimedOut(path, path.why)
    host = fabric.host_at(balancer.vpc_id, address)
    if host is None:
        raise Refused(path, f"nothing listens at {address}")
    try:
        return host.answer(port, request, now), path
    except fabric.Refused as error:
        raise Refused(path, str(error) or f"nothing listens on {address}:{port}") from None
    except fabric.TimedOut as error:
        raise TimedOut(path, str(error) or f"{address}:{port} does not answer in time") from None
