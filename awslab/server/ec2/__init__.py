"""VPCs whose routes, gateways, network ACLs and security groups decide what reaches what.

Other services ask `reach` and `reach_service`, and take their network interfaces from `create_eni`.
"""

from typing import Any

from awslab.world.network import Network, Path

__all__ = [
    "create_eni",
    "delete_eni",
    "install",
    "network",
    "reach",
    "reach_service",
    "reset",
]


def network(account: str, region: str) -> Network:
    """Return the network of an account and Region as it is now; the same object until EC2 changes."""
    raise NotImplementedError


def reach(
    account: str, region: str, source: str, destination: str, port: int, protocol: str = "tcp"
) -> Path:
    """Return the way of a packet and of its answer.

    `source` and `destination` are a network interface's id, an IP address, or "internet".
    Raises LookupError for an interface that does not exist.
    """
    raise NotImplementedError


def reach_service(account: str, region: str, eni_id: str, service: str) -> Path:
    """Return the way from a network interface to an AWS service on port 443, by the VPC's DNS.

    `service` is a name such as "ecr.api", "ecr.dkr", "s3", "dynamodb", "logs", "secretsmanager".
    Raises LookupError for an interface that does not exist.
    """
    raise NotImplementedError


def create_eni(
    account: str,
    region: str,
    subnet_id: str,
    groups: list[str],
    description: str,
    *,
    public_ip: bool = False,
) -> Any:
    """Create a network interface with a free address of the subnet and return moto's object.

    No groups mean the VPC's default security group.
    Raises AWSError InsufficientFreeAddressesInSubnet when the subnet is full.
    """
    raise NotImplementedError


def delete_eni(account: str, region: str, eni_id: str) -> None:
    """Delete a network interface; its address is free at once. An unknown id is not an error."""
    raise NotImplementedError


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""
