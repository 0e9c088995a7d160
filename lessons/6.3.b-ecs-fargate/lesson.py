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
# 6.3.b ECS and Fargate

**Time:** about 90 minutes of reading and doing. **Before:** [6.3.a ECR and container images](6.3.a-ecr.ipynb). **After:** the assignment [6.3.b-ecs-fargate](../release/6.3.b-ecs-fargate/6.3.b-ecs-fargate.ipynb).

You will be able to

- say what ECS does that Docker does not, with its four words: cluster, task definition, task, service;
- choose where containers run, give them a size that Fargate has, and say what that costs;
- deploy a new version while requests are answered, and compute whether a deployment can move at all;
- give a slow application the time it needs, and know which of the two health checks that setting belongs to;
- let ECS take a bad version back by itself, with a circuit breaker or a canary, and know when it cannot;
- read a stopped task and say within a minute what was wrong;
- scale on load and by the clock.

Not here: listener rules and certificates (6.3.c), how to build the network and the roles (6.3.d).
"""

# %%
import boto3
import requests

import awslab
from awslab import learner, quiz, recall, score
from awslab.ecs_cases import stopped_tasks
from awslab.ecs_fixtures import lanes, push_app, stage

cloud = awslab.start()
cloud.reset()
ecs = boto3.client("ecs")
cloud

# %% [markdown]
"""
## 1. What ECS adds to Docker

Docker packs an application into an image and runs it on **one** machine.
Production asks other questions: on which machine, and what if that machine dies at night?
How many copies, and who starts the next one when there is more to do?
How does version 2 replace version 1 while people are using it?

Amazon Elastic Container Service (ECS) answers these. It is an **orchestrator**: you say what should run, and it keeps making that true.

| Duty | Who |
|---|---|
| build the image | Docker |
| keep the image, say who may pull it | ECR |
| find capacity, start containers, attach a network interface | ECS |
| replace a container that died or became unhealthy | ECS |
| replace one version by another within limits you set | ECS |
| share requests among the copies, check them over HTTP | the load balancer |
| let services find each other by name | ECS, with Service Connect or AWS Cloud Map |
| decide from metrics or the clock how many copies there should be | Application Auto Scaling; ECS starts and stops them |
"""

# %% [markdown]
"""
**Try it.** Who does it? Write `"docker"`, `"ecr"`, `"ecs"` or `"alb"` for each.
"""

# %% tags=["try-it"]
owner = {
    "turns a Dockerfile into layers": None,
    "starts a copy in another zone when a zone is lost": None,
    "hands out a token that is valid for 12 hours": None,
    "sends a request to one of three copies": None,
    "stops the old version once the new one is healthy": None,
}

# %% hide
# Run this cell to check your answer.
with score(5) as s:
    given_owner = learner["owner"]
    s.need(any(given_owner.values()), "no owner is filled in yet")
    for duty, who in zip(given_owner, ("docker", "ecs", "ecr", "alb", "ecs"), strict=True):
        s.met(
            1,
            duty,
            str(given_owner[duty]).strip().lower() == who,
            found=given_owner[duty],
            hint="the table above has it in other words",
        )
s

# %% [markdown]
"""
## 2. The stage

A service needs a network, a load balancer and a role around it. You will build those in the next two lessons; here they are made for you.
`shop` holds their ids. `push_app` pushes an image whose application behaves as its arguments say: this one listens on port 3000, five seconds after its start.
"""

# %%
shop = stage("shop", port=3000)
app = {
    "port": 3000,
    "memory": 180,
    "cpu_per_request": 0.005,
    "health": {"/health": 200, "/api/*": 200},
}
image = push_app("user-service", "v1.0", boot=5, **app)
print(image)
cloud.map(shop.vpc)

# %% [markdown]
"""
Two Availability Zones. In each a public subnet, where the load balancer and a NAT gateway are, and a private one, where your tasks will be.

Five terms, enough for this lesson:

- an **Availability Zone** is one or more data centres that fail apart from those of the other zones;
- a **subnet** is a range of addresses in one zone: *public* if the internet can reach into it, *private* if not;
- a **NAT gateway** lets a private subnet out to the internet, and nobody in;
- a **target group** is the load balancer's list of addresses that may get requests; it checks each of them over HTTP;
- a **role** is a set of rights that AWS lends to a program, without a password.

## 3. Four words

```text
cluster            a name under which things run, and the capacity they may use
└── service        "keep three of these running": replaces, deploys, scales
    └── task       one running copy, with one network interface and one address
        └── container(s)

task definition    the blueprint of a task; every change makes a new revision
```

### A cluster

On Fargate a cluster contains no machines. It is a name, and a list of the *capacity providers* that its tasks may run on.
"""

# %%
ecs.create_cluster(clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"])["cluster"][
    "status"
]

# %% [markdown]
"""
### A task definition

The cell below is most of what you will ever write into one. Read it slowly; the next section takes it apart.
"""

# %%
boto3.client("logs").create_log_group(logGroupName="/ecs/user-service")


def register(image, cpu="256", memory="512", family="user-service", **container):
    """Register a revision of a family and return its name with the number."""
    answer = ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu=cpu,
        memory=memory,
        executionRoleArn=shop.execution_role,
        containerDefinitions=[
            {
                "name": "app",
                "image": image,
                "essential": True,
                "portMappings": [{"containerPort": 3000}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/ecs/user-service",
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "web",
                    },
                },
                **container,
            }
        ],
    )["taskDefinition"]
    return f"{answer['family']}:{answer['revision']}"


register(image)

# %% [markdown]
"""
`user-service:1` is the **family** and the **revision**. A revision never changes. To change anything, register the whole definition again and get number 2.

### A task

`run_task` starts one copy. `!aws ecs run-task` does the same from the shell.
"""

# %%
task = ecs.run_task(
    cluster="shop",
    taskDefinition="user-service:1",
    launchType="FARGATE",
    networkConfiguration=shop.network,
)["tasks"][0]["taskArn"]


def watch(task, until):
    """Print each state of a task once, with the lab's time, until it is in state `until` or has stopped."""
    state = ""
    while state not in (until, "STOPPED"):
        now = ecs.describe_tasks(cluster="shop", tasks=[task])["tasks"][0]["lastStatus"]
        if now != state:
            print(f"{cloud.now:%H:%M:%S}  {now}")
        state = now


watch(task, "RUNNING")

# %% [markdown]
"""
The lab's clock moves by five seconds whenever you ask for a status, so short states may be missed. In full, a task walks through

`PROVISIONING` (a network interface) → `PENDING` (waiting for Fargate's agent to take it on) → `ACTIVATING` (last steps, such as the load balancer) → `RUNNING` → `DEACTIVATING` (leave the load balancer) → `STOPPING` (SIGTERM, then SIGKILL) → `DEPROVISIONING` (give the interface back) → `STOPPED`

Now stop it, and see who starts another one.
"""

# %%
ecs.stop_task(cluster="shop", task=task, reason="end of the demonstration")
watch(task, "STOPPED")
cloud.advance("5 min")
ecs.list_tasks(cluster="shop")["taskArns"]

# %% [markdown]
"""
Nobody does. A task that was started alone is not missed by anyone.
That is right for a job that ends, such as a database migration. For something that should stay up you need a service.

**Try it.** Put the states into the order of a task's life.
"""

# %% tags=["try-it"]
order = [
    "RUNNING",
    "PENDING",
    "STOPPED",
    "PROVISIONING",
    "STOPPING",
    "ACTIVATING",
    "DEPROVISIONING",
    "DEACTIVATING",
]

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    life = [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    given_order = learner["order"]
    s.need(given_order[0] != "RUNNING", "the list is still shuffled")
    s.met(
        1,
        "the states in order",
        given_order == life,
        found=given_order,
        hint="the way down mirrors the way up: what was attached last is detached first",
    )
s

# %% [markdown]
"""
## 4. The task definition, part by part

| Setting | What it says | The slip |
|---|---|---|
| `networkMode: awsvpc` | each task has its own network interface and address; Fargate knows no other mode | a target group of type `instance`: with `awsvpc` it must be `ip` |
| `cpu`, `memory` of the task | what Fargate reserves, and bills | a pair that does not exist |
| `executionRoleArn` | what **ECS** may do to start the task: pull the image, write the log, read secrets | no role, or one without the right: the container never starts |
| `taskRoleArn` | what **your code** may do: read this bucket, write that table | the same role for both |
| `essential` | when this container ends, the task ends | a helper that exits and takes the task with it |
| `portMappings` | the port on which the application listens | another port than the application's |
| `environment`, `secrets` | values; `secrets` names a secret, and ECS fetches it at the start | a password in `environment`, where everyone who may describe the definition can read it |
| `logConfiguration` | where standard output goes | a log group that does not exist: the task does not start |
| `healthCheck` | a command that runs inside the container | a command that the image does not have |

### Sizes

Fargate has a list of pairs, not a slider.

| CPU units | vCPU | memory |
|---|---|---|
| 256 | 0.25 | 512 MiB, 1 GB, 2 GB |
| 512 | 0.5 | 1 to 4 GB |
| 1024 | 1 | 2 to 8 GB |
| 2048 | 2 | 4 to 16 GB |
| 4096 | 4 | 8 to 30 GB |
| 8192 | 8 | 16 to 60 GB, in steps of 4 |
| 16384 | 16 | 32 to 120 GB, in steps of 8 |
| 32768 | 32 | 60, 120 or 244 GB |

In the API both are strings: CPU units, and memory in MiB, so 2 GB are `"2048"`. ECS also takes `"1 vCPU"` and `"2 GB"`, and stores them as numbers. A pair that is not in the table is refused when you register:
"""

# %% tags=["raises-exception"]
register(image, cpu="1024", memory="1024")

# %% [markdown]
"""
> **Outdated answers.** You will read that a Fargate task ends at 16 vCPU and 120 GB. It did. Since 2026 there is a size of 32 vCPU, with 60, 120 or 244 GB.

**Try it.** A job needs at least 1.5 vCPU and 9 GB. Which is the smallest size? Write two strings, as the API takes them.
"""

# %% tags=["try-it"]
size = {"cpu": None, "memory": None}

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given_size = learner["size"]
    s.need(given_size["cpu"], "size is not filled in yet")
    s.met(
        1,
        "the smallest size for 1.5 vCPU and 9 GB",
        str(given_size["cpu"]).replace(" ", "") in ("2048", "2vCPU")
        and str(given_size["memory"]).replace(" ", "") in ("9216", "9GB"),
        found=given_size,
        slip="memory is in MiB: 9 GB are 9 times 1024"
        if str(given_size["memory"]) in ("9", "9000")
        else "2 vCPU start at 4 GB and go up in steps of 1 GB"
        if str(given_size["cpu"]).replace(" ", "") in ("2048", "2vCPU")
        else "",
        hint="there is no size between 1 and 2 vCPU",
    )
s

# %% hide
quiz(
    "A nightly job needs 24 vCPU and 128 GB. What do you tell the team?",
    {
        "Fargate cannot do that: it ends at 16 vCPU": "That was the limit before the size of 32 vCPU came.",
        "32 vCPU with 128 GB": "32 vCPU come with 60, 120 or 244 GB; there is nothing between.",
        "32 vCPU with 244 GB, or an instance of your own if the waste costs too much": "The next size up is the answer on Fargate. Then compare the price with EC2 or ECS Managed Instances.",
    },
    right="32 vCPU with 244 GB, or an instance of your own if the waste costs too much",
)

# %% [markdown]
"""
## 5. Where it runs, and what it costs

| | Fargate | Fargate Spot | EC2 | ECS Managed Instances |
|---|---|---|---|---|
| Who patches and replaces the machines | AWS | AWS | you | AWS |
| You pay for | the size of each task, by the second | the same, much cheaper; a task may be taken away, two minutes after a warning | whole instances, full or empty | whole instances, and a fee for managing them |
| GPU | no | no | yes | yes |
| Choose it for | the default | work that may be repeated, spare copies of a service | steady load at high use, reserved prices, your own machine image | EC2's choice of instances without its chores |

On EC2 there are two things to scale: the tasks, and the machines under them.

> **Outdated answers.** *GPU means EC2.* Today it means EC2 or Managed Instances. And AWS now recommends *capacity providers* instead of the older *launch types*: a strategy can say "the first two on Fargate, then three on Spot for each one on Fargate". A service has a launch type or a strategy, never both.

### The bill

Fargate bills what the task **reserves**, busy or idle: so much a vCPU-hour, so much a GB-hour.
The clock starts when the image pull starts, not when the application is ready, and a task is billed for one minute at least.
Prices differ by region and change, so they are arguments here.
"""


# %%
def fargate_cost(vcpu, gb, seconds, vcpu_hour=0.04, gb_hour=0.0045):
    """Return the dollars for one task that lives for `seconds` from the start of its pull."""
    hours = max(seconds, 60) / 3600
    return hours * (vcpu * vcpu_hour + gb * gb_hour)


for seconds in (20, 60, 3 * 3600, 30 * 24 * 3600):
    print(
        f"{seconds:>8} s   0.25 vCPU, 0.5 GB: ${fargate_cost(0.25, 0.5, seconds):9.5f}   1 vCPU, 2 GB: ${fargate_cost(1, 2, seconds):9.5f}"
    )

# %% [markdown]
"""
**Try it.** At these prices, what do 10 000 short jobs a day cost, each 0.25 vCPU and 0.5 GB and 15 seconds long? In dollars a day; call the function.
"""

# %% tags=["try-it"]
jobs_a_day = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    dollars = learner["jobs_a_day"]
    right = 10_000 * (0.25 * 0.04 + 0.5 * 0.0045) / 60
    s.met(
        1,
        "10 000 jobs of 15 seconds",
        isinstance(dollars, int | float) and abs(dollars - right) < 0.005,
        found=dollars,
        expected="10 000 times the cost of one minute",
        slip="a job of 15 seconds is billed for a minute"
        if isinstance(dollars, int | float) and abs(dollars - right / 4) < 0.005
        else "",
        hint="10_000 * fargate_cost(...)",
        why="three quarters of that bill pay for nothing: collect short jobs into longer tasks",
    )
s

# %% hide
quiz(
    "A team encodes video on GPUs every night, and has nobody who patches machine images. Where?",
    {
        "On Fargate, as always": "Fargate has no GPUs.",
        "On EC2, there is no other way": "That was so. Then somebody has to patch the images.",
        "On ECS Managed Instances": "Instances with GPUs, chosen by the task's requirements; AWS patches and replaces them.",
    },
    right="On ECS Managed Instances",
)

# %% [markdown]
"""
## 6. A service

A service keeps a number of tasks running, and puts each into the load balancer's target group.
`containerName` and `containerPort` say which container of the task answers, and must match the definition.
`healthCheckGracePeriodSeconds` is the patience with a task that starts; section 8 is about it.
"""

# %%
ecs.create_service(
    cluster="shop",
    serviceName="user-service",
    taskDefinition="user-service:1",
    desiredCount=3,
    launchType="FARGATE",
    networkConfiguration=shop.network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": 3000}
    ],
    healthCheckGracePeriodSeconds=15,
)
stable = ecs.get_waiter("services_stable")
stable.wait(cluster="shop", services=["user-service"])
cloud.timeline("user-service")

# %% [markdown]
"""
Move the slider, or read the lines below the picture: three tasks start, register, and turn healthy.
Then follow a request from the internet to one of them:
"""

# %%
cloud.trace("GET", shop.url + "/api/users/7")

# %%
answer = requests.get(shop.url + "/api/users/7").json()
{key: answer[key] for key in ("image", "task", "availabilityZone")}

# %% [markdown]
"""
### A task dies

Let one task crash, and give ECS two minutes.
"""

# %%
victim = ecs.list_tasks(cluster="shop", serviceName="user-service")["taskArns"][0]
cloud.fail(task=victim)
cloud.advance("2 min")
for event in reversed(
    ecs.describe_services(cluster="shop", services=["user-service"])["services"][0]["events"][:5]
):
    print(f"{event['createdAt']:%H:%M:%S}  {event['message'][:110]}")

# %% [markdown]
"""
Compare this with the task that you stopped in section 3. `events` is the service's diary: read it first when something is wrong.

Now lose a whole Availability Zone.
"""


# %%
def zones():
    """Count the service's running tasks by zone."""
    arns = ecs.list_tasks(cluster="shop", serviceName="user-service")["taskArns"]
    found = ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"]
    names = [t["availabilityZone"] for t in found if t["lastStatus"] == "RUNNING"]
    return {name: names.count(name) for name in sorted(set(names))}


print("before:", zones())
cloud.fail(az="us-east-1a")
cloud.advance("3 min")
print("after: ", zones())

# %%
cloud.map(shop.vpc)

# %% [markdown]
"""
**Try it.** Bring the zone back with `cloud.recover()`, let ten minutes pass, and look at `zones()` again.
How many tasks are in `us-east-1a` then, while nobody deploys? Guess first.
"""

# %% tags=["try-it"]
# cloud.recover() ...


in_zone_a = ...

# %%
if "us-east-1a" not in zones():
    cloud.recover()
    cloud.advance("10 min")
print(zones())

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    counted = learner["in_zone_a"]
    s.met(
        1,
        "tasks in us-east-1a after it came back",
        counted == zones().get("us-east-1a", 0),
        found=counted,
        expected="what zones() prints",
        why="AZ rebalancing is on by default for new services: ECS starts a task in the emptier zone, then stops one in the fuller",
    )
s

# %% hide
quiz(
    "A colleague starts the user service with `run_task`, count 3, 'because it is simpler'. What is missing?",
    {
        "Nothing, as long as the tasks are healthy": "And when one is not? Nothing compares the number that runs with a number that should.",
        "Nobody replaces a lost task, puts it into a target group, or rolls out a new version": "These are what a service is for.",
        "run_task cannot start three": "It can start up to ten in a call.",
    },
    right="Nobody replaces a lost task, puts it into a target group, or rolls out a new version",
)

# %% [markdown]
"""
## 7. A new version without an outage

Three steps: push the image, register a revision, point the service at it.
A revision is made from the whole definition, so `register` of section 3 says everything again, with the new image.
While ECS works, ask the service for its answer again and again, and note which version gave it.
"""

# %%
register(push_app("user-service", "v1.1", boot=5, **app))
ecs.update_service(cluster="shop", service="user-service", taskDefinition="user-service:2")[
    "service"
]["deployments"][0]["rolloutState"]

# %%
history = []
state = "IN_PROGRESS"
while state == "IN_PROGRESS":
    deployments = ecs.describe_services(cluster="shop", services=["user-service"])["services"][0][
        "deployments"
    ]
    state = deployments[0]["rolloutState"]
    reply = requests.get(shop.url + "/api/users/7")
    history.append(f"{reply.status_code} from {reply.json()['image'].partition(':')[2]}")
print(*history, sep="\n")

# %%
cloud.timeline("user-service")

# %% [markdown]
"""
Every request was answered. What you saw:

1. New tasks start beside the old ones. ECS may start all of them at once.
2. They register with the target group. A **new** target is healthy after its *first* successful check.
3. Old tasks are *deregistered* and drain: the load balancer sends nothing new, requests under way may finish. That lasts as long as the target group's deregistration delay, 300 seconds unless you change it; here 30.
4. Then the containers get SIGTERM, and SIGKILL if they are still there after 30 seconds. An application has to handle SIGTERM, or its last requests are cut off.

> **Outdated answers.** *The check interval times the healthy threshold is the wait before a new task gets requests.* Not for a new target: that needs one success. The threshold counts for a target that was unhealthy and recovers.
> And *one new in, one old out* is only one way that it can go. The rule is in the next section.

> **A tag is looked up once.** When a deployment starts, ECS turns the tag into a digest. Pushing `v1.1` again changes nothing that runs; it takes a new deployment, `forceNewDeployment=True`.
"""

# %% [markdown]
"""
### The arithmetic

Two percentages bound a rolling deployment. With *desired* tasks,

- at least **ceil**(desired × `minimumHealthyPercent` / 100) tasks stay healthy; the default is 100;
- at most **floor**(desired × `maximumPercent` / 100) tasks exist; the default is 200.

Within these bounds ECS does what it likes. Both are rounded against you, and then there may be no room at all:
"""

# %%
from math import ceil, floor

print("desired  min  max    lower  upper")
for desired, low, high in [(3, 100, 200), (4, 50, 100), (3, 50, 125), (3, 100, 125), (2, 75, 100)]:
    lower, upper = ceil(desired * low / 100), floor(desired * high / 100)
    room = "stuck: can neither start nor stop one" if lower == upper == desired else ""
    print(f"{desired:>7}  {low:>3}  {high:>3}    {lower:>5}  {upper:>5}  {room}")

# %% [markdown]
"""
Try the fourth line on the running service:
"""

# %%
ecs.update_service(
    cluster="shop",
    service="user-service",
    forceNewDeployment=True,
    deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 125},
)
cloud.advance("5 min")
ecs.describe_services(cluster="shop", services=["user-service"])["services"][0]["events"][0][
    "message"
]

# %% [markdown]
"""
Nothing is broken and nothing moves. With 50 percent as the minimum, one old task may go first:
"""

# %%
ecs.update_service(
    cluster="shop",
    service="user-service",
    deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 125},
)
stable.wait(cluster="shop", services=["user-service"])
cloud.timeline("user-service")

# %% [markdown]
"""
It worked, one at a time, and with less capacity for users. Where money allows, 100 and 200 is the better pair.

**Try it.** Seven tasks, minimum 60, maximum 130. Write the lower and the upper bound.
"""

# %% tags=["try-it"]
bounds = [None, None]

# %% hide
# Run this cell to check your answer.
with score(2) as s:
    given_bounds = learner["bounds"]
    s.need(any(given_bounds), "the bounds are not filled in yet")
    s.met(
        1,
        "the lower bound",
        given_bounds[0] == 5,
        found=given_bounds[0],
        slip="7 × 0.6 is 4.2; four tasks would be less than 60 percent"
        if given_bounds[0] == 4
        else "",
    )
    s.met(
        1,
        "the upper bound",
        given_bounds[1] == 9,
        found=given_bounds[1],
        slip="7 × 1.3 is 9.1; ten tasks would be more than 130 percent"
        if given_bounds[1] == 10
        else "",
    )
s

# %% [markdown]
"""
## 8. Two health checks, two kinds of patience

| | Container health check | Load balancer's health check |
|---|---|---|
| Written in | the task definition, `healthCheck` | the target group |
| What runs | a command **inside** the container | an HTTP request **from outside**, over the network |
| Finds | a process that hangs | all of that, and a wrong port, a closed security group |
| Patience at the start | `startPeriod`, 0 to 300 seconds, off unless set | the service's `healthCheckGracePeriodSeconds`, 0 unless set |

Either one failing makes ECS replace the task. The grace period of the service covers failures of **both**; `startPeriod` covers the container's own check only.

Version 1.2 fills a cache first: it needs 70 seconds until it listens. Deploy it with the 15 seconds of grace that the service has.
"""

# %%
ecs.update_service(
    cluster="shop",
    service="user-service",
    taskDefinition=register(push_app("user-service", "v1.2", boot=70, **app)),
    deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
)
cloud.advance("2 min")
cloud.timeline("user-service")

# %% [markdown]
"""
The new tasks are killed half a minute after they started, long before they could be ready, again and again. The old ones keep serving.
What does the task that was stopped last say about it?
"""

# %%
stopped = ecs.list_tasks(cluster="shop", serviceName="user-service", desiredStatus="STOPPED")[
    "taskArns"
]
stopped = ecs.describe_tasks(cluster="shop", tasks=stopped)["tasks"]
stopped = [t for t in stopped if t["lastStatus"] == "STOPPED"]
max(stopped, key=lambda t: t["stoppedAt"])["stoppedReason"]

# %% [markdown]
"""
*Failed ELB health checks*: so it is the load balancer's check, and the cure is the service's grace period. A `startPeriod` in the task definition would change nothing here; there is no container health check at all.
"""

# %%
ecs.update_service(cluster="shop", service="user-service", healthCheckGracePeriodSeconds=120)
stable.wait(cluster="shop", services=["user-service"])
cloud.timeline("user-service")

# %% [markdown]
"""
A container health check looks like this. Ask for its verdict in the task's `healthStatus`: `UNKNOWN`, `HEALTHY` or `UNHEALTHY`.

```json
"healthCheck": {
  "command": ["CMD-SHELL", "wget -q -O /dev/null http://localhost:3000/health || exit 1"],
  "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 90
}
```

**Try it.** An application of yours needs up to 100 seconds until it listens, and has both checks. Which two settings do you raise to at least 100? Write their names as the API spells them.
"""

# %% tags=["try-it"]
settings = [None, None]

# %% hide
# Run this cell to check your answer.
with score(2) as s:
    names = learner["settings"]
    s.need(any(names), "the settings are not filled in yet")
    s.met(
        1,
        "the container's own patience",
        "startPeriod" in names,
        found=names,
        slip="the API writes startPeriod, with a capital P"
        if "startperiod" in [str(name).lower() for name in names]
        else "",
        hint="it stands in the task definition, next to interval and retries",
    )
    s.met(
        1,
        "the service's patience with the load balancer",
        "healthCheckGracePeriodSeconds" in names,
        found=names,
        slip="the grace period is a setting of the service, with Seconds at the end of its name"
        if "healthCheckGracePeriod" in names
        else "",
    )
s

# %% hide
quiz(
    "New tasks fail the load balancer's check because /health answers 404. Somebody proposes to accept 200-499 as healthy. Your answer?",
    {
        "Fine, then the deployment goes through": "And so does every version whose application is broken: the check cannot fail any more.",
        "No: correct the path or the application; a check that accepts errors checks nothing": "A matcher wider than what a working application answers hides the next outage.",
        "Raise the grace period instead": "Waiting does not turn a 404 into a 200.",
    },
    right="No: correct the path or the application; a check that accepts errors checks nothing",
)

# %% [markdown]
"""
## 9. The deployment circuit breaker

Left alone, a rolling deployment of a bad version tries for ever. The **circuit breaker** counts failed tasks and gives up, and with `rollback` it goes back to the last deployment that was completed.

Version 1.3 has a bug: `/health` answers 500.
"""

# %%
broken = push_app("user-service", "v1.3", port=3000, boot=5, health={"/health": 500, "/api/*": 200})
ecs.update_service(
    cluster="shop",
    service="user-service",
    taskDefinition=register(broken),
    deploymentConfiguration={
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    },
)
cloud.advance("10 min")
cloud.timeline("user-service")

# %%
service = ecs.describe_services(cluster="shop", services=["user-service"])["services"][0]
print("runs:", service["taskDefinition"].rpartition("/")[2])
newest = ecs.list_service_deployments(cluster="shop", service="user-service")["serviceDeployments"][
    0
]
print(newest["status"], "-", newest["statusReason"])

# %% [markdown]
"""
No user noticed: not one of the bad tasks was ever healthy, so the old ones stayed.
It took two minutes, because the grace period covers bad versions too. Give a slow application the time it needs, not ten minutes to be on the safe side.

How many failures does it take? By default **half of the desired count**, rounded up, but never fewer than 3 and never more than 200:

| desired count | failures |
|---|---|
| 1 | 3 |
| 3 | 3 |
| 25 | 13 |
| 400 | 200 |
| 1000 | 200 |

Since July 2026 this can be tuned: a plain count, other percentages, with or without the limits, and whether a healthy task sets the count back to zero (it does by default, so failures must come in a row).

What the breaker does **not** do:

- It does not repair anything. The bad version is still bad; you still have to read why (section 11).
- With `enable` and without `rollback` it only stops: the service stays between two versions.
- It goes back to the latest *completed* deployment. A new service whose first version is broken has none, and stalls.
- It sees nothing but starts and health checks (the next section has a version that passes both and is wrong).

**Try it.** The desired count is 25, the default settings. Task failures 1 to 6, then one healthy task, then 9 more failures in a row. Is the deployment rolled back by then? `True` or `False`.
"""

# %% tags=["try-it"]
rolled_back = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    verdict = learner["rolled_back"]
    s.met(
        1,
        "fifteen failures with a healthy task between",
        verdict is False,
        found=verdict,
        why="25 tasks need 13 failures, and the healthy task set the count back to zero: 9 are not enough",
        slip="write True or False without quotes" if isinstance(verdict, str) else "",
    )
s

# %% hide
quiz(
    "The very first deployment of a new service fails. The circuit breaker is on, with rollback. What happens?",
    {
        "ECS rolls back to revision 0": "There is no such thing.",
        "ECS deletes the service": "It never deletes a service by itself.",
        "There is no completed deployment to go back to: ECS starts no more tasks, and the service stays without any": "AWS calls such a deployment stalled. So a first deployment has to be watched by somebody.",
    },
    right="There is no completed deployment to go back to: ECS starts no more tasks, and the service stays without any",
)

# %% [markdown]
"""
## 10. Shift traffic: blue/green, linear, canary

A rolling deployment asks one question: is the task healthy? A version can be healthy and wrong: `/health` answers 200, and every order fails.
Three other strategies start the new version completely, next to the old one, and then move **requests**:

| `strategy` | Requests move | Going back |
|---|---|---|
| `ROLLING` | task by task, as new ones get healthy | start the old tasks again |
| `BLUE_GREEN` | all at once, after an optional test listener has seen the new version | at once: the old tasks still run |
| `LINEAR` | in equal steps, a pause after each | at once |
| `CANARY` | a small share first, the rest after a pause | at once |

After the last step comes the **bake time**: both versions run, the new one has all requests, and an alarm still takes everything back.
The price is twice the tasks for as long as that lasts.

> **Outdated answers.** *Blue/green on ECS needs CodeDeploy.* ECS does it itself since July 2025, linear and canary since October 2025.

For this ECS needs three things besides the service: a second target group, the listener rule whose weights it may change, and a role with which it changes them.
Here is a second service with both target groups, and an alarm on errors.
Amazon CloudWatch collects *metrics*, such as the answers of 500 and above in each minute; an *alarm* compares one metric with a threshold, here more than 20 in a minute:
"""

# %%
lane = lanes(shop, "cart", "/cart*")
boto3.client("cloudwatch").put_metric_alarm(
    AlarmName="cart-errors",
    Namespace="AWS/ApplicationELB",
    MetricName="HTTPCode_Target_5XX_Count",
    Dimensions=[
        {"Name": "LoadBalancer", "Value": shop.load_balancer.partition("loadbalancer/")[2]}
    ],
    Statistic="Sum",
    Period=60,
    EvaluationPeriods=1,
    Threshold=20,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="notBreaching",
)


def cart(tag, **health):
    """Push a version of the cart service, register it, and return the revision's name."""
    paths = {"/health": 200, "/cart*": 200} | health
    return register(
        push_app("cart-service", tag, port=3000, boot=5, health=paths), family="cart-service"
    )


ecs.create_service(
    cluster="shop",
    serviceName="cart-service",
    taskDefinition=cart("v1.0"),
    desiredCount=2,
    launchType="FARGATE",
    networkConfiguration=shop.network,
    loadBalancers=[
        {
            "targetGroupArn": lane.blue,
            "containerName": "app",
            "containerPort": 3000,
            "advancedConfiguration": {
                "alternateTargetGroupArn": lane.green,
                "productionListenerRule": lane.rule,
                "roleArn": lane.role,
            },
        }
    ],
    deploymentConfiguration={
        "strategy": "CANARY",
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
        "bakeTimeInMinutes": 5,
        "alarms": {"alarmNames": ["cart-errors"], "enable": True, "rollback": True},
    },
)
cloud.advance("15 min")
requests.get(shop.url + "/cart/7").json()["image"]

# %% [markdown]
"""
Version 2.0 works. Deploy it, with 20 requests a second coming in, and look at the share that each version has.
"""

# %%
ecs.update_service(cluster="shop", service="cart-service", taskDefinition=cart("v2.0"))
cloud.traffic(shop.url + "/cart/7", 20, "15 min")
cloud.timeline("cart-service")

# %% [markdown]
"""
The stages have names, and `describe_service_deployments` tells the current one: scale up, shift test traffic (where there is a test listener), shift production traffic, bake, clean up. *Lifecycle hooks* can run a check of your own between them and stop the deployment.

Version 3.0 is the dangerous kind: its `/health` is fine, and every request for a cart fails.
"""

# %%
ecs.update_service(
    cluster="shop", service="cart-service", taskDefinition=cart("v3.0", **{"/cart*": 500})
)
bad = cloud.traffic(shop.url + "/cart/7", 20, "10 min")
bad

# %%
last = ecs.list_service_deployments(cluster="shop", service="cart-service")["serviceDeployments"][0]
print(last["status"], "-", last["statusReason"])
print("answers by status:", bad.answers)
cloud.timeline("cart-service")

# %% [markdown]
"""
A tenth of the requests failed, for about a minute, until the alarm. A rolling deployment would have replaced every task, and reported success.

**Try it.** 600 requests a minute, a canary of 5 percent, an alarm that needs two minutes. About how many requests fail before a version that answers nothing but errors is taken back?
"""

# %% tags=["try-it"]
failed_requests = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    estimate = learner["failed_requests"]
    s.met(
        1,
        "requests that meet the bad version",
        estimate == 60,
        found=estimate,
        slip="only the canary's share of the requests meets the new version"
        if estimate == 1200
        else "",
        hint="requests a minute × minutes × share",
    )
s

# %% hide
quiz(
    "When is a rolling deployment still the better choice?",
    {
        "Never: blue/green is newer": "It needs twice the tasks while it lasts, and a load balancer, or another way to shift requests.",
        "For a service without a load balancer, or where doubling the tasks costs more than a bad minute": "A worker that reads a queue has no requests to shift. Most internal services live well with rolling and a circuit breaker.",
        "For the most critical services": "There the short, small failure of a canary is worth most.",
    },
    right="For a service without a load balancer, or where doubling the tasks costs more than a bad minute",
)

# %% hide
recall(
    "What can a canary catch that a circuit breaker cannot?",
    "A version whose tasks start and are healthy, but answer wrongly: an alarm on real requests sees it while a small share is affected.",
    why="The breaker only knows whether tasks start and pass their health checks.",
)

# %% [markdown]
"""
## 11. Read a stopped task

The service says *that* tasks fail; the stopped task says *why*. It can be described for an hour.
Read three things, in this order:

1. `stopCode`: at which point it ended. `TaskFailedToStart` (the container never ran), `EssentialContainerExited` (it ran and ended), `ServiceSchedulerInitiated` (the service stopped it: unhealthy, replaced, scaled in), `UserInitiated`, `SpotInterruption`.
2. `stoppedReason`: the sentence. Its first word is a category.
3. `containers[]`: each with `exitCode` and `reason`. They are set only if the container ran.

Five tasks have failed in this cluster:
"""

# %%
cases = (
    "image-not-found",
    "no-route-to-registry",
    "log-group-missing",
    "out-of-memory",
    "app-crashed",
)
arns = stopped_tasks("shop", shop, "10.20.0.0/16", cases)


def tell(arn):
    """Print what a stopped task says."""
    found = ecs.describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]
    container = found["containers"][0]
    print(found["stopCode"])
    print("  ", found["stoppedReason"])
    print("   exit code", container.get("exitCode"), "-", container.get("reason"))


tell(arns[0])

# %% [markdown]
"""
**failed to resolve ref … not found**: that tag is not in the repository. A typing error, or a lifecycle policy that expired it.

> **Outdated answers.** *ResourceNotFoundException means a wrong image tag.* A wrong tag says `CannotPullContainerError … failed to resolve ref`. `ResourceNotFoundException` is about a secret, or a log group, that is not there.
"""

# %%
tell(arns[1])

# %% [markdown]
"""
**i/o timeout**: packets get no answer. Not a permission (that would be an answer: *AccessDenied*, at once), but a way that is missing: no NAT gateway, no VPC endpoint, or an endpoint whose security group lets nobody in.
The map shows it: the task was put into a subnet that leads nowhere.
"""

# %%
cloud.map(shop.vpc)

# %%
tell(arns[2])

# %% [markdown]
"""
**failed to validate logger args**: the log group does not exist, or the execution role may not write to it. So *no logs* has two readings: the container never started, or the log itself was what stopped it.
"""

# %%
tell(arns[3])

# %% [markdown]
"""
**OutOfMemoryError, exit code 137**: killed for using more memory than it has. Raise the memory, to a size that exists; more tasks would only die more often.
137 alone is no proof: it is 128 + 9, SIGKILL, and a task that ignores SIGTERM for 30 seconds ends with it too. The `reason` tells them apart.
"""

# %%
tell(arns[4])

# %% [markdown]
"""
**Exit code 1 and no reason**: the application ended by itself. Now, and only now, the answer is in the log. The stream is called *prefix/container/task id*.
"""

# %%
stream = "app/app/" + arns[4].rpartition("/")[2]
events = boto3.client("logs").get_log_events(logGroupName="/ecs/cases", logStreamName=stream)[
    "events"
]
[event["message"] for event in events]

# %% [markdown]
"""
**Try it.** Here is a sixth one. What has to be changed? Write `"image"`, `"network"`, `"execution role"`, `"task role"` or `"memory"`.
"""

# %%
sixth = stopped_tasks("shop", shop, "10.20.0.0/16", ["secret-access-denied"])[0]
tell(sixth)

# %% tags=["try-it"]
cure = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given_cure = str(learner["cure"]).strip().lower()
    s.met(
        1,
        "what to change",
        given_cure.replace("_", " ").replace("-", " ")
        in ("execution role", "executionrole", "execution"),
        found=given_cure,
        slip="the secret is fetched before your code runs, so by ECS, with the execution role"
        if given_cure.startswith("task")
        else "AccessDenied is an answer: the network works"
        if given_cure == "network"
        else "",
    )
s

# %% [markdown]
"""
In a loop of failing tasks ECS waits longer and longer between starts, up to 27 minutes, but only for tasks that never reached `RUNNING`. Tasks that run and then fail their health check are replaced without a pause. The circuit breaker counts both.

## 12. Scale with the load

Application Auto Scaling changes `desiredCount` for you. Three parts:

1. a **scalable target**: which service, and between which numbers;
2. one or more **policies**: *keep average CPU at 50 percent*;
3. **cooldowns**: how long to wait after a change before the next.
"""

# %%
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/user-service",
    "ScalableDimension": "ecs:service:DesiredCount",
}
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=10)
made = scaling.put_scaling_policy(
    **target,
    PolicyName="cpu-50",
    PolicyType="TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration={
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
        },
        "TargetValue": 50.0,
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 300,
    },
)
[alarm["AlarmName"][:60] for alarm in made["Alarms"]]

# %% [markdown]
"""
The policy has made two CloudWatch alarms and owns them: one above the target, one some way below it.
Now load: 20 requests a second, then 150 for twenty minutes, then 20 again. An hour passes in this cell.
"""

# %%
cloud.traffic(shop.url + "/api/users/7", {"0 min": 20, "5 min": 150, "25 min": 20}, "60 min")

# %% [markdown]
"""
Look at the order of things.

- Before the peak the service goes from 3 tasks to its minimum of 2: it had been idle for more than fifteen minutes.
- The peak comes at once; the alarm needs **three minutes** above the target, then new tasks need the 70 seconds of version 1.2. Scaling answers minutes later, and until then requests fail. The minimum has to carry the first minutes of a peak.
- Scaling in needs **fifteen minutes** below the lower threshold. Out fast, in slowly.
- Both cooldowns are 300 seconds by default for ECS; 60 for scaling out is the change worth making. A cooldown for scaling out does not hold up a *larger* one, and scaling out ends a cooldown for scaling in.

What changed the count, and why:
"""

# %%
for activity in reversed(scaling.describe_scaling_activities(**target)["ScalingActivities"]):
    print(f"{activity['StartTime']:%H:%M}  {activity['Description']}")

# %% [markdown]
"""
### More than one policy

- Scale **out** as soon as **any** policy wants it; if several do, the largest number wins.
- Scale **in** only when **all** policies that may scale in agree. A policy with `DisableScaleIn` is not asked.
- No scaling in while a deployment is running.

The usual second policy counts requests: `ALBRequestCountPerTarget`. Its target is requests per task **in one minute**, and it needs a `ResourceLabel` that names the load balancer and the target group: `app/<name>/<id>/targetgroup/<name>/<id>`.

**Try it.** The service runs 4 tasks. What is the desired count afterwards?

- a: CPU wants 6, requests want 3.
- b: CPU wants 2, requests want 3.
- c: CPU wants 2, requests want 4.
"""

# %% tags=["try-it"]
decided = {"a": None, "b": None, "c": None}

# %% hide
# Run this cell to check your answer.
with score(3) as s:
    given_counts = learner["decided"]
    s.need(any(given_counts.values()), "no count is filled in yet")
    s.met(
        1,
        "CPU 6, requests 3",
        given_counts["a"] == 6,
        found=given_counts["a"],
        hint="any policy may scale out",
    )
    s.met(
        1,
        "CPU 2, requests 3",
        given_counts["b"] == 3,
        found=given_counts["b"],
        slip="both want fewer, and the larger number wins" if given_counts["b"] == 2 else "",
    )
    s.met(
        1,
        "CPU 2, requests 4",
        given_counts["c"] == 4,
        found=given_counts["c"],
        slip="one policy is content with four, so they do not all agree"
        if given_counts["c"] != 4
        else "",
    )
s

# %% [markdown]
"""
### By the clock

When you know that the peak comes at nine on weekdays, do not wait for an alarm. A **scheduled action** moves the *minimum* and the *maximum*, never the desired count; ECS brings the count inside the new bounds.
The six fields of `cron(0 9 ? * MON-FRI *)` are minute, hour, day of the month, month, day of the week, year. Two fields name days: one of them says which, and the other has to be `?`.
Say the time zone, or it is UTC. And write the second action that lowers the minimum again.
"""

# %%
for name, hour, minimum in (("morning", 9, 6), ("evening", 18, 2)):
    scaling.put_scheduled_action(
        **target,
        ScheduledActionName=name,
        Schedule=f"cron(0 {hour} ? * MON-FRI *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": minimum, "MaxCapacity": 10},
    )
while cloud.now.hour != 4:
    cloud.advance("30 min")
for _ in range(6):
    bounds_now = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    print(f"{cloud.now:%a %H:%M} UTC: at least {bounds_now['MinCapacity']}")
    cloud.advance("1 hour")

# %% hide
quiz(
    "In January Berlin is one hour ahead of UTC. At what time, in UTC, did the action called morning fire?",
    {
        "09:00": "The action has a time zone: nine o'clock in Berlin.",
        "08:00": "In summer it will be 07:00, without a change of yours.",
        "10:00": "Berlin is ahead of UTC, not behind.",
    },
    right="08:00",
)

# %% [markdown]
"""
## 13. Pitfalls

- **A revision rewritten from memory.** Registering a revision replaces the whole definition. Start from `describe_task_definition`, change the image, and keep roles, secrets and logs. Leave out what only ECS may write, or `register_task_definition` refuses it: `taskDefinitionArn`, `revision`, `status`, `requiresAttributes`, `compatibilities`, `registeredAt`, `registeredBy`.
- **`maximumPercent` 125 with three tasks.** Rounds down to three: the deployment cannot move.
- **The wrong patience.** `startPeriod` for a failing load balancer check, or a grace period for a failing command.
- **The same tag pushed again.** Nothing happens until the next deployment, and then nobody knows what ran before.
- **A minimum of one.** One task is in one zone, and a deployment that stops it first stops the service.
- **`desiredCount` in a pipeline.** An update that sets it overwrites what auto scaling has decided.
- **Reading the service only.** The reason is in the stopped task, its containers and its log, and it is gone after an hour.
- **A target value of 0.7.** CPU is in percent: 70.
"""

# %% [markdown]
"""
## 14. Recall

Answer aloud before you look.
"""

# %% hide
recall(
    "What is ECS, and what does it add to Docker?",
    "Docker builds an image and runs it on one machine; ECS runs such images across machines: it places, watches, replaces, scales and deploys them.",
    why="Then name the four words: cluster, task definition, task, service.",
    tag="Q1",
)

# %% hide
recall(
    "Fargate or EC2?",
    "Fargate unless there is a reason: no machines to patch, paid by the second for what each task reserves. EC2 or Managed Instances for GPUs, special instances, or steady load at high use.",
    why="The ceiling on Fargate is 32 vCPU and 244 GB. 16 and 120 is the old one.",
    tag="Q2",
)

# %% hide
recall(
    "Which network mode do Fargate tasks use?",
    "`awsvpc`: every task has its own network interface, address and security groups.",
    why="So the target group has to be of type `ip`.",
    tag="quick-fire 2",
)

# %% hide
recall(
    "Walk me through a deployment without downtime.",
    "New image, new revision, `update-service`. New tasks start within the upper bound, register, pass a check; old ones drain, get SIGTERM, stop; the lower bound holds all the time.",
    why="Then say what happens if it goes wrong: circuit breaker with rollback.",
    tag="Q5",
)

# %% hide
recall(
    "Desired 3, minimum 100, maximum 125. What happens?",
    "Nothing. ceil(3.0) is 3 and floor(3.75) is 3: it can neither stop nor start a task.",
)

# %% hide
recall(
    "startPeriod or healthCheckGracePeriodSeconds?",
    "The first belongs to the container's own check, in the task definition. The second belongs to the service and covers the load balancer's check too.",
)

# %% hide
recall(
    "How many failed tasks trip the circuit breaker by default?",
    "Half of the desired count, rounded up, at least 3, at most 200; in a row.",
    why="It goes back to the last completed deployment. If there is none, it stalls.",
)

# %% hide
recall(
    "A new task gets its first request after how long?",
    "After its first successful health check: at most about one interval after it listens.",
    why="The healthy threshold is for targets that were unhealthy.",
)

# %% hide
recall(
    "Tasks start and are killed at once. Where do you look?",
    "stopCode, stoppedReason, the containers' exitCode and reason, then the log, then the target's health.",
    why="In that order each answer halves what is left.",
)

# %% hide
recall(
    "How would you set up auto scaling for a service?",
    "Scalable target with a minimum and a maximum, target tracking on CPU and on requests per target, 60 seconds of cooldown out and 300 in, a scheduled action for known peaks.",
    why="Out when any policy wants it, in when all agree.",
    tag="Q8",
)

# %% hide
recall(
    "What does Fargate bill for a task that ran 20 seconds?",
    "One minute of the CPU and memory it reserved, counted from the start of the image pull.",
)

# %% [markdown]
"""
## Clean up

Stop the scaling first, or it works against you. A service with tasks is deleted with `force=True`, or scaled to 0 before.
"""

# %%
scaling.deregister_scalable_target(**target)
for name in ("user-service", "cart-service"):
    ecs.delete_service(cluster="shop", service=name, force=True)
ecs.get_waiter("services_inactive").wait(cluster="shop", services=["user-service", "cart-service"])
ecs.delete_cluster(cluster="shop")["cluster"]["status"]

# %% [markdown]
"""
**Next:** the assignment [6.3.b-ecs-fargate](../release/6.3.b-ecs-fargate/6.3.b-ecs-fargate.ipynb).

**Read more at AWS:** [task sizes on Fargate](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html),
[rolling updates](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html),
[blue/green, linear and canary](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html),
[the circuit breaker](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html),
[health checks of a load balancer](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html),
[stopped tasks](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html),
[target tracking](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html).
"""
