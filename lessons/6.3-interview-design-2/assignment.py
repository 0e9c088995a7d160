# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: design the system, from the services to operation"
#     minutes: 85
#     covers: [Q9]
# ---

# %% [markdown]
"""
# 6.3 Interview: design the system, from the services to operation

About 85 minutes: 15 for the paths, 25 for the services, 30 for operation, 15 to defend it. Do [the first sitting](../6.3-interview-design/6.3-interview-design.ipynb) before.

You go on building the system of three services.
Its network, security groups, endpoints, repositories, images, roles, secret and entrance are there: the setup makes them as the first sitting's model solution does, in `files/first_part.py`. Compare it with yours.

Any honest way counts: boto3, the `aws` command, CloudFormation.
The checks do not read your code. They send requests, kill tasks, fail zones and NAT gateways, deploy a version that is broken, and look at what happens; then they bring back your system as it was.

Names and numbers are drawn for you, the same as in the first sitting: **write your user name into the next cell**, and use the variables wherever the text names them.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import json
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import design_probes, score
from awslab.design_probes import ask, push_image, running, undone

cloud = awslab.start()
cloud.reset()
ec2, ecr, iam, elb = (boto3.client(name) for name in ("ec2", "ecr", "iam", "elbv2"))
ecs, logs, acm, route53 = (boto3.client(name) for name in ("ecs", "logs", "acm", "route53"))
secrets, s3, cloudwatch = (boto3.client(name) for name in ("secretsmanager", "s3", "cloudwatch"))
scaling = boto3.client("application-autoscaling")
ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = ["us-east-1a", "us-east-1b"]

mine = awslab.draw("6.3-interview-design")  # the same values again
order = design_probes.order(mine)
SERVICES, PREFIX, DOMAIN = order.services, order.prefix, order.domain
FIRST, SECOND, THIRD = SERVICES
VPC_CIDR, PORT, HEALTH_PATH = order.vpc_cidr, order.port, order.health_path
CLUSTER, VERSION, SECRET, KEEP = order.cluster, order.version, order.secret, order.keep
MOST = mine.number("MOST", 5, 12)
CPU = mine.number("CPU", 45, 65, 5)
RETENTION = mine.pick("RETENTION", [14, 30, 60, 90, 120, 150, 180])
mine

# %% [markdown]
"""
### What is there, and what is missing

| Part | Requirement | Exercise |
|---|---|---|
| Paths | a path and a target group for each service | 1 |
| Services | two tasks each in private subnets, with rollback, no failed request while tasks die or versions change, and answers when a zone is lost | 2 |
| Operation | scale from 2 to `MOST` tasks at `CPU` percent, alarms, access logs, log retention | 3 |

The next cell builds the first sitting. You then have

- `vpc`, and `public` and `private`, two subnets each;
- `groups["alb"]`, `groups["database"]`, `groups[FIRST]` and so on, the ids of the security groups;
- an image `VERSION` in the repository of each service;
- the roles `execution` and `FIRST-task`, `SECOND-task`, `THIRD-task`, and `secret`, the ARN of the database's password;
- the load balancer `CLUSTER`, and `https`, the ARN of its listener on 443, which answers 404 to everything.

Other teams have handed over `given["logs"]`, a bucket for access logs, and the data that the apps need.
The apps listen on `PORT`, answer `HEALTH_PATH`, and need the variable `DATABASE_PASSWORD`.
"""

# %% given="first-part"
given = design_probes.handover(SERVICES, DOMAIN, PORT, HEALTH_PATH, PREFIX)
if not design_probes.subnets_of(VPC_CIDR)[0]:
    exec(Path("files/first_part.py").read_text(encoding="utf-8"))

# %%
cloud.map(design_probes.subnets_of(VPC_CIDR)[0] or None)

# %%
cloud.trace("GET", f"https://{DOMAIN}/{PREFIX}/{FIRST}/7")

# %% [markdown]
"""
## 1. A path for each service (4 points)

- `/PREFIX/<service>` and everything below it goes to that service, each to a target group of its own;
- a target group is fit for Fargate tasks on `PORT`, and checked every 15 seconds on `HEALTH_PATH`, with 2 successes to come back and 3 failures to leave;
- a target drains for 30 seconds: the requests of these services are short;
- every other path still gets the 404.
"""

# %% [markdown] hints="design-paths"
"""
1. A target group, its attribute and a rule, for each of three names: a loop.
2. `/api/users/*` does not match `/api/users`: a path condition takes both patterns, in `PathPatternConfig`.
3. `elb.create_target_group(..., TargetType="ip")`; `elb.modify_target_group_attributes` with `deregistration_delay.timeout_seconds`; `elb.create_rule(ListenerArn=https, Priority=..., ...)`.
"""

# %% solution="design-paths" needs=[]
### BEGIN SOLUTION
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )
### END SOLUTION

# %% hide check="design-paths" points=4
"""Requests come from the internet for many paths, and are followed to their target group."""


def group_of(path):
    """Return the target group that a path is sent to, or None."""
    return cloud.trace("GET", f"https://{DOMAIN}{path}").target_group


with score(4) as s:
    reader = boto3.client("elbv2")
    s.need(reader.describe_target_groups()["TargetGroups"], "there is no target group yet")
    chosen = {
        name: (group_of(f"/{PREFIX}/{name}/7"), group_of(f"/{PREFIX}/{name}")) for name in SERVICES
    }
    below = {each[0] for each in chosen.values()} - {None}
    s.met(
        1,
        "each service's path goes to a target group of its own",
        len(below) == 3,
        found={name: each[0] for name, each in chosen.items()},
        slip="one target group serves several services: requests would reach any of them"
        if len(below) == 1
        else "",
    )
    s.met(
        1,
        "the bare path goes there too",
        len(below) == 3 and all(one == two for one, two in chosen.values()),
        found={name: each[1] for name, each in chosen.items()},
        slip=f"/{PREFIX}/{FIRST}/* does not match /{PREFIX}/{FIRST}: the rule needs both patterns"
        if below and chosen[FIRST][1] is None
        else "",
    )
    found = {
        each["TargetGroupName"]: each
        for each in reader.describe_target_groups()["TargetGroups"]
        if each["TargetGroupName"] in below
    }
    keys = (
        "TargetType",
        "Port",
        "HealthCheckPath",
        "HealthCheckIntervalSeconds",
        "HealthyThresholdCount",
        "UnhealthyThresholdCount",
    )
    settings = {name: tuple(each.get(key) for key in keys) for name, each in found.items()}
    s.met(
        1,
        "the target groups fit the tasks and check them as agreed",
        len(settings) == 3 and set(settings.values()) == {("ip", PORT, HEALTH_PATH, 15, 2, 3)},
        found=settings,
        expected=("ip", PORT, HEALTH_PATH, 15, 2, 3),
        slip="`instance` is for EC2 instances; Fargate tasks are registered by address"
        if any(each[0] == "instance" for each in settings.values())
        else "the thresholds are swapped"
        if any(each[4:] == (3, 2) for each in settings.values())
        else "",
    )
    ### BEGIN HIDDEN TESTS
    stray = {
        path: group_of(path)
        for name in SERVICES
        for path in (
            f"/{PREFIX}/{name}x",
            f"/{PREFIX}/x{name}",
            f"/{name}",
            f"/x/{PREFIX}/{name}/7",
        )
    }
    drains = {
        name: next(
            a["Value"]
            for a in reader.describe_target_group_attributes(TargetGroupArn=each["TargetGroupArn"])[
                "Attributes"
            ]
            if a["Key"] == "deregistration_delay.timeout_seconds"
        )
        for name, each in found.items()
    }
    s.met(
        1,
        "no other path is taken, and targets drain for 30 seconds",
        len(below) == 3 and not any(stray.values()) and set(drains.values()) == {"30"},
        found={"taken": {p: g for p, g in stray.items() if g}, "drain": drains},
        slip=f"a pattern such as /{PREFIX}/{FIRST}* also takes /{PREFIX}/{FIRST}x"
        if any(stray.values())
        else "the default is 300 seconds: each deployment waits that long for each task it stops",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. Three services that stay up (8 points)

Create the cluster `CLUSTER` and in it a service named as each of `SERVICES`, on Fargate:

- two tasks of 256 CPU units and 512 MiB each, in the private subnets, with the security group of the service;
- the image with the tag `VERSION`, the roles `execution` and `<service>-task`, `DATABASE_PASSWORD` from the secret, logs in `/ecs/<service>`;
- registered at the service's target group;
- a version that does not become healthy is rolled back by itself.

No request may fail while a task is killed or a deployment runs; when a zone is lost, the other one goes on answering.
(On AWS requests can fail for some seconds after such a loss, until it is noticed; the lab's load balancer knows at once.)
"""

# %% [markdown] hints="design-services"
"""
1. A log group must be there before the first task, and the listener's rule before the service.
2. The secret goes into `secrets` of the container (`valueFrom` is its ARN), never into `environment`.
3. `deploymentCircuitBreaker={"enable": True, "rollback": True}`, with `minimumHealthyPercent` 100 and `maximumPercent` 200; a grace period of 30 seconds; then `ecs.get_waiter("services_stable")`.
"""

# %% solution="design-services" needs=["design-paths"]
### BEGIN SOLUTION
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private,
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)
### END SOLUTION

# %% hide check="design-services" points=8
"""The system is asked, watched and broken: tasks die, a zone is lost, NAT gateways fail, a bad version comes."""
URLS = [f"https://{DOMAIN}/{PREFIX}/{name}/7" for name in SERVICES]


def until(done, urls=URLS):
    """Ask every service while time passes until `done()`."""
    return design_probes.while_asking(CLUSTER, SERVICES, urls, done)


def settled():
    """Tell whether all services are steady."""
    return design_probes.steady(CLUSTER, SERVICES)


with score(8) as s:
    client = boto3.client("ecs")
    try:
        described = client.describe_services(cluster=CLUSTER, services=SERVICES)["services"]
    except ClientError:
        described = []
    s.need(described, f"there are no services in the cluster {CLUSTER} yet")
    came, _ = until(settled)
    tasks = {name: running(CLUSTER, name) for name in SERVICES}
    asked = {url: ask(url)["status"] for url in URLS}
    why = {url: cloud.trace("GET", url).why for url, status in asked.items() if status != 200}
    s.met(
        1,
        "all three answer 200 over HTTPS",
        set(asked.values()) == {200},
        found=why or asked,
        hint="no targets: the tasks did not start, and their stoppedReason and the service's events say why; 500 is the app's: look at its logs",
    )
    s.need(all(tasks.values()), "the rest needs running tasks of all three services")
    with undone(cloud):
        tiers = design_probes.tiers(cloud, VPC_CIDR)
        inside = {subnet for subnets in tiers["private"].values() for subnet in subnets}
        shown = {
            name: [task["subnet"] in inside for task in of]
            + [not cloud.path("internet", task["interface"], PORT).reachable for task in of]
            for name, of in tasks.items()
        }
        zones = {name: len({task["availabilityZone"] for task in of}) for name, of in tasks.items()}
        ends = {name: of[0]["interface"] for name, of in tasks.items()}
        lateral = {
            f"{one} to {THIRD}": cloud.path(ends[one], ends[THIRD], PORT).reachable
            for one in (FIRST, SECOND)
        }
    s.met(
        1,
        "tasks of both zones, in private subnets, guarded by the group of their service",
        all(all(each) for each in shown.values())
        and set(zones.values()) == {2}
        and lateral == {f"{FIRST} to {THIRD}": False, f"{SECOND} to {THIRD}": True},
        found={"private": shown, "zones": zones, **lateral},
        slip="a task is in a public subnet"
        if not all(all(each) for each in shown.values())
        else "all tasks are in one zone"
        if 1 in zones.values()
        else "has each service the security group of its own name?",
    )
    containers = {
        name: client.describe_task_definition(taskDefinition=of[0]["taskDefinitionArn"])[
            "taskDefinition"
        ]
        for name, of in tasks.items()
    }
    plain = [
        f"{name}: {each['name']}"
        for name, of in containers.items()
        for each in of["containerDefinitions"][0].get("environment", [])
        if "PASSWORD" in each["name"].upper()
    ]
    injected = [
        name
        for name, of in containers.items()
        if "DATABASE_PASSWORD"
        in [x["name"] for x in of["containerDefinitions"][0].get("secrets", [])]
    ]
    own_roles = {of.get("taskRoleArn", "").rpartition("/")[2] for of in containers.values()}
    sizes = {(of.get("cpu"), of.get("memory")) for of in containers.values()}
    s.met(
        1,
        "the password comes from the secret, and each service has its own role and the agreed size",
        not plain
        and len(injected) == 3
        and own_roles == {f"{name}-task" for name in SERVICES}
        and sizes == {("256", "512")},
        found={
            "in plain text": plain,
            "from the secret": injected,
            "task roles": sorted(own_roles),
            "CPU units and MiB": sorted(sizes),
        },
        slip="whoever may describe the task definition reads the password"
        if plain
        else "Fargate bills what a task reserves, used or not: 256 CPU units and 512 MiB are asked for"
        if sizes != {("256", "512")}
        else "",
    )
    s.need(
        set(asked.values()) == {200}, "the rest breaks a system that works: make it answer first"
    )
    with undone(cloud):
        victims = [of[0]["taskArn"] for of in tasks.values()]
        for victim in victims:
            client.stop_task(cluster=CLUSTER, task=victim, reason="the check kills a task")
        replaced, answers = until(settled)
        again = {name: len(running(CLUSTER, name)) for name in SERVICES}
    s.met(
        1,
        "killed tasks are replaced, and no request fails meanwhile",
        replaced and answers == {200} and set(again.values()) == {2},
        found={"answers": sorted(map(str, answers)), "tasks": again},
        expected={"answers": ["200"], "tasks": 2},
    )
    ### BEGIN HIDDEN TESTS
    lost = {}
    for zone in ZONES:
        with undone(cloud):
            cloud.fail(az=zone)
            now = {ask(url)["status"] for url in URLS for _ in range(3)}
            healed, later = until(settled)
            end = {ask(url)["status"] for url in URLS for _ in range(3)}
            lost[zone] = {
                "at once": sorted(map(str, now)),
                "later": sorted(map(str, end)),
                "healed": healed,
            }
    s.met(
        1,
        "a zone is lost, whichever: requests are answered, tasks come back in the other",
        all(each["healed"] and each["later"] == ["200"] for each in lost.values()),
        found=lost,
    )
    with undone(cloud):
        app = given["apps"][SECOND] | {"health": {"*": 500}}
        push_image(SECOND, "bad-1", content="bad", app=app)
        before = design_probes.new_revision(CLUSTER, SECOND, "bad-1")

        def rolled_back():
            """Tell whether the version before is back, alone."""
            service = client.describe_services(cluster=CLUSTER, services=[SECOND])["services"][0]
            return service["taskDefinition"] == before and len(service["deployments"]) == 1

        back, answers = until(rolled_back, URLS[1:2])
    s.met(
        1,
        "a bad version is rolled back, and no request fails meanwhile",
        back and answers == {200},
        found={"rolled back": back, "answers": sorted(map(str, answers))},
        slip="the circuit breaker needs enable and rollback, both" if not back else "",
    )
    with undone(cloud):
        push_image(FIRST, "good-1", content="good", app=given["apps"][FIRST])
        design_probes.new_revision(CLUSTER, FIRST, "good-1")
        client.describe_services(cluster=CLUSTER, services=[FIRST])
        done, answers = until(settled, URLS[:1])
        version = ask(URLS[0]).get("image", "")
    s.met(
        1,
        "a good version replaces the old one, and no request fails meanwhile",
        done and answers == {200} and version.endswith(":good-1"),
        found={"image": version, "answers": sorted(map(str, answers))},
    )
    with undone(cloud):
        for nat_id in design_probes.nat_gateways(VPC_CIDR):
            cloud.fail(nat=nat_id)
        old = {task["taskArn"] for task in tasks[FIRST]}
        client.update_service(cluster=CLUSTER, service=FIRST, forceNewDeployment=True)
        client.describe_services(cluster=CLUSTER, services=[FIRST])
        done, _ = until(settled, [])
        new = {task["taskArn"] for task in running(CLUSTER, FIRST)}
        status = ask(URLS[0])["status"]
    s.met(
        1,
        f"without NAT gateways new tasks of {FIRST} start, and it answers",
        done and new and not old & new and status == 200,
        found={"new tasks": len(new - old), "old tasks": len(old & new), "status": status},
        slip="image, secret or logs were fetched through the NAT gateway" if not new - old else "",
    )
    ### END HIDDEN TESTS
s

# %%
cloud.map(design_probes.subnets_of(VPC_CIDR)[0] or None)

# %% [markdown]
"""
## 3. Day two (7 points)

- Each service runs 2 tasks at least and `MOST` at most, and follows its average CPU utilization: the target is `CPU` percent. It may grow again after 60 seconds; it shrinks after 120 at the earliest.
- The alarm `errors` rings (goes to `ALARM`) when the load balancer's targets give more than 10 answers with a 5xx status within a minute, in two of two minutes. A minute without data counts as a good one: the alarm is `OK`.
- The alarm `latency` watches the 99th percentile of the load balancer's `TargetResponseTime`, in seconds: above 1, in three of three minutes.
- The load balancer writes access logs to the bucket `given["logs"]`.
- The log groups keep their events for `RETENTION` days.
"""

# %% [markdown] hints="design-operation"
"""
1. A target is registered before it gets a policy: `ResourceId` is `service/<cluster>/<service>`.
2. Both alarms need the dimension `LoadBalancer`: what stands behind `loadbalancer/` in its ARN. A percentile is an `ExtendedStatistic`. `TreatMissingData` says what a minute without data means.
3. The bucket's policy comes before the attribute: principal `logdelivery.elasticloadbalancing.amazonaws.com`, action `s3:PutObject`, resource `arn:aws:s3:::<bucket>/AWSLogs/<account>/*`.
"""

# %% solution="design-operation" needs=["design-services"]
### BEGIN SOLUTION
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)
### END SOLUTION

# %% hide check="design-operation" points=7
"""Load comes and goes, errors come, requests are logged; the number of tasks and the alarms are watched."""


def count(name):
    """Return the desired count of a service."""
    found = boto3.client("ecs").describe_services(cluster=CLUSTER, services=[name])["services"]
    return found[0]["desiredCount"] if found else 0


def alarm(name):
    """Return the state of an alarm."""
    found = boto3.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found[0]["StateValue"] if found else "missing"


with score(7) as s:
    scaler = boto3.client("application-autoscaling")
    known = {
        each["ResourceId"]: (each["MinCapacity"], each["MaxCapacity"])
        for each in scaler.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    }
    alarms = {
        each["AlarmName"]: each
        for each in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    }
    s.need(known or alarms, "there is no scalable target and no alarm yet")
    bounds = {name: known.get(f"service/{CLUSTER}/{name}") for name in SERVICES}
    s.met(
        1,
        f"each service has 2 to {MOST} tasks",
        set(bounds.values()) == {(2, MOST)},
        found=bounds,
        expected=(2, MOST),
        slip="one task is none when its zone is lost"
        if any(b and b[0] < 2 for b in bounds.values())
        else "",
    )
    url = f"https://{DOMAIN}/{PREFIX}/{FIRST}/7"
    with undone(cloud):
        calm_before, quiet_state = count(FIRST), alarm("errors")
        cloud.traffic(url, 60, "12 min")
        busy = count(FIRST)
        quiet_state = alarm("errors")
        cloud.traffic(url, {"0 min": 400, "12 min": 1}, "75 min")
        after = count(FIRST)
        peak = [
            int(each["Description"].rpartition(" ")[2].strip("."))
            for each in scaler.describe_scaling_activities(
                ServiceNamespace="ecs", ResourceId=f"service/{CLUSTER}/{FIRST}"
            )["ScalingActivities"]
        ]
    s.met(
        1,
        "60 requests a second make it grow",
        busy > 2,
        found=f"{busy} tasks after 12 minutes",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        f"400 make it grow to {MOST} and no further; when they have gone it shrinks to 2",
        max(peak, default=0) == MOST and after == 2,
        found={"most": max(peak, default=calm_before), "an hour later": after},
        expected={"most": MOST, "an hour later": 2},
        slip="it never shrinks: is scale-in disabled, or the target a fraction? It is a percentage"
        if after == MOST
        else "",
    )
    ### END HIDDEN TESTS
    with undone(cloud):
        cloud.fail(dependency="s3")
        cloud.traffic(url, 2, "5 min")
        ringing = alarm("errors")
    false_alarms = {}
    for what, minutes in {"10 errors a minute": [10] * 4, "21 in one minute": [21, 0, 0]}.items():
        with undone(cloud):
            cloud.fail(dependency="s3")
            states = []
            for errors in minutes:
                for _ in range(errors):
                    ask(url)
                cloud.advance("1 min")
                states.append(alarm("errors"))
            false_alarms[what] = "ALARM" in states
    s.met(
        1,
        "the alarm errors rings when a service answers 500 for minutes, and is quiet otherwise",
        ringing == "ALARM" and quiet_state == "OK" and not any(false_alarms.values()),
        found={"with errors": ringing, "without": quiet_state}
        | {what: "ALARM" if rang else "no alarm" for what, rang in false_alarms.items()},
        expected={"with errors": "ALARM", "without": "OK"}
        | dict.fromkeys(false_alarms, "no alarm"),
        slip="HTTPCode_ELB_5XX_Count counts what the load balancer makes up itself, not what the services answer"
        if alarms.get("errors", {}).get("MetricName") == "HTTPCode_ELB_5XX_Count"
        else "without its dimension LoadBalancer an alarm sees no data"
        if "errors" in alarms and not alarms["errors"].get("Dimensions")
        else "while nothing fails this metric has no data at all: TreatMissingData says what that means"
        if quiet_state == "INSUFFICIENT_DATA"
        else "ten errors in a minute are still fine: the threshold is too low"
        if false_alarms["10 errors a minute"]
        else "one bad minute wakes somebody up: two of two have to be bad"
        if false_alarms["21 in one minute"]
        else "",
    )
    slow = alarms.get("latency", {})
    balancers = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    own = [[{"Name": "LoadBalancer", "Value": b["LoadBalancerArn"].partition("loadbalancer/")[2]}] for b in balancers]
    s.met(
        1,
        "the alarm latency watches the slowest hundredth",
        slow.get("MetricName") == "TargetResponseTime"
        and slow.get("ExtendedStatistic") == "p99"
        and slow.get("Threshold") == 1
        and slow.get("EvaluationPeriods") == 3
        and slow.get("DatapointsToAlarm", 3) == 3
        and slow.get("ComparisonOperator") == "GreaterThanThreshold"
        and slow.get("Namespace") == "AWS/ApplicationELB"
        and slow.get("Period") == 60
        and slow.get("Dimensions") in own,
        found={
            key: slow.get(key)
            for key in (
                "MetricName",
                "Statistic",
                "ExtendedStatistic",
                "Threshold",
                "EvaluationPeriods",
                "DatapointsToAlarm",
                "ComparisonOperator",
                "Namespace",
                "Period",
                "Dimensions",
            )
        },
        slip="an average hides the slow requests: one of a hundred customers waits, and nobody sees it"
        if slow.get("Statistic") == "Average"
        else "the metric is in seconds: 1000 is a quarter of an hour"
        if slow.get("Threshold") == 1000
        else "the alarm watches another metric: the load balancer's own has the one dimension LoadBalancer"
        if slow and slow.get("Dimensions") not in own
        else "one slow minute is enough for it: three of three have to be slow"
        if slow.get("DatapointsToAlarm", 3) < 3
        else "",
    )
    with undone(cloud):
        ask(f"https://{DOMAIN}/{PREFIX}/{FIRST}/77?checked=1")
        cloud.advance("11 min")
        listed = boto3.client("s3").list_objects_v2(Bucket=given["logs"]).get("Contents", [])
        files = [each["Key"] for each in listed if each["Key"].endswith(".gz")]
    s.met(
        1,
        "access logs arrive in the bucket",
        files,
        found=files[:1] or "no log file",
        slip="a bucket alone does not switch them on" if not files else "",
    )
    kept = {
        each["logGroupName"].rpartition("/")[2]: each.get("retentionInDays")
        for each in boto3.client("logs").describe_log_groups(logGroupNamePrefix="/ecs/")[
            "logGroups"
        ]
    }
    s.met(
        1,
        f"the log groups keep events for {RETENTION} days",
        all(kept.get(name) == RETENTION for name in SERVICES),
        found=kept,
        expected=RETENTION,
        slip="without a retention, logs are kept, and paid for, for ever"
        if None in kept.values()
        else "",
    )
s

# %% [markdown]
"""
## 4. Defend it (4 points)

You have built it, in two sittings; now explain it, as you would at the whiteboard, in eight to twelve sentences.
Follow one request from the customer to the data and back, and name at each step what it passes and what would stop it. Then say which single failures the system survives, which it does not, and what you would do about one of those that it does not survive.
This answer is read by a person.
"""

# %% [markdown] hints="design-defend"
"""
1. Name, certificate, listener, rule, target group, task, role, data: one sentence each.
2. What is there twice? What is there once: the Region, the account, the secret, a version with a bug that its health check does not see?
3. For something that is there once, say what a second one would cost and whether it is worth it.
"""

# %% [markdown] answer="design-defend" points=4
"""
<!-- BEGIN SOLUTION -->
The customer looks up the name of the shop, and gets the load balancer's addresses in two public subnets; its security group takes 443 from everywhere, and 80 only to be redirected.
TLS ends there with a certificate of ACM; the listener's rules choose a target group by path, and what matches none gets a 404 without reaching any task.
A healthy task in a private subnet takes the request; its group lets in the load balancer's group on one port, so nobody else in the VPC reaches it, and no route from the internet leads there.
The task has the password since it started: ECS fetched it with the execution role. The app calls its table with the task role of its service, which allows that one action on that one resource.
The database is in subnets without a way out and takes 5432 from the services' groups only. The answer returns by the same connection, since security groups are stateful.
The system survives the death of a task (the service replaces it), of a zone (two tasks in two zones, a NAT gateway each), a version that does not become healthy (circuit breaker with rollback), the loss of the NAT gateways for starting tasks (endpoints), and a load several times as high.
It does not survive the loss of the Region, nor a version that is healthy and wrong; a leaked secret works until it is rotated and the tasks are replaced.
Against the second I would use a canary or blue/green deployment with an alarm on errors; a second Region doubles the cost and brings the replication of data, which is worth it for few systems.

Rubric, one point each:

- the way of a request, with at least five stations in the right order (name, certificate or listener, rule, target group, task, role or data);
- what stops others at three stations at least: groups by source group, private subnets, roles, no route for the data tier;
- three failures that it survives, each with the reason (what is there twice, or what replaces it);
- one that it does not survive, with a remedy and what that costs.
<!-- END SOLUTION -->
"""
