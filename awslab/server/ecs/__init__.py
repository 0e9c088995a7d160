"""Tasks that start or say why not, services that keep their count, deployments that roll.

The rules are in `awslab.world` (ecs_scheduler, ecs_service, ecs_tasks); here they move moto's ECS objects.
`engine` walks tasks along the simulated clock, `start_up` says why one cannot start, `app` is what runs in it,
`services` asks the scheduler, `deployments` and `requests` answer the API.

Others may call:
    tasks.running(account, region) -> list of tasks that run, each with lab (tasks.Run): zone, address, eni, profile
    services.scale(account, region, cluster, service, desired)   as UpdateService with a desiredCount does
    services.history(account, region, cluster, service) -> list of moments that cloud.timeline draws
"""

__all__ = ["install", "reset"]


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""
