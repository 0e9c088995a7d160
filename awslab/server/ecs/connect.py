"""How tasks are found: Service Connect's endpoints and service registries, both kept in Cloud Map.

A deployment fixes which endpoints its tasks know: tasks that run, and tasks that replace them, do not see later ones.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

from collections.abc import Iterator
from typing import Any

from moto.ecs.models import Service, ecs_backends

from awslab.server.ecs import lookups, state
from awslab.server.ecs.engine import Backend
from awslab.server.errors import AWSError
from awslab.world import service_connect as rules
from awslab.world.service_connect import Endpoint

INVALID = "InvalidParameterException"
Params = dict[str, Any]


def cloudmap() -> Any:
    """Return the lab's Cloud Map."""
    # Loading Cloud Map and Route 53 takes a while, and most labs have neither.
    from awslab.server import cloudmap

    return cloudmap


# --- requests ------------------------------------------------------------------------------------


def check(backend: Backend, params: Params, service: Service | None) -> None:
    """Refuse a namespace or service registry that is not there, and a discovery name that another service has.

    `service` is None for CreateService. Raises AWSError.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    for registry in params.get("serviceRegistries") or []:
        arn = registry.get("registryArn") or ""
        if cloudmap().find_service(backend.account_id, backend.region_name, arn) is None:
            raise AWSError(INVALID, f"The service registry with registryArn {arn} does not exist.")
    configuration = params.get("serviceConnectConfiguration")
    if not rules.is_enabled(configuration):
        return
    reference = configuration.get("namespace") or _default(backend, params.get("cluster"))
    namespace = cloudmap().find_namespace(backend.account_id, backend.region_name, reference)
    if namespace is None:
        raise AWSError("NamespaceNotFoundException", f"The namespace {reference} was not found.")
    taken = {
        found.name: found.lab_owner
        for found in _endpoint_services(backend, namespace.id)
        if service is None or found.lab_owner != state.key_of(service)
    }
    for entry in configuration.get("services") or []:
        name = entry.get("discoveryName") or entry.get("portName")
        if name in taken:
            raise AWSError(
                INVALID,
                f"The discovery name {name} is already in use in the namespace {namespace.name} by "
                f"the service {taken[name].partition(':')[2]}.",
            )


def cluster_defaults(backend: Backend, given: dict[str, str] | None) -> dict[str, str] | None:
    """Return a cluster's Service Connect defaults with the namespace's ARN; a new name makes an HTTP namespace.

    Raises AWSError for the ARN of a namespace that is not there.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html
    """
    reference = (given or {}).get("namespace")
    if not reference:
        return given
    account, region = backend.account_id, backend.region_name
    namespace = cloudmap().find_namespace(account, region, reference)
    if namespace is None and reference.startswith("arn:"):
        raise AWSError("NamespaceNotFoundException", f"The namespace {reference} was not found.")
    namespace = namespace or cloudmap().create_http_namespace(account, region, reference)
    return {"namespace": namespace.arn}


def _default(backend: Backend, cluster: str | None) -> str:
    home = lookups.cluster(backend, cluster)
    defaults = (home.service_connect_defaults if home else None) or {}
    return str(defaults.get("namespace", ""))


def _endpoint_services(backend: Backend, namespace_id: str) -> list[Any]:
    """Return the Cloud Map services of a namespace that are Service Connect endpoints."""
    from moto.servicediscovery.models import servicediscovery_backends

    services = servicediscovery_backends[backend.account_id][backend.region_name].services
    return [
        each
        for each in services.values()
        if each.namespace_id == namespace_id and hasattr(each, "lab_owner")
    ]


# --- deployments ---------------------------------------------------------------------------------


def join(service: Service, deployment: state.Deployment) -> None:
    """Make the endpoints that a new deployment offers, drop those it no longer does, note those it can see.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
    """
    configuration = deployment.settings.get("serviceConnectConfiguration")
    owned = vars(service).setdefault("lab_endpoints", {})
    if not rules.is_enabled(configuration) and not owned:
        return
    backend = _backend(service)
    namespace = _namespace(backend, service, configuration)
    containers = backend.describe_task_definition(
        deployment.task_definition
    ).container_definitions  # as registered
    offered = rules.endpoints(configuration, containers, namespace.name) if namespace else ()
    for endpoint in offered:
        made = cloudmap().create_service(
            backend.account_id, backend.region_name, namespace, endpoint.discovery_name
        )
        made.lab_owner, made.lab_endpoint = state.key_of(service), endpoint
        owned[endpoint.discovery_name] = made.id
    names = {endpoint.discovery_name for endpoint in offered}
    _drop(backend, service, [name for name in owned if name not in names])
    known = _endpoint_services(backend, namespace.id) if namespace else []
    deployment.visible = [(each.id, each.lab_endpoint) for each in known]
    deployment.offered = [(owned[e.discovery_name], e) for e in offered]


def leave(service: Service) -> None:
    """Take a deleted service's endpoints out of its namespace."""
    owned = vars(service).get("lab_endpoints") or {}
    if owned:
        _drop(_backend(service), service, list(owned))


def resources(service: Service, deployment: state.Deployment) -> list[dict[str, str]]:
    """Return a deployment's `serviceConnectResources`: what ECS made in Cloud Map for it.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectServiceResource.html
    """
    prefix = f"arn:aws:servicediscovery:{':'.join(service.arn.split(':')[3:5])}:service/"
    return [
        {"discoveryName": endpoint.discovery_name, "discoveryArn": f"{prefix}{identity}"}
        for identity, endpoint in deployment.offered
    ]


def _drop(backend: Backend, service: Service, names: list[str]) -> None:
    for name in names:
        identity = service.lab_endpoints.pop(name)  # type: ignore[attr-defined]
        cloudmap().delete_service(backend.account_id, backend.region_name, identity)


def _backend(service: Service) -> Backend:
    _, _, _, region, account, _ = service.arn.split(":", 5)
    return ecs_backends[account][region]


def _namespace(backend: Backend, service: Service, configuration: Params | None) -> Any:
    if not rules.is_enabled(configuration):
        return None
    reference = (configuration or {}).get("namespace") or _default(backend, service.cluster_name)
    return cloudmap().find_namespace(backend.account_id, backend.region_name, reference)


# --- tasks ---------------------------------------------------------------------------------------


def registered(backend: Backend, task: state.LabTask) -> None:
    """Register a task that starts with its service's endpoints and registries.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
    """
    for service_id, attributes in _wanted(backend, task):
        cloudmap().register(
            backend.account_id, backend.region_name, service_id, task.id, attributes
        )
        task.lab.instances.append(service_id)


def deregistered(backend: Backend, task: state.LabTask) -> None:
    """Take a task that stops out of Cloud Map."""
    for service_id in task.lab.instances:
        cloudmap().deregister(backend.account_id, backend.region_name, service_id, task.id)
    task.lab.instances = []


def health(backend: Backend, task: state.LabTask) -> None:
    """Pass on what the task's own health checks have found."""
    for service_id in task.lab.instances:
        cloudmap().set_health(
            backend.account_id,
            backend.region_name,
            service_id,
            task.id,
            healthy=task.health_status != "UNHEALTHY",
        )


def _wanted(backend: Backend, task: state.LabTask) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each Cloud Map service that a task belongs in, with the attributes that ECS gives it."""
    deployment = deployment_of(backend, task)
    if deployment is None or not task.lab.address:
        return
    cluster, _, name = str(task.lab.service).partition(":")
    family, _ = lookups.family_of(task.task_definition_arn)
    common = {
        "AWS_INSTANCE_IPV4": task.lab.address,
        "AWS_INIT_HEALTH_STATUS": "HEALTHY",
        "AVAILABILITY_ZONE": task.lab.zone,
        "REGION": backend.region_name,
        "ECS_CLUSTER_NAME": cluster,
        "ECS_SERVICE_NAME": name,
        "ECS_TASK_DEFINITION_FAMILY": family,
    }
    for registry in deployment.settings.get("serviceRegistries") or []:
        port = registry.get("containerPort") or registry.get("port")
        extra = {"AWS_INSTANCE_PORT": str(port)} if port else {}
        yield registry["registryArn"].rpartition("/")[2], common | extra
    for identity, endpoint in deployment.offered:
        yield identity, common | {"AWS_INSTANCE_PORT": str(endpoint.target_port)}


def deployment_of(backend: Backend, task: state.LabTask) -> state.Deployment | None:
    """Return the deployment that started a task, None for a task of no service."""
    service = backend.services.get(task.lab.service or "")
    if service is None:
        return None
    known = state.lab(service)
    return next(
        (each for each in [*known.deployments, *known.past] if each.id == task.lab.deployment), None
    )


def lookup(backend: Backend, task: state.LabTask, host: str) -> list[tuple[str, Endpoint]]:
    """Return the endpoints that the proxy in a task has under a host name."""
    deployment = deployment_of(backend, task)
    return rules.find(deployment.visible, host) if deployment else []


def healthy(backend: Backend, service_id: str) -> list[str]:
    """Return the addresses of an endpoint's healthy tasks, oldest first."""
    service = cloudmap().find_service(backend.account_id, backend.region_name, service_id)
    return [
        each.attributes["AWS_INSTANCE_IPV4"]
        for each in (service.instances if service else ())
        if each.health_status == "HEALTHY"
    ]
