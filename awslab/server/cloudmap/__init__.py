"""Cloud Map: namespaces, services and instances that are registered, discovered, and resolved inside a VPC.

`requests` replaces methods of moto's backend, `resolver` answers as the VPC's DNS does. State is moto's own.
https://docs.aws.amazon.com/cloud-map/latest/dg/what-is-cloud-map.html

ECS registers its tasks through the functions here.
"""

from moto.servicediscovery.models import (
    Namespace,
    Service,
    ServiceDiscoveryBackend,
    servicediscovery_backends,
)

from awslab.server.cloudmap import requests
from awslab.server.cloudmap.resolver import resolve

__all__ = [
    "create_http_namespace",
    "create_service",
    "delete_service",
    "deregister",
    "find_namespace",
    "find_service",
    "install",
    "register",
    "reset",
    "resolve",
    "set_health",
]


def install() -> None:
    """Attach the lab's behaviour to moto's, once."""
    if getattr(ServiceDiscoveryBackend, "lab", False):
        return
    ServiceDiscoveryBackend.lab = True  # type: ignore[attr-defined]
    for name in requests.BACKEND:
        setattr(ServiceDiscoveryBackend, name, getattr(requests, name))


def reset() -> None:
    """Nothing to do: all state is moto's own."""


def find_namespace(account: str, region: str, reference: str) -> Namespace | None:
    """Return the namespace that a name, an id or an ARN names."""
    for namespace in servicediscovery_backends[account][region].namespaces.values():
        if reference in (namespace.name, namespace.id, namespace.arn):
            return namespace
    return None


def create_http_namespace(account: str, region: str, name: str) -> Namespace:
    """Create an HTTP namespace, as ECS does for a cluster's Service Connect default.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html
    """
    backend = servicediscovery_backends[account][region]
    backend.create_http_namespace(name, "", "", [])
    found = find_namespace(account, region, name)
    assert found
    return found


def find_service(account: str, region: str, reference: str) -> Service | None:
    """Return the service that an id or an ARN names."""
    services = servicediscovery_backends[account][region].services
    return services.get(reference.rpartition("/")[2])


def create_service(account: str, region: str, namespace: Namespace, name: str) -> Service:
    """Return the service of a name in a namespace; it is created without DNS when there is none."""
    backend = servicediscovery_backends[account][region]
    for service in backend.services.values():
        if (service.namespace_id, service.name) == (namespace.id, name):
            return service
    return backend.create_service(name, namespace.id, "", "", {}, {}, {}, [], "HTTP")


def delete_service(account: str, region: str, service_id: str) -> None:
    """Delete a service with its instances; one that is gone is not an error."""
    backend = servicediscovery_backends[account][region]
    service = backend.services.get(service_id)
    if service is not None:
        service.instances = []
        backend.delete_service(service_id)


def register(
    account: str, region: str, service_id: str, instance_id: str, attributes: dict[str, str]
) -> None:
    """Register an instance; a service that is gone is not an error."""
    backend = servicediscovery_backends[account][region]
    if service_id in backend.services:
        backend.register_instance(service_id, instance_id, "", attributes)


def deregister(account: str, region: str, service_id: str, instance_id: str) -> None:
    """Take an instance away; one that is gone is not an error."""
    backend = servicediscovery_backends[account][region]
    service = backend.services.get(service_id)
    if service and any(each.instance_id == instance_id for each in service.instances):
        backend.deregister_instance(service_id, instance_id)


def set_health(
    account: str, region: str, service_id: str, instance_id: str, *, healthy: bool
) -> None:
    """Tell Cloud Map what a container health check has found; an instance that is gone is not an error."""
    service = servicediscovery_backends[account][region].services.get(service_id)
    for each in service.instances if service else ():
        if each.instance_id == instance_id:
            each.health_status = "HEALTHY" if healthy else "UNHEALTHY"


# ECS registers tasks before anybody calls Cloud Map's API: whoever imports this package relies on it.
install()
