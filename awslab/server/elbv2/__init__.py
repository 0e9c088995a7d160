"""Load balancers that route, check the health of their targets, and drain them."""

from awslab.world.http import Request
from awslab.world.target_health import Health

__all__ = ["deregister", "health", "in_use", "install", "register", "reset", "serve"]


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""


def register(
    account: str, region: str, target_group_arn: str, address: str, port: int, zone: str
) -> None:
    """Register an address and port of an Availability Zone with a target group.

    Raises AWSError TargetGroupNotFound for a target group that is not there.
    """


def deregister(
    account: str, region: str, target_group_arn: str, address: str, port: int, zone: str
) -> None:
    """Begin to drain a target; one that is not registered is not an error."""


def health(account: str, region: str, target_group_arn: str, address: str, port: int) -> Health:
    """Return the state of a target: initial, healthy, unhealthy, draining or unused (gone, or group not in use)."""
    return Health("unused", "Target.NotRegistered")


def in_use(account: str, region: str, target_group_arn: str) -> bool:
    """Tell whether a listener or a rule of a load balancer forwards to the target group."""
    return False


def serve(name: str, request: Request, source: str = "internet") -> object:
    """Answer a request to a load balancer's DNS name from `source`, the id of a network interface or "internet"."""
    raise NotImplementedError
