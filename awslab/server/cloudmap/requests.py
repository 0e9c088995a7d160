"""Cloud Map's API where moto stores what AWS refuses, or forgets to write DNS records.

https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html
"""

from typing import Any

from moto.route53.models import RecordSet, route53_backends
from moto.servicediscovery.models import Namespace, Service, ServiceDiscoveryBackend
from moto.utilities.utils import get_partition

from awslab.server.errors import AWSError

BACKEND = (
    "create_http_namespace",
    "create_private_dns_namespace",
    "create_service",
    "delete_namespace",
    "delete_service",
    "deregister_instance",
    "discover_instances",
    "register_instance",
)
_moto = {name: getattr(ServiceDiscoveryBackend, name) for name in BACKEND}
DEFAULT_TTL = 60


def _need_namespace(backend: ServiceDiscoveryBackend, namespace_id: str) -> Namespace:
    found = backend.namespaces.get(str(namespace_id).rpartition("/")[2])
    if found is None:
        raise AWSError("NamespaceNotFound", f"There is no namespace with the id {namespace_id}.")
    return found


def _need_service(backend: ServiceDiscoveryBackend, service_id: str) -> Service:
    found = backend.services.get(str(service_id).rpartition("/")[2])
    if found is None:
        raise AWSError("ServiceNotFound", f"There is no service with the id {service_id}.")
    return found


def create_http_namespace(self: ServiceDiscoveryBackend, name: str, *args: Any, **more: Any) -> str:
    """Create a namespace that only DiscoverInstances knows; its name has to be new.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html
    """
    if any(each.name == name and each.type == "HTTP" for each in self.namespaces.values()):
        raise AWSError("NamespaceAlreadyExists", f"The namespace {name} already exists.")
    return _moto["create_http_namespace"](self, name, *args, **more)


def create_private_dns_namespace(
    self: ServiceDiscoveryBackend,
    name: str,
    creator_request_id: str,
    description: str,
    vpc: str,
    tags: list[dict[str, str]],
    properties: dict[str, Any],
) -> str:
    """Create a namespace with a private hosted zone of its name, for one VPC.

    moto takes any second namespace of a VPC for a conflict, and names the zone differently.
    https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
    """
    if any(each.name == name and each.vpc == vpc for each in self.namespaces.values()):
        raise AWSError("NamespaceAlreadyExists", f"The namespace {name} already exists in {vpc}.")
    zone = _zones(self).create_hosted_zone(
        f"{name}.",
        private_zone=True,
        vpcid=vpc,
        vpcregion=self.region_name,
        comment=f"Created by AWS Cloud Map namespace {name}",
    )
    namespace = Namespace(
        account_id=self.account_id,
        region=self.region_name,
        name=name,
        ns_type="DNS_PRIVATE",
        creator_request_id=creator_request_id,
        description=description,
        dns_properties={
            **((properties or {}).get("DnsProperties") or {}),
            "HostedZoneId": zone.resource_id,
        },
        http_properties={"HttpName": name},
        vpc=vpc,
    )
    self.namespaces[namespace.id] = namespace
    if tags:
        self.tagger.tag_resource(namespace.arn, tags)
    return self._create_operation("CREATE_NAMESPACE", targets={"NAMESPACE": namespace.id})


def delete_namespace(self: ServiceDiscoveryBackend, namespace_id: str) -> str:
    """Delete a namespace without services, and its hosted zone.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html
    """
    namespace = _need_namespace(self, namespace_id)
    if any(each.namespace_id == namespace.id for each in self.services.values()):
        raise AWSError(
            "ResourceInUse",
            f"The namespace {namespace.name} still has services; delete them first.",
        )
    zone_id = (namespace.dns_properties or {}).get("HostedZoneId")
    if zone_id in _zones(self).zones:
        del _zones(self).zones[zone_id]
    return _moto["delete_namespace"](self, namespace.id)


def create_service(
    self: ServiceDiscoveryBackend,
    name: str,
    namespace_id: str,
    creator_request_id: str,
    description: str,
    dns_config: dict[str, Any],
    *more: Any,
    **named: Any,
) -> Service:
    """Create a service in a namespace that exists, under a name that is new there.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
    """
    wanted = namespace_id or (dns_config or {}).get("NamespaceId", "")
    namespace = _need_namespace(self, wanted)
    if any(
        (each.namespace_id, each.name) == (namespace.id, name) for each in self.services.values()
    ):
        raise AWSError(
            "ServiceAlreadyExists", f"The service {name} already exists in {namespace.name}."
        )
    if namespace.type == "HTTP" and (dns_config or {}).get("DnsRecords"):
        raise AWSError("InvalidInput", f"The HTTP namespace {namespace.name} has no DNS records.")
    return _moto["create_service"](
        self, name, namespace.id, creator_request_id, description, dns_config, *more, **named
    )


def delete_service(self: ServiceDiscoveryBackend, service_id: str) -> None:
    """Delete a service without instances.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html
    """
    service = _need_service(self, service_id)
    if service.instances:
        raise AWSError(
            "ResourceInUse", f"The service {service.name} still has registered instances."
        )
    _moto["delete_service"](self, service.id)


def register_instance(
    self: ServiceDiscoveryBackend,
    service_id: str,
    instance_id: str,
    creator_request_id: str,
    attributes: dict[str, str],
) -> str:
    """Register an instance, or give the one of that id new attributes, and write its DNS record.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
    """
    service = _need_service(self, service_id)
    if _record_types(service) == ["A"] and "AWS_INSTANCE_IPV4" not in attributes:
        raise AWSError("InvalidInput", "An A record needs the attribute AWS_INSTANCE_IPV4.")
    service.instances = [each for each in service.instances if each.instance_id != instance_id]
    operation = _moto["register_instance"](
        self, service.id, instance_id, creator_request_id, attributes
    )
    if attributes.get("AWS_INIT_HEALTH_STATUS") == "UNHEALTHY":
        service.instances[-1].health_status = "UNHEALTHY"
    _write_records(self, service)
    return operation


def deregister_instance(self: ServiceDiscoveryBackend, service_id: str, instance_id: str) -> str:
    """Take an instance and its DNS record away.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_DeregisterInstance.html
    """
    service = _need_service(self, service_id)
    operation = _moto["deregister_instance"](self, service.id, instance_id)
    _write_records(self, service)
    return operation


def discover_instances(
    self: ServiceDiscoveryBackend,
    namespace_name: str,
    service_name: str,
    query_parameters: dict[str, str] | None = None,
    optional_parameters: dict[str, str] | None = None,
    health_status: str | None = None,
) -> tuple[list[Any], dict[str, int]]:
    """Return the instances of a service; unless asked for others the healthy ones, or all when none is.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
    """
    return _moto["discover_instances"](
        self,
        namespace_name,
        service_name,
        query_parameters,
        optional_parameters,
        health_status or "HEALTHY_OR_ELSE_ALL",
    )


# --- the private hosted zone -------------------------------------------------------------------------


def _zones(backend: ServiceDiscoveryBackend) -> Any:
    return route53_backends[backend.account_id][get_partition(backend.region_name)]


def _record_types(service: Service) -> list[str]:
    return [each["Type"] for each in (service.dns_config or {}).get("DnsRecords") or []]


def _write_records(backend: ServiceDiscoveryBackend, service: Service) -> None:
    """Write one A record an instance into the namespace's hosted zone, as Cloud Map does.

    https://docs.aws.amazon.com/cloud-map/latest/dg/services-route53.html
    """
    namespace = backend.namespaces.get(service.namespace_id)
    zone_id = (namespace.dns_properties or {}).get("HostedZoneId") if namespace else None
    zone = _zones(backend).zones.get(zone_id)
    if namespace is None or zone is None or "A" not in _record_types(service):
        return
    name = f"{service.name}.{namespace.name}."
    config: dict[str, Any] = service.dns_config or {}
    ttl = next(each.get("TTL", DEFAULT_TTL) for each in config["DnsRecords"] if each["Type"] == "A")
    kind = (
        {"Weight": 1} if config.get("RoutingPolicy") == "WEIGHTED" else {"MultiValueAnswer": True}
    )
    zone.rrsets = [each for each in zone.rrsets if each.name != name] + [
        RecordSet(
            {
                "Name": name,
                "Type": "A",
                "TTL": ttl,
                "SetIdentifier": instance.instance_id,
                "ResourceRecords": [instance.attributes["AWS_INSTANCE_IPV4"]],
                **kind,
            }
        )
        for instance in service.instances
        if instance.attributes.get("AWS_INSTANCE_IPV4")
    ]
