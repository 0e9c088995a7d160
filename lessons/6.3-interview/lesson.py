# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: eleven questions"
#     minutes: 90
#     covers: [Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, F1, F2, F3, F4, F5]
# ---

# %% [markdown]
"""
# 6.3 Interview: eleven questions

**Time:** about 90 minutes, or eight minutes a question on eleven days. **Before:** [6.3.a](6.3.a-ecr.ipynb), [6.3.b](6.3.b-ecs-fargate.ipynb), [6.3.c](6.3.c-alb.ipynb) and [6.3.d](6.3.d-vpc-iam.ipynb). **After:** the assignment [6.3-interview](../release/6.3-interview/6.3-interview.ipynb).

You will be able to

- answer eleven questions about AWS that come up in interviews, in two minutes each, in the order definition, example, pitfall;
- back the central claim of each answer with something you have seen happen;
- notice which answers in circulation are outdated, and say what is true now;
- keep it all, by reviewing each card when it is due.

Not here: designing, hardening and repairing a whole system by yourself; each has an assignment of its own.
"""

# %% [markdown]
"""
## How to use this page

Each section is one question:

1. **Why it is asked.** What the interviewer wants to find out.
2. **Answer from memory.** Press play, and speak for two minutes. Then write down what you said, in four to six sentences.
3. **Compare.** The key points are searched for in your text, by words; you are the judge of the meaning. Then open the model answer.
4. **Prove it.** A short cell shows the claim happening.
5. **Rate yourself.** *again*, *hard*, *good* or *easy*. The rating decides on which day the question comes back.

Say the pitfall without being asked. It is what separates having read about something from having run it.
"""

# %%
import json

import boto3

import awslab
from awslab import learner, quiz, rehearse, score, shop
from awslab.shop_services import push

cloud = awslab.start()
cloud.reset()
ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
cloud

# %% [markdown]
"""
The proofs need something that runs: a shop of three services, built as in the lessons before. This takes some seconds.
"""

# %%
ids = shop.build()
URL = f"https://{shop.DOMAIN}"


def tasks(service, status="RUNNING"):
    """Return the tasks of a service."""
    arns = ecs.list_tasks(cluster="shop", serviceName=service, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []


cloud.trace("GET", f"{URL}/api/users/7")

# %% [markdown]
"""
## Q1. ECS and Docker

**Why it is asked.** To see whether you know which problem begins where `docker run` ends.
"""

# %% hide
rehearse(
    "Q1",
    "What is Amazon ECS, and what does it add to Docker?",
    {
        "ECS is an orchestrator: it runs containers on many machines": ["orchestrat*", "many|fleet|several, machine*|host*|server*"],
        "Docker packages an image and runs it on one machine": ["docker, packag*|build*|image*"],
        "it keeps the wanted number of tasks alive": ["replac*|restart*|desired|keep*|heal*, task*|container*"],
        "it deploys new versions": "deploy*|rollout*|rolling|version*",
        "cluster, task definition, task, service": "cluster*, task definition*, service*",
        "Fargate, EC2 or Managed Instances as the place to run": ["fargate, ec2|instances"],
        "pitfall: a task started alone is not replaced": ["run_task|runtask|run-task|standalone|alone, replac*|service*|dies"],
    },
    """
    ECS is AWS's container orchestrator. Docker turns an application into an image and can start it on the machine in front of you; ECS answers what comes next: on which machine, how many copies, what if one dies, how does the next version get in, who sends it traffic.

    Four words carry it. A cluster groups what runs. A task definition is a versioned description: image, CPU and memory, ports, roles, logs. A task is one running copy of it. A service keeps a number of such tasks alive, replaces those that stop or fail their checks, and rolls out new revisions behind a load balancer. The images come from a registry, usually ECR, and the capacity from Fargate, from instances that AWS manages for you, or from EC2 instances of your own.

    Example: a user service with two tasks in two zones. One crashes at night, and a minute later there are two again.

    Pitfall: a task that was started by RunTask belongs to no service, so nobody replaces it. And ECS does not build images.
    """,
)

# %% [markdown]
"""
**Prove it.** Crash a task of the user service, and let two minutes pass. Nobody does anything.
"""

# %%
crashed = tasks("user")[0]["taskArn"]
cloud.fail(task=crashed)
cloud.advance("2 min")
print("still two tasks, one of them new:", len(tasks("user")), crashed not in [t["taskArn"] for t in tasks("user")])
for event in ecs.describe_services(cluster="shop", services=["user"])["services"][0]["events"][:3]:
    print(event["createdAt"].strftime("%H:%M:%S"), event["message"][:110])

# %% [markdown]
"""
## Q2. Fargate or EC2

**Why it is asked.** It is a decision that every team makes, and most make it by habit.
"""

# %% hide
rehearse(
    "Q2",
    "When do you run tasks on Fargate, and when on EC2 instances?",
    {
        "Fargate: no servers of yours, you size the task": ["fargate, serverless|no server*|no instance*|aws manage*|without server*|never see"],
        "EC2: you patch and scale the instances": ["ec2|instance*, patch*|ami*|scale*|manage*"],
        "Fargate bills reserved vCPU and memory by the second": "second*|per-second, memory|vcpu|cpu",
        "the ceiling is 32 vCPU and 244 GB": ["32 vcpu", "32, 244"],
        "GPU means EC2 or Managed Instances": "gpu*",
        "Spot for work that can be interrupted": "spot",
        "cost argument: steady, well-used load": "steady|predictable|constant|reserved|savings",
        "Managed Instances as the third way": "managed instances",
    },
    """
    On Fargate I declare CPU and memory for a task, and AWS finds the machine; I never see, patch or scale one. On EC2 I run the instances with the ECS agent on them, choose their type and their AMI, and scale them as well as the tasks. In between are ECS Managed Instances: EC2 instances, GPUs included, that AWS provisions and patches for me.

    Fargate bills what the task reserves, by the second from the start of the image's download, with a minute as the minimum. EC2 bills whole instances, full or empty. Savings Plans and Spot make both cheaper, EC2 usually by more. Fargate goes up to 32 vCPU with 244 GB and has no GPUs.

    I start with Fargate, with Fargate Spot for what can be interrupted, and look again when a load is large, steady and packs well, or needs what Fargate lacks.

    Pitfall: comparing prices per vCPU only. An instance that is a third full is not cheap, and somebody's hours go into patching it. The newer way to say where tasks run is a capacity provider strategy; launch type and strategy exclude each other.
    """,
)

# %% [markdown]
"""
> **Outdated answers.** Fargate does not end at 16 vCPU and 120 GB any more: there are 32 vCPU with 60, 120 or 244 GB. "GPU means EC2" is half of it: Managed Instances have them too.

**Prove it.** Not every pair of CPU and memory exists; ECS says so when the task definition is registered.
"""

# %%
def size(cpu, memory):
    """Tell whether ECS takes a size for Fargate: CPU units and MiB."""
    try:
        made = ecs.register_task_definition(
            family="size", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu=str(cpu), memory=str(memory),
            containerDefinitions=[{"name": "app", "image": "public.ecr.aws/nginx/nginx:stable"}],
        )
        return f"accepted as {made['taskDefinition']['family']}:{made['taskDefinition']['revision']}"
    except ecs.exceptions.ClientException as error:
        return error.response["Error"]["Message"]


for cpu, gigabytes in ((256, 2), (256, 4), (16384, 120), (32768, 244), (32768, 128)):
    print(f"{cpu / 1024:5g} vCPU {gigabytes:4} GB: {size(cpu, gigabytes * 1024)}")

# %% [markdown]
"""
**Try it.** A job needs 24 vCPU and 128 GB. Which Fargate size is the smallest that holds it? Put vCPU and GB into a list.
"""

# %% tags=["try-it"]
smallest = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["smallest"]
    s.met(
        1,
        "the size for 24 vCPU and 128 GB",
        given == [32, 244],
        found=given,
        expected="[vCPU, GB]",
        slip="at 32 vCPU the memory is 60, 120 or 244 GB, and nothing between" if given == [32, 128] else "16 vCPU was the ceiling once" if isinstance(given, list) and given[:1] == [16] else "",
        hint="above 16 vCPU there is one step",
    )
s

# %% [markdown]
"""
## Q3. From a Dockerfile to ECR

**Why it is asked.** You either have typed it or you have not, and it is quick to find out.
"""

# %% hide
rehearse(
    "Q3",
    "Take me from a Dockerfile to an image in ECR.",
    {
        "create the repository once": "create*, repositor*",
        "build": "build*",
        "tag with the registry's address": "tag*, uri|address|registry|dkr.ecr*|account*",
        "log in with a token, valid for 12 hours": ["get-login-password", "log*, 12|twelve", "token, 12|twelve"],
        "push": "push*",
        "two tags on one image: version and commit": "version*, commit*|sha",
        "immutable tags": "immutab*",
        "scan on push, configured in the registry": "scan*",
        "lifecycle policy": "lifecycle",
    },
    """
    Five steps. Create the repository, once. Build the image. Give it a second name, which is the address in ECR: account, region, repository and tag. Log in: the AWS command fetches a token for my IAM identity and pipes it into the login of docker, with the user name AWS. Push.

    The token is good for twelve hours and for that one registry host. A pipeline logs in on every run.

    What I add: two tags on the same image, a version for people and the commit for the investigation; immutable tags, so that a version cannot change its meaning; a scanning rule in the registry's configuration, so that new repositories are covered as well; a lifecycle policy that drops untagged builds and keeps the last releases.

    Pitfall: building once for each tag or each environment. Two builds are two digests, and then what was tested is not what runs. And the message "no basic auth credentials" means that the login is missing, has run out, or went to another region.
    """,
)

# %% [markdown]
"""
> **Outdated answers.** `scanOnPush` on each repository is still accepted, but AWS is deprecating it in favour of the registry's scanning configuration. And a repository need not exist before the first push where an administrator has set up a creation template for create-on-push.

**Prove it.** A second tag uploads nothing: it is the same manifest under another name, and so the same digest.
"""

# %%
ecr = boto3.client("ecr")
image = ecr.batch_get_image(repositoryName="user-service", imageIds=[{"imageTag": "v1.0"}])["images"][0]
ecr.put_image(repositoryName="user-service", imageTag="3f2a91c", imageManifest=image["imageManifest"])
cloud.repository("user-service")

# %% [markdown]
"""
## Q4. Why a load balancer of layer 7

**Why it is asked.** To see whether you can say what the thing in every architecture picture is for.
"""

# %% hide
rehearse(
    "Q4",
    "What does an Application Load Balancer do for microservices?",
    {
        "works at layer 7, on HTTP": ["layer 7", "http*"],
        "routes by path or host": "rout*|rule*, path*|host*",
        "checks health and takes sick targets out": "health*",
        "ends HTTPS with a certificate from ACM": "https|tls|ssl, acm|certificate*|terminat*",
        "one name, one entry": "one|single, domain|name|entry|certificate|address",
        "target type ip for Fargate": "ip, target*",
        "pitfall: /api/users/* does not match /api/users": ["users/*", "pattern*", "case*", "priorit*|order*"],
        "not the only way: Service Connect or Lattice inside": ["service connect", "lattice"],
    },
    """
    It is a proxy for HTTP that takes requests at one address and hands each to a healthy target, by rules that look at the path, the host, headers or the method.

    For microservices that means three things. One name and one certificate in front of many services, with a rule each: orders to the order service, payments to the payment service. Health: it asks every target, and sends no requests to one that fails, while ECS replaces the task. And HTTPS ends there, with a certificate from ACM that renews itself; behind it the tasks speak HTTP inside the VPC.

    On Fargate the targets are addresses, type ip. The load balancer stands in public subnets of two zones, the tasks in private ones.

    Pitfalls: rules are tried by priority, so a broad one with a low number hides the rest; a pattern with a star after the slash misses the path without it; and when all targets are unhealthy it does not answer 503 but sends requests to all of them.

    Between services inside I do not need it: Service Connect or VPC Lattice do that.
    """,
)

# %% [markdown]
"""
**Prove it.** Four requests to one name.
"""

# %%
for address in (f"{URL}/api/orders/7", f"{URL}/api/payments", f"{URL}/API/users/7", f"http://{shop.DOMAIN}/api/users/7"):
    way = cloud.trace("GET", address)
    print(f"{address:42} {way.status}  {way.why[:80]}")

# %% [markdown]
"""
**Try it.** What status does `https://shop.example.com/api/orderstatus` get? Put the number into `status`, then look.
"""

# %% tags=["try-it"]
status = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["status"]
    s.met(
        1,
        "the status of /api/orderstatus",
        given == cloud.trace("GET", f"{URL}/api/orderstatus").status,
        found=given,
        why="the rule has /api/orders and /api/orders/*; neither matches, so the default action answers",
        hint="compare it with both patterns of the rule, character by character",
    )
s

# %% [markdown]
"""
## Q5. A new version without an outage

**Why it is asked.** ECR, ECS, the load balancer and health checks have to work together here, and you have to tell it in order.
"""

# %% hide
rehearse(
    "Q5",
    "Tell me, step by step, how version 2 replaces version 1 while customers are buying.",
    {
        "push the image": "push*, image*|ecr",
        "register a new revision of the task definition": "regist*|new, revision*|task definition*",
        "update the service": "updat*, service*",
        "bounds: minimum healthy and maximum percent": ["minimum*, maximum*", "100, 200", "min*, max*, percent*"],
        "new tasks register as targets and are checked": "regist*|target*, health*|check*",
        "one success makes a new target healthy": ["one|first|single, success*|check*"],
        "old tasks drain, then stop": "drain*",
        "circuit breaker with rollback": "breaker, roll*",
        "graceful shutdown on SIGTERM, or the timing": ["sigterm", "grace*", "interval"],
    },
    """
    Push the new image under a new tag. Register a new revision of the task definition that names it; a revision never changes. Update the service to that revision.

    ECS then starts a deployment within two bounds. With three tasks wanted, minimum 100 and maximum 200 percent, at least three must stay healthy and at most six may run. It may well start all three new ones at once. Each starts, registers with the target group and is checked; a new target takes traffic after its first success. As soon as new ones are healthy, ECS deregisters old ones: they drain, which means no new requests and time for those under way, and then they stop. The deployment is complete when only new tasks are left.

    If tasks keep failing, the circuit breaker ends the deployment, and with rollback on it goes back to the last one that completed. By default that is when as many tasks have failed as half the desired count, and at least three.

    Pitfalls: pushing over the same tag deploys nothing. A maximum that rounds down to the current count blocks every deployment. The application has to handle SIGTERM. And where a bad version must not reach all customers at once, I use blue/green, linear or canary, which ECS has built in.
    """,
)

# %% [markdown]
"""
> **Outdated answers.** *Interval times healthy threshold is how long a new task waits for traffic.* A target that has just been registered needs **one** success; the threshold counts for a target that was unhealthy and recovers. *One new in, one old out*: ECS is bound by the two percentages only. *Blue/green needs CodeDeploy*: not since July 2025.

**Prove it.** Roll out version 2 of the user service.
"""

# %%
push(boto3, "user", "v2.0")


def revision(service, tag):
    """Register the next revision of a service's task definition, with another image tag, and return its ARN."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    fields = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    [container] = old["containerDefinitions"]
    container["image"] = container["image"].rpartition(":")[0] + f":{tag}"
    new = {name: old[name] for name in fields}
    return ecs.register_task_definition(**new, containerDefinitions=[container])["taskDefinition"]["taskDefinitionArn"]


ecs.update_service(cluster="shop", service="user", taskDefinition=revision("user", "v2.0"))
shop.steady()
cloud.timeline("user")

# %% [markdown]
"""
**Try it.** Four tasks are wanted, minimum 75 percent, maximum 130. What are the fewest healthy tasks and the most running ones during a deployment? Put two numbers into a list.
"""

# %% tags=["try-it"]
bounds = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["bounds"]
    s.met(
        1,
        "the bounds of 4 tasks at 75 and 130 percent",
        given == [3, 5],
        found=given,
        slip="the upper bound is rounded down: 5.2 is 5" if given == [3, 6] else "",
        hint="the lower bound is rounded up, the upper one down",
    )
s

# %% [markdown]
"""
## Q6. Two roles

**Why it is asked.** Mixed up, they either stop deployments or give an application other services' secrets.
"""

# %% hide
rehearse(
    "Q6",
    "A task definition names two roles. Who uses which, and for what?",
    {
        "the execution role is used by ECS, not by your code": "execution*, ecs|agent|fargate|platform|infrastructure",
        "it pulls the image, writes logs, fetches secrets to inject": "pull*|image*, log*, secret*",
        "the task role is used by your code": "task role, code|app*|sdk",
        "credentials come from ECS; the code calls no AssumeRole": ["169.254.170.2", "ecs|vend*|hand*, credential*"],
        "one task role for each service": "each|per|every|own, service*",
        "least privilege": ["least privilege", "only, need*"],
        "trust: ecs-tasks.amazonaws.com": ["ecs-tasks*", "trust*"],
        "pitfall: the managed policy has no secrets": ["managed policy", "inline", "getsecretvalue"],
    },
    """
    The execution role works around my code. ECS uses it to pull the image from ECR, to write to CloudWatch Logs, and to fetch the secrets that it injects when the container starts. The task role is for the code inside: ECS assumes it and serves temporary credentials at a local address, and the SDK picks them up by itself.

    Both trust the same principal, ecs-tasks. The execution role can be shared where services need the same; every service has its own task role with the few actions and resources that it needs.

    Example: the user service reads objects of the photo bucket, and nothing else; reading the table of orders is refused.

    Pitfalls: AWS's managed policy for the execution role covers pull and log only. Secrets, parameters and a KMS key have to be added, by ARN, and the log group has to exist. Giving the code the execution role hands it every secret that is injected anywhere. On EC2 instances the pull is done by the instance's role.
    """,
)

# %% [markdown]
"""
**Prove it.** In the place of the user service's code: its own photo, then an order, then the database password.
"""

# %%
with cloud.as_role("shop-user-task"):
    print("photo: ", boto3.client("s3").get_object(Bucket="user-photos", Key="ada.png")["Body"].read())
    for what, call in (
        ("order: ", lambda: boto3.client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "1"}})),
        ("secret:", lambda: boto3.client("secretsmanager").get_secret_value(SecretId="shop/database")),
    ):
        try:
            call()
        except boto3.client("s3").exceptions.ClientError as error:
            print(what, error.response["Error"]["Code"])

# %%
cloud.can("shop-execution", "secretsmanager:GetSecretValue", ids["secret"])

# %% [markdown]
"""
The password did reach the container, by the execution role, before the code ran.
"""

# %% [markdown]
"""
## Q7. Private subnets

**Why it is asked.** Everyone draws them. The question is what they protect against.
"""

# %% hide
rehearse(
    "Q7",
    "What makes a subnet private, and why do tasks belong there?",
    {
        "a subnet lies in one Availability Zone": "zone*|az",
        "public means a route to an internet gateway": "route*, internet gateway|igw",
        "private: no such route, no public address": "no, route*|public ip|public address*",
        "load balancer and NAT gateway stand in public subnets": "load balancer|alb, public",
        "defence in depth: a wrong security group is not enough": ["defen*", "misconfig*|wrong|mistake*"],
        "out through NAT, nobody in": "nat, out*",
        "endpoints: ECR api and dkr, S3 gateway": "endpoint*",
        "cost has to be weighed": "cost*|bill*|cheap*|price*|free",
    },
    """
    A subnet lies in one Availability Zone, and its route table decides what it is. Public: 0.0.0.0/0 goes to an internet gateway, and a resource with a public address can be reached. Private: no such route. The name and the setting that hands out public addresses decide nothing.

    The load balancer and the NAT gateways stand in public subnets, the tasks in private ones. That is defence in depth: with a security group opened by mistake, there still is no way in from the internet. The only entrance is the load balancer, whose group is the one that the tasks let in.

    Tasks need a way out for images, secrets and third parties. A NAT gateway in each zone gives it, for connections that start inside. For AWS's own services there are endpoints: for a pull, interface endpoints of ECR's api and dkr and the free gateway endpoint of S3, where the layers are.

    Pitfall: saying that endpoints are cheaper. Interface endpoints cost by the hour in each zone; five of them in two zones can cost more than two NAT gateways. Count, and remember that third parties still need NAT.
    """,
)

# %% [markdown]
"""
**Prove it.** Open the security group of the user service to the whole internet, and try to get in.
"""

# %%
anyone = {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ec2.authorize_security_group_ingress(GroupId=ids["groups"]["user"], IpPermissions=[anyone])
attempt = cloud.path("internet", tasks("user")[0]["taskArn"], 3000)
ec2.revoke_security_group_ingress(GroupId=ids["groups"]["user"], IpPermissions=[anyone])
attempt

# %% [markdown]
"""
**Try it.** A subnet is called `public-1`, has MapPublicIpOnLaunch on, and a route table with one route, for its own VPC. Is it public? Set `public` to `True` or `False`.
"""

# %% tags=["try-it"]
public = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["public"]
    s.met(
        1,
        "whether public-1 is public",
        given is False,
        found=given,
        why="without a route to an internet gateway a public address reaches nothing",
        hint="which of the three facts decides?",
    )
s

# %% [markdown]
"""
## Q8. Scaling

**Why it is asked.** To see whether you have thought about the minutes between the peak and the new tasks.
"""

# %% hide
rehearse(
    "Q8",
    "How do you let a service grow and shrink with its load?",
    {
        "register a scalable target with minimum and maximum": "scalable target|min*, max*|maximum",
        "target tracking": "target tracking",
        "CPU, memory or requests per target": "cpu, request*|memory",
        "requests are counted per minute and need a label": ["minute", "label"],
        "out fast, in slowly: cooldowns": "cooldown*",
        "out when any policy asks, in when all agree": ["any, all", "either, both"],
        "scheduled scaling for known peaks": "schedul*",
        "pitfall: it reacts minutes later, so the minimum counts": ["minute*, minimum|late*|react*|boot*|delay*"],
    },
    """
    With Application Auto Scaling. First the service becomes a scalable target with a minimum and a maximum, say two and twenty. Then policies: usually target tracking, where I name a metric and a value and AWS makes the alarms. CPU at 60 or 70 percent, or requests per target, which means requests to one task in one minute and needs a label that names load balancer and target group.

    With two policies the service grows when any asks for it and shrinks only when all agree. I shorten the cooldown for scaling out to 60 seconds and leave the one for scaling in at 300, which is the default of both. Peaks that I know in advance get a scheduled action that raises the minimum before they come, and another that lowers it.

    Pitfalls: it is a reaction. Three minutes of metrics, an alarm, a task that boots: the minimum has to carry the peak until then. The maximum should fit the subnets' addresses and what the database can take. And while a deployment runs, ECS does not scale in.
    """,
)

# %% [markdown]
"""
**Prove it.** Two to eight tasks, 300 requests a minute for each, and a peak of twenty minutes.
"""

# %%
scaling = boto3.client("application-autoscaling")
target = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/user", "ScalableDimension": "ecs:service:DesiredCount"}
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=8)
label = ids["load_balancer"].partition("loadbalancer/")[2] + "/" + ids["targets"]["user"].rpartition(":")[2]
scaling.put_scaling_policy(
    **target,
    PolicyName="requests",
    PolicyType="TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration={
        "TargetValue": 300,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label},
        "ScaleOutCooldown": 60,
    },
)
cloud.traffic(f"{URL}/api/users/7", {"0 min": 2, "5 min": 25, "25 min": 2}, "50 min")

# %%
for activity in scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]:
    print(activity["StartTime"].strftime("%H:%M:%S"), activity["Description"])

# %% [markdown]
"""
**Try it.** Two policies. CPU asks for five tasks, requests ask for three; four are running. How many are wanted after that? Put the number into `after`.
"""

# %% tags=["try-it"]
after = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["after"]
    s.met(
        1,
        "the tasks after both policies have spoken",
        given == 5,
        found=given,
        slip="policies are not averaged" if given == 4 else "scaling in needs all policies to agree" if given == 3 else "",
        hint="which of the two wins, the larger or the smaller?",
    )
s

# %% [markdown]
"""
## Q9. The whole of it

**Why it is asked.** To see whether the parts form a system in your head, and whether you say why each is there.
"""

# %% hide
rehearse(
    "Q9",
    "Design the infrastructure for an application of three services.",
    {
        "VPC with two zones": "vpc, two|2, zone*|az*",
        "three tiers of subnets: public, private, data": "public, private, data|database",
        "NAT gateway in each zone": "nat, each|per|every|zone*",
        "endpoints for ECR, S3, logs, secrets": "endpoint*",
        "a repository for each service, with lifecycle and scans": "repositor*|ecr, lifecycle|scan*",
        "one cluster, three services, breaker and scaling": "cluster, breaker|rollback|scal*",
        "one ALB: HTTPS, redirect, three path rules": "alb|load balancer, https|443|redirect",
        "chain of security groups": "security group*",
        "shared execution role, a task role for each service": "execution, task role*",
        "secrets from Secrets Manager": "secret*",
        "logs, alarms, access logs": "alarm*|log*",
    },
    """
    I go from the outside inwards. A VPC with a /16 in two zones, in each a public, a private and a data subnet. Internet gateway; a NAT gateway in each zone, with a private route table for each zone, so that one zone's failure stays there. Endpoints for ECR, S3, logs and secrets.

    In front one internet-facing load balancer: 443 with a certificate from ACM, 80 redirects, three rules by path, a default that answers 404. Three target groups of type ip, checked at /health.

    One cluster, three services on Fargate in the private subnets, two tasks at least, each service with its own task definition, circuit breaker with rollback, and scaling. Three repositories with immutable tags, scans and a lifecycle policy that counts tagged images.

    Security groups form a chain: internet to load balancer, load balancer to tasks, tasks to database. One execution role, three task roles. Passwords in Secrets Manager, injected by ARN. Log groups with retention, alarms on 5xx of load balancer and targets, on the 99th percentile of latency and on CPU, access logs to S3.

    Pitfalls: IAM lets nobody call a payment provider; that takes NAT and a key. A /28 holds eleven tasks. And say what it costs and what you would leave out at first.
    """,
)

# %% [markdown]
"""
**Prove it.** This is the shop that you have been asking all the time: as a map, and as a bill.
"""

# %%
cloud.map(ids["vpc"])

# %%
cloud.cost()

# %% [markdown]
"""
## Q10. Tasks that start and stop

**Why it is asked.** It is the most usual outage of a deployment. A list of causes is not an answer; an order is.
"""

# %% hide
rehearse(
    "Q10",
    "Your new tasks start and are gone seconds later. What do you do?",
    {
        "read the stopped task: stopCode, stoppedReason, exit code": ["stoppedreason|stopcode|stopped reason|stopped task*", "exit code*|exitcode"],
        "events of the service": "event*",
        "logs of the container": "log*",
        "health check: path, port, grace period": "health*, path|port|grace",
        "network: routes, security groups, endpoints, free addresses": "network*|nat|endpoint*|security group*|route*",
        "memory: 137 and OutOfMemoryError": "memory|oom|137|outofmemory*",
        "secrets and permissions of the execution role": "secret*|permission*|execution role",
        "the breaker rolls back but cures nothing": "breaker|roll*",
        "compare with what changed": "chang*|diff*|last|previous",
    },
    """
    First I ask whether customers are served: does the old version still run, has the breaker rolled back? Then I read, before I guess.

    A stopped task says why it stopped: stop code, reason, and each container's reason and exit code. It can be read for about an hour. The reason sorts the causes. Cannot pull: image, tag, permission or network, and the words tell which. Resource initialization: secret, log group, or the way there. Essential container exited: the application; now the log. Exit code 137: memory, or killed after the stop timeout. Failed health checks: path, port, security group, or an application that boots longer than the grace period of the service.

    If nothing starts at all I look at the events: no free address in the subnet, no capacity. Then I ask what changed between the last good revision and this one.

    Pitfalls: no log does not prove that nothing started; a missing log group stops a task as well. `startPeriod` does nothing about the load balancer's check. And ResourceNotFoundException is about a secret or a log group, not about a tag. A rollback by the breaker cures nothing; the cause is still there.
    """,
)

# %% [markdown]
"""
> **Outdated or wrong answers.** *ResourceNotFoundException means a wrong image tag*: a missing tag is a CannotPullContainerError. *Raise startPeriod* for the check of a load balancer: the knob is `healthCheckGracePeriodSeconds`.

**Prove it.** Deploy a version that nobody has pushed.
"""

# %%
ecs.update_service(cluster="shop", service="order", taskDefinition=revision("order", "v9.9"))
for _ in range(120):  # each look lets a few simulated seconds pass
    deployments = ecs.describe_services(cluster="shop", services=["order"])["services"][0]["deployments"]
    if any(each["rolloutState"] == "FAILED" for each in deployments):
        break
for each in deployments:
    print(each["taskDefinition"].rpartition("/")[2], each["rolloutState"], "-", each["rolloutStateReason"])
print(tasks("order", "STOPPED")[0]["stoppedReason"])
print("customers see:", cloud.trace("GET", f"{URL}/api/orders/7").status)

# %% [markdown]
"""
**Try it.** The stopped reason of another task begins with `ResourceInitializationError: failed to validate logger args` and says that the log group does not exist. Which of these cures it? Put the letter into `cure`.

- A push the image again
- B create the log group, or correct its name in the task definition
- C raise the grace period
- D give the task role `logs:PutLogEvents`
"""

# %% tags=["try-it"]
cure = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = str(learner["cure"]).strip().upper()
    s.met(
        1,
        "the cure",
        given == "B",
        found=given,
        slip="the task role is for the code; logs are written with the execution role, and it may not create groups either" if given == "D" else "",
        hint="what is missing, according to the message?",
    )
s

# %% [markdown]
"""
## Q11. Between the services

**Why it is asked.** To see whether your security ends at the edge.
"""

# %% hide
rehearse(
    "Q11",
    "How do you secure what your services say to each other?",
    {
        "layers: one failing control is not enough": ["layer*", "depth"],
        "security groups for each caller": "security group*",
        "encryption in transit: Service Connect with TLS": ["tls", "encrypt*"],
        "caller's identity: VPC Lattice auth policy or tokens": ["lattice", "token*", "identity"],
        "a task role for each service": "role*",
        "secrets injected, rotated, redeployed": "secret*",
        "images scanned, runtime monitored by GuardDuty": "guardduty|scan*",
        "which log answers which question": "cloudtrail|flow log*|access log*",
        "App Mesh has ended": "app mesh",
    },
    """
    In layers, so that one mistake is not enough. Network: private subnets, and security groups by caller. Payment lets in the order service's group, and not the user service's, so an intruder in one service cannot go everywhere.

    On the wire: Service Connect can encrypt with TLS, with certificates that ECS gets from AWS Private CA and rotates. That is encryption; it does not tell the callee who is calling. For that I use VPC Lattice with an auth policy, where requests are signed with the task role, or tokens of the application.

    To AWS: a task role for each service. Secrets: in Secrets Manager, injected by the execution role, rotated, and after a rotation a new deployment, because a running task keeps what it got at its start.

    In operation: images scanned, GuardDuty Runtime Monitoring for what runs. For an investigation I have to have switched things on before: CloudTrail for calls to AWS, flow logs for connections, access logs of Service Connect and of the load balancer for requests. Nothing records requests between services by itself.

    Pitfall: App Mesh as the answer. AWS ended it on 30 September 2026.
    """,
)

# %% [markdown]
"""
> **Outdated answers.** *App Mesh handles mutual TLS between Envoy sidecars*: the service has ended. *All traffic between services is logged*: nothing is, until you switch it on. *CloudTrail shows which service called which*: only calls to AWS.

**Prove it.** The same port of the same task, asked by two services.
"""

# %%
payment = tasks("payment")[0]["taskArn"]
for caller in ("user", "order"):
    way = cloud.path(tasks(caller)[0]["taskArn"], payment, 3000)
    print(f"{caller:6} -> payment: {'reachable' if way.reachable else way.why}")

# %% [markdown]
"""
And who used which role? CloudTrail knows, because ECS assumed it by an API call:
"""

# %%
found = boto3.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])
for each in found["Events"][:4]:
    event = json.loads(each["CloudTrailEvent"])
    who = event["userIdentity"].get("invokedBy") or event["userIdentity"].get("arn")
    print(event["eventTime"], who, "->", event["requestParameters"]["roleArn"].rpartition("/")[2])

# %% [markdown]
"""
## Quick fire

Five questions, five seconds each.
"""

# %% hide
quiz(
    "A token for ECR was fetched at 08:00. At 21:00 a pipeline pushes with it. What happens?",
    {
        "It works: tokens last a day": "Twelve hours, so until 20:00.",
        "It is refused: tokens last 12 hours": "Log in again, with every run.",
        "It works, for the user who fetched it": "Who fetched it is in the token; its twelve hours are over all the same.",
    },
    right="It is refused: tokens last 12 hours",
)

# %% hide
quiz(
    "Two tasks on Fargate share a subnet. How many addresses do they take?",
    {
        "None: they use the host's (bridge mode)": "On Fargate there is no other mode than `awsvpc`.",
        "One": "Tasks do not share an interface.",
        "Two: each has a network interface of its own (awsvpc)": "And during a deployment, new tasks take more.",
    },
    right="Two: each has a network interface of its own (awsvpc)",
)

# %% hide
quiz(
    "Which of these can an ALB route by?",
    {
        "The path of the request": "It works at layer 7 and reads HTTP.",
        "The TCP flags": "That is layer 4, where a Network Load Balancer works.",
        "The MAC address": "That is layer 2, and never leaves the subnet.",
    },
    right="The path of the request",
)

# %% hide
quiz(
    "ECS refuses to attach a service on Fargate to a target group. What is its type?",
    {
        "ip": "ECS takes this type: tasks have addresses.",
        "instance": "A task on Fargate is on no instance of yours.",
    },
    right="instance",
)

# %% hide
quiz(
    "What comes in from the internet through a NAT gateway?",
    {
        "HTTPS, if the security group allows it": "A NAT gateway has no security group, and opens nothing inwards.",
        "Only the answers to connections that were opened inside": "Outbound only.",
        "Everything, translated": "It translates what goes out.",
    },
    right="Only the answers to connections that were opened inside",
)

# %% [markdown]
"""
## What has changed since the blog posts were written

| You still hear | True now |
|---|---|
| Fargate ends at 16 vCPU and 120 GB | 32 vCPU with 60, 120 or 244 GB |
| A GPU means EC2 | EC2 or ECS Managed Instances |
| `scanOnPush` on each repository | scanning rules of the registry |
| A new target waits interval times threshold | one success; the threshold is for recovery |
| Deployments go one in, one out | any order within the two bounds |
| Blue/green needs CodeDeploy | ECS has blue/green, linear and canary |
| Nobody can tune the circuit breaker | since July 2026 its threshold is a number or a percentage of yours |
| A repository has to exist before a push | a creation template can make it on push |
| A wrong tag is a ResourceNotFoundException | CannotPullContainerError; the other is about a secret or a log group |
| `startPeriod` for slow starts behind an ALB | `healthCheckGracePeriodSeconds` of the service |
| App Mesh for mutual TLS | ended; Service Connect for TLS, VPC Lattice for identity |
| Endpoints save money | they may; interface endpoints cost by the hour and zone |
| The SDK assumes the task role | ECS does, and hands out credentials |
| All traffic between services is logged | nothing is, until it is switched on |
"""

# %% [markdown]
"""
## Review, today and later

Beside the eleven questions there is a bank of recall cards over all lessons.
`awslab.review()` asks those that are due today: a card that you knew well comes back in a day, then in six, then in weeks; one that you did not know comes again today.
It is the SM-2 schedule; your ratings are in one small file beside the notebooks, `.awslab/review.json`, and in no other place.

Ten minutes a day do more than two hours before the interview.
"""

# %%
awslab.review(new=5)

# %% [markdown]
"""
**Next:** the assignment [6.3-interview](../release/6.3-interview/6.3-interview.ipynb), and the one-page [revision](6.3-revision.ipynb).

**Read more at AWS:** [Amazon ECS launch types and capacity providers](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html),
[deployment circuit breaker](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html),
[interconnecting services](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/interconnecting-services.html),
[stopped task errors](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html),
[target group health checks](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
"""
