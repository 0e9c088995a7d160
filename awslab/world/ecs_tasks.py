"""The life cycle of an Amazon ECS task, and the words with which ECS says why a task stopped.

Every function that ends a task returns a `Stop`: what `describe_tasks` shows as stopCode and stoppedReason,
and what each container shows as reason and exitCode.
Texts: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
Statuses: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from awslab.world._ecs_start_failures import (
    FAILED_TO_START,
    Stop,
    access_denied,
    cannot_assume_role,
    cannot_connect_to_ecr,
    cannot_connect_to_logs,
    cannot_connect_to_secret,
    cannot_pull_blob_denied,
    cannot_pull_denied,
    cannot_pull_not_found,
    cannot_pull_platform,
    cannot_pull_status,
    cannot_pull_timeout,
    log_group_missing,
    log_stream_denied,
    logs_unavailable,
    network_interface_failed,
    network_interface_timeout,
    registry_auth_denied,
    registry_auth_failed,
    secret_deleted,
    secret_denied,
    secret_key_missing,
    secret_missing,
    secret_refused,
    secret_unavailable,
    ssm_denied,
    ssm_missing,
)

__all__ = [
    "STATUSES",
    "STOP_CODES",
    "Stop",
    "access_denied",
    "cannot_assume_role",
    "cannot_connect_to_ecr",
    "cannot_connect_to_logs",
    "cannot_connect_to_secret",
    "cannot_pull_blob_denied",
    "cannot_pull_denied",
    "cannot_pull_not_found",
    "cannot_pull_platform",
    "cannot_pull_status",
    "cannot_pull_timeout",
    "cannot_start",
    "container_exited",
    "container_unhealthy",
    "elb_unhealthy",
    "infrastructure_lost",
    "is_before",
    "log_group_missing",
    "log_stream_denied",
    "logs_unavailable",
    "network_interface_failed",
    "network_interface_timeout",
    "out_of_memory",
    "registry_auth_denied",
    "registry_auth_failed",
    "scaled_in",
    "secret_deleted",
    "secret_denied",
    "secret_key_missing",
    "secret_missing",
    "secret_refused",
    "secret_unavailable",
    "spot_interrupted",
    "ssm_denied",
    "ssm_missing",
    "stopped_by_user",
]

STATUSES = (
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
)
EXITED = "EssentialContainerExited"
BY_USER = "UserInitiated"
BY_SCHEDULER = "ServiceSchedulerInitiated"
STOP_CODES = (
    FAILED_TO_START,
    EXITED,
    BY_USER,
    BY_SCHEDULER,
    "SpotInterruption",
    "TerminationNotice",
    "InfrastructureHealth",
)
KILLED, TERMINATED = 137, 143  # 128 + SIGKILL, 128 + SIGTERM


def is_before(status: str, other: str) -> bool:
    """Tell whether a task passes `status` before `other`.

    Raises ValueError for a status ECS does not have.
    """
    for name in (status, other):
        if name not in STATUSES:
            raise ValueError(f"{name!r} is no status of a task; one of {', '.join(STATUSES)} is")
    return STATUSES.index(status) < STATUSES.index(other)


# --- containers --------------------------------------------------------------------------------


def cannot_start(why: str) -> Stop:
    """End a task whose container cannot start: unknown user, missing command, failed dependency.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
    """
    text = f"CannotStartContainerError: {why}"
    return Stop(FAILED_TO_START, "Task failed to start", text)


def container_exited(exit_code: int) -> Stop:
    """End a task whose essential container ended by itself.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    return Stop(EXITED, "Essential container in task exited", exit_code=exit_code)


def out_of_memory() -> Stop:
    """End a task whose essential container went over its memory limit.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    return Stop(
        EXITED,
        "Essential container in task exited",
        "OutOfMemoryError: Container killed due to memory usage",
        KILLED,
    )


# --- stopped from outside ------------------------------------------------------------------------


def elb_unhealthy(target_group_arn: str, *codes: str) -> Stop:
    """End a service's task whose target stayed unhealthy after the grace period.

    `codes` say what the checks got: `"Health checks failed with these codes: [404]"`.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
    """
    text = f"Task failed ELB health checks in (target-group {target_group_arn})"
    return Stop(BY_SCHEDULER, " ".join([text, *codes]))


def container_unhealthy() -> Stop:
    """End a service's task whose container health check failed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    return Stop(BY_SCHEDULER, "Task failed container health checks")


def scaled_in(deployment_id: str) -> Stop:
    """End a task that a deployment or a lower desired count makes superfluous, or whose service is deleted.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    return Stop(BY_SCHEDULER, f"Scaling activity initiated by (deployment {deployment_id})")


def stopped_by_user(reason: str | None = None) -> Stop:
    """End a task by StopTask, with the caller's own reason if there is one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    """
    return Stop(BY_USER, reason or "Task stopped by user")


def spot_interrupted() -> Stop:
    """End a FARGATE_SPOT task that AWS takes back, two minutes after its warning.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    return Stop("SpotInterruption", "Your Spot Task was interrupted.")


def infrastructure_lost() -> Stop:
    """End a task whose host or Availability Zone failed.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
    """
    return Stop("InfrastructureHealth", "Task stopped due to an infrastructure health event.")
