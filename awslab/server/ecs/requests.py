"""ECS's API over what really runs: RunTask, StopTask, CreateService, UpdateService, and the questions about them.

Asking for a status takes five simulated seconds, so that waiting for it ends.
"""

from collections import Counter
from collections.abc import Callable
from copy import copy
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ClusterNotFoundException
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from awslab.server import clock
from awslab.server.ecs import (
    connect,
    deployments,
    engine,
    fields,
    members,
    placement,
    revisions,
    rollout,
    services,
    state,
    stopping,
    tasks,
)
from awslab.server.ecs.engine import Backend
from awslab.server.errors import AWSError
from awslab.world import ecs_scheduler, ecs_tasks

__all__ = ["install"]

POLLS = ("DescribeServices", "DescribeTasks", "ListTasks", "DescribeServiceDeployments")
_moto: dict[str, Callable[..., Any]] = {}


def install() -> None:
    """Replace moto's methods, keeping those that the lab only adds to."""
    for name, method in (
        ("create_service", create_service),
        ("update_service", update_service),
        ("delete_service", delete_service),
        ("describe_services", describe_services),
        ("describe_clusters", describe_clusters),
    ):
        _moto[name] = getattr(Responses, name)
        setattr(Responses, name, method)
    for module in (revisions, stopping):
        for name in module.RESPONSES:
            setattr(Responses, name, getattr(module, name))
    for method in (run_task, stop_task):
        setattr(Responses, method.__name__, method)


def tick(response: Responses, operation: str) -> None:
    """Let time pass for a status poll, and do what is due, before the request is answered."""
    if operation in POLLS:
        clock.current.advance(engine.POLL)
    engine.run(clock.current.now)


def _cluster(backend: Backend, name: str) -> Any:
    cluster = backend.clusters.get(name.split("/")[-1])
    if cluster is None or cluster.status != "ACTIVE":
        raise ClusterNotFoundException
    return cluster


# --- tasks -------------------------------------------------------------------------------------------


def run_task(self: Responses) -> ActionResult:
    """Answer RunTask: tasks in PROVISIONING, spread over the zones of their subnets.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    backend = self.ecs_backend
    cluster = _cluster(backend, self._get_param("cluster", "default"))
    definition = backend.describe_task_definition(self._get_param("taskDefinition"))
    launch = fields.launch(backend, dict(self._get_params()))
    network = fields.network(dict(self._get_params()))["awsvpcConfiguration"]
    count = self._get_int_param("count", 1)
    zones = placement.zones_of(backend, network["subnets"])
    spread = ecs_scheduler.spread(count, zones, Counter()) if zones else {}
    providers = placement.providers(launch.get("capacity_provider_strategy"), count)
    started = [
        tasks.create(
            backend,
            tasks.Request(
                cluster=cluster,
                definition=definition,
                zone=zone,
                subnet=placement.roomiest(zones[zone]).id,
                groups=network["securityGroups"],
                public_ip=network["assignPublicIp"] == "ENABLED",
                group=self._get_param("group") or f"family:{definition.family}",
                started_by=self._get_param("startedBy") or "",
                launch_type=launch.get("launch_type"),
                capacity_provider=next(providers),
                platform_version=launch.get("platform_version"),
                overrides=self._get_param("overrides") or {},
                tags=_run_tags(self, definition),
                execute_command=bool(self._get_param("enableExecuteCommand")),
            ),
        )
        for zone, number in spread.items()
        for _ in range(number)
    ]
    failures = [{"reason": "RESOURCE:AVAILABILITY_ZONE"}] * (count - len(started))
    return ActionResult({"tasks": started, "failures": failures})


def _run_tags(self: Responses, definition: Any) -> list[dict[str, str]]:
    tags = list(self._get_param("tags") or [])
    if self._get_param("propagateTags") == "TASK_DEFINITION":
        tags += definition.tags
    return tags


def stop_task(self: Responses) -> ActionResult:
    """Answer StopTask: the task drains, gets SIGTERM, and SIGKILL after its stopTimeout.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    """
    backend = self.ecs_backend
    cluster = _cluster(backend, self._get_param("cluster", "default"))
    wanted = self._get_param("task")
    found = backend.tasks.get(cluster.name, {})
    task = found.get(wanted) or next(
        (t for t in found.values() if t.id == wanted.split("/")[-1]), None
    )
    if task is None:
        raise AWSError("InvalidParameterException", "The referenced task was not found.")
    if isinstance(task, state.LabTask):
        why = ecs_tasks.stopped_by_user(self._get_param("reason"))
        tasks.stop(backend, task, why, clock.current.now)
    return ActionResult({"task": task})


# --- services ----------------------------------------------------------------------------------------


def create_service(self: Responses) -> ActionResult:
    """Answer CreateService: the first deployment begins, and its tasks start with the clock.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    result = _moto["create_service"](self)
    backend = self.ecs_backend
    cluster = _cluster(backend, self._get_param("cluster", "default"))
    service = backend.services[f"{cluster.name}:{self._get_param('serviceName')}"]
    if service.task_definition and not state.lab(service).deployments:
        service.events, service.deployments = [], []
        deployments.begin(service, clock.current.now)
        rollout.begin(backend, service, clock.current.now)
        members.changed(backend, state.key_of(service))
    _refresh(backend, service)
    return result


def _snake(name: str) -> str:
    from moto.core.utils import camelcase_to_underscores

    return camelcase_to_underscores(name)


def update_service(self: Responses) -> ActionResult:
    """Answer UpdateService: a new deployment when the revision changes or one is forced.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    backend = self.ecs_backend
    cluster = self._get_param("cluster", "default")
    service = backend._get_service(cluster, self._get_param("service"))
    before = _revision(service)
    definition = self._get_param("taskDefinition")
    result = _moto["update_service"](self)
    service.task_definition = (
        backend.describe_task_definition(definition).arn if definition else before[0]
    )
    if self._get_param("forceNewDeployment") or _revision(service) != before:
        deployments.begin(service, clock.current.now)
        rollout.begin(backend, service, clock.current.now)
    services.unblock(service)
    members.changed(backend, state.key_of(service))
    _refresh(backend, service)
    return result


def _revision(service: Service) -> list[Any]:
    return [
        service.task_definition,
        *(getattr(service, attribute, None) for attribute in deployments.REVISED.values()),
    ]


def delete_service(self: Responses) -> ActionResult:
    """Answer DeleteService: the service drains, and is INACTIVE once its last task has stopped.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    """
    backend = self.ecs_backend
    result = _moto["delete_service"](self)
    service = backend._get_service(
        self._get_param("cluster", "default"), self._get_param("service")
    )
    if state.lab(service).deployments:
        service.status, service.desired_count = "DRAINING", 0
        connect.leave(service)
        services.reconcile(backend, state.key_of(service), clock.current.now)
        _refresh(backend, service)
    return result


def _refresh(backend: Backend, service: Service) -> None:
    """Write what the lab counts into the attributes that moto's answers read."""
    deployments.refresh(service)
    for name, value in revisions.current(backend, service).items():
        setattr(service, _snake(name), value)


def describe_services(self: Responses) -> ActionResult:
    """Answer DescribeServices with what runs now.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
    """
    backend = self.ecs_backend
    for service in backend.services.values():
        _refresh(backend, service)
    return _moto["describe_services"](self)


def describe_clusters(self: Responses) -> ActionResult:
    """Answer DescribeClusters with the tasks and services there are, and with what `include` asks for.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html
    """
    backend = self.ecs_backend
    for name, cluster in backend.clusters.items():
        up = [t.last_status for t in backend.tasks.get(name, {}).values()]
        cluster.running_tasks_count = up.count("RUNNING")
        cluster.pending_tasks_count = sum(
            up.count(status) for status in ("PROVISIONING", "PENDING", "ACTIVATING")
        )
        cluster.active_services_count = sum(
            s.cluster_name == name and s.status == "ACTIVE" for s in backend.services.values()
        )
    answer = _moto["describe_clusters"](self)
    self._include_in_response("DescribeClustersResponse.clusters.Cluster.tags")
    shown = [
        _included(each, self._get_param("include") or []) for each in answer.result["clusters"]
    ]
    return ActionResult({**answer.result, "clusters": shown})


def _included(cluster: Any, include: list[str]) -> Any:
    """Return a cluster without what was not asked for: these lists are empty then."""
    shown = copy(cluster)
    shown.statistics = []
    shown.settings = cluster.settings if "SETTINGS" in include else []
    shown.tags = (cluster.tags or []) if "TAGS" in include else []
    if "CONFIGURATIONS" not in include:
        shown.configuration = None
    return shown
