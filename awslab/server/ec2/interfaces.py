"""Network interfaces with free addresses of their subnet, for EC2's API and for the lab's other services.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.utils import random_public_ip

from awslab.server.ec2 import topology
from awslab.server.errors import AWSError

RESERVED = 4  # the first addresses of a subnet are AWS's, and so is the last one
IN_USE = "in-use"

# The addresses taken in each subnet, with the backend they were counted in: after a reset or a
# restore another one stands in its place. Counted anew after a change by anybody else.
_taken: dict[tuple[str, str], tuple[Any, dict[str, "Taken"]]] = {}
_create: Callable[..., NetworkInterface]


class Taken(set[str]):
    """The addresses in use in a subnet, with the number below which none is free."""

    full_below = 0

    def give_back(self, addresses: Iterable[str]) -> None:
        """Free some addresses."""
        for address in addresses:
            self.discard(address)
            self.full_below = min(self.full_below, int(ipaddress.IPv4Address(address)))


def install(backend_class: Any) -> None:
    """Let every network interface that moto makes have a free address of its subnet."""
    global _create
    _create = backend_class.create_network_interface
    backend_class.create_network_interface = create_network_interface
    # moto sets it in VPCs with DNS hostnames only, and reads it always.
    NetworkInterface.private_dns_name = None  # type: ignore[attr-defined]


def forget() -> None:
    """Count the addresses anew: network interfaces came or went."""
    _taken.clear()


def taken(backend: Any, subnet_id: str) -> Taken:
    """Return the addresses in use in a subnet."""
    key = backend.account_id, backend.region_name
    counted, subnets = _taken.get(key, (None, {}))
    if counted is not backend:
        subnets = {}
        for eni in backend.enis.values():
            addresses = [each["PrivateIpAddress"] for each in eni.private_ip_addresses]
            subnets.setdefault(eni.subnet.id, Taken()).update(addresses)
        _taken[key] = backend, subnets
    return subnets.setdefault(subnet_id, Taken())


def free_address(backend: Any, subnet: Any) -> str:
    """Return the lowest free address of a subnet.

    Raises InsufficientFreeAddressesInSubnet when there is none: a /28 holds 11.
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    used = taken(backend, subnet.id)
    first = int(subnet.cidr.network_address)
    last = first + subnet.cidr.num_addresses - 1
    for number in range(max(first + RESERVED, used.full_below), last):
        address = str(ipaddress.IPv4Address(number))
        if address not in used:
            used.full_below = number
            return address
    raise AWSError(
        "InsufficientFreeAddressesInSubnet",
        f"The specified subnet does not have enough free addresses to satisfy the request: {subnet.id}",
    )


def usable(subnet: Any, address: str) -> bool:
    """Say whether an address lies in a subnet and is not one of those that AWS keeps."""
    number, first = int(ipaddress.IPv4Address(address)), int(subnet.cidr.network_address)
    return first + RESERVED <= number < first + subnet.cidr.num_addresses - 1


def create_network_interface(
    self: Any,
    subnet: Any,
    private_ip_address: Any = None,
    private_ip_addresses: list[dict[str, Any]] | None = None,
    *args: Any,
    secondary_ips_count: int | None = None,
    **kwargs: Any,
) -> NetworkInterface:
    """Create a network interface as moto does, but with addresses that are in the subnet and free."""
    subnet = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
    wanted = [each for each in private_ip_addresses or [] if isinstance(each, dict)]
    primary = next((each["PrivateIpAddress"] for each in wanted if each.get("Primary")), None)
    if isinstance(private_ip_address, list):
        private_ip_address = next(iter(private_ip_address), None)
    primary = private_ip_address or primary
    # moto's services ask for random addresses, most of them outside the subnet.
    if not primary or not usable(subnet, primary) or primary in taken(self, subnet.id):
        primary = free_address(self, subnet)
    used = taken(self, subnet.id)
    used.add(primary)
    addresses = [{"Primary": True, "PrivateIpAddress": primary}]
    others = [each["PrivateIpAddress"] for each in wanted if each["PrivateIpAddress"] != primary]
    for index in range(len(others) + int(secondary_ips_count or 0)):
        other = others[index] if index < len(others) else free_address(self, subnet)
        used.add(other)
        addresses.append({"Primary": False, "PrivateIpAddress": other})
    eni = _create(self, subnet, primary, addresses, *args, **kwargs)
    topology.forget()
    return eni


def create_eni(
    account: str,
    region: str,
    subnet_id: str,
    groups: list[str],
    description: str,
    *,
    public_ip: bool = False,
) -> NetworkInterface:
    """Create a network interface with a free address of the subnet and return moto's object.

    No groups mean the VPC's default security group.
    Raises AWSError InsufficientFreeAddressesInSubnet when the subnet is full, InvalidGroup.NotFound when a
    group is gone: a service keeps the groups that it was created with, and nothing in EC2 uses them
    while it has no task.
    """
    backend = ec2_backends[account][region]
    subnet = backend.get_subnet(subnet_id)
    for group in groups:  # moto would put the name of a group that is gone on the interface
        if backend.get_security_group_from_id(group) is None:
            raise AWSError("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    address = free_address(backend, subnet)
    one = [{"Primary": True, "PrivateIpAddress": address}]
    eni = _create(backend, subnet, address, one, group_ids=groups, description=description)
    taken(backend, subnet_id).add(address)
    eni.status, eni.requester_managed = IN_USE, True
    if public_ip:
        eni.public_ip = random_public_ip()
    if built := topology.known(account, region):
        built.add(topology.interface(eni))
    return eni


def delete_eni(account: str, region: str, eni_id: str) -> None:
    """Delete a network interface; its address is free at once. An unknown id is not an error."""
    backend = ec2_backends[account][region]
    eni = backend.enis.pop(eni_id, None)
    if eni is None:
        return
    addresses = [each["PrivateIpAddress"] for each in eni.private_ip_addresses]
    taken(backend, eni.subnet.id).give_back(addresses)
    if built := topology.known(account, region):
        built.remove(eni_id)
