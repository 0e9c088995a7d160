# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: the incident room"
#     minutes: 90
#     covers: [Q10]
# ---

# %% [markdown]
"""
# Assignment 6.3, Interview: the incident room

About 90 minutes. Do the lesson [6.3 Interview: the incident room](../../notebooks/6.3-interview-incidents.ipynb) first.

Eight times you are called. Each time a system runs in an account of its own, somebody has changed something, and you get one sentence about what was noticed.
You say what is wrong, prove it, and repair it while customers are served.

For each incident there are five points:

| Points | For |
|---|---|
| 1 | the cause: one name out of the list below |
| 1 | the evidence: the id or name of the one thing that is wrong, or the words of AWS or of the log that say so |
| 2 | the repair: requests are answered with 200, both targets are healthy, and a deployment that the check starts gets well too |
| 1 | nothing else was opened, widened or switched off on the way |

Use whatever you like: boto3, the `aws` command, `cloud.path`, `cloud.can`, `cloud.trace`, `cloud.map`, `cloud.timeline`, Logs Insights, CloudTrail.
A sentence of `cloud.path` or `cloud.trace` is evidence when the id, the name or the number of the rule stands in it.
Bringing the last good version back is a repair, where the version was the fault.

Every system is built alike: a service of two Fargate tasks in private subnets, behind a load balancer that listens on port 80. Its app answers `/health` with 200, reads a password from Secrets Manager when it starts, and a file from S3 at each request.

Which incidents you get is drawn from your name, and so is the one that you write about in the end: **write your user name into the next cell.** Your neighbour has others.

Save (**Ctrl + S**), press **Validate**, then submit.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import json

import boto3

import awslab
from awslab import incidents, learner, score

cloud = awslab.start()
ec2, ecr, iam, elb = (boto3.client(name) for name in ("ec2", "ecr", "iam", "elbv2"))
ecs, logs, s3 = (boto3.client(name) for name in ("ecs", "logs", "s3"))
secrets = boto3.client("secretsmanager")

mine = awslab.draw("6.3-interview-incidents")
REGION, ACCOUNT = "us-east-1", "123456789012"
RETOLD = mine.number("RETOLD", 1, 8)
mine

# %% [markdown]
"""
This is the whole list. Every incident of everybody has one of these causes, and only one.
"""

# %% given="causes"
incidents.causes()

# %% [markdown]
"""
## 1. Your first tool (4 points)

A list of *running* tasks never shows the one that failed. Write the function that you will use in most of the incidents: `why_stopped(cluster, service)` returns a list with one text for each **stopped** task of a service.
Each text holds the task's stop code, its stopped reason, and for every container of it the reason and the exit code, as far as AWS gives them.

The next cell opens a drill to try it on. No points hang on repairing it.
"""

# %% given="drill"
cloud.reset()
drill = incidents.open_incident(mine, 0)
drill

# %% [markdown] hints="why-stopped"
"""
1. `list_tasks` shows tasks that should run, unless `desiredStatus` says otherwise.
2. `describe_tasks` refuses an empty list. Return `[]` when no task has stopped.
3. `task.get("stopCode")`, `task.get("stoppedReason")`, and in each of `task["containers"]` `.get("reason")` and `.get("exitCode")`. An f-string can hold them all.
"""


# %% solution="why-stopped" needs=[]
def why_stopped(cluster, service):
    """Return one text for each stopped task: stop code, reason, and what its containers say."""
    ### BEGIN SOLUTION
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    texts = []
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []:
        parts = [task.get("stopCode"), task.get("stoppedReason")]
        for container in task["containers"]:
            parts += [container.get("reason"), f"exit code {container.get('exitCode')}"]
        texts.append("; ".join(part for part in parts if part))
    return texts
    ### END SOLUTION


# %% hide check="why-stopped" points=4
"""The function is asked about the drill, about a task that is stopped now, and about a service without stopped tasks."""
with score(4) as s:

    def listed():
        """Return the stopped tasks; their number grows while ECS goes on trying."""
        return ecs.list_tasks(
            cluster=drill.cluster, serviceName=drill.service, desiredStatus="STOPPED"
        )["taskArns"]

    before = len(listed())
    texts = learner.call("why_stopped", drill.cluster, drill.service)
    after = len(listed())
    s.need(
        drill.is_open(),
        "another system is open: run the cell that opens the drill again, then your answer",
    )
    given_texts = texts if isinstance(texts, list) else []
    joined = " ".join(str(text) for text in given_texts)
    s.met(
        1,
        "one text for each stopped task, with its stop code and stopped reason",
        0 < before <= len(given_texts) <= after
        and joined.count("EssentialContainerExited") >= before
        and "Essential container in task exited" in joined,
        found=f"{len(given_texts)} texts for {before} to {after} stopped tasks; the first: {str(given_texts[:1])[:300]}",
        slip="list_tasks without desiredStatus lists the tasks that should run"
        if not given_texts
        else "",
        hint="stopCode and stoppedReason are fields of the task",
    )
    s.met(
        1,
        "with the containers' reasons and exit codes",
        "OutOfMemory" in joined and "137" in joined,
        found=joined[:400],
        slip="the task says only that a container ended; why is in the container"
        if "OutOfMemory" not in joined
        else "",
        why="without it, an app that crashed and one that was killed look the same",
    )
    ### BEGIN HIDDEN TESTS
    running = ecs.list_tasks(cluster=drill.cluster, serviceName=drill.service)["taskArns"]
    ecs.stop_task(cluster=drill.cluster, task=running[0], reason="struck by lightning")
    ecs.get_waiter("tasks_stopped").wait(cluster=drill.cluster, tasks=running[:1])
    again = learner.call("why_stopped", drill.cluster, drill.service)
    s.met(
        1,
        "a task that is stopped later is in the list too",
        any("struck by lightning" in str(text) for text in again if isinstance(again, list)),
        found=learner.returned(again, "why_stopped", drill.cluster, drill.service)[:500],
        slip="the answer is written down instead of asked for" if again == texts and texts else "",
    )
    ecs.create_service(
        cluster=drill.cluster,
        serviceName="idle",
        taskDefinition=drill.service,
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=ecs.describe_services(cluster=drill.cluster, services=[drill.service])[
            "services"
        ][0]["networkConfiguration"],
    )
    empty = learner.call("why_stopped", drill.cluster, "idle")
    s.met(
        1,
        "a service without stopped tasks gives an empty list",
        empty == [],
        found=learner.returned(empty, "why_stopped", drill.cluster, "idle")[:300],
        slip="these are the tasks of another service: list_tasks takes serviceName"
        if empty
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. Incident 1 (5 points)

The next cell makes a fresh account, and the page arrives. If you have made it worse, run that cell again: everything is as it was when the page came.

Write the cause and the evidence into `diagnosis_1`, and repair the system in the same cell.
"""

# %% given="page-1"
cloud.reset()
incident_1 = incidents.open_incident(mine, 1)
incident_1

# %% [markdown] hints="incident-1"
"""
1. Your `why_stopped` has the answer in its first line. Read to the end of the sentence: what was refused, and by whom?
2. An image that is not there is `not found`. `403 Forbidden` is a refusal by the registry for this repository. `not authorized to perform: ecr:...` is about a role.
3. `list_images` and the task definition's `image`; `get_repository_policy`; `list_attached_role_policies` of the execution role. In the first case deploy the revision before: `update_service(..., taskDefinition=f"{incident_1.service}:1")`.
"""

# %% solution="incident-1" needs=["why-stopped"]
diagnosis_1 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
found = why_stopped(incident_1.cluster, incident_1.service)
reason = next(text for text in found if "TaskFailedToStart" in text)
definition = ecs.describe_task_definition(taskDefinition=incident_1.service)["taskDefinition"]
role = definition["executionRoleArn"].rpartition("/")[2]
diagnosis_1["evidence"] = reason
if "not found" in reason:
    diagnosis_1["cause"] = "image-tag-missing"
    ecs.update_service(
        cluster=incident_1.cluster,
        service=incident_1.service,
        taskDefinition=f"{incident_1.service}:1",
    )
elif "403 Forbidden" in reason:
    diagnosis_1["cause"] = "repository-policy-denies"
    ecr.delete_repository_policy(repositoryName=incident_1.service)
else:
    diagnosis_1["cause"] = "execution-role-may-not-pull"
    iam.attach_role_policy(
        RoleName=role,
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    )
### END SOLUTION

# %% hide check="incident-1" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_1, learner["diagnosis_1"])
s

# %% [markdown]
"""
## 3. Incident 2 (5 points)

Customers notice nothing *yet*: what happens when a task that runs today is replaced?
"""

# %% given="page-2"
cloud.reset()
incident_2 = incidents.open_incident(mine, 2)
incident_2

# %% [markdown] hints="incident-2"
"""
1. All of these stop before the container starts, so the log is empty. The stopped reason names the AWS call that failed.
2. `ResourceNotFoundException` alone says little: which *kind* of resource was looked for, a secret or a log group?
3. A permission goes to the **execution role** (`put_role_policy`), for this one secret. A wrong reference in the task definition is repaired by the revision before, or by a new one.
"""

# %% solution="incident-2" needs=["why-stopped"]
diagnosis_2 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
found = why_stopped(incident_2.cluster, incident_2.service)
reason = next(text for text in found if "TaskFailedToStart" in text)
first = ecs.describe_task_definition(taskDefinition=f"{incident_2.service}:1")["taskDefinition"]
container = first["containerDefinitions"][0]
diagnosis_2["evidence"] = reason[-300:]
if "not authorized to perform" in reason:
    diagnosis_2["cause"] = "execution-role-may-not-read-secret"
    secret = container["secrets"][0]["valueFrom"].split(":password")[0]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}
    iam.put_role_policy(
        RoleName=first["executionRoleArn"].rpartition("/")[2],
        PolicyName="read-secret",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
elif "log group does not exist" in reason:
    diagnosis_2["cause"] = "log-group-missing"
    group = container["logConfiguration"]["options"]["awslogs-group"]
    logs.create_log_group(logGroupName=group)
else:
    missing = "json key" in reason
    diagnosis_2["cause"] = "secret-key-missing" if missing else "secret-does-not-exist"
    ecs.update_service(
        cluster=incident_2.cluster,
        service=incident_2.service,
        taskDefinition=f"{incident_2.service}:1",
    )
### END SOLUTION

# %% hide check="incident-2" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_2, learner["diagnosis_2"])
s

# %% [markdown]
"""
## 4. Incident 3 (5 points)

Two things at once. Which of them would explain the other?
"""

# %% given="page-3"
cloud.reset()
incident_3 = incidents.open_incident(mine, 3)
incident_3

# %% [markdown] hints="incident-3"
"""
1. All reasons are timeouts, so a route, a security group, a network ACL or DNS. Follow one packet: `cloud.path`.
2. `cloud.path("a running task's id", "ecr.api", 443)` says where it ends. It may end before it has begun: what does a task need before it has an address to send to?
3. `describe_route_tables` of the tasks' subnets, `IpPermissionsEgress` of their security group, `describe_vpc_attribute(Attribute="enableDnsSupport")`. A private subnet's default route leads to the NAT gateway of its own zone.
"""

# %% solution="incident-3" needs=[]
diagnosis_3 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
service = ecs.describe_services(cluster=incident_3.cluster, services=[incident_3.service])[
    "services"
][0]
network = service["networkConfiguration"]["awsvpcConfiguration"]
group = ec2.describe_security_groups(GroupIds=network["securityGroups"])["SecurityGroups"][0]
vpc = group["VpcId"]
tables = {
    subnet: ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
    )["RouteTables"][0]
    for subnet in network["subnets"]
}
routeless = {
    subnet: table["RouteTableId"]
    for subnet, table in tables.items()
    if "0.0.0.0/0" not in [route.get("DestinationCidrBlock") for route in table["Routes"]]
}


def zone_of(subnet):
    return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]


if routeless:
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    near = {zone_of(each["SubnetId"]): each["NatGatewayId"] for each in gateways}
    for subnet, table in routeless.items():
        ec2.create_route(
            RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=near[zone_of(subnet)]
        )
    diagnosis_3 = {
        "cause": "private-route-missing",
        "evidence": f"no default route in {list(routeless.values())}",
    }
elif not group["IpPermissionsEgress"]:
    ec2.authorize_security_group_egress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    diagnosis_3 = {"cause": "task-outbound-closed", "evidence": group["GroupId"]}
else:
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    diagnosis_3 = {"cause": "dns-off", "evidence": f"enableDnsSupport of {vpc} was false"}
### END SOLUTION

# %% hide check="incident-3" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_3, learner["diagnosis_3"])
s

# %% [markdown]
"""
## 5. Incident 4 (5 points)

This time the containers do start. So where does AWS keep what they said?
"""

# %% given="page-4"
cloud.reset()
incident_4 = incidents.open_incident(mine, 4)
incident_4

# %% [markdown] hints="incident-4"
"""
1. Exit code, reason, log: in this order.
2. 137 with `OutOfMemoryError` is memory. 1 without a reason is the app's own decision, so its log says why. If the app did not exit by itself and the reason is `failed container health checks`, look at the `healthCheck` in the task definition.
3. Compare the two revisions, `:1` and `:2`, line by line. What did the release forget or add?
"""

# %% solution="incident-4" needs=["why-stopped"]
diagnosis_4 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
text = " ".join(why_stopped(incident_4.cluster, incident_4.service))
newest = ecs.describe_task_definition(taskDefinition=incident_4.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
group = container["logConfiguration"]["options"]["awslogs-group"]
lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
revision = f"{incident_4.service}:1"
if "OutOfMemory" in text:
    diagnosis_4 = {"cause": "too-little-memory", "evidence": "OutOfMemoryError, exit code 137"}
    keys = (
        "family",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "executionRoleArn",
        "taskRoleArn",
    )
    kept = {key: newest[key] for key in (*keys, "containerDefinitions")}
    revision = ecs.register_task_definition(**kept, memory="1024")["taskDefinition"][
        "taskDefinitionArn"
    ]
elif "container health checks" in text:
    diagnosis_4 = {
        "cause": "container-check-wrong",
        "evidence": str(container["healthCheck"]["command"]),
    }
else:
    said = next(line for line in lines if "environment variable" in line)
    diagnosis_4 = {"cause": "variable-missing", "evidence": said}
ecs.update_service(cluster=incident_4.cluster, service=incident_4.service, taskDefinition=revision)
### END SOLUTION

# %% hide check="incident-4" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_4, learner["diagnosis_4"])
s

# %% [markdown]
"""
## 6. Incident 5 (5 points)

Nothing crashes. Who takes the tasks away, and what did it ask them?
"""

# %% given="page-5"
cloud.reset()
incident_5 = incidents.open_incident(mine, 5)
incident_5

# %% [markdown] hints="incident-5"
"""
1. `describe_target_health` gives the reason for each target. Ask a few times in a row.
2. `ResponseCodeMismatch`: an answer with the wrong status. A timeout, and a `HealthCheckPort` that is not the app's port: nothing is let in there, and nobody listens. Healthy in the end, but too late: look at the age of the tasks when they are taken away.
3. `modify_target_group(HealthCheckPath=...)`, `HealthCheckPort="traffic-port"`, or `update_service(healthCheckGracePeriodSeconds=...)`.
"""

# %% solution="incident-5" needs=[]
diagnosis_5 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
service = ecs.describe_services(cluster=incident_5.cluster, services=[incident_5.service])[
    "services"
][0]
arn = service["loadBalancers"][0]["targetGroupArn"]
group = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
if group["HealthCheckPort"] != "traffic-port":
    diagnosis_5 = {
        "cause": "health-port-wrong",
        "evidence": f"HealthCheckPort {group['HealthCheckPort']} of {arn}",
    }
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPort="traffic-port")
elif group["HealthCheckPath"] != "/health":
    diagnosis_5 = {
        "cause": "health-path-wrong",
        "evidence": f"HealthCheckPath {group['HealthCheckPath']}: 404",
    }
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/health")
else:
    grace = service["healthCheckGracePeriodSeconds"]
    diagnosis_5 = {
        "cause": "grace-period-too-short",
        "evidence": f"healthCheckGracePeriodSeconds is {grace}",
    }
    ecs.update_service(
        cluster=incident_5.cluster, service=incident_5.service, healthCheckGracePeriodSeconds=300
    )
### END SOLUTION

# %% hide check="incident-5" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_5, learner["diagnosis_5"])
s

# %% [markdown]
"""
## 7. Incident 6 (5 points)

A packet leaves the load balancer and does not arrive, or its answer does not. There are five places where that can happen.
"""

# %% given="page-6"
cloud.reset()
incident_6 = incidents.open_incident(mine, 6)
incident_6

# %% [markdown] hints="incident-6"
"""
1. `Target.Timeout`: no answer at all came back. Something drops packets.
2. `cloud.path(load balancer's name, a task's address or id, port)` names the place where the packet ends.
3. Outbound of the load balancer's group, the network ACL of the subnets (the lowest number decides), inbound of the tasks' group. Name the *group* as the source, not the internet.
"""

# %% solution="incident-6" needs=[]
diagnosis_6 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
network = service["networkConfiguration"]["awsvpcConfiguration"]
port = service["loadBalancers"][0]["containerPort"]
front = elb.describe_load_balancers()["LoadBalancers"][0]["SecurityGroups"][0]
tasks = network["securityGroups"][0]
groups = {
    each["GroupId"]: each
    for each in ec2.describe_security_groups(GroupIds=[front, tasks])["SecurityGroups"]
}
acl = ec2.describe_network_acls(
    Filters=[{"Name": "association.subnet-id", "Values": network["subnets"]}]
)["NetworkAcls"][0]
if not groups[front]["IpPermissionsEgress"]:
    diagnosis_6 = {"cause": "balancer-outbound-closed", "evidence": front}
    ec2.authorize_security_group_egress(
        GroupId=front,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": tasks}],
            }
        ],
    )
elif not acl["IsDefault"]:
    diagnosis_6 = {"cause": "network-acl-denies", "evidence": acl["NetworkAclId"]}
    ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Egress=False)
else:
    diagnosis_6 = {"cause": "task-inbound-closed", "evidence": tasks}
    ec2.authorize_security_group_ingress(
        GroupId=tasks,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": front}],
            }
        ],
    )
### END SOLUTION

# %% hide check="incident-6" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_6, learner["diagnosis_6"])
s

# %% [markdown]
"""
## 8. Incident 7 (5 points)

Nobody has released anything. That says what it is not.
"""

# %% given="page-7"
cloud.reset()
incident_7 = incidents.open_incident(mine, 7)
incident_7

# %% [markdown] hints="incident-7"
"""
1. First: does anybody answer? `cloud.trace("GET", incident_7.url)` tells a 503 from silence.
2. 503 comes from a load balancer that has no target to send to. Why does it have none? Silence is network: the way from the internet to the load balancer.
3. `describe_listeners` and where the default action forwards to; `desiredCount`; the load balancer's security group; the route tables of its subnets.
"""

# %% solution="incident-7" needs=[]
diagnosis_7 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
service = ecs.describe_services(cluster=incident_7.cluster, services=[incident_7.service])[
    "services"
][0]
own = service["loadBalancers"][0]["targetGroupArn"]
balancer = elb.describe_load_balancers()["LoadBalancers"][0]
listener = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]
forwarded = listener["DefaultActions"][0]["TargetGroupArn"]
front = ec2.describe_security_groups(GroupIds=balancer["SecurityGroups"])["SecurityGroups"][0]
if forwarded != own:
    diagnosis_7 = {"cause": "forwards-to-empty-group", "evidence": forwarded}
    elb.modify_listener(
        ListenerArn=listener["ListenerArn"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": own}],
    )
elif service["desiredCount"] == 0:
    diagnosis_7 = {"cause": "scaled-to-zero", "evidence": "desiredCount is 0"}
    ecs.update_service(cluster=incident_7.cluster, service=incident_7.service, desiredCount=2)
elif not front["IpPermissions"]:
    diagnosis_7 = {"cause": "balancer-inbound-closed", "evidence": front["GroupId"]}
    ec2.authorize_security_group_ingress(
        GroupId=front["GroupId"], IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
else:
    subnets = [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]
    table = ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": subnets}]
    )["RouteTables"][0]["RouteTableId"]
    gateway = ec2.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [balancer["VpcId"]]}]
    )["InternetGateways"][0]["InternetGatewayId"]
    diagnosis_7 = {"cause": "public-route-missing", "evidence": table}
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
### END SOLUTION

# %% hide check="incident-7" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_7, learner["diagnosis_7"])
s

# %% [markdown]
"""
## 9. Incident 8 (5 points)

Healthy and broken at the same time: the health check does not do what customers do.
"""

# %% given="page-8"
cloud.reset()
incident_8 = incidents.open_incident(mine, 8)
incident_8

# %% [markdown] hints="incident-8"
"""
1. Only the app knows. Read its log: `filter_log_events`, or Logs Insights.
2. AccessDenied: which of the two roles does the app's code work with? `cloud.can` says which statement decides. A failed login: when was the secret changed, and when were the tasks started?
3. Nothing allows it: allow that one action on the bucket. Something denies it: no further allow helps, the deny has to go. Tasks read a secret once, when they start.
"""

# %% solution="incident-8" needs=[]
diagnosis_8 = {"cause": None, "evidence": None}
### BEGIN SOLUTION
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
group = definition["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-group"]
error = next(
    event["message"]
    for event in logs.filter_log_events(logGroupName=group, filterPattern="ERROR")["events"]
)
policies = {
    name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
}
denying = [
    name
    for name, statements in policies.items()
    if any(each["Effect"] == "Deny" for each in statements)
]
if "authentication failed" in error:
    diagnosis_8 = {"cause": "secret-rotated", "evidence": error}
    ecs.update_service(
        cluster=incident_8.cluster, service=incident_8.service, forceNewDeployment=True
    )
elif denying:
    diagnosis_8 = {"cause": "explicit-deny", "evidence": f"policy {denying[0]} of {role}"}
    iam.delete_role_policy(RoleName=role, PolicyName=denying[0])
else:
    diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": error}
    bucket = error.rpartition("arn:aws:s3:::")[2].split("/")[0]
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    iam.put_role_policy(
        RoleName=role,
        PolicyName="files",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
### END SOLUTION

# %% hide check="incident-8" points=5
"""The cause, the evidence, the repair as customers and a new deployment see it, and what the repair left behind."""
with score(5) as s:
    incidents.judge(s, incident_8, learner["diagnosis_8"])
s

# %% [markdown]
"""
## 10. The cause in one line (5 points)

On call you read dozens of such lines. Write `first_cause(line)`: it gets one text of the kind that `why_stopped` returns, and returns the cause's name from the list above.
It knows these nine: `image-tag-missing`, `repository-policy-denies`, `execution-role-may-not-pull`, `execution-role-may-not-read-secret`, `secret-does-not-exist`, `secret-key-missing`, `log-group-missing`, `too-little-memory`, `container-check-wrong`.

Where the line alone does not decide, it returns the text `"look further"`: a timeout has several causes, and an exit code has too.
"""

# %% [markdown] hints="first-cause"
"""
1. Look for the words that only one cause has, the most special ones first.
2. `ResourceNotFoundException` comes with secrets and with log groups. `AccessDeniedException` names the action. Look at what stands beside it.
3. 137 means that the container got SIGKILL. Who sent it, and why, is in the reason; without a reason you do not know.
"""


# %% solution="first-cause" needs=[]
def first_cause(line):
    """Return the cause that a stopped task's line proves, or "look further"."""
    ### BEGIN SOLUTION
    signs = [
        ("log group does not exist", "log-group-missing"),
        ("json key", "secret-key-missing"),
        ("not authorized to perform: secretsmanager", "execution-role-may-not-read-secret"),
        ("not authorized to perform: ecr", "execution-role-may-not-pull"),
        ("can't find the specified secret", "secret-does-not-exist"),
        ("403 Forbidden", "repository-policy-denies"),
        (": not found", "image-tag-missing"),
        ("OutOfMemory", "too-little-memory"),
        ("failed container health checks", "container-check-wrong"),
    ]
    return next((cause for sign, cause in signs if sign in line), "look further")
    ### END SOLUTION


# %% hide check="first-cause" points=5
"""Lines of tasks that stopped, in AWS's words, and some that decide nothing."""
INIT = "TaskFailedToStart; ResourceInitializationError: "
PULL = "TaskFailedToStart; CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
WHERE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders:v2"
FETCH = (
    INIT
    + "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve "
)
DENIED = "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/orders-execution/7 is not authorized to perform: "


def ask_cause(line):
    return learner.call("first_cause", line)


with score(5) as s:
    missing = ask_cause(PULL + WHERE + ": not found; exit code None")
    s.met(1, "an image tag that is not there", missing == "image-tag-missing", found=missing)
    memory = ask_cause(
        "EssentialContainerExited; Essential container in task exited; OutOfMemoryError: Container killed due to memory usage; exit code 137"
    )
    killed = ask_cause(
        "EssentialContainerExited; Essential container in task exited; exit code 137"
    )
    s.met(
        1,
        "memory, and a 137 that nobody explains",
        (memory, killed) == ("too-little-memory", "look further"),
        found=(memory, killed),
        slip="137 is not always memory: a container that ignores SIGTERM is killed too"
        if killed == "too-little-memory"
        else "",
    )
    ### BEGIN HIDDEN TESTS
    asm = FETCH + "secret from asm: service call has been retried 1 time(s): "
    secrets_found = [
        ask_cause(
            asm
            + "failed to fetch secret, api error "
            + DENIED
            + "secretsmanager:GetSecretValue on resource: x because no identity-based policy allows it"
        ),
        ask_cause(
            asm + "ResourceNotFoundException: Secrets Manager can't find the specified secret."
        ),
        ask_cause(asm + "retrieved secret from Secrets Manager did not contain json key password"),
    ]
    s.met(
        1,
        "three ways to miss a secret",
        secrets_found
        == ["execution-role-may-not-read-secret", "secret-does-not-exist", "secret-key-missing"],
        found=secrets_found,
        slip="ResourceNotFoundException is about the secret here, not about an image"
        if secrets_found[1] == "image-tag-missing"
        else "",
    )
    refused = [
        ask_cause(
            PULL
            + WHERE
            + ": pulling from host failed with status code [manifests v2]: 403 Forbidden"
        ),
        ask_cause(
            FETCH
            + "ecr registry auth: "
            + DENIED
            + "ecr:GetAuthorizationToken on resource: * because no identity-based policy allows it"
        ),
        ask_cause(
            INIT
            + "failed to validate logger args: CreateLogStream, ResourceNotFoundException: The specified log group does not exist. : exit status 1"
        ),
        ask_cause("ServiceSchedulerInitiated; Task failed container health checks; exit code 137"),
    ]
    s.met(
        1,
        "two refusals, a log group, a container check",
        refused
        == [
            "repository-policy-denies",
            "execution-role-may-not-pull",
            "log-group-missing",
            "container-check-wrong",
        ],
        found=refused,
        slip="ResourceNotFoundException is about the log group here"
        if refused[2] == "secret-does-not-exist"
        else "",
    )
    open_lines = [
        ask_cause(
            FETCH
            + "registry auth: There is a connection issue between the task and Amazon ECR. dial tcp 44.213.79.10:443: i/o timeout"
        ),
        ask_cause("EssentialContainerExited; Essential container in task exited; exit code 1"),
        ask_cause(
            "ServiceSchedulerInitiated; Task failed ELB health checks in (target-group arn:x)"
        ),
    ]
    s.met(
        1,
        "lines that prove nothing alone",
        open_lines == ["look further"] * 3 and memory != "look further",
        found=open_lines,
        slip="a timeout is a route, a group, an ACL or DNS; exit code 1 is explained in the log"
        if open_lines != ["look further"] * 3
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 11. The morning after (5 points)

Take your incident number `RETOLD` (the table at the top). Write what you would tell the team the next morning, in six to ten sentences:

what customers saw and for how long, how you found the cause (which thing you looked at first, what it ruled out, what proved it), what you changed, and what keeps it from happening again, by a machine and not by a promise.

This answer is read by a person.
"""

# %% [markdown] hints="morning-after"
"""
1. Four paragraphs of two sentences are enough: impact, search, repair, prevention.
2. A search is told by what each look ruled out: "targets healthy, so not the network; log says AccessDenied, so the task role".
3. "Be more careful" prevents nothing. A check in the pipeline, an alarm, a policy, a circuit breaker does.
"""

# %% [markdown] answer="morning-after" points=5
"""
<!-- BEGIN SOLUTION -->
For example, about a task role that lost its policy:

From 09:12 to 09:31 every request to the order service got status 500; about a tenth of the shop's visitors met it, and no order was lost, because the client keeps the basket.
All targets were healthy the whole time, so the load balancer, the network and the start of the tasks were not the cause: `/health` reads no file, customers' requests do.
The log said AccessDenied for s3:GetObject with the task role; `cloud.can` (in AWS: the policy simulator) showed that no statement allowed it any more, and CloudTrail showed DeleteRolePolicy at 09:11 by a person.
I put the policy back, for this one action and this one bucket, and saw 200 again at once, because a role is evaluated at each call and needs no deployment.
So that it does not happen again: roles are changed by the pipeline only, and a service control policy refuses IAM changes by people in this account.
An alarm on HTTPCode_Target_5XX_Count calls us after two minutes instead of the customers after ten.
And the service gets a deeper check that runs beside the health check and reads the file, for the alarm and not for the load balancer, so that a missing right does not restart healthy tasks.

Rubric, one point each:

- impact: what customers saw, and from when to when;
- search: at least two looks, each with what it ruled out, and the evidence by its name;
- repair: the smallest change, and why it works without (or only with) a new deployment;
- prevention by a machine: pipeline, policy, alarm, circuit breaker, test; "more care" does not count;
- detection: what would have told the team sooner.
<!-- END SOLUTION -->
"""
