"""CloudFormation whose resources are made over the lab's own APIs, so that a stack ends in a service that answers.

moto keeps templates, parameters and intrinsic functions; it would make resources behind the APIs' backs,
without their checks and with few of their properties.
`templates` refuses, `requests` begins, `stacks` goes on with the clock, `work` takes a resource a step further,
and `ecs`, `elb`, `network` and `identity` say how each type is made. Types that only moto knows are left to it.
"""

from moto.cloudformation.responses import CloudFormationResponse

from awslab.server import clock, errors
from awslab.server.cloudformation import discovery, ecs, elb, identity, network, requests, stacks

__all__ = ["TYPES", "install", "reset"]

TYPES = (discovery, ecs, elb, identity, network)  # importing a module registers its types


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""
    if getattr(CloudFormationResponse, "lab", False):
        return
    CloudFormationResponse.lab = True  # type: ignore[attr-defined]
    requests.install()
    errors.check_requests("cloudformation", requests.before)
    clock.current.every(stacks.due, stacks.run)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own stacks."""
