# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: the incident room"
#     minutes: 60
#     covers: [Q10]
# ---

# %% [markdown]
"""
# 6.3 Interview: the incident room

**Time:** about 60 minutes of reading and doing. **Before:** [6.3.b ECS and Fargate](6.3.b-ecs-fargate.ipynb), [6.3.c Application Load Balancer](6.3.c-alb.ipynb), [6.3.d VPC and IAM](6.3.d-vpc-iam.ipynb). **After:** the assignment [6.3-interview-incidents](../release/6.3-interview-incidents/6.3-interview-incidents.ipynb).

Interviewers like to end with a service that does not come up, and they listen for *order*: what do you look at first, and what does it rule out?
The pager asks the same question at night.

You will be able to

- find the task that failed, though every list shows only those that run;
- read a stopped reason to its end and name the one thing that is wrong;
- tell the five places where a packet gets lost from each other;
- tell what a healthy target proves, and what it does not;
- find out who changed what, and when;
- repair with the smallest change, and know which repairs are the next incident.
"""

# %%
import json

import boto3

import awslab
from awslab import incidents, learner, quiz, recall, score

cloud = awslab.start()
cloud.reset()
ecs, ec2, iam = boto3.client("ecs"), boto3.client("ec2"), boto3.client("iam")
elb, logs = boto3.client("elbv2"), boto3.client("logs")
training = awslab.draw("the incident room", "training")

# %% [markdown]
"""
## 1. The order of looking

A task is born, it becomes a healthy target, it answers a request. Something that goes wrong early makes everything after it look wrong as well.
So look from the beginning, and stop at the first thing that is not as it should be.
"""

# %%
incidents.method()

# %% [markdown]
"""
Three questions. Each of them is one call, and each answer leaves a handful of causes.

Two habits do the rest:

- **Read to the end.** The word that matters is often the last of a long sentence.
- **Predict before you look.** "If it is the security group, then both targets are `Target.Timeout`." A look that cannot surprise you is wasted time.

**Try it.** Bring the looks into the order of the picture. Two of them belong to the first question; the log comes after the reason.
"""

# %% tags=["try-it"]
looks = ["request", "log of the container", "target health", "stopped reason"]

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given_looks = learner["looks"]
    s.need(given_looks[0] != "request", "the list is still in the wrong order")
    s.met(
        1,
        "from the birth of a task to its first answer",
        given_looks == ["stopped reason", "log of the container", "target health", "request"],
        found=given_looks,
        hint="a container that never started has written nothing",
    )
s

# %% [markdown]
"""
## 2. First incident: tasks that nobody sees

A page arrives. (Every incident of the room starts like this: a small system, one sentence, no explanation.)
"""

# %%
first = incidents.open_incident(training, 2, case=3)
first

# %% [markdown]
"""
The reflex is to describe the service.
"""

# %%
service = ecs.describe_services(cluster=first.cluster, services=[first.service])["services"][0]
print(
    f"{service['runningCount']} of {service['desiredCount']} run, {service['pendingCount']} pending"
)
for deployment in service["deployments"]:
    print(
        deployment["status"],
        deployment["rolloutState"],
        f"running {deployment['runningCount']}",
        f"failed {deployment['failedTasks']}",
    )
for event in service["events"][:3]:
    print(f"{event['createdAt']:%H:%M:%S}", event["message"])

# %% [markdown]
"""
Two of two run: at first sight all is well. The deployments tell more: one is `PRIMARY`, and tasks of it have failed.
An event may quote a reason, as here. It does so only for tasks that could not start at all, and never with an exit code. So do not stop at the service.

The timeline shows the same from outside: rows that end before they reach `RUNNING`.
"""

# %%
cloud.timeline(first.service)

# %% [markdown]
"""
Now the tasks. `list_tasks` shows what should run, and a task that failed should not run any more:
"""

# %%
len(ecs.list_tasks(cluster=first.cluster, serviceName=first.service)["taskArns"])

# %% [markdown]
"""
These are the tasks of the version before, and at most two that are just being tried. None of them has failed. This is how people conclude that "there is nothing to see".

**Try it.** Complete the arguments so that the stopped tasks of this service are listed.
"""

# %% tags=["try-it"]
arguments = {"cluster": first.cluster, "serviceName": first.service}

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given_arguments = learner["arguments"]
    s.need(len(given_arguments) > 2, "nothing has been added to `arguments` yet")
    listed = ecs.list_tasks(**given_arguments)["taskArns"]
    running = ecs.list_tasks(cluster=first.cluster, serviceName=first.service)["taskArns"]
    s.met(
        1,
        "the stopped tasks are listed, and only they",
        listed and not set(listed) & set(running),
        found=f"{len(listed)} tasks",
        hint="the parameter is `desiredStatus`, and its value is written in capitals",
    )
s

# %% [markdown]
"""
Here is the function that the rest of this lesson uses. In the assignment you write your own.
"""


# %%
def tell(incident):
    """Print each different reason of the service's stopped tasks once."""
    arns = ecs.list_tasks(
        cluster=incident.cluster, serviceName=incident.service, desiredStatus="STOPPED"
    )["taskArns"]
    said = {}
    for task in ecs.describe_tasks(cluster=incident.cluster, tasks=arns)["tasks"] if arns else []:
        container = task["containers"][0]
        key = task["stopCode"], task["stoppedReason"].split("RequestID")[0]
        said.setdefault(key, (task, container))
    for (code, _), (task, container) in said.items():
        print(code)
        print(" ", task["stoppedReason"])
        print("  exit code", container.get("exitCode"), "|", container.get("reason", "no reason"))


tell(first)

# %% [markdown]
"""
Read it from the end. `CreateLogStream` is the call that failed, `The specified log group does not exist` is why.

> **Outdated answers.** `ResourceNotFoundException` is often explained as "the image is not in ECR". It is not. A missing image is `CannotPullContainerError ... not found`.
> `ResourceNotFoundException` is what Secrets Manager and CloudWatch Logs say, so look at which of them was asked.

No exit code: the container never started, so its log is empty. Looking for one would have cost ten minutes.

**Who did it?** The question is not for blaming: what was changed tells you how to change it back. CloudTrail has it, without any trail being set up.
"""

# %%
trail = boto3.client("cloudtrail")


def changes(event, count=3):
    """Print who made the newest calls of one kind, and with which parameters."""
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": event}]
    )
    for each in found["Events"][:count]:
        told = json.loads(each["CloudTrailEvent"])
        who = told["userIdentity"].get("arn") or told["userIdentity"].get("invokedBy")
        print(told["eventTime"], who, event, told["requestParameters"])


changes("DeleteLogGroup")

# %% [markdown]
"""
The smallest repair is the log group. Nothing has to be deployed: ECS keeps trying, and the next task finds it.
(When tasks fail in a row ECS waits longer from one to the next. A new deployment starts at once.)
"""

# %%
logs.create_log_group(logGroupName=f"/ecs/{first.service}")
ecs.update_service(cluster=first.cluster, service=first.service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster=first.cluster, services=[first.service])
cloud.timeline(first.service)

# %% [markdown]
"""
**One hour.** A stopped task can be described for about an hour, then it is gone. Copy the reason into the ticket as soon as you have it.
"""

# %%
arns = ecs.list_tasks(cluster=first.cluster, serviceName=first.service, desiredStatus="STOPPED")[
    "taskArns"
]
cloud.advance("65 min")
later = ecs.describe_tasks(cluster=first.cluster, tasks=arns)
print(
    len(arns),
    "stopped tasks before;",
    len(later["tasks"]),
    "now, and",
    later["failures"][0]["reason"],
)

# %% hide
quiz(
    "A deployment is stuck. The service shows 2 of 2 running, list-tasks shows tasks that run or are about to. What do you do next?",
    {
        "List the tasks with desired status STOPPED and read why they stopped": "Those that failed are in no list of running tasks.",
        "Read the log group for errors": "It holds the lines of the old tasks, which are well. New ones may never have started.",
        "Turn the circuit breaker on": "It ends a deployment that fails. It does not say why, and repairs nothing.",
    },
    right="List the tasks with desired status STOPPED and read why they stopped",
)

# %% [markdown]
"""
### Exit codes

When a container did start, its exit code is the first thing it says.

| Exit code | What it says | What it does not say |
|---|---|---|
| 0 | the program ended by itself, and content | why a server should do that |
| 1 | the program ended by itself, and not content | the reason; that is in the log |
| 137 | SIGKILL: 128 + 9 | who sent it |
| 139 | a memory access violation: 128 + 11 | |
| 143 | SIGTERM: 128 + 15; somebody asked it to end, and it did | |

**137 is memory only when the reason says so** (`OutOfMemoryError`). A container that ignores SIGTERM is killed too, thirty seconds later, whenever ECS stops it: in a deployment, when scaling in, after a failed health check.

**Try it.** What do you look at next? Write `"memory"`, `"log"` or `"who stopped it"`.
"""

# %% tags=["try-it"]
next_look = {
    "exit code 137, OutOfMemoryError: Container killed due to memory usage": None,
    "exit code 137, no reason, Task failed ELB health checks": None,
    "exit code 1, Essential container in task exited": None,
}

# %% hide
# Run this cell to check your answer.
with score(3) as s:
    given_next = learner["next_look"]
    s.need(any(given_next.values()), "no look is filled in yet")
    for line, right in zip(given_next, ("memory", "who stopped it", "log"), strict=True):
        s.met(
            1,
            line,
            str(given_next[line]).strip().lower() == right,
            found=given_next[line],
            slip="137 alone is a kill, and here the load balancer's check is what had it stopped"
            if right == "who stopped it" and given_next[line] == "memory"
            else "",
            hint="the reason beside the code decides",
        )
s

# %% hide
recall(
    "A task on Fargate stopped. Which fields of describe-tasks do you read, and in which order?",
    "`stopCode`, `stoppedReason`, then of each container `reason` and `exitCode`.",
    why="The code says in which phase it ended, the reason names the call or the check, and the container says how its program ended. Then comes the log.",
    tag="Q10",
)

# %% [markdown]
"""
## 3. Second incident: a packet gets lost
"""

# %%
cloud.reset()
second = incidents.open_incident(training, 6, case=1)
second

# %% [markdown]
"""
Question 1: did a task stop? If so, why?
"""

# %%
tell(second)
group = elb.describe_target_groups()["TargetGroups"][0]
for each in elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
    "TargetHealthDescriptions"
]:
    print(each["Target"]["Id"], each["TargetHealth"])

# %% [markdown]
"""
Question 2 has the answer: `Target.Timeout`. No refusal (nothing would listen there), no wrong status (the app would have answered): **silence**. Somewhere a packet is dropped.

Between a load balancer and a task there are five places where that can be:

| Place | Which direction counts | Remembers connections |
|---|---|---|
| the load balancer's security group | outbound | yes: answers are let back in |
| the network ACL of its subnet | out, and **in** for the answer | no |
| the route tables | inside a VPC always `local` | |
| the network ACL of the task's subnet | in, and **out** for the answer | no |
| the task's security group | inbound | yes |

The same kinds of places count when a task cannot *start* because it reaches no AWS service: the outbound rules of its group, the network ACL, the route, then the NAT gateway or the endpoint.
There the words of the stopped reason tell one more cause. `dial tcp 44.213.79.10:443: i/o timeout` had an address, and the packets were lost. `dial tcp: lookup api.ecr...` never got an address: the VPC's DNS (`enableDnsSupport`).

`cloud.path` walks them all. In AWS this is the Reachability Analyzer.
"""

# %%
network = ecs.describe_services(cluster=second.cluster, services=[second.service])["services"][0]
port = network["loadBalancers"][0]["containerPort"]
balancer = elb.describe_load_balancers()["LoadBalancers"][0]
way = cloud.path(balancer["LoadBalancerName"], second.service, port)
way

# %% [markdown]
"""
**Try it.** Which one thing is wrong? Give its id as AWS has it.
"""

# %% tags=["try-it"]
culprit = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given_culprit = str(learner["culprit"]).strip()
    subnets = network["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    acl = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": subnets}])[
        "NetworkAcls"
    ][0]
    s.met(
        1,
        "the place where the packet ends",
        given_culprit == acl["NetworkAclId"],
        found=given_culprit,
        slip="the security group is in order; look at the hop with the cross"
        if given_culprit.startswith("sg-")
        else "",
        hint="it begins with acl-",
    )
s

# %% [markdown]
"""
A network ACL is a list that is read by number, and the first entry that fits decides. So a `deny` with number 50 wins over the `allow` with number 100:
"""

# %%
subnets = network["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
acl = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": subnets}])[
    "NetworkAcls"
][0]
for entry in sorted(acl["Entries"], key=lambda e: (e["Egress"], e["RuleNumber"])):
    print(
        "out" if entry["Egress"] else "in ",
        entry["RuleNumber"],
        entry["RuleAction"],
        entry["CidrBlock"],
        entry.get("PortRange", ""),
    )

# %% [markdown]
"""
Three repairs that come to mind at night, and what they do:

- *Open the tasks' security group for `0.0.0.0/0`.* Nothing: the ACL still drops. And a hole stays.
- *Give the tasks public addresses.* Nothing: the packet comes from inside the VPC, and its way stays the same.
- *Take `200-499` as healthy.* Nothing: there is no status at all.

The smallest change is the one entry.
"""

# %%
ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Egress=False)
print(cloud.path(balancer["LoadBalancerName"], second.service, port).reachable)
ecs.get_waiter("services_stable").wait(cluster=second.cluster, services=[second.service])
elb.get_waiter("target_in_service").wait(TargetGroupArn=group["TargetGroupArn"])
cloud.trace("GET", second.url)

# %% [markdown]
"""
**Try it.** The reason of a target tells the family of causes. Write for each which thing you would look at: `"app's path"`, `"security groups and ACLs"`, `"listener"` or `"port of the app"`.
"""

# %% tags=["try-it"]
family = {
    "Target.ResponseCodeMismatch": None,
    "Target.Timeout": None,
    "Target.NotInUse": None,
    "Target.FailedHealthChecks (connection refused)": None,
}

# %% hide
# Run this cell to check your answer.
with score(4) as s:
    given_family = learner["family"]
    s.need(any(given_family.values()), "nothing is filled in yet")
    wanted = ("app's path", "security groups and acls", "listener", "port of the app")
    for reason, right in zip(given_family, wanted, strict=True):
        s.met(
            1,
            reason,
            str(given_family[reason]).strip().lower() == right,
            found=given_family[reason],
            hint="mismatch: it answered; timeout: silence; not in use: nobody forwards to the group; refused: nobody listens",
        )
s

# %% hide
quiz(
    "New tasks are killed with 'Task failed ELB health checks' two minutes after their start. The app takes three minutes to load its data. What helps?",
    {
        "A longer healthCheckGracePeriodSeconds of the service": "It is how long ECS ignores the load balancer's verdict on a new task.",
        "A longer startPeriod in the container's health check": "It belongs to the check that runs inside the container. The load balancer does not read it.",
        "A wider matcher, such as 200-499": "An app that does not listen yet answers with no status at all.",
    },
    right="A longer healthCheckGracePeriodSeconds of the service",
)

# %% [markdown]
"""
## 4. Third incident: healthy and broken
"""

# %%
cloud.reset()
third = incidents.open_incident(training, 8, case=0)
third

# %% [markdown]
"""
Question 1: no task stopped. Question 2: both targets are healthy. That rules out image, start, network and ports, all at once. So one request:
"""

# %%
cloud.trace("GET", third.url)

# %% [markdown]
"""
The load balancer passes on what the app says: 500. A **healthy** target has answered `/health`; it has not done what customers ask for.

From here only the app knows. Its log, with Logs Insights: which lines are there most often?
"""

# %%
query = logs.start_query(
    logGroupName=f"/ecs/{third.service}",
    startTime=0,
    endTime=int(cloud.now.timestamp()) + 60,
    queryString="fields @message | filter @message like /ERROR/ | stats count(*) as times by @message | sort times desc | limit 3",
)
for row in logs.get_query_results(queryId=query["queryId"])["results"]:
    print({cell["field"]: cell["value"] for cell in row})

# %% [markdown]
"""
`assumed-role/<name>` is the role that was used. The app's code works with the **task role**; the execution role is ECS's, for the start.

**Try it.** Which role lacks which action? Fill in the role's name and the action.
"""

# %% tags=["try-it"]
lack = {"role": None, "action": None}

# %% hide
# Run this cell to check your answer.
with score(2) as s:
    given_lack = learner["lack"]
    s.need(any(given_lack.values()), "nothing is filled in yet")
    definition = ecs.describe_task_definition(taskDefinition=third.service)["taskDefinition"]
    task_role = definition["taskRoleArn"].rpartition("/")[2]
    s.met(
        1,
        "the role",
        str(given_lack["role"]).rpartition("/")[2] == task_role,
        found=given_lack["role"],
        slip="that role starts the task; the app's calls are made with the other one"
        if "execution" in str(given_lack["role"])
        else "",
        hint="it stands in the log line, after assumed-role/",
    )
    s.met(
        1,
        "the action",
        str(given_lack["action"]).lower() == "s3:getobject",
        found=given_lack["action"],
        hint="not authorized to perform: ...",
    )
s

# %% [markdown]
"""
Two things look alike in the log: nothing allows the action, or something denies it. They need different repairs. `cloud.can` tells them apart; in AWS it is the policy simulator.
"""

# %%
definition = ecs.describe_task_definition(taskDefinition=third.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
bucket = boto3.client("s3").list_buckets()["Buckets"][0]["Name"]
cloud.can(role, "s3:GetObject", f"arn:aws:s3:::{bucket}/anything.json")

# %% [markdown]
"""
Nothing allows it. When an explicit deny is the cause, adding an allow changes nothing: the deny has to go.

And who took it away?
"""

# %%
changes("DeleteRolePolicy")

# %% [markdown]
"""
The repair is as small as the loss: one action, one bucket. It works at once, without a deployment, because a role is evaluated at every call.
"""

# %%
statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
iam.put_role_policy(RoleName=role, PolicyName="files", PolicyDocument=document)
cloud.trace("GET", third.url).status

# %% [markdown]
"""
A secret is different. A task reads it once, when it starts. After a rotation the running tasks still have the old password, their log says that the login failed, and what helps is a new deployment.

**Try it.** Which of these takes effect without a new deployment? Write `True` or `False`.
"""

# %% tags=["try-it"]
at_once = {
    "a policy of the task role": None,
    "a security group's rule": None,
    "the value of a secret": None,
    "the health check path of a target group": None,
    "the memory in a new task definition": None,
}

# %% hide
# Run this cell to check your answer.
with score(5) as s:
    given_at_once = learner["at_once"]
    s.need(any(value is not None for value in given_at_once.values()), "nothing is filled in yet")
    for change, right in zip(given_at_once, (True, True, False, True, False), strict=True):
        s.met(
            1,
            change,
            given_at_once[change] is right,
            found=given_at_once[change],
            hint="what the task was given at its start stays as it is; what AWS looks up every time is new at once",
        )
s

# %% [markdown]
"""
## 5. Repairs that are the next incident

A repair is judged twice: by whether customers are served, and by what it leaves behind. The assignment does both.

| At night | Why it seems to work | What it costs |
|---|---|---|
| inbound from `0.0.0.0/0` | the packet arrives | everybody's packets arrive; name the group as the source |
| `"Action": "*"` | no AccessDenied any more | whoever breaks into the app has the account |
| matcher `200-499`, a check `exit 0` | everything is green | nothing notices an app that fails |
| the password in `environment` | no secret is fetched any more | everybody who may describe the task definition reads it |
| public subnets and addresses for tasks | the pull finds a way | tasks are on the internet; the route was missing |
| 8 GB of memory | no OutOfMemoryError | a leak takes longer, and you pay for it |
| desired count from 2 to 10 | more of it | more of what fails |

**Try it.** One point each: which change would you make? Write `"a"` or `"b"`.

1. A task cannot read its secret. (a) `secretsmanager:GetSecretValue` on this secret, for the execution role. (b) `secretsmanager:*` for the task role.
2. `ResponseCodeMismatch: [404]` (a) a matcher that takes 404. (b) the path that the app serves.
3. A release fails with OutOfMemoryError, and customers are served by the version before. (a) take the release back, then measure. (b) the largest size there is.
"""

# %% tags=["try-it"]
choices = [None, None, None]

# %% hide
# Run this cell to check your answer.
with score(3) as s:
    given_choices = [str(each).strip().lower() for each in learner["choices"]]
    s.need(set(given_choices) != {"none"}, "nothing is filled in yet")
    for number, right in enumerate("aba"):
        s.met(
            1,
            f"repair {number + 1}",
            given_choices[number] == right,
            found=given_choices[number],
            hint="the table above",
        )
s

# %% hide
quiz(
    "A circuit breaker with rollback is on. What does it do for a release whose secret may not be read any more by the execution role?",
    {
        "It rolls back, and the rollback fails as well": "The version before needs the same secret at its start. Only tasks that run already go on.",
        "It rolls back, and all is well": "That would be so if the fault were in the new task definition. It is in the role.",
        "It repairs the role": "It changes nothing but the service's deployment.",
    },
    right="It rolls back, and the rollback fails as well",
)

# %% [markdown]
"""
## 6. Pitfalls

- **`list-tasks` hides what failed.** Ask for `STOPPED`, and within an hour.
- **Describing only the service.** Its events quote a reason at best; container reasons and exit codes are in the tasks.
- **Reading the log of a container that never started.** No exit code, no log.
- **137 is not always memory.** Only `OutOfMemoryError` is.
- **`ResourceNotFoundException` is not about an image.** It is a secret or a log group.
- **`startPeriod` for a failure of the load balancer's check.** It belongs to the container's check; the service's grace period is for the load balancer's.
- **The circuit breaker is no cure.** It ends the deployment; what was wrong is wrong still, and a fault outside the task definition hits the rollback too.
- **Healthy means that `/health` answered.** Not that customers are served.
- **Two changes at once.** When it works, you do not know why.
- **An allow against a deny.** A deny always wins.
- **Rotating a secret without a deployment.** Running tasks keep the old value.

## 7. Recall

Say the answer aloud before you look.
"""

# %% hide
recall(
    "A task will not start. How do you go about it?",
    "Stopped tasks first: stop code, stopped reason, container reason, exit code. Then by family: image, role, secret or log group when the reason names a call; network when it is a timeout; the log when the container did start.",
    why="Then target health, then one request. Say what each look rules out: that is what the interviewer listens for.",
    tag="Q10",
)

# %% hide
recall(
    "What are the five places where a packet from a load balancer to a task can get lost?",
    "Outbound rule of the load balancer's security group, network ACL of its subnet, routes, network ACL of the task's subnet, inbound rule of the task's security group.",
    why="Security groups remember connections, network ACLs do not: the answer needs the ephemeral ports.",
)

# %% hide
recall(
    "CannotPullContainerError: which four causes, and how do they differ in words?",
    "`not found`: the tag. `403 Forbidden`: a refusal for this repository. `i/o timeout`: no way to the registry or to the layers in S3. A platform that does not match: built for another architecture.",
    why="A missing right of the execution role shows one step earlier, as ResourceInitializationError with ecr:GetAuthorizationToken.",
)

# %% hide
recall(
    "What does ResourceInitializationError tell you?",
    "That the task failed before its container started: registry login, secrets, log driver, or file systems.",
    why="The rest of the sentence names the call. AccessDenied is an answer, so the network works; a timeout is none.",
)

# %% hide
recall(
    "How long can you describe a stopped task?",
    "About one hour.",
    why="For longer, send ECS task state changes to CloudWatch Logs with an EventBridge rule.",
)

# %% hide
recall(
    "Exit code 137: what do you know?",
    "That the container was killed with SIGKILL.",
    why="By the kernel for want of memory if the reason says OutOfMemoryError; by ECS if it ignored SIGTERM for its stopTimeout.",
)

# %% hide
recall(
    "A target is unhealthy with Target.ResponseCodeMismatch. What is certainly in order?",
    "The network, the security groups and the port: the app did answer.",
    why="What is wrong is the path, the matcher, or what the app thinks of itself.",
)

# %% hide
recall(
    "All targets are healthy, and customers get 500. Which causes are left?",
    "The app and what it calls: its code, its task role, its secret, a dependency. Its log tells which.",
    why="A health check that does nothing but answer is right for the load balancer; add an alarm on 5xx for the rest.",
)

# %% hide
recall(
    "The log says AccessDenied. Which two cases do you tell apart, and with what?",
    "Nothing allows it, or something denies it; with the policy simulator, or by reading all policies that apply.",
    why="Against a deny no allow helps: SCP, boundary, resource policy and session policy count as well.",
)

# %% hide
recall(
    "Clients get 503 from the load balancer. What does that say?",
    "The load balancer answers, so the way in is fine; it has no target to send to.",
    why="An empty target group, a rule that forwards to the wrong one, weights of 0, a desired count of 0.",
)

# %% hide
recall(
    "Which service tells who changed a security group an hour ago?",
    "CloudTrail: event history has the management calls of 90 days in every account, without a trail.",
    why="In AWS an event takes some minutes to appear.",
)

# %% [markdown]
"""
Now the [assignment](../release/6.3-interview-incidents/6.3-interview-incidents.ipynb): eight incidents, drawn for you.
"""
