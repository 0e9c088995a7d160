"""What Amazon ECS writes into a service's `events` and a deployment's `rolloutStateReason`.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from collections.abc import Sequence

__all__ = [
    "az_balanced",
    "az_rebalancing",
    "az_unbalanced",
    "circuit_breaker",
    "completed",
    "deregistered",
    "draining",
    "failed",
    "failed_to_launch",
    "in_progress",
    "reason_completed",
    "reason_rollback",
    "registered",
    "rolling_back",
    "started",
    "steady",
    "stopped",
    "stuck_by_bounds",
    "unable_to_place",
    "unable_to_start_consistently",
    "unhealthy_container",
    "unhealthy_target",
]


def _tasks(task_ids: Sequence[str]) -> str:
    return " ".join(f"(task {task_id})" for task_id in task_ids)


def steady(service: str) -> str:
    """Say that the service has its desired tasks, healthy."""
    return f"(service {service}) has reached a steady state."


def started(service: str, task_ids: Sequence[str]) -> str:
    """Say which tasks the scheduler started."""
    return f"(service {service}) has started {len(task_ids)} tasks: {_tasks(task_ids)}."


def stopped(service: str, task_ids: Sequence[str]) -> str:
    """Say which tasks the scheduler stopped."""
    return f"(service {service}) has stopped {len(task_ids)} running tasks: {_tasks(task_ids)}."


def draining(service: str, deployment_id: str, number: int) -> str:
    """Say that targets are drained before their tasks stop."""
    return (
        f"(service {service}, taskSet {deployment_id}) has begun draining connections on "
        f"{number} tasks."
    )


def registered(service: str, number: int, target_group_arn: str) -> str:
    """Say that the scheduler registered targets."""
    return f"(service {service}) registered {number} targets in (target-group {target_group_arn})"


def deregistered(service: str, number: int, target_group_arn: str) -> str:
    """Say that the scheduler deregistered targets."""
    return f"(service {service}) deregistered {number} targets in (target-group {target_group_arn})"


def unhealthy_target(
    service: str, task_id: str, port: int, target_group_arn: str, reason: str
) -> str:
    """Say that a target failed its load balancer's checks; `reason` as describe_target_health has it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
    """
    return (
        f"(service {service}) (task {task_id}) (port {port}) is unhealthy in "
        f"(target-group {target_group_arn}) due to (reason {reason})"
    )


def unhealthy_container(service: str, task_id: str) -> str:
    """Say that a task failed its container health checks."""
    return f"(service {service}) (task {task_id}) failed container health checks."


def unable_to_place(service: str, reason: str) -> str:
    """Say that a task could not start; `reason` is the task's stoppedReason."""
    return f"(service {service}) was unable to place a task. Reason: {reason.rstrip('.')}."


def failed_to_launch(service: str, error: str) -> str:
    """Say that ECS could not even create a task; `error` as RunTask would have answered.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
    """
    return f"(service {service}) failed to launch a task with (error {error})."


def unable_to_start_consistently(service: str) -> str:
    """Say that launches are now throttled.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    """
    return (
        f"(service {service}) is unable to consistently start tasks successfully. For more "
        "information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    )


def stuck_by_bounds(service: str) -> str:
    """Say that the deployment configuration leaves the scheduler no room.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
    """
    return (
        f"(service {service}) was unable to stop or start tasks during a deployment because of the "
        "service deployment configuration. Update the minimumHealthyPercent or maximumPercent "
        "value and try again."
    )


def completed(service: str, deployment_id: str) -> str:
    """Say that a deployment is done."""
    return f"(service {service}) (deployment {deployment_id}) deployment completed."


def circuit_breaker(service: str, deployment_id: str) -> str:
    """Say that the circuit breaker ended a deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return f"(service {service}) (deployment {deployment_id}) deployment failed: tasks failed to start."


def rolling_back(service: str, deployment_id: str) -> str:
    """Say that the service goes back to an earlier deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return f"(service {service}) rolling back to (deployment {deployment_id})."


def in_progress(deployment_id: str) -> str:
    """Return the rolloutStateReason of a deployment that runs.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
    """
    return f"ECS deployment {deployment_id} in progress."


def reason_completed(deployment_id: str) -> str:
    """Return the rolloutStateReason of a deployment that is done."""
    return f"ECS deployment {deployment_id} completed."


def failed(rolling_back_to: str | None = None) -> str:
    """Return the rolloutStateReason of a deployment that the circuit breaker failed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    back = f" rolling back to deploymentId {rolling_back_to}." if rolling_back_to else ""
    return f"ECS deployment circuit breaker: tasks failed to start.{back}"


def reason_rollback(deployment_id: str) -> str:
    """Return the rolloutStateReason of the deployment that a rollback started."""
    return f"ECS deployment circuit breaker: rolling back to deploymentId {deployment_id}."


def _zones(counts: dict[str, int]) -> str:
    parts = [f"{number} tasks in {zone}" for zone, number in counts.items()]
    return ", ".join(parts[:-1]) + (", and " if len(parts) > 1 else "") + parts[-1]


def az_unbalanced(service: str, counts: dict[str, int]) -> str:
    """Say that tasks are not spread evenly over the Availability Zones.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing-event-messages-list.html
    """
    return (
        f"(service {service}) is not AZ balanced with {_zones(counts)}. AZ Rebalancing in progress."
    )


def az_balanced(service: str, counts: dict[str, int]) -> str:
    """Say that tasks are spread evenly again."""
    return f"(service {service}) is AZ balanced with {_zones(counts)}."


def az_rebalancing(service: str, zone: str, task_ids: Sequence[str]) -> str:
    """Say which tasks were started to even out the zones."""
    return (
        f"(service {service}) has started {len(task_ids)} tasks in {zone} to AZ Rebalance: "
        f"{_tasks(task_ids)}."
    )
