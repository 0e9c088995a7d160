"""Services from an empty account, through boto3: they reach their count, keep it, roll, roll back and end."""

import json
from itertools import pairwise

import pytest

from awslab.server import fabric
from awslab.server.clock import current
from awslab.world.http import Request
from tests.server.ecs_world import TRUST, World

LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}
CRASHES = {**LISTENS, "env": ["DATABASE_URL"]}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def world(app, session):
    """VPC with two public subnets, execution role, nothing else."""
    return World(session).network().roles()


@pytest.fixture
def serving(world):
    """A service `app` with two tasks, in a steady state."""
    world.first = world.definition(world.image(app=LISTENS))
    world.service(world.first)
    world.until(steady)
    return world


def steady(service):
    """Tell whether a service has one deployment and all its tasks, as the waiter services_stable does."""
    return len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]


def messages(service):
    return [event["message"] for event in service["events"]]


def test_service_reaches_a_steady_state(world):
    """Its tasks start, the counts tell the truth on the way, and the events say so, newest first."""
    definition = world.definition(world.image(app=LISTENS))
    created = world.service(definition, desired=2)
    first = world.describe()
    done = world.until(steady)

    assert (created["runningCount"], created["pendingCount"], created["events"]) == (0, 0, [])
    assert (first["runningCount"], first["pendingCount"]) == (0, 2)
    assert first["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert done["deployments"][0]["rolloutState"] == "COMPLETED"
    assert messages(done)[0] == "(service app) has reached a steady state."
    assert messages(done)[-1].startswith("(service app) has started 2 tasks: (task ")


def test_waiters_come_to_an_end(world):
    """services_stable and tasks_running return without real time."""
    world.service(world.definition(world.image(app=LISTENS)))
    waiter = {"Delay": 0, "MaxAttempts": 40}
    world.ecs.get_waiter("services_stable").wait(
        cluster="main", services=["app"], WaiterConfig=waiter
    )
    tasks = [task["taskArn"] for task in world.tasks()]
    world.ecs.get_waiter("tasks_running").wait(cluster="main", tasks=tasks, WaiterConfig=waiter)

    assert len(tasks) == 2


def test_tasks_are_spread_over_zones_and_lie_in_their_subnets(serving):
    """Two tasks are in two zones, each with an address of that zone's subnet."""
    found = {
        task["availabilityZone"]: task["containers"][0]["networkInterfaces"][0][
            "privateIpv4Address"
        ].rpartition(".")[0]
        for task in serving.tasks()
    }

    assert found == {"us-east-1a": "10.0.0", "us-east-1b": "10.0.1"}


def test_task_says_all_that_aws_says(serving):
    """Times in order, container with digest, group and startedBy, network interface in EC2."""
    task = serving.tasks()[0]
    interface = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}
    in_ec2 = serving.ec2.describe_network_interfaces(
        NetworkInterfaceIds=[interface["networkInterfaceId"]]
    )["NetworkInterfaces"][0]

    assert task["createdAt"] < task["pullStartedAt"] < task["pullStoppedAt"] < task["startedAt"]
    assert task["containers"][0]["imageDigest"].startswith("sha256:")
    assert task["containers"][0]["lastStatus"] == "RUNNING"
    assert (task["group"], task["launchType"]) == ("service:app", "FARGATE")
    assert task["startedBy"].startswith("ecs-svc/")
    assert (task["cpu"], task["memory"], task["platformVersion"]) == ("256", "512", "1.4.0")
    assert (task["connectivity"], task["desiredStatus"]) == ("CONNECTED", "RUNNING")
    assert in_ec2["PrivateIpAddress"] == interface["privateIPv4Address"]


def test_stopped_task_is_replaced(serving):
    """A task stopped by hand drains, ends with exit code 0 and the caller's reason, and another takes its place."""
    victim = serving.tasks()[0]["taskArn"]
    serving.ecs.stop_task(cluster="main", task=victim, reason="trying it out")
    serving.until(lambda service: service["runningCount"] == 1)
    serving.until(steady)
    gone = serving.tasks(status="STOPPED")[0]

    assert victim not in [task["taskArn"] for task in serving.tasks()]
    assert (gone["taskArn"], gone["lastStatus"]) == (victim, "STOPPED")
    assert (gone["stopCode"], gone["stoppedReason"]) == ("UserInitiated", "trying it out")
    assert gone["containers"][0]["exitCode"] == 0
    assert gone["stoppingAt"] <= gone["executionStoppedAt"] < gone["stoppedAt"]


def test_container_in_shell_form_is_killed_after_its_timeout(world):
    """`sh -c` does not pass SIGTERM on: after stopTimeout comes SIGKILL, exit code 137."""
    shell = {"config": {"Cmd": ["/bin/sh", "-c", "node app.js"]}}
    image = world.image(app=LISTENS, config=shell)
    task = world.run(world.definition(image, container={"stopTimeout": 20}))
    world.ecs.stop_task(cluster="main", task=task["taskArn"])
    seen = []
    while not seen or seen[-1]["lastStatus"] != "STOPPED":
        seen += world.ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])["tasks"]

    assert seen[-1]["containers"][0]["exitCode"] == 137
    assert (seen[-1]["executionStoppedAt"] - seen[-1]["stoppingAt"]).seconds == 20
    assert [s["lastStatus"] for s in seen if s["lastStatus"] == "STOPPING"]


def test_scaling_changes_tasks_not_deployments(serving):
    """From two to five to one: tasks start and stop, no deployment begins."""
    before = serving.describe()["deployments"][0]["id"]
    serving.ecs.update_service(cluster="main", service="app", desiredCount=5)
    up = serving.until(lambda service: service["runningCount"] == 5)
    serving.ecs.update_service(cluster="main", service="app", desiredCount=1)
    down = serving.until(lambda service: service["runningCount"] == 1)
    stopped = serving.tasks(status="STOPPED")

    assert [d["id"] for d in up["deployments"] + down["deployments"]] == [before, before]
    assert len(stopped) == 4
    assert {t["stoppedReason"] for t in stopped} == {
        f"Scaling activity initiated by (deployment {before})"
    }


def test_rolling_update_keeps_its_bounds_at_every_moment(serving):
    """Four tasks at 75 and 150 percent: never fewer than 3 healthy, never more than 6, until only new ones run."""
    serving.ecs.update_service(
        cluster="main",
        service="app",
        desiredCount=4,
        deploymentConfiguration={"minimumHealthyPercent": 75, "maximumPercent": 150},
    )
    serving.until(steady)
    second = serving.definition(serving.image("v2", app=LISTENS, content="2"))
    serving.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    seen = []
    serving.until(lambda service: seen.append(service) or steady(service))
    running = [s["runningCount"] for s in seen]
    total = [s["runningCount"] + s["pendingCount"] for s in seen]

    assert min(running) >= 3
    assert max(total) <= 6
    assert [d["status"] for d in seen[0]["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert seen[-1]["taskDefinition"] == seen[-1]["deployments"][0]["taskDefinition"] == second
    assert {task["taskDefinitionArn"] for task in serving.tasks()} == {second}


@pytest.mark.parametrize(("desired", "low", "high"), [(3, 100, 125), (2, 75, 100)])
def test_bounds_without_room_leave_the_deployment_stuck(serving, desired, low, high):
    """No task starts or stops, and the event says which settings to change; changing them heals it."""
    percents = {"minimumHealthyPercent": low, "maximumPercent": high}
    serving.ecs.update_service(
        cluster="main", service="app", desiredCount=desired, deploymentConfiguration=percents
    )
    serving.until(steady)
    second = serving.definition(serving.image("v2", app=LISTENS, content="2"))
    serving.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    for _ in range(60):
        stuck = serving.describe()
    text = "was unable to stop or start tasks during a deployment because of the service"
    serving.ecs.update_service(
        cluster="main",
        service="app",
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 200},
    )
    healed = serving.until(steady)

    assert [d["rolloutState"] for d in stuck["deployments"]] == ["IN_PROGRESS", "COMPLETED"]
    assert [text in message for message in messages(stuck)].count(True) == 1
    assert healed["taskDefinition"] == second


def test_breaker_rolls_back_to_the_last_completed_deployment(serving):
    """Three tasks that crash at start fail the deployment; the old version serves all the time."""
    bad = serving.definition(serving.image("bad", app=CRASHES, content="bad"))
    serving.ecs.update_service(
        cluster="main", service="app", taskDefinition=bad, deploymentConfiguration=BREAKER
    )
    seen = []
    serving.until(lambda s: seen.append(s) or (steady(s) and s["taskDefinition"] == serving.first))
    failed = [d for s in seen for d in s["deployments"] if d["rolloutState"] == "FAILED"]
    text = "\n".join(messages(seen[-1]))
    history = serving.ecs.list_service_deployments(cluster="main", service="app")

    assert min(s["runningCount"] for s in seen) == 2
    assert failed and failed[0]["taskDefinition"] == bad
    assert (
        "ECS deployment circuit breaker: tasks failed to start." in failed[0]["rolloutStateReason"]
    )
    assert "rolling back to" in text and "deployment failed: tasks failed to start." in text
    assert [d["status"] for d in history["serviceDeployments"]] == [
        "ROLLBACK_SUCCESSFUL",
        "SUCCESSFUL",
    ]


def test_breaker_without_a_completed_deployment_stalls(world):
    """The very first deployment fails: there is nothing to go back to, and no more tasks are started."""
    bad = world.definition(world.image("bad", app=CRASHES))
    world.service(bad, deploymentConfiguration=BREAKER)
    failed = world.until(lambda s: s["deployments"][0]["rolloutState"] == "FAILED")
    for _ in range(60):
        later = world.describe()

    assert failed["deployments"][0]["failedTasks"] >= 3
    assert later["deployments"][0]["rolloutState"] == "FAILED"
    assert (later["runningCount"], later["pendingCount"]) == (0, 0)


def test_launches_back_off_without_a_breaker(world):
    """Tasks that never run are launched again ever more slowly, and an event says that starting does not work."""
    bad = world.definition(world.image("bad", app=CRASHES))
    world.service(bad, desired=1)
    for _ in range(240):
        service = world.describe()
    starts = sorted(
        event["createdAt"] for event in service["events"] if "has started" in event["message"]
    )
    gaps = [(b - a).seconds for a, b in pairwise(starts)]

    assert "is unable to consistently start tasks successfully" in "\n".join(messages(service))
    assert gaps == sorted(gaps)
    assert gaps[-1] > 4 * gaps[0]


def test_forced_deployment_resolves_a_moved_tag(serving):
    """A tag that moved changes nothing until a new deployment is forced; then all tasks run the new digest."""
    before = {task["containers"][0]["imageDigest"] for task in serving.tasks()}
    serving.image("v1", app=LISTENS, content="moved")
    serving.ecs.stop_task(cluster="main", task=serving.tasks()[0]["taskArn"])
    serving.until(lambda service: service["runningCount"] == 1)
    serving.until(steady)
    replaced = {task["containers"][0]["imageDigest"] for task in serving.tasks()}
    serving.ecs.update_service(cluster="main", service="app", forceNewDeployment=True)
    serving.until(steady)
    after = {task["containers"][0]["imageDigest"] for task in serving.tasks()}

    assert replaced == before
    assert len(after) == 1
    assert after != before


def test_deleted_service_drains_and_becomes_inactive(serving):
    """DeleteService needs force while tasks are wanted; the service is INACTIVE once they have stopped."""
    with pytest.raises(serving.ecs.exceptions.InvalidParameterException):
        serving.ecs.delete_service(cluster="main", service="app")
    deleted = serving.ecs.delete_service(cluster="main", service="app", force=True)["service"]
    serving.ecs.get_waiter("services_inactive").wait(
        cluster="main", services=["app"], WaiterConfig={"Delay": 0, "MaxAttempts": 40}
    )

    assert (deleted["status"], deleted["desiredCount"]) == ("DRAINING", 0)
    assert serving.tasks() == []
    assert len(serving.tasks(status="STOPPED")) == 2


def test_cluster_counts_what_runs(serving):
    """DescribeClusters counts running and pending tasks and active services."""
    serving.ecs.update_service(cluster="main", service="app", desiredCount=3)
    serving.describe()
    cluster = serving.ecs.describe_clusters(clusters=["main"])["clusters"][0]

    assert cluster["runningTasksCount"] == 2
    assert cluster["pendingTasksCount"] == 1
    assert cluster["activeServicesCount"] == 1


def test_same_calls_give_the_same_history(core, session):
    """Two labs that get the same calls tell the same events, ids and times."""
    histories = []
    for _ in range(2):
        core.reset()
        world = World(session).network().roles()
        world.service(world.definition(world.image(app=LISTENS)))
        world.until(steady)
        world.ecs.stop_task(cluster="main", task=world.tasks()[0]["taskArn"])
        for _ in range(20):
            service = world.describe()
        histories.append((service["events"], sorted(t["taskArn"] for t in world.tasks())))

    assert histories[0] == histories[1]


def test_strategy_shares_tasks_among_providers(world):
    """A base of one on FARGATE, then one part FARGATE to three parts FARGATE_SPOT."""
    world.ecs.create_cluster(clusterName="main", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    definition = world.definition(world.image(app=LISTENS))
    world.ecs.create_service(
        cluster="main",
        serviceName="app",
        taskDefinition=definition,
        desiredCount=5,
        networkConfiguration=world.reaches(),
        capacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3},
        ],
    )
    world.until(steady)
    used = sorted(task["capacityProviderName"] for task in world.tasks())

    assert used == ["FARGATE"] * 2 + ["FARGATE_SPOT"] * 3
    assert all("launchType" not in task for task in world.tasks())


def test_service_on_instances_has_nowhere_to_go(world):
    """Launch type EC2 without container instances starts nothing, and one event says why."""
    definition = world.definition(
        world.image(app=LISTENS),
        requiresCompatibilities=["EC2"],
        networkMode="bridge",
        container={"portMappings": [{"containerPort": 3000}]},
    )
    world.ecs.create_cluster(clusterName="main")
    world.ecs.create_service(
        cluster="main",
        serviceName="app",
        taskDefinition=definition,
        desiredCount=1,
        launchType="EC2",
    )
    for _ in range(10):
        service = world.describe()
    said = [m for m in messages(service) if "No Container Instances were found" in m]

    assert (service["runningCount"], service["pendingCount"]) == (0, 0)
    assert len(said) == 1


def test_service_deployments_and_revisions_tell_what_ran(serving):
    """The newest deployment is current; its revision names the image by digest; the breaker's threshold is shown."""
    second = serving.definition(serving.image("v2", app=LISTENS, content="2"))
    serving.ecs.update_service(
        cluster="main", service="app", taskDefinition=second, deploymentConfiguration=BREAKER
    )
    done = serving.until(steady)
    listed = serving.ecs.list_service_deployments(
        cluster="main", service="app", status=["SUCCESSFUL"]
    )
    current = serving.ecs.describe_service_deployments(
        serviceDeploymentArns=[done["currentServiceDeployment"], "arn:nothing"]
    )
    deployment = current["serviceDeployments"][0]
    revision = serving.ecs.describe_service_revisions(
        serviceRevisionArns=[deployment["targetServiceRevision"]["arn"]]
    )["serviceRevisions"][0]
    running = serving.tasks()[0]["containers"][0]["imageDigest"]

    assert len(listed["serviceDeployments"]) == 2
    assert deployment["status"] == "SUCCESSFUL"
    assert deployment["deploymentCircuitBreaker"]["threshold"] == 3
    assert deployment["targetServiceRevision"]["runningTaskCount"] == 2
    assert revision["taskDefinition"] == second
    assert revision["containerImages"][0]["imageDigest"] == running
    assert current["failures"] == [{"arn": "arn:nothing", "reason": "MISSING"}]


def test_stopped_service_deployment_rolls_back(serving):
    """StopServiceDeployment returns the service to its last completed deployment; a finished one cannot be stopped."""
    bad = serving.definition(serving.image("bad", app=CRASHES, content="bad"))
    updated = serving.ecs.update_service(cluster="main", service="app", taskDefinition=bad)
    arn = updated["service"]["currentServiceDeployment"]
    serving.describe()
    serving.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    done = serving.until(lambda s: steady(s) and s["taskDefinition"] == serving.first)
    with pytest.raises(serving.ecs.exceptions.ConflictException):
        serving.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    history = serving.ecs.list_service_deployments(cluster="main", service="app")

    assert done["deployments"][0]["taskDefinition"] == serving.first
    assert history["serviceDeployments"][0]["status"] == "ROLLBACK_SUCCESSFUL"


def test_new_deployment_supersedes_one_in_progress(serving):
    """A second update before the first is done stops the first service deployment; only the last version runs."""
    for number in (2, 3):
        definition = serving.definition(
            serving.image(f"v{number}", app=LISTENS, content=str(number))
        )
        serving.ecs.update_service(cluster="main", service="app", taskDefinition=definition)
        serving.describe()
    done = serving.until(steady)
    history = serving.ecs.list_service_deployments(cluster="main", service="app")

    assert done["taskDefinition"] == definition
    assert {task["taskDefinitionArn"] for task in serving.tasks()} == {definition}
    assert [d["status"] for d in history["serviceDeployments"]] == [
        "SUCCESSFUL",
        "STOPPED",
        "SUCCESSFUL",
    ]


def test_app_calls_aws_with_its_task_role(world):
    """A request fails with 500 and a log line until the task role, not the execution role, allows the call."""
    role = world.iam.create_role(RoleName="photos", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    world.logs.create_log_group(logGroupName="/ecs/app")
    call = {"action": "s3:GetObject", "resource": "arn:aws:s3:::photos/1"}
    logs = {"awslogs-group": "/ecs/app", "awslogs-region": "us-east-1"}
    logs["awslogs-stream-prefix"] = "ecs"
    definition = world.definition(
        world.image(app={**LISTENS, "calls": [call]}),
        taskRoleArn=role,
        container={"logConfiguration": {"logDriver": "awslogs", "options": logs}},
    )
    task = world.run(definition)
    world.ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])
    address = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    answer = fabric.host_at(world.vpc, address).answer
    before = answer(3000, Request(path="/photos"), current.now)
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}
    world.iam.put_role_policy(
        RoleName="photos",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    after = answer(3000, Request(path="/photos"), current.now)
    lines = world.logs.filter_log_events(logGroupName="/ecs/app")["events"]
    with pytest.raises(fabric.Refused):
        answer(8080, Request(path="/photos"), current.now)

    assert (before.status, after.status) == (500, 200)
    assert "is not authorized to perform: s3:GetObject" in before.body.decode()
    assert any("ERROR An error occurred (AccessDenied)" in line["message"] for line in lines)
