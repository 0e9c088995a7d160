"""What the lab knows of tasks and services beyond moto's objects: plain data that survives a snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.ecs.models import Service, Task

from awslab.server.ecs.engine import Backend
from awslab.world import ecs_service as rules
from awslab.world import ecs_strategy
from awslab.world.service_connect import Endpoint

# Where a task stands for its service. PENDING and LAUNCHED are `starting` for the scheduler.
PENDING, LAUNCHED, HEALTHY, UNHEALTHY, STOPPING = (
    "pending",
    "launched",
    "healthy",
    "unhealthy",
    "stopping",
)
KINDS = (PENDING, LAUNCHED, HEALTHY, UNHEALTHY, STOPPING)


@dataclass
class Image:
    """An image as pulled: its digest, size in bytes, and the content of its config ({} when unknown).

    `damaged`: its layers were made to fail, so that it cannot be pulled.
    """

    digest: str = ""
    size: int = 0
    config: dict[str, Any] = field(default_factory=dict)
    damaged: bool = False


@dataclass
class Process:
    """One container: what runs in it, and from when on it listens."""

    name: str
    definition: dict[str, Any]
    image: Image
    profile: dict[str, Any]
    environment: dict[str, str]
    started: datetime | None = None
    listens: datetime | None = None
    stopped: datetime | None = None


@dataclass
class Run:
    """A task's life in the lab: where it is, what runs in it, which service it belongs to."""

    zone: str
    subnet: str
    groups: list[str]
    public_ip: bool
    service: str | None = None  # "cluster:name"
    deployment: str | None = None
    kind: str | None = None
    eni: str = ""
    address: str = ""
    vpc: str = ""
    processes: dict[str, Process] = field(default_factory=dict)
    targets: list[tuple[str, str, int]] = field(
        default_factory=list
    )  # target group, container, port
    registered: bool = False
    instances: list[str] = field(
        default_factory=list
    )  # Cloud Map services that it is registered with
    checked: dict[str, str] = field(
        default_factory=dict
    )  # container -> health, where it has a check
    failed_health: str = ""
    was_healthy: bool = False
    lost: bool = False
    watched: bool = False  # by GuardDuty's agent


class LabTask(Task):
    """moto's task, walked by the lab: its status is an attribute and no question moves it."""

    status = None  # type: ignore[assignment]
    last_status = "PROVISIONING"  # type: ignore[assignment]
    task_arn = ""  # type: ignore[assignment]

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def advance(self) -> None:
        """Stay: the simulated clock moves a task."""


class LabContainer:
    """One container of a task, by the names of the API in snake case."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


@dataclass
class Deployment:
    """One deployment of a service; times are simulated."""

    id: str
    task_definition: str
    created: datetime
    updated: datetime
    settings: dict[
        str, Any
    ]  # networkConfiguration, platformVersion, ... as the revision fixed them
    revision: str
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    launch_failures: int = 0
    not_before: datetime | None = None
    completed: datetime | None = None
    digests: dict[str, str] = field(default_factory=dict)
    # Service Connect: endpoints with their Cloud Map service, those its tasks know and those they serve.
    visible: list[tuple[str, Endpoint]] = field(default_factory=list)
    offered: list[tuple[str, Endpoint]] = field(default_factory=list)
    stuck: bool = False
    groups: dict[str, str] = field(
        default_factory=dict
    )  # target group of the service -> its own of the pair
    members: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, None]]]:
        """Yield each zone and its tasks of a kind."""
        for zone, kinds in self.members.items():
            if kinds.get(kind):
                yield zone, kinds[kind]

    def count(self, *kinds: str) -> int:
        """Return the number of tasks of some kinds."""
        return sum(len(found.get(kind, ())) for found in self.members.values() for kind in kinds)


@dataclass
class Moment:
    """The service at a moment at which something changed, as `cloud.timeline` draws it."""

    at: datetime
    desired: int
    lower: int
    upper: int
    deployments: list[dict[str, Any]]
    events: list[str] = field(default_factory=list)


@dataclass
class Rollout:
    """A deployment that shifts traffic: the ids of green and blue, its settings, where it stands, its open hooks."""

    deployment: str
    blue: str | None
    settings: ecs_strategy.Settings
    at: ecs_strategy.Rollout
    hooks: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""  # why it cannot even begin


@dataclass
class ServiceState:
    """A service's deployments (the primary first) and what has happened to it."""

    deployments: list[Deployment] = field(default_factory=list)
    past: list[Deployment] = field(default_factory=list)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    service_deployments: list[dict[str, Any]] = field(default_factory=list)
    history: list[Moment] = field(default_factory=list)
    steady: bool = False
    uneven: bool = False  # AZ rebalancing is at work
    rollout: Rollout | None = None  # traffic is shifting
    health_at: datetime | None = None
    # What happened in this moment, to be told in one event each.
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    draining: dict[str, int] = field(default_factory=dict)
    registered: dict[str, int] = field(default_factory=dict)
    deregistered: dict[str, int] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)


def key_of(service: Service) -> str:
    """Return the key by which moto's backend holds a service."""
    return f"{service.cluster_name}:{service.name}"


def lab(service: Service) -> ServiceState:
    """Return what the lab knows of a service."""
    return service.__dict__.setdefault("lab", ServiceState())


def percents(service: Service) -> tuple[int, int]:
    """Return minimumHealthyPercent and maximumPercent, with AWS's defaults."""
    lowest, highest = rules.default_percents(service.scheduling_strategy)  # type: ignore[arg-type]
    given = getattr(service, "deployment_configuration", None) or {}
    minimum, maximum = given.get("minimumHealthyPercent"), given.get("maximumPercent")
    return (
        lowest if minimum is None else int(minimum),
        highest if maximum is None else int(maximum),
    )


def find(backend: Backend, arn: str) -> LabTask | None:
    """Return the lab's task with an ARN, or None."""
    task = backend.tasks.get(arn.split("/")[-2], {}).get(arn)
    return task if isinstance(task, LabTask) else None
