"""IPv4 addresses and CIDRs as numbers: a path asks thousands of times whether one contains the other."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network


@lru_cache(maxsize=65_536)
def number(address: str) -> int:
    """Return an IPv4 address as a number."""
    return int(IPv4Address(address))


@lru_cache(maxsize=65_536)
def block(cidr: str) -> tuple[int, int]:
    """Return a CIDR as (network, mask), two numbers."""
    network = IPv4Network(cidr, strict=False)
    return int(network.network_address), int(network.netmask)


def contains(cidr: str, address: str) -> bool:
    """Say whether an address lies in a CIDR."""
    base, mask = block(cidr)
    return number(address) & mask == base


def overlap(first: str, second: str) -> bool:
    """Say whether two CIDRs have an address in common."""
    (one, one_mask), (two, two_mask) = block(first), block(second)
    mask = one_mask & two_mask
    return one & mask == two & mask
