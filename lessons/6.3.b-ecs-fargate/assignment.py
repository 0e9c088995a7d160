# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.b ECS and Fargate
#     minutes: 90
#     covers: [Q1, Q2, Q5, Q8, F2]
# ---

# %% [markdown]
"""
# Assignment 6.3.b: ECS and Fargate

About 90 minutes. Do the lesson [6.3.b ECS and Fargate](../../notebooks/6.3.b-ecs-fargate.ipynb) first.

You take over a service of a shop: first you bring it up, then you deploy, protect, scale and repair.
Write each answer in the cell that says so, run it, then run the check below it.
Use boto3 or the `aws` command (`!aws ...`) as you like; the checks look at what is in your AWS and at what happens there.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS: an answer must not depend on something you did by hand.

Write your user name into the next cell first. Names and numbers of this assignment depend on it.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
from datetime import datetime
from zoneinfo import ZoneInfo

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import ecs_probes, learner, score
from awslab.ecs_cases import FAULTS, hungry_task, slow_service, stopped_tasks
from awslab.ecs_fixtures import push_app, stage

cloud = awslab.start()
cloud.reset()
ecs = boto3.client("ecs")

mine = awslab.draw("6.3.b-ecs-fargate")
CLUSTER = mine.pick("CLUSTER", ["harbour", "orchard", "quarry", "meadow"])
SERVICE = mine.pick(
    "SERVICE", ["basket-service", "catalog-service", "pricing-service", "profile-service"]
)
PORT = mine.number("PORT", 3100, 3900, 100)
COUNT = mine.number("COUNT", 3, 5)
VPC_CIDR = mine.cidr("VPC_CIDR")
LOG_GROUP = f"/ecs/{SERVICE}"
BOOT = mine.number("BOOT", 60, 110, 10)
NEEDS_MEMORY = mine.pick("NEEDS_MEMORY", [700, 1200, 1900, 2600])
MAX_TASKS = mine.number("MAX_TASKS", 8, 12)
CPU_TARGET = mine.number("CPU_TARGET", 40, 60, 5)
REQUESTS = mine.number("REQUESTS", 1200, 2000, 100)
TIMEZONE = mine.pick(
    "TIMEZONE", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]
)
PEAK_HOUR = mine.number("PEAK_HOUR", 7, 10)
PEAK_TASKS = mine.number("PEAK_TASKS", 5, 7)

shop = stage("shop", port=PORT, cidr=VPC_CIDR)
ecs.create_cluster(clusterName="backoffice")
boto3.client("logs").create_log_group(logGroupName=LOG_GROUP)
APP = {
    "port": PORT,
    "boot": 5,
    "memory": 180,
    "cpu_per_request": 0.01,
    "health": {"/health": 200, "/api/*": 200},
}
VERSION_1 = push_app(SERVICE, "v1.0", **APP)
VERSION_2 = push_app(SERVICE, "v2.0", **APP)
mine

# %% [markdown]
"""
`shop` holds what stands around the service: `shop.execution_role`, `shop.network` (a `networkConfiguration` with the private subnets and the tasks' security group), `shop.target_group` and `shop.url`, the load balancer's address.
`VERSION_1` and `VERSION_2` are the URIs of two images of the service. Both listen on `PORT`.
"""

# %%
cloud.map(shop.vpc)

# %% [markdown]
"""
## 1. The smallest size (4 points)

Complete the function. `vcpu` and `gb` are what a task needs at least, numbers such as `0.5` and `3`.
Return the smallest Fargate size that has both, as a list of two strings the way the API takes them, `["512", "3072"]`.
Smallest means: the fewest CPU units; among these the least memory. Return `None` when no size is large enough.

`SIZES` lists, for each number of CPU units, the memory in MiB.
"""

# %% given="sizes"
SIZES = {
    256: [512, 1024, 2048],
    512: [gb * 1024 for gb in range(1, 5)],
    1024: [gb * 1024 for gb in range(2, 9)],
    2048: [gb * 1024 for gb in range(4, 17)],
    4096: [gb * 1024 for gb in range(8, 31)],
    8192: [gb * 1024 for gb in range(16, 61, 4)],
    16384: [gb * 1024 for gb in range(32, 121, 8)],
    32768: [60 * 1024, 120 * 1024, 244 * 1024],
}

# %% [markdown] hints="task-size"
"""
1. One vCPU is 1024 CPU units, one GB is 1024 MiB. Convert first, then compare.
2. Go through the CPU units from small to large, and in each through the memory values.
3. `for cpu, memories in SIZES.items(): for memory in memories: if cpu >= vcpu * 1024 and ...: return [str(cpu), str(memory)]`. After both loops there is nothing to return.
"""


# %% solution="task-size" needs=[]
def fargate_size(vcpu, gb):
    """Return [cpu, memory] of the smallest Fargate size with at least this much, or None."""
    ### BEGIN SOLUTION
    for cpu, memories in SIZES.items():
        for memory in memories:
            if cpu >= vcpu * 1024 and memory >= gb * 1024:
                return [str(cpu), str(memory)]
    return None
    ### END SOLUTION


# %% hide check="task-size" points=4
"""An exact size, one that needs more CPU for its memory, a very large one, and one that is too large."""


def size_slip(found, want):
    """Name the usual mistake behind a wrong size, if it is one."""
    if found is None and want:
        return "it returned None. Did you forget a return?"
    if isinstance(found, list) and want and [str(each) for each in found] == want:
        return "the API takes strings"
    if (
        isinstance(found, list)
        and len(found) == 2
        and want
        and str(found[1]) == str(int(want[1]) // 1024)
    ):
        return "the memory is in MiB, as in SIZES"
    if (
        isinstance(found, list)
        and len(found) == 2
        and str(found[1]).isdigit()
        and str(found[0]).isdigit()
    ):
        if int(found[1]) not in SIZES.get(int(found[0]), []):
            return f"Fargate has no size of {found[0]} CPU units and {found[1]} MiB"
        if not want:
            return "that is smaller than what was asked for"
        if int(found[0]) > int(want[0]) or int(found[1]) > int(want[1]):
            return "a smaller size is large enough"
        return "that is too small"
    return ""


def size_cases(cases):
    """Return the first case that the learner's function gets wrong, or the last one: (arguments, found, wanted)."""
    for arguments, want in cases:
        found = learner.call("fargate_size", *arguments)
        if found != want:
            break
    return arguments, found, want


with score(4) as s:
    for label, case in {
        "half a vCPU and 3 GB": ((0.5, 3), ["512", "3072"]),
        "a quarter vCPU and 3 GB: the memory decides": ((0.25, 3), ["512", "3072"]),
    }.items():
        arguments, found, want = size_cases([case])
        s.met(
            1,
            label,
            found == want,
            found=learner.returned(found, "fargate_size", *arguments),
            expected=want,
            slip=size_slip(found, want),
            read="section 4 of the lesson",
        )
    arguments, found, want = size_cases(
        [((24, 128), ["32768", "249856"]), ((17, 60), ["32768", "61440"])]
    )
    s.met(
        1,
        "more than 16 vCPU",
        found == want,
        found=learner.returned(found, "fargate_size", *arguments),
        expected=want,
        slip=size_slip(found, want),
        why="16 vCPU and 120 GB was the ceiling once; it is 32 vCPU and 244 GB now",
    )
    ### BEGIN HIDDEN TESTS
    arguments, found, want = size_cases(
        [
            ((1.5, 9), ["2048", "9216"]),
            ((8, 17), ["8192", "20480"]),
            ((4, 29.5), ["4096", "30720"]),
            ((1, 2), ["1024", "2048"]),
            ((16, 121), ["32768", "249856"]),
            ((40, 10), None),
            ((1, 300), None),
        ]
    )
    s.met(
        1,
        "other sizes, and some that do not exist",
        found == want,
        found=learner.returned(found, "fargate_size", *arguments) if want else found,
        expected=want if want else "None: no size is large enough",
        slip=size_slip(found, want),
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. What one task costs (4 points)

Complete the function. The first three arguments are moments in seconds: when the image pull began, when the task was `RUNNING`, when it had stopped.
`vcpu` and `gb` are the task's size; `vcpu_hour` and `gb_hour` are the prices. Return dollars, not rounded.
"""

# %% [markdown] hints="task-cost"
"""
1. Which of the three moments starts the bill, and which ends it? Section 5 of the lesson says so.
2. A task is billed for one minute at least: `max(seconds, 60)`.
3. Dollars are hours times (vCPU times its price plus GB times its price). An hour has 3600 seconds.
"""


# %% solution="task-cost" needs=[]
def task_cost(pulled, running, stopped, vcpu, gb, vcpu_hour, gb_hour):
    """Return what Fargate bills for one task, in dollars."""
    ### BEGIN SOLUTION
    hours = max(stopped - pulled, 60) / 3600
    return hours * (vcpu * vcpu_hour + gb * gb_hour)
    ### END SOLUTION


# %% hide check="task-cost" points=4
"""Three hours, a slow pull, twenty seconds, other prices."""


def near(found, want):
    """Tell whether `found` is a number, and `want` but for the rounding of floats."""
    return isinstance(found, int | float) and abs(found - want) < 1e-9


with score(4) as s:
    call = ("task_cost", 0, 40, 10_800, 1, 2, 0.04, 0.005)
    found = learner.call(*call)
    s.met(
        1,
        "three hours of 1 vCPU and 2 GB",
        near(found, 0.15),
        found=learner.returned(found, *call),
        expected=0.15,
        slip="the bill starts with the pull of the image, not when the task runs"
        if near(found, (10_800 - 40) / 3600 * 0.05)
        else "prices are for an hour, times are in seconds"
        if near(found, 10_800 * 0.05)
        else "return a number, not a text"
        if isinstance(found, str)
        else "do not round: ten thousand tasks a day add it up"
        if found != 0.15 and near(found, round(0.15, 1))
        else "",
    )
    call = ("task_cost", 100, 200, 250, 1, 2, 0.04, 0.005)
    found = learner.call(*call)
    s.met(
        1,
        "a pull of 100 seconds, then 50 seconds of work",
        near(found, 150 / 3600 * 0.05),
        found=found,
        expected=150 / 3600 * 0.05,
        slip="the bill starts with the pull of the image, not when the task runs"
        if near(found, 60 / 3600 * 0.05) or near(found, 50 / 3600 * 0.05)
        else "the moments are not durations: the bill is for the time between pull and stop"
        if near(found, 250 / 3600 * 0.05)
        else "do not round: ten thousand tasks a day add it up"
        if found in (round(150 / 3600 * 0.05, 2), round(150 / 3600 * 0.05, 4))
        else "",
    )
    call = ("task_cost", 0, 5, 20, 0.25, 0.5, 0.04, 0.005)
    found = learner.call(*call)
    s.met(
        1,
        "a task of twenty seconds",
        near(found, 60 / 3600 * 0.0125),
        found=found,
        expected=60 / 3600 * 0.0125,
        slip="one minute is the least that is billed" if near(found, 20 / 3600 * 0.0125) else "",
    )
    ### BEGIN HIDDEN TESTS
    call = ("task_cost", 30, 90, 30 + 61, 4, 30, 0.05, 0.01)
    found = learner.call(*call)
    s.met(
        1,
        "61 seconds at other prices",
        near(found, 61 / 3600 * 0.5),
        found=found,
        expected=61 / 3600 * 0.5,
        slip="whole minutes are not billed: after the first one every second counts"
        if near(found, 120 / 3600 * 0.5)
        else "the prices are arguments: use them"
        if near(found, 61 / 3600 * (4 * 0.04 + 30 * 0.005))
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 3. A cluster and a blueprint (6 points)

Create the cluster `CLUSTER`, in which tasks may run on Fargate and on Fargate Spot.

Register a task definition of the family `SERVICE` for Fargate:

- 0.5 vCPU and 1 GB, with `shop.execution_role` as its execution role;
- one container called `app`, with the image `VERSION_1`, listening on `PORT`;
- its output goes to the log group `LOG_GROUP` in `us-east-1`, in streams that begin with `web`.

Exercise 6 needs the same definition with another image: as a function of the image you type it only once.
"""

# %% [markdown] hints="cluster-definition"
"""
1. `ecs.create_cluster` takes the capacity providers in a list; their names are `FARGATE` and `FARGATE_SPOT`.
2. Section 3 of the lesson registers a definition with everything that is asked for here. What differs: family, size, port, log group.
3. For Fargate: `requiresCompatibilities=["FARGATE"]`, `networkMode="awsvpc"`, `cpu="512"`, `memory="1024"`. The log driver is `awslogs`, with the options `awslogs-group`, `awslogs-region` and `awslogs-stream-prefix`.
"""

# %% solution="cluster-definition" needs=[]
### BEGIN SOLUTION
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])


def register(image):
    ecs.register_task_definition(
        family=SERVICE,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        executionRoleArn=shop.execution_role,
        containerDefinitions=[
            {
                "name": "app",
                "image": image,
                "portMappings": [{"containerPort": PORT}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": LOG_GROUP,
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "web",
                    },
                },
            }
        ],
    )


register(VERSION_1)
### END SOLUTION

# %% hide check="cluster-definition" points=6
"""The cluster has both capacity providers, and a task of the definition starts, runs and writes its log."""
with score(6) as s:
    found = boto3.client("ecs").describe_clusters(clusters=[CLUSTER])["clusters"]
    cluster = next((each for each in found if each["status"] == "ACTIVE"), None)
    definition = ecs_probes.definition_of(SERVICE)
    s.need(
        cluster or definition,
        f"there is neither a cluster {CLUSTER} nor a task definition {SERVICE} yet",
    )
    providers = (cluster.get("capacityProviders") or []) if cluster else []
    s.met(
        1,
        "the cluster may use Fargate and Fargate Spot",
        {"FARGATE", "FARGATE_SPOT"} <= set(providers),
        found=providers if cluster else f"no cluster {CLUSTER}",
        expected=["FARGATE", "FARGATE_SPOT"],
        slip="a cluster has only the capacity providers that it is given; put_cluster_capacity_providers adds them later"
        if cluster and not providers
        else "",
    )
    s.need(definition, f"there is no task definition of the family {SERVICE} yet")
    size = [definition.get("cpu"), definition.get("memory")]
    s.met(
        1,
        "it is for Fargate, with 0.5 vCPU and 1 GB",
        size == ["512", "1024"] and "FARGATE" in definition.get("requiresCompatibilities", []),
        found={
            "cpu, memory": size,
            "requiresCompatibilities": definition.get("requiresCompatibilities"),
        },
        expected=["512", "1024"],
        slip="without requiresCompatibilities ECS does not check the definition against Fargate's rules"
        if size == ["512", "1024"]
        else "",
    )
    container = definition["containerDefinitions"][0]
    ports = [mapping.get("containerPort") for mapping in container.get("portMappings", [])]
    s.met(
        1,
        "one container app, with VERSION_1 on PORT",
        (container["name"], container["image"], ports) == ("app", VERSION_1, [PORT]),
        found=[container["name"], container["image"], ports],
        expected=["app", VERSION_1, [PORT]],
        slip="3000 is the lesson's port; yours is PORT" if 3000 in ports else "",
    )
    s.need(cluster, f"to try the definition the cluster {CLUSTER} has to exist")
    task = ecs_probes.tried(CLUSTER, SERVICE, shop.network)
    s.met(
        2,
        "a task of it runs",
        task["lastStatus"] == "RUNNING",
        found=f"{task['lastStatus']}: {task.get('stoppedReason', '')}",
        slip="the execution role is missing: without it nobody may pull the image"
        if not definition.get("executionRoleArn")
        else "",
        read="section 11 of the lesson",
    )
    streams = boto3.client("logs").describe_log_streams(logGroupName=LOG_GROUP)["logStreams"]
    wanted = f"web/app/{task['taskArn'].rpartition('/')[2]}"
    s.met(
        1,
        "its output is in the log group",
        wanted in [stream["logStreamName"] for stream in streams],
        found=[stream["logStreamName"] for stream in streams],
        expected=wanted,
        slip="the prefix of the streams is awslogs-stream-prefix" if streams else "",
        why="a task without a log cannot be understood once it has stopped",
    )
s

# %% [markdown]
"""
## 4. A service that stays up (6 points)

Create the service `SERVICE` in `CLUSTER` with `COUNT` tasks of your definition, on `shop.network`, registered in `shop.target_group`.
Wait until it is stable.

> **A second try.** `create_service` refuses a name that is taken (*not idempotent*). After a mistake delete the service with `force=True`, let the waiter `services_inactive` wait, and create it again; or correct it with `update_service`.
"""

# %% [markdown] hints="create-service"
"""
1. Section 6 of the lesson creates such a service. Which values differ here?
2. `loadBalancers` needs the target group's ARN, the container's name and the port on which it listens.
3. `ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])` waits.
"""

# %% solution="create-service" needs=["cluster-definition"]
### BEGIN SOLUTION
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=COUNT,
    launchType="FARGATE",
    networkConfiguration=shop.network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": PORT}
    ],
)
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])
### END SOLUTION

# %% hide check="create-service" points=6
"""It runs its tasks in two zones, answers requests, and replaces a task that is lost."""
with score(6) as s:
    service = ecs_probes.settled(CLUSTER, SERVICE)
    try:
        alone = boto3.client("ecs").list_tasks(cluster=CLUSTER)["taskArns"]
    except ClientError:
        alone = []
    s.need(
        service,
        f"there is no service {SERVICE} in {CLUSTER} yet"
        + (", only tasks that were started alone, which nobody replaces" if alone else ""),
    )
    s.met(
        1,
        "it runs COUNT tasks",
        service["runningCount"] == service["desiredCount"] == COUNT,
        found=f"{service['runningCount']} of {service['desiredCount']}",
        expected=COUNT,
        slip=service["events"][0]["message"]
        if service["events"] and not service["runningCount"]
        else "",
    )
    arns = boto3.client("ecs").list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    s.need(arns, "the service has no running task: read its events")
    tasks = boto3.client("ecs").describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    zones = sorted({task["availabilityZone"] for task in tasks})
    s.met(
        1,
        "they are in two Availability Zones",
        len(zones) == 2,
        found=zones,
        slip="a service can use only the zones of the subnets it is given"
        if len(zones) == 1
        else "",
        why="a zone can be lost as a whole",
    )
    status, body = ecs_probes.answer_at(shop.url + "/api/orders/1")
    s.met(
        2,
        "a request from the internet is answered",
        status == 200 and SERVICE in body,
        found=status,
        expected=200,
        slip="no task is registered in shop.target_group: the service was created without loadBalancers"
        if not service["loadBalancers"]
        else "",
        read="section 6 of the lesson",
    )
    ### BEGIN HIDDEN TESTS
    cloud.fail(task=tasks[0]["taskArn"])
    service = ecs_probes.settled(CLUSTER, SERVICE)
    arns = boto3.client("ecs").list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    s.met(
        1,
        "a task that crashes is replaced",
        len(arns) == COUNT and tasks[0]["taskArn"] not in arns,
        found=f"{len(arns)} tasks",
        expected=COUNT,
    )
    health = boto3.client("elbv2").describe_target_health(TargetGroupArn=shop.target_group)
    states = [each["TargetHealth"]["State"] for each in health["TargetHealthDescriptions"]]
    s.met(
        1,
        "and its successor is a healthy target",
        states.count("healthy") == COUNT,
        found=states,
        expected=["healthy"] * COUNT,
        slip="the service was created without loadBalancers" if not states else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. The arithmetic of a deployment (6 points)

Complete the three functions.

- `deployment_bounds(desired, minimum, maximum)` returns `[lower, upper]`: how many healthy tasks a rolling deployment keeps at least, and how many tasks it has at most. `minimum` and `maximum` are the two percentages.
- `can_move(desired, minimum, maximum)` returns `True` when such a deployment can replace tasks at all, else `False`. With no task desired there is nothing to replace, and it can.
- `failures_to_trip(desired)` returns how many task failures in a row trip the circuit breaker with its default settings.
"""

# %% [markdown] hints="deployment-bounds"
"""
1. Each bound is rounded so that the promise is kept: the lower one up, the upper one down.
2. A deployment moves if it may start one more than desired, or stop one of them.
3. The circuit breaker's default is half of the desired count, rounded up, between 3 and 200. `from math import ceil`.
"""


# %% solution="deployment-bounds" needs=[]
def deployment_bounds(desired, minimum, maximum):
    """Return [lower, upper] of a rolling deployment; the percentages are whole numbers such as 50."""
    ### BEGIN SOLUTION
    return [-(-desired * minimum // 100), desired * maximum // 100]
    ### END SOLUTION


# %% solution="can-move"
def can_move(desired, minimum, maximum):
    """Return whether a rolling deployment has room to start or to stop a task."""
    ### BEGIN SOLUTION
    lower, upper = deployment_bounds(desired, minimum, maximum)
    return desired == 0 or upper > desired or lower < desired
    ### END SOLUTION


# %% solution="failures-to-trip"
def failures_to_trip(desired):
    """Return how many failures in a row trip the circuit breaker by default."""
    ### BEGIN SOLUTION
    return min(200, max(3, -(-desired // 2)))
    ### END SOLUTION


# %% hide check="arithmetic" points=6
"""Bounds that round, deployments that are stuck, thresholds at both limits."""


def first_wrong(name, cases):
    """Return the first case that a function of the learner's gets wrong, or the last: (arguments, found, wanted)."""
    for *arguments, want in cases:
        found = learner.call(name, *arguments)
        if found != want:
            break
    return arguments, found, want


with score(6) as s:
    arguments, found, want = first_wrong(
        "deployment_bounds", [(4, 50, 100, [2, 4]), (3, 50, 125, [2, 3])]
    )
    s.met(
        1,
        "deployment_bounds of 4 tasks and of 3",
        found == want,
        found=learner.returned(found, "deployment_bounds", *arguments),
        expected=want,
        slip="half of three tasks is 1.5, and one task would be less than half: round up"
        if found == [1, 3]
        else "125 percent of three is 3.75, and four tasks would be more: round down"
        if found == [2, 4] and arguments[0] == 3
        else "a number of tasks is whole"
        if isinstance(found, list) and any(each != int(each) for each in found)
        else "",
        read="section 7 of the lesson",
    )
    ### BEGIN HIDDEN TESTS
    arguments, found, want = first_wrong(
        "deployment_bounds",
        [
            (7, 60, 130, [5, 9]),
            (1, 0, 200, [0, 2]),
            (100, 33, 101, [33, 101]),
            (9, 100, 111, [9, 9]),
        ],
    )
    s.met(
        1,
        "deployment_bounds of other services",
        found == want,
        found=learner.returned(found, "deployment_bounds", *arguments),
        expected=want,
    )
    ### END HIDDEN TESTS
    arguments, found, want = first_wrong(
        "can_move", [(3, 100, 200, True), (3, 100, 125, False), (2, 75, 100, False)]
    )
    s.met(
        1,
        "can_move: the default, and two that are stuck",
        found is want,
        found=learner.returned(found, "can_move", *arguments),
        expected=want,
        slip="125 percent of three tasks is three tasks" if found and not want else "",
    )
    ### BEGIN HIDDEN TESTS
    arguments, found, want = first_wrong(
        "can_move",
        [
            (4, 50, 100, True),
            (1, 100, 150, False),
            (1, 0, 100, True),
            (4, 100, 125, True),
            (0, 100, 200, True),
        ],
    )
    s.met(
        1,
        "can_move of other services",
        found is want,
        found=learner.returned(found, "can_move", *arguments),
        expected=want,
        slip="stopping one first is a way to move too" if want and arguments[2] == 100 else "",
    )
    ### END HIDDEN TESTS
    arguments, found, want = first_wrong("failures_to_trip", [(10, 5), (25, 13)])
    s.met(
        1,
        "failures_to_trip of 10 tasks and of 25",
        found == want,
        found=learner.returned(found, "failures_to_trip", *arguments),
        expected=want,
        slip="half of 25 is rounded up" if found == 12 else "",
        read="section 9 of the lesson",
    )
    ### BEGIN HIDDEN TESTS
    arguments, found, want = first_wrong(
        "failures_to_trip", [(1, 3), (4, 3), (400, 200), (5000, 200)]
    )
    s.met(
        1,
        "failures_to_trip of very small and very large services",
        found == want,
        found=learner.returned(found, "failures_to_trip", *arguments),
        expected=want,
        slip="one failure must not be enough: the least is 3"
        if want == 3
        else "200 failures are enough for any size",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 6. A new version (6 points)

Deploy `VERSION_2`: register a second revision of the family `SERVICE` that differs from the first in nothing but the image, and let the service run it.
Wait until the deployment is complete. The first revision stays, so that there is something to go back to.
"""

# %% [markdown] hints="new-version"
"""
1. A revision cannot be edited, and a new one inherits nothing. Register the whole definition again.
2. Either call your function of exercise 3 with the other image, or start from `ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]`, without the fields that only ECS may write (the first pitfall in section 13 of the lesson lists them).
3. Then `ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE)`, and the waiter `services_stable`. A family without a number means its newest revision.
"""

# %% solution="new-version" needs=["create-service"]
### BEGIN SOLUTION
register(VERSION_2)
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE)
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])
### END SOLUTION

# %% hide check="new-version" points=6
"""The second revision differs in the image only, and every request is answered by it."""


def essence(definition):
    """Return what must be the same in both revisions."""
    container = definition["containerDefinitions"][0]
    kept = ("cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn")
    of_container = ("name", "portMappings", "logConfiguration", "essential")
    return {key: definition.get(key) for key in kept} | {
        key: container.get(key) for key in of_container
    }


with score(6) as s:
    service = ecs_probes.described(CLUSTER, SERVICE)
    s.need(service, f"there is no service {SERVICE} in {CLUSTER}: do exercise 4 first")
    runs = ecs_probes.definition_of(service["taskDefinition"])
    newest = ecs_probes.definition_of(SERVICE) or runs
    numbers = range(1, newest["revision"] + 1)
    revisions = [ecs_probes.definition_of(f"{SERVICE}:{number}") for number in numbers]
    # A revision of exercise 3 may have been corrected: the last one with VERSION_1 counts.
    revisions = [each for each in revisions if each]
    with_1 = [each for each in revisions if each["containerDefinitions"][0]["image"] == VERSION_1]
    first = (with_1 or revisions[:1])[-1]
    second = runs if runs["containerDefinitions"][0]["image"] == VERSION_2 else newest
    image = second["containerDefinitions"][0]["image"]
    s.need(
        second["taskDefinitionArn"] != first["taskDefinitionArn"],
        f"there is no second revision of {SERVICE} with another image yet",
    )
    s.met(
        1,
        "a revision of the same family has the new image",
        image == VERSION_2 and second["family"] == SERVICE,
        found=f"{second['family']}:{second['revision']} with {image}",
        expected=f"{SERVICE} with {VERSION_2}",
        slip="another family starts at revision 1 again: its history and its rollbacks are separate"
        if second["family"] != SERVICE
        else "",
    )
    changed = {
        key: essence(second)[key]
        for key, value in essence(first).items()
        if essence(second)[key] != value
    }
    lost = [key for key, value in changed.items() if not value]
    s.met(
        2,
        "nothing else has changed",
        not changed,
        found=changed or "the same",
        expected={key: essence(first)[key] for key in changed} or None,
        slip=f"{', '.join(lost)} got lost: a revision replaces the whole definition"
        if lost
        else "",
        read="section 13 of the lesson",
    )
    s.met(
        1,
        "the service uses it",
        service["taskDefinition"] == second["taskDefinitionArn"],
        found=service["taskDefinition"].rpartition("/")[2],
        expected=f"{second['family']}:{second['revision']}",
        slip="registering a revision changes nothing that runs: update the service",
    )
    settled = ecs_probes.settled(CLUSTER, SERVICE, polls=60)
    answers = [ecs_probes.answer_at(f"{shop.url}/api/orders/{number}") for number in range(5)]
    old_answers = [body for status, body in answers if status != 200 or VERSION_2 not in body]
    s.met(
        1,
        "requests are answered by the new version",
        not old_answers,
        found=f"{len(answers) - len(old_answers)} of 5; rolloutState {settled['deployments'][0]['rolloutState']}",
        expected="5 of 5",
        slip=settled["events"][0]["message"]
        if old_answers and len(settled["deployments"]) > 1
        else "",
    )
    s.met(
        1,
        "there is something to go back to",
        first["status"] == "ACTIVE",
        found=f"{SERVICE}:{first['revision']} is {first['status']}",
        why="an INACTIVE revision cannot be deployed any more",
    )
s

# %% [markdown]
"""
## 7. A bad version takes itself back (5 points)

Set up the service `SERVICE` so that a deployment that fails is given up **and** undone by ECS.
The check deploys a version whose `/health` answers 500, and looks at what becomes of it.
"""

# %% [markdown] hints="circuit-breaker"
"""
1. Section 9 of the lesson sets it, together with a deployment. `update_service` also works without one.
2. It is a part of `deploymentConfiguration`: `deploymentCircuitBreaker`.
3. It has two switches, `enable` and `rollback`, and you need both.
"""

# %% solution="circuit-breaker" needs=["create-service"]
### BEGIN SOLUTION
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    },
)
### END SOLUTION

# %% hide check="circuit-breaker" points=5
"""A bad version is deployed: it fails, the one before comes back, and all the time requests are answered."""
with score(5) as s:
    client = boto3.client("ecs")
    service = ecs_probes.settled(CLUSTER, SERVICE)
    s.need(service, f"there is no service {SERVICE} in {CLUSTER}: do exercise 4 first")
    breaker = service["deploymentConfiguration"].get("deploymentCircuitBreaker") or {}
    s.need(
        breaker.get("enable") or breaker.get("rollback"), "the service has no circuit breaker yet"
    )
    s.met(
        1,
        "the circuit breaker is on",
        breaker.get("enable"),
        found=breaker,
        slip="rollback alone does nothing",
    )
    good = service["taskDefinition"]
    bad = push_app(SERVICE, "probe-bad", **(APP | {"health": {"/health": 500, "/api/*": 500}}))
    definition = ecs_probes.definition_of(good)
    container = definition["containerDefinitions"][0] | {"image": bad}
    copied = ("cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn")
    client.register_task_definition(
        family="probe-bad",
        containerDefinitions=[container],
        **{key: definition[key] for key in copied if key in definition},
    )
    client.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition="probe-bad")
    statuses = []
    for _ in range(120):
        now = ecs_probes.described(CLUSTER, SERVICE)
        statuses.append(ecs_probes.answer_at(shop.url + "/api/orders/1")[0])
        states = [each["rolloutState"] for each in now["deployments"]]
        if now["taskDefinition"] == good and states == ["COMPLETED"] or states[0] == "FAILED":
            break
    deployed = client.list_service_deployments(cluster=CLUSTER, service=SERVICE)[
        "serviceDeployments"
    ]
    s.met(
        2,
        "the bad version is taken back",
        now["taskDefinition"] == good and states == ["COMPLETED"],
        found=f"runs {now['taskDefinition'].rpartition('/')[2]}, {deployed[0]['status']}",
        expected=good.rpartition("/")[2],
        slip="without rollback the breaker only stops the deployment, and the service stays between two versions"
        if breaker.get("enable") and not breaker.get("rollback")
        else "",
        read="section 9 of the lesson",
    )
    s.met(
        1,
        "nobody outside notices",
        set(statuses) == {200},
        found={status: statuses.count(status) for status in sorted(set(statuses))},
        expected="200 every time",
        slip="old tasks were stopped before new ones were healthy: keep minimumHealthyPercent at 100",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "and the list of deployments tells the story",
        deployed[0]["status"] == "ROLLBACK_SUCCESSFUL",
        found=deployed[0]["status"],
        expected="ROLLBACK_SUCCESSFUL",
    )
    ### END HIDDEN TESTS
    if now["taskDefinition"] != good or states != ["COMPLETED"]:
        client.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=good)
        ecs_probes.settled(CLUSTER, SERVICE)
s

# %% [markdown]
"""
## 8. An application that starts slowly (5 points)

In the cluster `backoffice` runs `report-service`, reachable at `/reports`. Its application needs `BOOT` seconds until it listens, and the service never gets well:
"""

# %% given="report-service"
report_targets = slow_service("backoffice", shop, BOOT, port=PORT)
cloud.advance("3 min")
cloud.timeline("report-service")

# %% [markdown]
"""
Repair it. The health check is right as it is and must stay: other services rely on failures being noticed within seconds.
"""

# %% [markdown] hints="slow-service"
"""
1. What do the stopped tasks say: who called them unhealthy? `ecs.list_tasks(cluster="backoffice", serviceName="report-service", desiredStatus="STOPPED")`, then `describe_tasks`.
2. Section 8 of the lesson has two kinds of patience. Which of them covers the load balancer's check?
3. `ecs.update_service(cluster="backoffice", service="report-service", healthCheckGracePeriodSeconds=...)`, with somewhat more than `BOOT`.
"""

# %% solution="slow-service" needs=[]
### BEGIN SOLUTION
ecs.update_service(
    cluster="backoffice", service="report-service", healthCheckGracePeriodSeconds=BOOT + 30
)
ecs.get_waiter("services_stable").wait(cluster="backoffice", services=["report-service"])
### END SOLUTION

# %% hide check="slow-service" points=5
"""The service gets well and answers; the target group checks as strictly as before."""
with score(5) as s:
    service = ecs_probes.described("backoffice", "report-service")
    s.need(
        service, "report-service is gone from the cluster backoffice: run the notebook from the top"
    )
    group = boto3.client("elbv2").describe_target_groups(TargetGroupArns=[report_targets])[
        "TargetGroups"
    ][0]
    strict = {
        "HealthCheckPath": "/health",
        "HealthCheckIntervalSeconds": 10,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
    }
    softened = {key: group[key] for key, value in strict.items() if group[key] != value}
    grace = service.get("healthCheckGracePeriodSeconds") or 0
    same = service["taskDefinition"].endswith(":1")
    s.need(grace or softened or not same, "nothing about report-service has changed yet")
    service = ecs_probes.settled("backoffice", "report-service", polls=80)
    well = service["deployments"][0]["rolloutState"] == "COMPLETED" and service["runningCount"] == 2
    s.met(
        2,
        "the service is steady with two tasks",
        well,
        found=f"{service['runningCount']} running, {service['deployments'][0]['rolloutState']}",
        slip="startPeriod belongs to the container's own health check; these tasks fail the load balancer's"
        if not same and not grace
        else f"the application needs BOOT = {BOOT} seconds; the grace period ends after {grace}"
        if 0 < grace <= BOOT
        else "",
        read="section 8 of the lesson",
    )
    status, _ = ecs_probes.answer_at(shop.url + "/reports/today")
    s.met(1, "a request for a report is answered", status == 200, found=status, expected=200)
    s.met(
        1,
        "the health check is as strict as before",
        not softened,
        found=softened or strict,
        expected=strict,
        slip="now it takes far longer to notice a task that hangs, on every day and not only at the start"
        if {"HealthCheckIntervalSeconds", "UnhealthyThresholdCount"} & set(softened)
        else "a check that accepts anything finds nothing",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "the patience fits the application",
        BOOT < grace <= BOOT + 120,
        found=f"{grace} seconds",
        expected=f"more than {BOOT}, at most {BOOT + 120}",
        slip="for so long a broken version would be kept running unnoticed"
        if grace > BOOT + 120
        else f"a task that needs {BOOT} seconds is called unhealthy after {grace}, and survives by luck at best"
        if grace
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 9. Six stopped tasks (6 points)

Six tasks were started, `case-1` to `case-6`, and none of them runs. `case_arns` holds their ARNs in that order.
Read `stopCode`, `stoppedReason`, the containers and, where there is one, the log (`/ecs/cases`).
Give each its diagnosis; each of these fits once:

- `image-not-found`: the tag is not in the repository
- `no-route-to-registry`: the task's network does not lead to ECR
- `log-group-missing`: the log group is not there
- `secret-access-denied`: a secret may not be read
- `out-of-memory`: the application was killed for its memory
- `app-crashed`: the application ended by itself
"""

# %% given="cases"
case_arns = stopped_tasks("backoffice", shop, VPC_CIDR, FAULTS, port=PORT, shuffle=mine.name)
len(case_arns)

# %% [markdown] hints="diagnose"
"""
1. `ecs.describe_tasks(cluster="backoffice", tasks=case_arns)["tasks"]` shows all six. Print `stopCode` and `stoppedReason` of each first.
2. *TaskFailedToStart*: the sentence names what was missing. *EssentialContainerExited*: look at the container's `exitCode` and `reason`.
3. *i/o timeout* is a way that is missing; *AccessDenied* is an answer, so the way is there. 137 with *OutOfMemoryError* is memory; 1 is the application's own doing.
"""

# %% solution="diagnose" needs=[]
diagnosis = {
    "case-1": None,
    "case-2": None,
    "case-3": None,
    "case-4": None,
    "case-5": None,
    "case-6": None,
}
### BEGIN SOLUTION
signs = {
    "failed to resolve ref": "image-not-found",
    "i/o timeout": "no-route-to-registry",
    "log group does not exist": "log-group-missing",
    "AccessDenied": "secret-access-denied",
    "OutOfMemory": "out-of-memory",
}
for number, arn in enumerate(case_arns, 1):
    stopped = ecs.describe_tasks(cluster="backoffice", tasks=[arn])["tasks"][0]
    text = stopped["stoppedReason"] + str(stopped["containers"][0].get("reason"))
    diagnosis[f"case-{number}"] = next(
        (label for sign, label in signs.items() if sign in text), "app-crashed"
    )
### END SOLUTION

# %% hide check="diagnose" points=6
"""One point for each task."""
with score(6) as s:
    given_diagnosis = learner["diagnosis"]
    s.need(
        isinstance(given_diagnosis, dict),
        "diagnosis is not a dictionary any more: fill in the six values",
    )
    s.need(any(given_diagnosis.values()), "no diagnosis is filled in yet")
    tasks = boto3.client("ecs").describe_tasks(cluster="backoffice", tasks=case_arns)["tasks"]
    by_arn = {task["taskArn"]: task for task in tasks}
    ### BEGIN HIDDEN TESTS
    evidence = {
        "image-not-found": "failed to resolve ref ... not found: the registry answered, and has no such tag",
        "no-route-to-registry": "i/o timeout: nobody answered; it is not a permission, for that would be an answer",
        "log-group-missing": "failed to validate logger args ... log group does not exist",
        "secret-access-denied": "AccessDenied for secretsmanager:GetSecretValue: the way is there, the right is not",
        "out-of-memory": "exit code 137 and OutOfMemoryError as the container's reason",
        "app-crashed": "exit code 1 and no reason: its log says that DATABASE_URL is not set",
    }
    signs = {
        "failed to resolve ref": "image-not-found",
        "i/o timeout": "no-route-to-registry",
        "log group does not exist": "log-group-missing",
        "AccessDenied": "secret-access-denied",
        "OutOfMemory": "out-of-memory",
    }
    for number, arn in enumerate(case_arns, 1):
        key = f"case-{number}"
        answer = str(given_diagnosis.get(key)).strip().lower().replace("_", "-").replace(" ", "-")
        text = by_arn[arn]["stoppedReason"] + str(by_arn[arn]["containers"][0].get("reason"))
        fault = next((label for sign, label in signs.items() if sign in text), "app-crashed")
        s.met(
            1,
            key,
            answer == fault,
            found=given_diagnosis.get(key),
            slip=f"read it again: {evidence[fault]}"
            if answer in FAULTS
            else "use one of the six names"
            if given_diagnosis.get(key)
            else "",
            read="section 11 of the lesson",
        )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 10. The right size (4 points)

`thumbnail-service` makes small pictures of large ones. Under load it uses up to `NEEDS_MEMORY` MiB. It was registered with the smallest size that there is:
"""

# %% given="hungry"
hungry = hungry_task("backoffice", shop, "thumbnail-service", NEEDS_MEMORY, port=PORT)
stopped = ecs.describe_tasks(cluster="backoffice", tasks=[hungry])["tasks"][0]
print(
    stopped["stoppedReason"],
    "|",
    stopped["containers"][0]["exitCode"],
    stopped["containers"][0]["reason"],
)
fields = "family networkMode requiresCompatibilities executionRoleArn containerDefinitions cpu memory"
whole = ecs.describe_task_definition(taskDefinition="thumbnail-service:1")["taskDefinition"]
thumbnail = {field: whole[field] for field in fields.split()}

# %% [markdown]
"""
`thumbnail` holds its definition, without the fields that only ECS may write.
Register a revision with the smallest Fargate size that is large enough (see exercise 1), and nothing else changed.
"""

# %% [markdown] hints="right-size"
"""
1. The size is in the task's `cpu` and `memory`: `thumbnail | {"cpu": ..., "memory": ...}`.
2. Which memory values go with 256 CPU units? If none of them is large enough, take the next row.
3. `fargate_size(0.25, NEEDS_MEMORY / 1024)` of exercise 1 gives both strings.
"""

# %% solution="right-size" needs=["task-size"]
### BEGIN SOLUTION
cpu, memory = fargate_size(0.25, NEEDS_MEMORY / 1024)
ecs.register_task_definition(**thumbnail | {"cpu": cpu, "memory": memory})
### END SOLUTION

# %% hide check="right-size" points=4
"""A task of the new revision survives, and reserves no more than it has to."""
with score(4) as s:
    old = ecs_probes.definition_of("thumbnail-service:1")
    new = ecs_probes.definition_of("thumbnail-service")
    sizes = [(each["cpu"], each["memory"]) for each in (old, new)]
    s.need(sizes[0] != sizes[1], "there is no revision of thumbnail-service with another size yet")
    task = ecs_probes.tried("backoffice", "thumbnail-service", shop.network)
    container = task["containers"][0]
    s.met(
        2,
        "a task of it keeps running",
        task["lastStatus"] == "RUNNING",
        found=f"{task['lastStatus']} {task.get('stoppedReason', '')}; exit code {container.get('exitCode')}",
        slip=f"{new['memory']} MiB is still less than NEEDS_MEMORY = {NEEDS_MEMORY}"
        if int(new["memory"]) < NEEDS_MEMORY
        else "the container has a limit of its own, below the task's memory"
        if container.get("exitCode") == 137
        else "",
        read="section 11 of the lesson",
    )
    fitting = [
        (cpu, memory)
        for cpu, memories in SIZES.items()
        for memory in memories
        if memory >= NEEDS_MEMORY
    ]
    size = (int(new["cpu"]), int(new["memory"]))
    s.met(
        1,
        "it is the smallest size that fits",
        size == fitting[0],
        found=list(size),
        expected="the first size in SIZES with enough memory",
        slip="Fargate bills what is reserved, used or not" if size > fitting[0] else "",
    )
    parts = ("image", "portMappings", "logConfiguration", "memory", "memoryReservation")
    before, after = (each["containerDefinitions"][0] for each in (old, new))
    kept_role = old.get("executionRoleArn") == new.get("executionRoleArn")
    kept = all((before.get(part) or None) == (after.get(part) or None) for part in parts)
    s.met(
        1,
        "nothing else has changed",
        kept and kept_role,
        found={part: after.get(part) for part in parts if before.get(part) != after.get(part)}
        or ("the same" if kept_role else new.get("executionRoleArn")),
    )
s

# %% [markdown]
"""
## 11. Scale with the load (7 points)

Let `SERVICE` scale by itself between 2 and `MAX_TASKS` tasks, with two target tracking policies:

- average CPU of the service at `CPU_TARGET` percent;
- at most `REQUESTS` requests for each task in a minute, counted at the load balancer.

Both wait 60 seconds after scaling out and 300 after scaling in. The check sends traffic and watches.
`target` says what is scaled, `label` which target group's requests are counted.
"""

# %% given="scaling"
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
label = (
    shop.load_balancer.partition("loadbalancer/")[2] + "/" + shop.target_group.rpartition(":")[2]
)

# %% [markdown] hints="autoscale"
"""
1. First `register_scalable_target`, then `put_scaling_policy` twice, with different names. Section 12 of the lesson has the first policy.
2. The predefined metrics are `ECSServiceAverageCPUUtilization` and `ALBRequestCountPerTarget`. The second needs the `ResourceLabel`.
3. `scaling.put_scaling_policy(**target, PolicyName=..., PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={"PredefinedMetricSpecification": {...}, "TargetValue": ..., "ScaleOutCooldown": ..., "ScaleInCooldown": ...})`
"""

# %% solution="autoscale" needs=["create-service"]
### BEGIN SOLUTION
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MAX_TASKS)
cpu = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
requests = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
for name, value, metric in (("cpu", CPU_TARGET, cpu), ("requests", REQUESTS, requests)):
    scaling.put_scaling_policy(
        **target,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": float(value),
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
        },
    )
### END SOLUTION

# %% hide check="autoscale" points=7
"""Bounds, two policies, cooldowns; then traffic makes the service grow, and quiet lets it shrink."""
with score(7) as s:
    client = boto3.client("application-autoscaling")
    resource = f"service/{CLUSTER}/{SERVICE}"
    targets = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    others = [each["ResourceId"] for each in targets]
    bounds = next(
        (
            [each["MinCapacity"], each["MaxCapacity"]]
            for each in targets
            if each["ResourceId"] == resource
        ),
        None,
    )
    s.need(bounds, f"{resource} is no scalable target yet" + (f", only {others}" if others else ""))
    s.met(
        1,
        "between 2 and MAX_TASKS tasks",
        bounds == [2, MAX_TASKS],
        found=bounds,
        expected=[2, MAX_TASKS],
        slip="with one task there is one zone, and no spare while it is replaced"
        if bounds[0] < 2
        else "",
    )
    policies = client.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=resource)[
        "ScalingPolicies"
    ]
    rules = [each.get("TargetTrackingScalingPolicyConfiguration", {}) for each in policies]
    by_metric = {
        each.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType"): each
        for each in rules
    }
    cpu = by_metric.get("ECSServiceAverageCPUUtilization")
    requests_rule = by_metric.get("ALBRequestCountPerTarget")
    s.need(rules, "there is no scaling policy yet, so the number of tasks stays as it is")
    s.met(
        1,
        "average CPU at CPU_TARGET percent",
        cpu and cpu["TargetValue"] == CPU_TARGET,
        found=cpu["TargetValue"] if cpu else sorted(by_metric, key=str),
        expected=CPU_TARGET,
        slip="the target is in percent, not a fraction"
        if cpu and cpu["TargetValue"] <= 1
        else "a policy with the same name replaces the first one"
        if len(rules) == 1 and requests_rule
        else "",
    )
    s.met(
        1,
        "REQUESTS requests a minute for each task",
        requests_rule and requests_rule["TargetValue"] == REQUESTS,
        found=requests_rule["TargetValue"] if requests_rule else sorted(by_metric, key=str),
        expected=REQUESTS,
        slip="the target is for a minute, not for a second"
        if requests_rule and abs(requests_rule["TargetValue"] - REQUESTS / 60) < 1
        else "",
    )
    cooldowns = [[each.get("ScaleOutCooldown"), each.get("ScaleInCooldown")] for each in rules]
    s.met(
        1,
        "60 seconds after scaling out, 300 after scaling in",
        len(rules) == 2 and all(each == [60, 300] for each in cooldowns),
        found=cooldowns,
        expected=[[60, 300], [60, 300]],
        slip="the two are swapped: out fast, in slowly"
        if [300, 60] in cooldowns
        else f"there are {len(rules)} policies: remove the one too many with delete_scaling_policy"
        if len(rules) > 2
        else "both have to be there: what is not set is 300"
        if [None, None] in cooldowns
        else "",
        read="section 12 of the lesson",
    )
    cloud.traffic(shop.url + "/api/orders/1", 200, "12 min")
    high = ecs_probes.described(CLUSTER, SERVICE)["desiredCount"]
    s.met(
        2,
        "under 200 requests a second the service grows",
        high > COUNT and high <= MAX_TASKS,
        found=f"{high} tasks after 12 minutes",
        expected=f"more than {COUNT}, at most {MAX_TASKS}",
    )
    ### BEGIN HIDDEN TESTS
    cloud.traffic(shop.url + "/api/orders/1", 5, "35 min")
    low = ecs_probes.described(CLUSTER, SERVICE)["desiredCount"]
    s.met(
        1,
        "and with 5 a second it shrinks to the minimum",
        low == 2,
        found=f"{low} tasks after 35 minutes",
        expected=2,
        slip=""
        if low == 2
        else "a policy with DisableScaleIn never makes it shrink"
        if any(each.get("DisableScaleIn") for each in rules)
        else "the CPU never falls below a target of less than one percent, so this policy never agrees"
        if any(each["TargetValue"] <= 1 for each in rules)
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 12. Before the peak (4 points)

On weekdays the peak comes at `PEAK_HOUR` o'clock in the time zone `TIMEZONE`, too fast for a policy.
See to it that from `PEAK_HOUR` on at least `PEAK_TASKS` tasks run on Monday to Friday, and from 20 o'clock on again at least 2. The maximum stays `MAX_TASKS`.
"""

# %% [markdown] hints="schedule"
"""
1. Two scheduled actions with two names: one raises the minimum, one lowers it again.
2. The day of the week is the fifth field: `cron(0 9 ? * MON-FRI *)`. The hour is the second. The third, the day of the month, has to be `?` when the fifth names days.
3. `scaling.put_scheduled_action(**target, ScheduledActionName=..., Schedule=..., Timezone=TIMEZONE, ScalableTargetAction={"MinCapacity": ..., "MaxCapacity": MAX_TASKS})`
"""

# %% solution="schedule" needs=["autoscale"]
### BEGIN SOLUTION
for name, hour, least in (("peak", PEAK_HOUR, PEAK_TASKS), ("evening", 20, 2)):
    scaling.put_scheduled_action(
        **target,
        ScheduledActionName=name,
        Schedule=f"cron(0 {hour} ? * MON-FRI *)",
        Timezone=TIMEZONE,
        ScalableTargetAction={"MinCapacity": least, "MaxCapacity": MAX_TASKS},
    )
### END SOLUTION

# %% hide check="schedule" points=4
"""What the actions have set at several moments of a week, in TIMEZONE."""
with score(4) as s:
    resource = f"service/{CLUSTER}/{SERVICE}"
    actions = boto3.client("application-autoscaling").describe_scheduled_actions(
        ServiceNamespace="ecs", ResourceId=resource
    )["ScheduledActions"]
    s.need(actions, f"there is no scheduled action for {resource} yet")
    zones = sorted({each.get("Timezone", "UTC") for each in actions})

    def least_at(day, hour, minute=0):
        """Return the minimum that holds in a week of March at a local time; 9 March 2026 is a Monday."""
        return ecs_probes.bounds_at(
            resource, datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(TIMEZONE))
        )[0]

    peak = [least_at(11, PEAK_HOUR - 1, 59), least_at(11, PEAK_HOUR, 1)]
    s.met(
        1,
        "on a Wednesday PEAK_TASKS from PEAK_HOUR on, and not before",
        peak == [2, PEAK_TASKS],
        found=f"at least {peak[0]} before, at least {peak[1]} after; time zones {zones}",
        expected=[2, PEAK_TASKS],
        slip=f"the hour is taken in UTC: name the time zone {TIMEZONE}"
        if TIMEZONE not in zones
        else "nothing ever lowers the minimum again"
        if peak[0] == PEAK_TASKS
        else "",
        read="section 12 of the lesson",
    )
    evening = [least_at(11, 19, 59), least_at(11, 20, 1)]
    s.met(
        1,
        "at 20 o'clock back to 2",
        evening == [PEAK_TASKS, 2],
        found=evening,
        expected=[PEAK_TASKS, 2],
        slip="nothing ever lowers the minimum again: what was needed for the morning is paid for all night"
        if len(actions) == 1
        else "",
    )
    ### BEGIN HIDDEN TESTS
    weekend = [least_at(14, PEAK_HOUR, 1), least_at(15, 12)]
    s.met(
        1,
        "not at the weekend",
        weekend == [2, 2],
        found=weekend,
        expected=[2, 2],
        slip="the minimum of Friday still holds: nothing has lowered it"
        if evening[1] == PEAK_TASKS
        else "the schedule fires on Saturday and Sunday too: the day of the week is the fifth field"
        if PEAK_TASKS in weekend
        else "",
    )
    wednesday = datetime(2026, 3, 11, 12, tzinfo=ZoneInfo(TIMEZONE))
    high = [each["ScalableTargetAction"].get("MaxCapacity", MAX_TASKS) for each in actions]
    s.met(
        1,
        "the maximum stays MAX_TASKS, so that the policies can go on working",
        set(high) == {MAX_TASKS} and ecs_probes.bounds_at(resource, wednesday)[0] == PEAK_TASKS,
        found=high,
        expected=MAX_TASKS,
        slip="with the maximum at the minimum nothing can scale any more"
        if PEAK_TASKS in high
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 13. Several policies, one count (3 points)

Complete the function. A service runs `current` tasks. `wanted` lists how many tasks each of its target tracking policies would like, `may_scale_in` says for each whether it may scale in (`False` is `DisableScaleIn`). No deployment is running.
Return the desired count afterwards.
"""

# %% [markdown] hints="next-count"
"""
1. Two questions, one after the other: does any policy want more? If not, may the count go down?
2. Out: one policy is enough, and the largest number wins.
3. In: look only at the policies that may scale in. If the largest of *their* numbers is below `current`, that is the new count. If there is no such policy, nothing changes.
"""


# %% solution="next-count" needs=[]
def next_count(current, wanted, may_scale_in):
    """Return the desired count that follows from what the policies want."""
    ### BEGIN SOLUTION
    if max(wanted) > current:
        return max(wanted)
    asked = [count for count, allowed in zip(wanted, may_scale_in) if allowed]
    return min(current, max(asked, default=current))
    ### END SOLUTION


# %% hide check="next-count" points=3
"""Out when any wants it, in when all agree that may."""
with score(3) as s:
    for label, (arguments, want, slips) in {
        "one wants more, one less": (
            (4, [6, 3], [True, True]),
            6,
            {
                4: "one policy is enough to scale out",
                5: "there is no average: the largest number wins",
            },
        ),
        "both want less": (
            (4, [2, 3], [True, True]),
            3,
            {
                2: "the larger of the two wins, so that both are content",
                4: "all agree: the count goes down",
            },
        ),
    }.items():
        found = learner.call("next_count", *arguments)
        s.met(
            1,
            label,
            found == want,
            found=learner.returned(found, "next_count", *arguments),
            expected=want,
            slip=slips.get(found, ""),
            read="section 12 of the lesson",
        )
    ### BEGIN HIDDEN TESTS
    for *arguments, want, slip in (
        (4, [2, 4], [True, True], 4, "not all agree: one is content with four"),
        (4, [7, 9], [True, True], 9, "the largest number wins"),
        (
            4,
            [1, 3],
            [True, False],
            1,
            "a policy with DisableScaleIn is not asked when it comes to scaling in",
        ),
        (4, [1, 3], [False, False], 4, "no policy may scale in, so nothing changes"),
        (4, [5, 2], [False, True], 5, "DisableScaleIn does not keep a policy from scaling out"),
        (3, [3], [True], 3, ""),
    ):
        found = learner.call("next_count", *arguments)
        if found != want:
            break
    s.met(
        1,
        "other policies, some of which may not scale in",
        found == want,
        found=learner.returned(found, "next_count", *arguments),
        expected=want,
        slip=slip,
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 14. In your own words (3 points)

At three in the morning a deployment was rolled back by the circuit breaker. A colleague closes the alarm: *The breaker has fixed it.*
Answer in three to six sentences. Say what the breaker did and what it did not, where you look first for the cause and why it must be soon, and name one kind of bad version that the breaker would not have caught.
This answer is read by a person.
"""

# %% [markdown] hints="not-fixed"
"""
1. Which version runs now, and what is wrong with the other one? Does anybody know yet?
2. For how long can a stopped task be described? What stays longer?
3. The breaker counts tasks that do not start or do not get healthy. What can be wrong with a task that is healthy?
"""

# %% [markdown] answer="not-fixed" points=3
"""
<!-- BEGIN SOLUTION -->
The breaker stopped a deployment whose tasks did not start or did not become healthy, and brought back the last completed version; the cause is as it was, and the next deployment of that version fails in the same way.
I look at the stopped tasks of the failed deployment: stopCode, stoppedReason, the containers' exit codes and reasons, then the log, and the service's events.
Stopped tasks can be described for about an hour, so it has to be looked at, or saved, now; the logs stay as long as the log group's retention says.
A version that starts, answers its health check and is wrong anyway, with broken business logic, slow answers or errors on other paths, is not caught; for that there are alarms, tests and shifting traffic in steps.

Rubric, one point each:

- what it did and did not: stopped and went back to the last completed deployment; the cause is still there (and without a completed deployment it could not even have gone back);
- where and why soon: stopped tasks (reason, exit code), events, log; stopped tasks are there for about an hour only;
- what it does not catch: any version whose tasks are healthy but wrong (errors on other paths, slow, wrong results), or tasks that fail only later.
<!-- END SOLUTION -->
"""
