"""What `cloud.path` and `cloud.map` show: ways and VPCs as plain data, with the names that learners gave."""

import sys
from dataclasses import replace
from typing import Any

from moto.ec2.models import ec2_backends

from awslab.server import control, faults
from awslab.server.ec2 import interfaces, topology
from awslab.world import network_dns, network_path
from awslab.world.account import ACCOUNT, REGION
from awslab.world.network import INTERNET, Interface, Network, Path, Subnet


@control.action("path")
def path(
    source: str,
    destination: str,
    port: int = network_dns.HTTPS,
    protocol: str = "tcp",
    account: str = ACCOUNT,
    region: str = REGION,
) -> dict[str, Any]:
    """Return the way from one place to another as data.

    A place is an interface's id, an address, "internet", a task's id or ARN, the name of a load balancer or
    of an ECS service; the destination may also be an AWS service such as "ecr.api", by HTTPS.
    """
    network = topology.network(account, region)
    start = _place(network, account, region, source)
    try:
        if destination in network_dns.SERVICES:
            if start not in network.interfaces:
                raise control.Refused(
                    f"{source!r} has no network interface to reach {destination} from."
                )
            way = network_dns.service_path(network, network.interfaces[start], destination)
        else:
            end = _place(network, account, region, destination)
            way = network_path.path(network, start, end, int(port), protocol)
    except (LookupError, ValueError) as error:
        raise control.Refused(str(error)) from None
    named = replace(way, source=source, destination=destination)
    return _as_data(network, named, _owners(account, region))


def _as_data(network: Network, way: Path, owners: dict[str, str]) -> dict[str, Any]:
    hops = [
        {
            "kind": hop.kind,
            "id": hop.id,
            "name": _label(network, hop.id, owners),
            "ok": hop.ok,
            "why": hop.why,
            "code": hop.code,
            "leg": hop.leg,
            "of": hop.of,
            "place": _label(network, hop.of, owners),
        }
        for hop in way.hops
    ]
    return {
        "source": way.source,
        "destination": way.destination,
        "port": way.port,
        "protocol": way.protocol,
        "reachable": way.reachable,
        "why": way.why,
        "hops": hops,
    }


def _label(network: Network, thing_id: str, owners: dict[str, str]) -> str:
    if thing_id in network.interfaces:
        return _owner(network, network.interfaces[thing_id], owners)
    for known in (network.groups, network.subnets, network.vpcs):
        if thing_id in known:
            return known[thing_id].name
    return ""


def _place(network: Network, account: str, region: str, place: str) -> str:
    """Return an interface's id, an address or "internet" for what a learner calls a place."""
    if place == INTERNET or place in network.interfaces:
        return place
    tasks = _tasks(account, region)
    wanted = place.rpartition("/")[2]
    for task, eni in tasks:
        if task.id == wanted or getattr(task, "group", "") == f"service:{place}":
            return eni
    for interface in network.interfaces.values():
        if interface.description.startswith((f"ELB app/{place}/", f"ELB net/{place}/")):
            return interface.id
    if place[:1].isdigit() and place.count(".") == 3:
        return place
    raise control.Refused(
        f"{place!r} is no place in this network. Give a network interface's id, an IPv4 address, "
        '"internet", a running task\'s id or ARN, the name of an ECS service or of a load balancer, '
        f"or, as a destination, an AWS service: {', '.join(network_dns.SERVICES)}."
    )


def _tasks(account: str, region: str) -> list[tuple[Any, str]]:
    """Return the tasks that have a network interface, with its id, without asking ECS: a look moves no clock."""
    models = sys.modules.get("moto.ecs.models")
    if models is None:
        return []
    return [
        (task, detail["value"])
        for tasks in models.ecs_backends[account][region].tasks.values()
        for task in tasks.values()
        for attachment in task.attachments or []
        for detail in attachment.get("details", [])
        if detail.get("name") == "networkInterfaceId" and task.last_status != "STOPPED"
    ]


def _owners(account: str, region: str) -> dict[str, str]:
    return {
        eni: f"task {task.id[:8]} ({str(task.group).removeprefix('service:')})"
        for task, eni in _tasks(account, region)
    }


def _owner(network: Network, interface: Interface, owners: dict[str, str]) -> str:
    """Say what an interface belongs to."""
    if interface.id in owners:
        return owners[interface.id]
    for endpoint in network.endpoints.values():
        if interface.id in endpoint.interfaces:
            return f"endpoint {endpoint.service.split('.', 3)[-1]}"
    for nat in network.nat_gateways.values():
        if (nat.subnet, nat.private_ip) == (interface.subnet, interface.addresses[0]):
            return f"NAT gateway {nat.id}"
    if interface.description.startswith("ELB "):
        return f"load balancer {interface.description.split('/')[1]}"
    return "ECS task" if interface.description.startswith("arn:aws:ecs:") else interface.description


def _failed(network: Network, interface: Interface) -> bool:
    """Say whether an interface's zone, or the NAT gateway that it belongs to, has failed."""
    return network.is_down(interface.subnet) or any(
        nat.state == "failing"
        for nat in network.nat_gateways.values()
        if (nat.subnet, nat.private_ip) == (interface.subnet, interface.addresses[0])
    )


@control.action("map")
def vpc_map(
    vpc_id: str | None = None, account: str = ACCOUNT, region: str = REGION
) -> dict[str, Any]:
    """Return VPCs as data: the one asked for; else all but the default one; else the default one."""
    network = topology.network(account, region)
    backend = ec2_backends[account][region]
    own = [each.id for each in backend.vpcs.values() if not each.is_default]
    wanted = [vpc_id] if vpc_id else own or list(network.vpcs)
    for each in wanted:
        if each not in network.vpcs:
            raise control.Refused(
                f"There is no VPC {each}; list them with `aws ec2 describe-vpcs`."
            )
    owners = _owners(account, region)
    return {
        "region": region,
        "vpcs": [_vpc(network, backend, each, owners) for each in wanted],
        "faults": faults.told(account, region),
    }


def _vpc(network: Network, backend: Any, vpc_id: str, owners: dict[str, str]) -> dict[str, Any]:
    vpc, gateway = network.vpcs[vpc_id], network.gateway_of(vpc_id)
    subnets = [each for each in network.subnets.values() if each.vpc == vpc_id]
    return {
        "id": vpc.id,
        "name": vpc.name,
        "cidrs": list(vpc.cidrs),
        "dns_support": vpc.dns_support,
        "dns_hostnames": vpc.dns_hostnames,
        "internet_gateway": gateway.id if gateway else None,
        "zones": sorted({each.zone for each in subnets}),
        "failed_zones": sorted(network.failed_zones),
        "subnets": [_subnet(network, backend, each, owners) for each in subnets],
        "endpoints": [
            {
                "id": each.id,
                "service": each.service,
                "type": "gateway" if each.gateway else "interface",
                "private_dns": each.private_dns,
            }
            for each in network.endpoints.values()
            if each.vpc == vpc_id
        ],
        "peerings": [
            {"id": each.id, "other": each.other(vpc_id), "active": each.active}
            for each in network.peerings.values()
            if vpc_id in (each.requester, each.accepter)
        ],
    }


def _subnet(
    network: Network, backend: Any, subnet: Subnet, owners: dict[str, str]
) -> dict[str, Any]:
    kind, why = network_path.classify(network, subnet)
    table, by_default = network.table_of(subnet.id)
    size = 2 ** (32 - int(subnet.cidr.rpartition("/")[2]))
    return {
        "id": subnet.id,
        "name": subnet.name,
        "cidr": subnet.cidr,
        "zone": subnet.zone,
        "kind": kind,
        "why": why,
        "free": size - interfaces.RESERVED - 1 - len(interfaces.taken(backend, subnet.id)),
        "route_table": table.id,
        "main": by_default,
        "routes": [
            {"destination": each.destination, "target": each.target, "active": each.active}
            for each in table.routes
            if each.target != "local"
        ],
        "acl": network.acl_of(subnet.id).id,
        "interfaces": [
            {
                "id": each.id,
                "address": each.addresses[0],
                "public_ip": each.public_ip,
                "owner": _owner(network, each, owners),
                "groups": list(each.groups),
                "failed": _failed(network, each),
            }
            for each in network.interfaces.values()
            if each.subnet == subnet.id
        ],
    }
