"""Tasks that start or say why not, services that keep their count, deployments that roll.

The rules are in `awslab.world` (ecs_scheduler, ecs_service, ecs_tasks, ecs_container); here they move moto's objects.
`engine` walks tasks along the simulated clock, `start_up` says why one cannot start, `app` is what runs in it,
`services` asks the scheduler, `deployments` and `requests` answer the API.

Others may call:
    tasks.running(account, region) -> the tasks that run, each with `lab` (state.Run): zone, address, processes
    services.scale(account, region, cluster, service, desired)   as UpdateService with a desiredCount does
    services.history(account, region, cluster, service) -> the moments that cloud.timeline draws
"""

from moto.ecs.responses import EC2ContainerServiceResponse

from awslab.server import clock, errors
from awslab.server.cloudwatch import insights
from awslab.server.ecs import (
    containers,
    engine,
    faults,
    fields,
    hooks,
    requests,
    services,
    state,
    tasks,
    timeline,
    validation,
)

__all__ = [
    "engine",
    "faults",
    "hooks",
    "install",
    "requests",
    "reset",
    "services",
    "tasks",
    "timeline",
]


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""
    if getattr(EC2ContainerServiceResponse, "lab", False):
        return
    EC2ContainerServiceResponse.lab = True  # type: ignore[attr-defined]
    errors.check_requests("ecs", requests.tick)
    validation.install()
    fields.install()
    requests.install()
    EC2ContainerServiceResponse.update_cluster_settings = insights.update_cluster_settings  # type: ignore[attr-defined]
    clock.current.every(engine.due, engine.run)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own backends, services and tasks."""


def freeze() -> bool:
    """Return what a snapshot keeps beside moto's objects: nothing but that there is something to thaw."""
    return True


def thaw(_: bool) -> None:
    """Let the tasks that a snapshot brought back answer at their addresses."""
    for regions in engine.ecs_backends.values():
        for backend in regions.values():
            for group in backend.tasks.values():
                for task in group.values():
                    # A task that drains still answers.
                    if isinstance(task, state.LabTask) and containers.alive(task):
                        containers.answer_at_address(backend, task)
