"""A shop that works: three services behind one load balancer, in two Availability Zones, built as for a real account.

`awslab.shop.build()` makes it in the lab that runs and waits until its three services are steady.
The parts are in `awslab.shop_network` and `awslab.shop_services`, so that a lesson can leave one out or make it wrong.
"""

from dataclasses import asdict
from typing import Any

from awslab import shop_network, shop_services
from awslab.shop_network import SERVICES, Shop
from awslab.shop_services import DOMAIN

__all__ = ["CLUSTER", "DOMAIN", "SERVICES", "build", "construct", "steady"]

CLUSTER = "shop"
_POLLS = 60


class _Lab:
    """What `construct` needs of a boto3 session: the lab's clients, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        from awslab.clients import client

        if service not in self._made:
            self._made[service] = client(service)
        return self._made[service]


def build(
    session: Any = None, *, app: dict[str, Any] | None = None, wait: bool = True
) -> dict[str, Any]:
    """Build the shop and return its ids by role, as plain JSON; the fields are those of `Shop`.

    `session` is a boto3 session, or None for the lab that this notebook has started.
    `app` is the profile of the image that all services run (see awslab/world/app_profile.py).
    With `wait`, the services are steady when it returns, and https://shop.example.com/api/users/7 answers.
    The names are fixed (cluster `shop`; services `user`, `order`, `payment`), so an account holds one shop:
    called for the second time, it raises the AWS error of the first name that is taken.
    """
    session = session or _Lab()
    shop = construct(session, app)
    if wait:
        steady(session)
    return asdict(shop)


def construct(session: Any, app: dict[str, Any] | None = None) -> Shop:
    """Build the whole architecture and return it; the services have been created, not awaited.

    `app` is the profile of the image that all services run (see awslab/world/app_profile.py).
    """
    shop = Shop()
    shop_network.network(session, shop)
    shop_network.security_groups(session, shop)
    shop_network.endpoints(session, shop)
    shop_services.data(session, shop)
    shop_services.roles(session, shop)
    for service in SERVICES:
        shop_services.push(session, service, "v1.0", app)
    shop_services.load_balancer(session, shop)
    session.client("ecs").create_cluster(clusterName=CLUSTER)
    for service in SERVICES:
        session.client("logs").create_log_group(logGroupName=f"/ecs/{service}")
        shop_services.register(session, shop, service, "v1.0")
        shop_services.create_service(session, shop, service)
    return shop


def steady(session: Any = None, *services: str) -> None:
    """Wait until services of the shop run what they want on one completed deployment; all three unless some are named.

    Raises botocore's WaiterError when the tasks do not get there.
    """
    ecs = (session or _Lab()).client("ecs")
    names = list(services or SERVICES)
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=names)
    for _ in range(_POLLS):  # each lets five simulated seconds pass
        found = ecs.describe_services(cluster=CLUSTER, services=names)["services"]
        if all(each["deployments"][0]["rolloutState"] == "COMPLETED" for each in found):
            return
