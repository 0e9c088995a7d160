"""The words with which ECS says why a task stopped and what a service did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import ecs_events as events
from awslab.world import ecs_tasks as tasks

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/key"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"
SESSION = "arn:aws:sts::123456789012:assumed-role/execution/abc"
DENIED = tasks.access_denied(SESSION, "secretsmanager:GetSecretValue", SECRET)

NOT_STARTED = [
    (
        tasks.network_interface_failed("subnet-1"),
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
        "InsufficientFreeAddressesInSubnet",
    ),
    (
        tasks.network_interface_failed("subnet-1", public_ip=True),
        "Create Network Interface with public IP assignment enabled in subnet 'subnet-1'",
    ),
    (tasks.network_interface_timeout(), "Timeout waiting for network interface provisioning"),
    (
        tasks.cannot_assume_role("arn:aws:iam::123456789012:role/web"),
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/web' that was provided",
    ),
    (
        tasks.cannot_connect_to_ecr("us-east-1", "44.213.79.86"),
        "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull "
        "registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR.",
    ),
    (
        tasks.registry_auth_denied(DENIED, "r-1"),
        "execution resource retrieval failed: unable to retrieve ecr registry auth: service call "
        "has been retried 1 time(s): AccessDeniedException: User: ",
    ),
    (
        tasks.cannot_pull_not_found(IMAGE),
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to "
        f"resolve ref {IMAGE}: not found",
    ),
    (tasks.cannot_pull_denied(IMAGE), "failed with status code [manifests v1]: 403 Forbidden"),
    (tasks.cannot_pull_blob_denied(IMAGE), "failed to copy: httpReadSeeker: failed open"),
    (
        tasks.cannot_pull_timeout(IMAGE, "https://registry-1.docker.io/v2/", "44.1.2.3"),
        'failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp 44.1.2.3:443: i/o',
    ),
    (
        tasks.cannot_pull_timeout(IMAGE, "https://prod-x-starport-layer-bucket.s3/", "3.5.1.2"),
        'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://prod-x-',
    ),
    (tasks.cannot_pull_platform("linux/arm64"), "descriptor matching platform 'linux/arm64'"),
    (
        tasks.secret_missing(SECRET, "r-1"),
        "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    ),
    (tasks.secret_denied(SECRET, DENIED, "r-1"), "no identity-based policy allows the secretsman"),
    (tasks.secret_key_missing("password"), "did not contain json key password"),
    (tasks.ssm_missing(["/a", "/b"]), "unable to retrieve secrets from ssm: service call has been"),
    (tasks.ssm_denied(DENIED, "r-1"), "operation error SSM: GetParameters"),
    (tasks.cannot_connect_to_secret(SECRET), f"failed to fetch secret {SECRET}"),
    (tasks.cannot_connect_to_secret(PARAMETER), "task and AWS Systems Manager Parameter Store."),
    (
        tasks.log_group_missing("r-1"),
        "ResourceInitializationError: failed to validate logger args: create stream has been "
        "retried 1 times: failed to create Cloudwatch log stream: ",
    ),
    (tasks.log_stream_denied(DENIED, "r-1"), "failed to create Cloudwatch log stream: "),
    (tasks.log_stream_denied(DENIED, "r", creating_group=True), "Cloudwatch log group: "),
    (tasks.cannot_connect_to_logs(), "connection issue between the task and Amazon CloudWatch."),
]


@pytest.mark.parametrize(("stop", "words"), NOT_STARTED, ids=[w[:40] for _, w in NOT_STARTED])
def test_a_task_that_cannot_start_says_what_it_wanted(stop, words):
    """The stop code is the same, the reason tells the cause."""
    assert stop.code == "TaskFailedToStart"
    assert words in stop.reason
    assert stop.exit_code is None


@pytest.mark.parametrize(
    ("stop", "code", "reason", "container", "exit_code"),
    [
        (
            tasks.container_exited(1),
            "EssentialContainerExited",
            "Essential container in task exited",
            None,
            1,
        ),
        (
            tasks.out_of_memory(),
            "EssentialContainerExited",
            "Essential container in task exited",
            "OutOfMemoryError: Container killed due to memory usage",
            137,
        ),
        (
            tasks.cannot_start("no such user"),
            "TaskFailedToStart",
            "Task failed to start",
            "CannotStartContainerError: no such user",
            None,
        ),
        (
            tasks.elb_unhealthy(GROUP),
            "ServiceSchedulerInitiated",
            f"Task failed ELB health checks in (target-group {GROUP})",
            None,
            None,
        ),
        (
            tasks.container_unhealthy(),
            "ServiceSchedulerInitiated",
            "Task failed container health checks",
            None,
            None,
        ),
        (
            tasks.scaled_in("ecs-svc/1"),
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/1)",
            None,
            None,
        ),
        (tasks.stopped_by_user(), "UserInitiated", "Task stopped by user", None, None),
        (tasks.stopped_by_user("a drill"), "UserInitiated", "a drill", None, None),
    ],
)
def test_a_task_that_ran_says_who_stopped_it(stop, code, reason, container, exit_code):
    """Its own container, the scheduler, or a person."""
    assert stop == tasks.Stop(code, reason, container, exit_code)


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (tasks.infrastructure_lost(), "InfrastructureHealth"),
        (tasks.spot_interrupted(), "SpotInterruption"),
    ],
)
def test_a_task_that_lost_its_host_has_its_own_code(stop, code):
    """The stop codes are those of the API."""
    assert stop.code == code
    assert stop.code in tasks.STOP_CODES


@given(st.integers(0, 7), st.integers(0, 7))
def test_statuses_come_in_one_order(first, second):
    """A task never goes back."""
    assert tasks.is_before(tasks.STATUSES[first], tasks.STATUSES[second]) == (first < second)


def test_an_unknown_status_is_no_status():
    """The error names it."""
    with pytest.raises(ValueError, match="WAITING"):
        tasks.is_before("WAITING", "RUNNING")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (events.steady("web"), "(service web) has reached a steady state."),
        (
            events.started("web", ["a", "b"]),
            "(service web) has started 2 tasks: (task a) (task b).",
        ),
        (events.stopped("web", ["a"]), "(service web) has stopped 1 running tasks: (task a)."),
        (
            events.draining("web", "ecs-svc/1", 2),
            "(service web, taskSet ecs-svc/1) has begun draining connections on 2 tasks.",
        ),
        (
            events.registered("web", 1, GROUP),
            f"(service web) registered 1 targets in (target-group {GROUP})",
        ),
        (
            events.deregistered("web", 1, GROUP),
            f"(service web) deregistered 1 targets in (target-group {GROUP})",
        ),
        (
            events.unhealthy_target("web", "a", 3000, GROUP, "Request timed out"),
            f"(service web) (task a) (port 3000) is unhealthy in (target-group {GROUP}) "
            "due to (reason Request timed out)",
        ),
        (
            events.unhealthy_container("web", "a"),
            "(service web) (task a) failed container health checks.",
        ),
        (
            events.unable_to_place("web", "no such image."),
            "(service web) was unable to place a task. Reason: no such image.",
        ),
        (
            events.failed_to_launch("web", "no such role"),
            "(service web) failed to launch a task with (error no such role).",
        ),
        (
            events.completed("web", "ecs-svc/1"),
            "(service web) (deployment ecs-svc/1) deployment completed.",
        ),
        (
            events.circuit_breaker("web", "ecs-svc/2"),
            "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.",
        ),
        (
            events.rolling_back("web", "ecs-svc/1"),
            "(service web) rolling back to (deployment ecs-svc/1).",
        ),
        (events.in_progress("ecs-svc/1"), "ECS deployment ecs-svc/1 in progress."),
        (events.reason_completed("ecs-svc/1"), "ECS deployment ecs-svc/1 completed."),
        (events.failed(), "ECS deployment circuit breaker: tasks failed to start."),
        (
            events.az_balanced("web", {"us-east-1a": 2, "us-east-1b": 1}),
            "(service web) is AZ balanced with 2 tasks in us-east-1a, and 1 tasks in us-east-1b.",
        ),
        (
            events.az_rebalancing("web", "us-east-1b", ["a"]),
            "(service web) has started 1 tasks in us-east-1b to AZ Rebalance: (task a).",
        ),
    ],
)
def test_events_read_as_ecs_writes_them(text, expected):
    """Word for word: people and tools search for them."""
    assert text == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            events.stuck_by_bounds("web"),
            "unable to stop or start tasks during a deployment because of the service deployment "
            "configuration.",
        ),
        (events.unable_to_start_consistently("web"), "is unable to consistently start tasks succ"),
        (events.failed("ecs-svc/1"), "rolling back to deploymentId ecs-svc/1."),
        (events.reason_rollback("ecs-svc/1"), "rolling back to deploymentId ecs-svc/1."),
        (events.az_unbalanced("web", {"us-east-1a": 3}), "3 tasks in us-east-1a. AZ Rebalancing"),
    ],
)
def test_long_events_have_ecs_decisive_words(text, words):
    """What one greps for."""
    assert words in text


@pytest.mark.parametrize("module", [tasks, events])
def test_every_text_that_is_offered_exists(module):
    """No name is promised that is not there."""
    missing = [name for name in module.__all__ if not hasattr(module, name)]

    assert missing == []
