"""Container Insights: what a cluster with the setting `containerInsights` measures of its tasks and services.

`enabled` measures clusters, services and task families; `enhanced` every task as well.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult

from awslab.server.cloudwatch import collect, store
from awslab.server.errors import AWSError
from awslab.world import metrics
from awslab.world.fargate import parse_memory

NAMESPACE = "ECS/ContainerInsights"
ENHANCED = "enhanced"
UNITS = {
    "CpuUtilized": "None",
    "CpuReserved": "None",
    "MemoryUtilized": "Megabytes",
    "MemoryReserved": "Megabytes",
    "TaskCpuUtilization": "Percent",
    "TaskMemoryUtilization": "Percent",
}


VALUES = ("enabled", "disabled", ENHANCED)


def update_cluster_settings(self: Any) -> Any:
    """Set a cluster's settings, which moto lacks the operation for.

    Raises AWSError InvalidParameterException for a setting or value that ECS does not have.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html
    """
    given = self._get_param("settings") or []
    if any(s.get("name") != "containerInsights" or s.get("value") not in VALUES for s in given):
        raise AWSError(
            "InvalidParameterException",
            f"The setting containerInsights takes one of {', '.join(VALUES)}.",
        )
    cluster = self.ecs_backend.update_cluster(
        cluster_name=self._get_param("cluster"),
        cluster_settings=given,
        configuration=None,
        service_connect_defaults=None,
    )
    return ActionResult({"cluster": cluster})


def publish(begun: datetime) -> None:
    """Publish what every cluster that asks for it did in the minute that began at a moment."""
    if "moto.ecs.models" not in sys.modules:
        return
    from moto.ecs.models import ecs_backends

    for account, regions in list(ecs_backends.items()):
        for region, backend in list(regions.items()):
            for cluster in backend.clusters.values():
                wanted = setting(cluster)
                if wanted in ("enabled", ENHANCED):
                    _Minute(backend, store.of(account, region), begun).cluster(
                        cluster, wanted == ENHANCED
                    )


def setting(cluster: Any) -> str:
    """Return a cluster's `containerInsights` setting."""
    found = (s["value"] for s in cluster.settings or [] if s["name"] == "containerInsights")
    return next(found, "disabled")


class _Minute:
    """One minute of one account and Region."""

    def __init__(self, backend: Any, kept: store.State, begun: datetime) -> None:
        self.backend, self.kept, self.begun = backend, kept, begun
        self.values: dict[tuple[str, store.Dimensions], dict[float, float]] = {}

    def note(self, name: str, value: float, *having: tuple[str, str]) -> None:
        """Add a value to a metric."""
        values = self.values.setdefault((name, store.dimensions(having)), {})
        values[float(value)] = values.get(float(value), 0.0) + 1

    def cluster(self, cluster: Any, enhanced: bool) -> None:
        """Measure a cluster, its services and its running tasks, and publish all of it."""
        own = ("ClusterName", cluster.name)
        services = [
            each
            for each in self.backend.services.values()
            if each.cluster_name == cluster.name and each.status != "INACTIVE"
        ]
        tasks = list(_running(self.backend, cluster.name))
        self.note("ServiceCount", len(services), own)
        self.note("TaskCount", len(tasks), own)
        for service in services:
            self._service(service, own)
        for task in tasks:
            self._task(task, own, enhanced)
        for (name, having), values in self.values.items():
            key = (NAMESPACE, name, having)
            store.publish(self.kept, key, UNITS.get(name, "Count"), self.begun, values)

    def _service(self, service: Any, own: tuple[str, str]) -> None:
        from awslab.server.ecs import deployments

        deployments.refresh(service)
        having = (own, ("ServiceName", service.name))
        for name, value in (
            ("DesiredTaskCount", service.desired_count),
            ("RunningTaskCount", service.running_count),
            ("PendingTaskCount", service.pending_count),
            ("DeploymentCount", len(service.deployments)),
            ("TaskSetCount", len(service.task_sets or [])),
        ):
            self.note(name, value, *having)

    def _task(self, task: Any, own: tuple[str, str], enhanced: bool) -> None:
        vcpu = collect.vcpu(task)
        cpu = self.kept.work.get(task.task_arn, 0.0)
        profiles = [process.profile for process in task.lab.processes.values()]
        size = (parse_memory(task.memory) if task.memory else None) or 512
        share = metrics.memory_utilization(profiles, size)
        measured = {
            "CpuUtilized": round(min(cpu / collect.SECONDS, vcpu) * 1024, 4),
            "CpuReserved": vcpu * 1024,
            "MemoryUtilized": round(share * size / 100),
            "MemoryReserved": float(size),
        }
        if enhanced:
            measured["TaskCpuUtilization"] = metrics.cpu_utilization(cpu, collect.SECONDS, vcpu)
            measured["TaskMemoryUtilization"] = share
        family = ("TaskDefinitionFamily", task.task_definition_arn.rpartition("/")[2].split(":")[0])
        service = ("ServiceName", (task.lab.service or "").partition(":")[2])
        places = [(own,), (own, family)] + ([(own, service)] if service[1] else [])
        if enhanced:
            one = ("TaskId", task.id)
            places.append((own, service, one) if service[1] else (own, family, one))
        for name, value in measured.items():
            for having in places:
                self.note(name, value, *having)


def _running(backend: Any, cluster: str) -> Iterator[Any]:
    for task in backend.tasks.get(cluster, {}).values():
        if task.last_status == "RUNNING" and hasattr(task, "lab"):
            yield task
