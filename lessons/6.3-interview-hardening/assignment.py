# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: secure a shop that works"
#     minutes: 85
#     covers: [Q11]
# ---

# %% [markdown]
"""
# 6.3 Interview: secure a shop that works

About 85 minutes, five to twelve for an exercise. Do the lessons [6.3.a](../../notebooks/6.3.a-ecr.ipynb) to [6.3.d](../../notebooks/6.3.d-vpc-iam.ipynb) first.

*Your services on ECS talk to each other: how do you keep that safe?* is the last question of the interview.
A list of keywords is a weak answer. A strong one goes layer by layer, and says for each what an intruder can no longer do.

You inherit a shop: three services, `user`, `order` and `payment`, behind `https://shop.example.com`. It works, customers are content, and it is open in a dozen places.
Find them, then close them **while the shop goes on answering**.

Any honest way counts. The checks attack the shop as an intruder would, and ask it as a customer would; what they break, they bring back.

**Write your user name into the next cell.** Which service has which weakness depends on it: your neighbour's list is another.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import json

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import design_probes, hardening_fixtures, learner, score
from awslab.design_probes import ask, interface, running, security_group, undone
from awslab.hardening_fixtures import build_image
from awslab.shop_services import ACCESS

cloud = awslab.start()
cloud.reset()
ec2, ecr, ecs, elb = (boto3.client(name) for name in ("ec2", "ecr", "ecs", "elbv2"))
iam, s3, logs = (boto3.client(name) for name in ("iam", "s3", "logs"))
secrets, trail, guardduty = (
    boto3.client(name) for name in ("secretsmanager", "cloudtrail", "guardduty")
)
ACCOUNT, REGION = "123456789012", "us-east-1"
SERVICES = ["user", "order", "payment"]
PORT = 3000
URLS = {name: f"https://shop.example.com/api/{name}s/7" for name in SERVICES}

mine = awslab.draw("6.3-interview-hardening")
DAYS = mine.number("DAYS", 7, 60)
TAG = f"v1.{mine.number('MINOR', 2, 40)}"
FLOW_GROUP = mine.pick(
    "FLOW_GROUP",
    [f"/vpc/{word}" for word in ("flows", "shop", "packets", "network", "traffic", "wire")],
)
LOG_BUCKET = mine.pick(
    "LOG_BUCKET",
    [
        f"{word}-access-logs"
        for word in ("harbour", "orchard", "quarry", "lantern", "meadow", "willow")
    ],
)
AUTHORITY = (
    f"arn:aws:acm-pca:{REGION}:{ACCOUNT}:certificate-authority/{mine.number('CA', 1000, 9999)}"
)
mine

# %% [markdown]
"""
### The shop

The next cell opens the shop. `shop` holds the ids of its parts: `shop["groups"]["payment"]` is a security group, `shop["private"]` are two subnets, and so on.
The cluster is called `shop`, the services and their task definitions `user`, `order` and `payment`. `order` calls `payment` by Service Connect; nobody else does.
"""

# %% given="shop"
shop = hardening_fixtures.insecure_shop()
shop

# %% [markdown]
"""
Three functions that you have written in earlier assignments are there: two write policies, the third deploys a change of a task definition.
"""

# %% given="tools"
def allowing(action, resource):
    """Return a policy that allows one action, or a list of them, on one resource or a list."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def trusting(service):
    """Return a trust policy for one service of AWS, such as "ecs-tasks.amazonaws.com"."""
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [trusted]})


def revise(service, change):
    """Have `change(definition)` change a copy of a service's task definition, register it, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = ("family", "networkMode", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    new = {key: old[key] for key in (*kept, "containerDefinitions")}
    change(new)
    ecs.register_task_definition(requiresCompatibilities=["FARGATE"], **new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)

# %%
cloud.map(shop["vpc"])

# %%
cloud.trace("GET", URLS["order"])

# %% [markdown]
"""
## 1. Look before you touch (6 points)

Find out, and write into `findings`:

- which service has tasks that the internet reaches directly;
- which service has the database's password in plain text in its task definition;
- which service's image runs as root;
- which port of the load balancer serves the shop without TLS;
- which role that ECS uses to start tasks may read every secret of the account (the apps' role may too: exercise 3 deals with it);
- under which session name somebody opened `payment` to the whole VPC. (The services' own rules were made by `administrator`.)
"""

# %% [markdown] hints="find-weaknesses"
"""
1. Six questions, six places to look: `cloud.path`, `describe_task_definition`, `cloud.image(...).user`, `describe_listeners`, the policies of two roles, CloudTrail.
2. Whether tasks get public addresses stands in their service's `networkConfiguration`, as `assignPublicIp`; a role's statements stand in `get_role_policy`.
3. `trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}])` lists who changed security groups: look at `Username`.
"""

# %% solution="find-weaknesses" needs=[]
findings = {
    "service that the internet reaches directly": None,
    "service with the password in plain text": None,
    "service whose image runs as root": None,
    "port that serves the shop without TLS": None,
    "role that may read every secret": None,
    "session that opened payment to the VPC": None,
}
### BEGIN SOLUTION
for service in SERVICES:
    found = ecs.describe_services(cluster="shop", services=[service])["services"][0]
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    if network["assignPublicIp"] == "ENABLED":
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if definition["containerDefinitions"][0]["environment"]:
        findings["service with the password in plain text"] = service
    if not cloud.image(f"{service}-service:v1.0").user:
        findings["service whose image runs as root"] = service
findings["port that serves the shop without TLS"] = 80
findings["role that may read every secret"] = "shop-execution"
opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
for event in trail.lookup_events(LookupAttributes=opened)["Events"]:
    if event["Username"] != "administrator":
        findings["session that opened payment to the VPC"] = event["Username"]
### END SOLUTION

# %% hide check="find-weaknesses" points=6
"""Six findings, one point each; they are compared when your work is graded."""
with score(6) as s:
    given = learner["findings"]
    s.need(isinstance(given, dict), "findings is not a dictionary any more: fill in six values")
    s.need(any(value is not None for value in given.values()), "nothing has been found yet")
    ### BEGIN HIDDEN TESTS
    drawn = awslab.draw(hardening_fixtures.DRAWN)
    exposed = drawn.pick("exposed", SERVICES)
    opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
    pages = boto3.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=opened
    )
    sessions = [each["Username"] for page in pages for each in page["Events"]]
    right = {
        "service that the internet reaches directly": exposed,
        "service with the password in plain text": drawn.pick(
            "leaky", [each for each in SERVICES if each != exposed]
        ),
        "service whose image runs as root": drawn.pick("root", SERVICES),
        "port that serves the shop without TLS": "80",
        "role that may read every secret": "shop-execution",
        "session that opened payment to the VPC": next(
            (each for each in reversed(sessions) if each != "administrator"), None
        ),
    }
    for what, expected in right.items():
        got = (
            str(given.get(what) or "")
            .strip()
            .lower()
            .rpartition("role/")[2]
            .removesuffix("-service")
        )
        s.met(
            1,
            what,
            got == expected,
            found=given.get(what),
            slip="the task role is used by the apps; which role does ECS use before a container starts?"
            if got == "shop-task"
            else "443 ends TLS; what does the other listener do with a request?"
            if got == "443"
            else "the administrator made the rules that belong there; who made the one that does not?"
            if got == "administrator"
            else "a role is not a session: the event's Username is the session's name"
            if got == "contractor"
            else "",
        )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. The network (6 points)

- All tasks run in the private subnets, without public addresses.
- The tasks take connections on `PORT` from the load balancer; `payment` also takes them from `order`. Nobody else gets in, `user` least of all.
- The database takes 5432 from the three services, and from nobody else.
"""

# %% [markdown] hints="harden-network"
"""
1. Three rules too many, all with a range as their source: list `IpPermissions` of every group.
2. `ec2.revoke_security_group_ingress(GroupId=..., IpPermissions=[...])` takes a permission away. One that is described holds all sources of a port, also those that must stay: pass protocol, ports and its `IpRanges` only.
3. `ecs.update_service(cluster="shop", service=..., networkConfiguration={...})` starts a deployment: new tasks in other subnets. Then wait for `services_stable`.
"""

# %% solution="harden-network" needs=[]
### BEGIN SOLUTION
for name, group in shop["groups"].items():
    if name == "alb":
        continue
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for rule in described["IpPermissions"]:
        if rule["IpRanges"]:
            too_wide = {
                "IpProtocol": rule["IpProtocol"],
                "FromPort": rule["FromPort"],
                "ToPort": rule["ToPort"],
                "IpRanges": rule["IpRanges"],
            }
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[too_wide])
for service in SERVICES:
    ecs.update_service(
        cluster="shop",
        service=service,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": shop["private"],
                "securityGroups": [shop["groups"][service]],
                "assignPublicIp": "DISABLED",
            }
        },
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
### END SOLUTION

# %% hide check="harden-network" points=6
"""An intruder sends packets from everywhere: the internet, the VPC, each service."""
with score(6) as s:
    statuses = hardening_fixtures.answers()
    parts = hardening_fixtures.shop_ids()
    tasks = {name: running("shop", name) for name in SERVICES}
    none = [name for name, of in tasks.items() if not of]
    with undone(cloud):
        groups = parts["groups"]
        stranger = security_group(parts["vpc"], "stranger-of-check")
        ends = {
            "the load balancer": interface(parts["public"][0], groups["alb"], public=True),
            "a stranger": interface(parts["private"][0], stranger),
            **{name: interface(parts["private"][0], groups[name]) for name in SERVICES},
        }
        database = interface(parts["data"][0], groups["database"])

        def reaching(target, port):
            """Return who reaches an end on a port."""
            return sorted(
                name
                for name, eni in ends.items()
                if eni != target and cloud.path(eni, target, port).reachable
            )

        into = {name: reaching(ends[name], PORT) for name in SERVICES}
        at_database = reaching(database, 5432)
        bare = {name: interface(parts["public"][1], groups[name], public=True) for name in SERVICES}
        open_groups = [
            name for name, eni in bare.items() if cloud.path("internet", eni, PORT).reachable
        ]
    outside = {
        name: [task["subnet"] in parts["private"] for task in of] for name, of in tasks.items()
    }
    at_home = all(all(each) and each for each in outside.values())
    still_open = "a stranger" in into["payment"] and "a stranger" in at_database
    s.need(none or not (still_open and not at_home), "the network is as you found it")
    works = set(statuses.values()) == {200}
    s.met(
        1,
        "the shop still answers",
        works,
        found=statuses,
        hint="cloud.trace says where a request stops",
    )
    s.met(
        1,
        "all tasks are in the private subnets",
        at_home,
        found=outside,
        slip=f"no task of {none[0]} runs, so none can be looked at: its service's events and its stopped tasks say why"
        if none
        else "closing a group is one barrier; the tasks still have public addresses"
        if not at_home
        else "",
    )
    s.met(
        1,
        "order reaches payment, and user does not",
        "order" in into["payment"] and "user" not in into["payment"],
        found=into["payment"],
        expected=["order", "the load balancer"],
        slip="order needs its rule: it calls payment for every order"
        if "order" not in into["payment"]
        else "the range of the VPC contains the tasks of user"
        if "a stranger" in into["payment"]
        else "",
    )
    s.met(
        1,
        "the database is reached by the services only",
        at_database == sorted(SERVICES),
        found=at_database,
        expected=sorted(SERVICES),
    )
    ### BEGIN HIDDEN TESTS
    beyond = {
        name: [
            each
            for each in who
            if each not in ("the load balancer", *(["order"] if name == "payment" else []))
        ]
        for name, who in into.items()
    }
    s.met(
        1,
        "nobody else gets into any service",
        works and not any(beyond.values()),
        found={name: who for name, who in beyond.items() if who} or into,
    )
    s.met(
        1,
        "no group lets the internet in, even if a task had a public address",
        works and not open_groups,
        found=open_groups,
        slip="the private subnet hides an open security group: one mistake later it is on the internet"
        if open_groups
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 3. One role for each service (5 points)

All services share the task role `shop-task`, which may do anything with S3, DynamoDB and SQS, and read every secret. Whoever breaks into `user` reads the orders and empties the queue of payments.

Give each service a task role of its own that allows the one call its app makes: `ACCESS[service]` is a pair of action and resource. Deploy the services with their roles, and remove what is no longer used.
"""

# %% given="access"
ACCESS

# %% [markdown] hints="harden-roles"
"""
1. Three roles, three policies, three new revisions, three deployments.
2. `revise(service, change)` calls `change` with the definition as a dictionary, in which `taskRoleArn` is to be another. Then wait for `services_stable`.
3. `delete_role` wants a role without policies: `delete_role_policy(RoleName="shop-task", PolicyName="everything")` first.
"""

# %% solution="harden-roles" needs=[]
### BEGIN SOLUTION
for service in SERVICES:
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=trusting("ecs-tasks.amazonaws.com"),
    )["Role"]["Arn"]
    action, resource = ACCESS[service]
    document = allowing(action, resource)
    iam.put_role_policy(
        RoleName=f"{service}-task", PolicyName="own-data", PolicyDocument=document
    )
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
iam.delete_role_policy(RoleName="shop-task", PolicyName="everything")
iam.delete_role(RoleName="shop-task")
### END SOLUTION

# %% hide check="harden-roles" points=5
"""Every running task's role tries every call: its own, the others', and worse ones."""
with score(5) as s:
    statuses = hardening_fixtures.answers()
    roles = {}
    for name in SERVICES:
        of = running("shop", name)
        s.need(of, f"no task of {name} is running")
        definition = boto3.client("ecs").describe_task_definition(
            taskDefinition=of[0]["taskDefinitionArn"]
        )["taskDefinition"]
        roles[name] = definition.get("taskRoleArn", "").rpartition("/")[2]
    s.need(set(roles.values()) != {"shop-task"}, "all tasks still run with the role shop-task")
    s.met(
        1,
        "the shop still answers",
        set(statuses.values()) == {200},
        found=statuses,
        slip="500 is the app's: its role does not allow its own call"
        if 500 in statuses.values()
        else "",
    )

    def may(name, action, resource):
        """Tell whether the role of a service's tasks may do something."""
        return bool(roles[name]) and cloud.can(roles[name], action, resource).data["allowed"]

    concrete = {
        name: (action, where.replace("*", "ada.png")) for name, (action, where) in ACCESS.items()
    }
    own = {name: may(name, *concrete[name]) for name in SERVICES}
    foreign = sorted(
        f"{name} may {concrete[other][0]}"
        for name in SERVICES
        for other in SERVICES
        if name != other and may(name, *concrete[other])
    )
    s.met(
        1,
        "each service's tasks have a role of their own",
        len(set(roles.values())) == 3 and all(roles.values()),
        found=roles,
    )
    s.met(
        1,
        "which allows its own call, and not the others'",
        all(own.values()) and not foreign,
        found=foreign or own,
        slip="three roles with one policy are one role with three names"
        if len(foreign) > 2
        else "",
    )
    ### BEGIN HIDDEN TESTS
    harmful = [
        f"{name}: {action}"
        for name in SERVICES
        for action, where in (
            ("s3:DeleteObject", "arn:aws:s3:::user-photos/ada.png"),
            ("s3:ListBucket", "arn:aws:s3:::user-photos"),
            ("dynamodb:Scan", ACCESS["order"][1]),
            ("sqs:PurgeQueue", ACCESS["payment"][1]),
            ("secretsmanager:GetSecretValue", hardening_fixtures.shop_ids()["secret"]),
            ("s3:GetObject", "arn:aws:s3:::payroll/salaries.csv"),
        )
        if may(name, action, where)
    ]
    s.met(
        1,
        "and nothing more",
        all(own.values()) and not harmful,
        found=harmful or "nothing more",
        slip="a wildcard in the action or the resource allows more than one call"
        if harmful
        else "",
    )
    names = [each["RoleName"] for each in boto3.client("iam").list_roles()["Roles"]]
    left = "shop-task" in names and any(
        cloud.can("shop-task", *concrete[name]).data["allowed"] for name in SERVICES
    )
    s.met(
        1,
        "the shared role is gone, or has no rights left",
        len(set(roles.values())) == 3 and not left,
        found="shop-task can still do everything" if left else "no rights",
        slip="an old task definition or a person who may pass the role brings it back"
        if left
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 4. Secrets (6 points)

One service has the database's password in its task definition, and every task's start may read every secret.

- All three services get `DATABASE_PASSWORD` from the secret `shop["secret"]`.
- The execution role reads this secret, and no other.
- The password that has leaked is worth nothing any more: rotate the secret now, and from now on every `DAYS` days. The rotation function is `ROTATION`.
- No active revision of a task definition shows a password.

The apps log in with the password that they were started with: after a rotation the database refuses the old one.
So the shop answers 500 from the rotation until the new tasks take over: prepare everything else first, and keep that time short.
(Where it may not happen at all, *alternating users* help: two users of the database take turns, and the one before stays valid until the next rotation. A password that has leaked then takes two rotations.)
A revision that was deregistered can still be described until it is deleted: that is one more reason to rotate.
"""

# %% given="rotation"
ROTATION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate-database"

# %% [markdown] hints="harden-secrets"
"""
1. In this order: secret instead of environment, narrow the role, rotate, deploy all three again, deregister old revisions.
2. `secrets.rotate_secret(SecretId=..., RotationLambdaARN=ROTATION, RotationRules={"AutomaticallyAfterDays": DAYS})` rotates at once as well.
3. A task gets the new value when it starts: `update_service(..., forceNewDeployment=True)`. Revisions are listed by `list_task_definitions(familyPrefix=..., status="ACTIVE")`.
"""


# %% solution="harden-secrets" needs=[]
### BEGIN SOLUTION
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=allowing("secretsmanager:GetSecretValue", shop["secret"]),
)
secrets.rotate_secret(
    SecretId=shop["secret"],
    RotationLambdaARN=ROTATION,
    RotationRules={"AutomaticallyAfterDays": DAYS},
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
### END SOLUTION

# %% hide check="harden-secrets" points=6
"""An intruder looks for the password where it used to be, and tries the one that leaked."""


def shown(revision):
    """Return the names of variables in plain text in a revision of a task definition."""
    found = boto3.client("ecs").describe_task_definition(taskDefinition=revision)["taskDefinition"]
    return [
        each["name"]
        for container in found["containerDefinitions"]
        for each in container.get("environment", [])
        if hardening_fixtures.PASSWORD in each["value"] or "PASSWORD" in each["name"].upper()
    ]


with score(6) as s:
    keeper = boto3.client("secretsmanager")
    arn = hardening_fixtures.shop_ids()["secret"]
    about = keeper.describe_secret(SecretId=arn)
    value = keeper.get_secret_value(SecretId=arn)["SecretString"]
    other = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:payroll/root-AbCdEf"
    wide = cloud.can("shop-execution", "secretsmanager:GetSecretValue", other).data["allowed"]
    reads = cloud.can("shop-execution", "secretsmanager:GetSecretValue", arn).data["allowed"]
    in_use = {
        name: {each["taskDefinitionArn"] for each in running("shop", name)} for name in SERVICES
    }
    plain = {name: [v for each in of for v in shown(each)] for name, of in in_use.items()}
    s.need(
        not wide or about.get("RotationEnabled") or not any(plain.values()),
        "the secret, the role and the task definitions are as you found them",
    )
    statuses = hardening_fixtures.answers()
    rotated = value != hardening_fixtures.PASSWORD
    s.met(
        1,
        "the shop still answers",
        set(statuses.values()) == {200},
        found=statuses,
        slip="tasks keep the password that they were started with: after a rotation deploy them anew"
        if rotated
        else "",
    )
    in_use = {
        name: {each["taskDefinitionArn"] for each in running("shop", name)} for name in SERVICES
    }
    plain = {name: [v for each in of for v in shown(each)] for name, of in in_use.items()}
    s.met(
        1,
        "no running task has the password in its environment in plain text",
        not any(plain.values()) and all(in_use.values()),
        found={name: each for name, each in plain.items() if each} or "none",
        slip=f"no task runs of {[name for name, of in in_use.items() if not of]}"
        if not all(in_use.values())
        else "",
    )
    s.met(
        1,
        "the execution role reads this secret and no other",
        reads and not wide,
        found={"this secret": reads, "another": wide},
        slip="the resource is still `*`" if wide else "",
    )
    s.met(
        1,
        "the leaked password is worth nothing any more",
        rotated and set(statuses.values()) == {200},
        found="the secret has another value"
        if rotated
        else "the secret still has the leaked value",
        slip="a secret that has leaked stays leaked, wherever it is stored now: rotate it"
        if not rotated
        else "",
    )
    days = about.get("RotationRules", {}).get("AutomaticallyAfterDays")
    s.met(
        1,
        f"it is rotated every {DAYS} days",
        about.get("RotationEnabled") and days == DAYS,
        found={"enabled": about.get("RotationEnabled"), "days": days},
        expected={"enabled": True, "days": DAYS},
        slip="a new value put by hand is new once" if not about.get("RotationEnabled") else "",
    )
    ### BEGIN HIDDEN TESTS
    active = {
        arn.rpartition("/")[2]
        for name in SERVICES
        for arn in boto3.client("ecs").list_task_definitions(familyPrefix=name, status="ACTIVE")[
            "taskDefinitionArns"
        ]
        if shown(arn)
    }
    s.met(
        1,
        "no active revision shows it",
        not any(plain.values()) and not active,
        found=sorted(active) or "none",
        slip="old revisions are still there, and a rollback would bring the password back"
        if active
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. No request in clear (3 points)

The listener on port 80 serves the shop without TLS. Let it redirect to HTTPS for good, path and query string kept.
And the HTTPS listener still takes TLS 1.0: choose the security policy `ELBSecurityPolicy-TLS13-1-2-2021-06`, which takes 1.2 and 1.3.
"""

# %% [markdown] hints="harden-https"
"""
1. Two calls of `modify_listener`; the ARNs are in `shop["listeners"]`.
2. `DefaultActions=[{"Type": "redirect", "RedirectConfig": {...}}]` with `Protocol`, `Port` and `StatusCode`; `SslPolicy=...`. For `!aws`, put the actions into a variable with `json.dumps` and write `'{variable}'`: with JSON in the line itself, Jupyter fills in none of its `{...}`.
"""

# %% solution="harden-https" needs=[]
### BEGIN SOLUTION
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.modify_listener(
    ListenerArn=shop["listeners"]["http"],
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
elb.modify_listener(
    ListenerArn=shop["listeners"]["https"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
)
### END SOLUTION

# %% hide check="harden-https" points=3
"""A customer comes by HTTP, and by HTTPS."""
with score(3) as s:
    reader = boto3.client("elbv2")
    balancer = hardening_fixtures.shop_ids()["load_balancer"]
    every = {
        each["Port"]: each
        for each in reader.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    }
    plain = ask("http://shop.example.com/api/users/7?x=1")
    policy = every.get(443, {}).get("SslPolicy", "")
    s.need(
        plain["status"] != 200 or policy != "ELBSecurityPolicy-2016-08",
        "both listeners are as you found them",
    )
    secure = ask(URLS["user"])["status"]
    s.met(
        1,
        "HTTP is redirected for good, and HTTPS answers",
        plain["status"] == 301
        and plain.get("location", "").startswith("https://shop.example.com")
        and secure == 200,
        found={"http": plain["status"], "https": secure},
        expected={"http": 301, "https": 200},
        slip="302 says: only for now; browsers ask in clear again"
        if plain["status"] == 302
        else "a customer who types the name comes on port 80, and now finds nobody"
        if plain["status"] is None
        else "",
    )
    s.met(
        1,
        "path and query string are kept",
        plain.get("location", "").endswith("/api/users/7?x=1"),
        found=plain.get("location"),
    )
    s.met(
        1,
        "TLS 1.0 and 1.1 are refused",
        policy.startswith(
            (
                "ELBSecurityPolicy-TLS13-1-2",
                "ELBSecurityPolicy-TLS13-1-3",
                "ELBSecurityPolicy-TLS-1-2",
            )
        ),
        found=policy,
        expected="ELBSecurityPolicy-TLS13-1-2-2021-06",
    )
s

# %% [markdown]
"""
## 6. Images (5 points)

- No image runs as root. `build_image(service, tag, user="node")` does what the build server does with a Dockerfile that ends in `USER node`. Push `TAG` of the service that needs it, and deploy it.
- In all three repositories a tag never names another image, and what is pushed is scanned.
"""

# %% [markdown] hints="harden-images"
"""
1. The service is in your `findings`. A running task changes nothing until its task definition names another image.
2. `put_image_tag_mutability` for each; `put_registry_scanning_configuration` once for all. (The scan setting of a single repository, `put_image_scanning_configuration`, still works, and is being deprecated.)
3. The image's address ends in `:v1.0`; `revise` deploys one with `:{TAG}`, as in exercise 3.
"""

# %% solution="harden-images" needs=["find-weaknesses"]
### BEGIN SOLUTION
root = findings["service whose image runs as root"]
build_image(root, TAG, user="node")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


revise(root, newer)
for service in SERVICES:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": True}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
### END SOLUTION

# %% hide check="harden-images" points=5
"""Running tasks' images are opened; each repository gets a tag pushed twice."""


def repository_does(name):
    """Push into a repository: tell whether it refuses a second push, and scans."""
    with undone(cloud):
        digest = design_probes.push_image(name, "probe", content="probe")
        try:
            design_probes.push_image(name, "probe", content="another")
            refuses = False
        except ClientError:
            refuses = True
        cloud.advance("2 min")
        try:
            boto3.client("ecr").describe_image_scan_findings(
                repositoryName=name, imageId={"imageDigest": digest}
            )
            return refuses, True
        except ClientError:
            return refuses, False


with score(5) as s:
    does = {name: repository_does(f"{name}-service") for name in SERVICES}

    def users():
        """Return as whom the running tasks' images run, by service."""
        return {
            name: {
                cloud.image(each["containers"][0]["image"]).user or "root"
                for each in running("shop", name)
            }
            for name in SERVICES
        }

    as_whom = users()
    s.need(
        any(any(each) for each in does.values())
        or not any("root" in each for each in as_whom.values()),
        "images and repositories are as you found them",
    )
    statuses = hardening_fixtures.answers()
    as_whom = users()
    s.met(
        1,
        "the shop still answers",
        set(statuses.values()) == {200},
        found=statuses,
    )
    rooted = sorted(name for name, who in as_whom.items() if "root" in who or "0" in who)
    s.met(
        1,
        "no running task's image runs as root",
        all(as_whom.values()) and not rooted,
        found={name: sorted(who) for name, who in as_whom.items()},
        slip="a pushed image runs nowhere until a task definition names it and the service is deployed"
        if rooted
        else f"no task runs of {[name for name, who in as_whom.items() if not who]}"
        if not all(as_whom.values())
        else "",
    )
    s.met(
        1,
        "a second push of a tag is refused in all three repositories",
        all(each[0] for each in does.values()),
        found={name: each[0] for name, each in does.items()},
    )
    s.met(
        1,
        "images are scanned when they are pushed, in all three",
        all(each[1] for each in does.values()),
        found={name: each[1] for name, each in does.items()},
    )
    ### BEGIN HIDDEN TESTS
    tags = {
        name: {each["containers"][0]["image"].rpartition(":")[2] for each in running("shop", name)}
        for name in SERVICES
    }
    was_root = awslab.draw(hardening_fixtures.DRAWN).pick("root", SERVICES)
    s.met(
        1,
        "the version that runs has a tag of its own",
        tags[was_root] == {TAG} and not rooted,
        found=sorted(tags[was_root]),
        expected=[TAG],
        slip="v1.0 was moved to another image: nobody can tell any more which of the two ran when"
        if tags[was_root] == {"v1.0"} and not rooted
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 7. Encryption between the services (5 points)

`order` calls `payment` by Service Connect, in clear. Let Service Connect encrypt what goes to `payment`: its certificates come from the private authority `AUTHORITY`, and ECS renews them with an infrastructure role that you name `connect-tls`.

The policy for this role is `arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity`.

(Older answers name AWS App Mesh here. It ended on September 30, 2026.)
"""

# %% [markdown] hints="harden-connect"
"""
1. An infrastructure role is used by ECS itself, not by tasks: its trust policy names `ecs.amazonaws.com`.
2. `describe_services` shows the service's `serviceConnectConfiguration` in its deployment. Keep it, and add `tls` to its entry in `services`.
3. `tls` is `{"issuerCertificateAuthority": {"awsPcaAuthorityArn": ...}, "roleArn": ...}`. Then `update_service`; clients get to know of it when they are deployed anew.
"""

# %% solution="harden-connect" needs=[]
### BEGIN SOLUTION
infrastructure = iam.create_role(
    RoleName="connect-tls", AssumeRolePolicyDocument=trusting("ecs.amazonaws.com")
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "clientAliases": [{"port": PORT, "dnsName": "payment-service"}],
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])
### END SOLUTION

# %% hide check="harden-connect" points=5
"""Orders are made, and the call to payment within each is looked at."""
with score(5) as s:
    described = boto3.client("ecs").describe_services(cluster="shop", services=SERVICES)["services"]
    entries = {}
    for each in described:
        settings = each["deployments"][0].get("serviceConnectConfiguration") or {}
        entries[each["serviceName"]] = settings.get("services") or []
    tls = [entry["tls"] for entry in entries.get("payment", []) if entry.get("tls")]
    roles = [each["RoleName"] for each in boto3.client("iam").list_roles()["Roles"]]
    elsewhere = [name for name, of in entries.items() if any(x.get("tls") for x in of)]
    s.need(elsewhere or "connect-tls" in roles, "Service Connect is as you found it")
    statuses = hardening_fixtures.answers()
    calls = [
        call
        for call in cloud.trace("GET", URLS["order"]).calls
        if "payment" in str(call.get("url"))
    ]
    encrypted = [bool(call.get("encrypted")) for call in calls]
    s.met(
        1,
        "the shop still answers",
        set(statuses.values()) == {200},
        found=statuses,
        slip="the app calls payment by the name payment-service and PORT: keep the alias"
        if statuses["order"] in (502, 503)
        else "",
    )
    s.met(
        2,
        "the call from order to payment is encrypted",
        encrypted and all(encrypted),
        found=[{key: call.get(key) for key in ("by", "status", "encrypted")} for call in calls],
        slip=f"TLS was given to {elsewhere[0]}; what goes to payment is set at payment"
        if elsewhere and not tls
        else "payment offers TLS, and order does not know it yet: clients learn of it when they are deployed anew"
        if tls and calls
        else "",
    )
    s.met(
        1,
        "with certificates from AUTHORITY",
        [each["issuerCertificateAuthority"].get("awsPcaAuthorityArn") for each in tls]
        == [AUTHORITY],
        found=[each["issuerCertificateAuthority"] for each in tls],
        expected=AUTHORITY,
    )
    ### BEGIN HIDDEN TESTS
    text = ""
    if "connect-tls" in roles:
        text = json.dumps(
            boto3.client("iam").get_role(RoleName="connect-tls")["Role"]["AssumeRolePolicyDocument"]
        )
    s.met(
        1,
        "with the role connect-tls, which ECS may assume",
        tls
        and tls[0].get("roleArn", "").endswith("role/connect-tls")
        and '"ecs.amazonaws.com"' in text,
        found={"roles": [each.get("roleArn") for each in tls], "trust": text},
        slip="ecs-tasks.amazonaws.com is for tasks; this role is used by ECS itself"
        if "ecs-tasks" in text
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 8. Records for the day after (5 points)

In exercise 1 CloudTrail told who changed a security group. It does not know which packets were sent, nor which pages were asked for.

- Record the flows of the whole VPC, accepted and rejected, in the log group `FLOW_GROUP`, every minute. The role `vpc-flow-logs` is there for the delivery, and writes to this group only (the next cell).
- Let the load balancer write access logs to the bucket `LOG_BUCKET`, which nobody else may write to.
"""

# %% given="recorders"
if "vpc-flow-logs" not in [each["RoleName"] for each in iam.list_roles()["Roles"]]:
    by_flow_logs = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    iam.create_role(
        RoleName="vpc-flow-logs",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [by_flow_logs]}),
    )
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{FLOW_GROUP}"
    writes = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [group, f"{group}:*"],
    }
    looks = {
        "Effect": "Allow",
        "Action": ["logs:DescribeLogGroups", "logs:DescribeLogStreams"],
        "Resource": "*",
    }
    iam.put_role_policy(
        RoleName="vpc-flow-logs",
        PolicyName="write",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [writes, looks]}),
    )
    s3.create_bucket(Bucket=LOG_BUCKET)

# %% [markdown] hints="harden-records"
"""
1. `ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[...], TrafficType="ALL", ...)`.
2. Its other arguments are `LogGroupName`, `DeliverLogsPermissionArn` and `MaxAggregationInterval`, 60 or 600 seconds.
3. The bucket's policy first: principal `logdelivery.elasticloadbalancing.amazonaws.com`, `s3:PutObject`; then `modify_load_balancer_attributes` with `access_logs.s3.enabled` and `access_logs.s3.bucket`.
"""

# %% solution="harden-records" needs=[]
### BEGIN SOLUTION
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[shop["vpc"]],
    TrafficType="ALL",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=LOG_BUCKET,
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=shop["load_balancer"],
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
    ],
)
### END SOLUTION

# %% hide check="harden-records" points=5
"""Requests come, a security group is closed for a while, and the records must tell of both."""
with score(5) as s:
    parts = hardening_fixtures.shop_ids()
    flows = boto3.client("ec2").describe_flow_logs()["FlowLogs"]
    attributes = boto3.client("elbv2").describe_load_balancer_attributes(
        LoadBalancerArn=parts["load_balancer"]
    )["Attributes"]
    on = {each["Key"]: each["Value"] for each in attributes}.get("access_logs.s3.enabled")
    try:
        policy = boto3.client("s3").get_bucket_policy(Bucket=LOG_BUCKET)["Policy"]
    except ClientError:
        policy = ""
    s.need(flows or policy or on == "true", "nothing is recorded yet")
    seen = {name: set() for name in ("user", "payment")}
    with undone(cloud):
        ask("https://shop.example.com/api/users/7?record=this")
        group = parts["groups"]["payment"]
        described = boto3.client("ec2").describe_security_groups(GroupIds=[group])
        boto3.client("ec2").revoke_security_group_ingress(
            GroupId=group, IpPermissions=described["SecurityGroups"][0]["IpPermissions"]
        )
        addresses = {name: {task["address"] for task in running("shop", name)} for name in seen}
        cloud.advance("12 min")
        try:
            events = boto3.client("logs").filter_log_events(logGroupName=FLOW_GROUP)["events"]
        except ClientError:
            events = []
        for fields in (event["message"].split() for event in events):
            for name, of in addresses.items():
                if len(fields) > 12 and fields[4] in of and fields[6] == str(PORT):
                    seen[name].add(fields[12])
        listed = boto3.client("s3").list_objects_v2(Bucket=LOG_BUCKET).get("Contents", [])
        files = [each["Key"] for each in listed if each["Key"].endswith(".gz")]
    whole = [each for each in flows if each["ResourceId"] == parts["vpc"]]
    s.met(
        1,
        "a flow log of the whole VPC, every minute",
        any(each.get("MaxAggregationInterval") == 60 for each in whole),
        found=[(each["ResourceId"], each.get("MaxAggregationInterval")) for each in flows],
        slip="the default interval is ten minutes" if whole else "",
    )
    s.met(
        1,
        "it tells of the health checks that user accepts",
        "ACCEPT" in seen["user"],
        found=sorted(seen["user"]) or f"no record in {FLOW_GROUP}",
        slip="TrafficType REJECT leaves out what got through: the intruder's packets did"
        if "REJECT" in seen["payment"] and "ACCEPT" not in seen["user"]
        else "does the delivery have its role? DescribeFlowLogs shows DeliverLogsErrorMessage"
        if flows and not events
        else "",
    )
    s.met(
        1,
        "access logs arrive in the bucket",
        files,
        found=files[:1] or "no log file",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "it tells of packets that payment's group rejects",
        "REJECT" in seen["payment"],
        found=sorted(seen["payment"]),
        slip="TrafficType ACCEPT leaves out the attempts that failed"
        if "ACCEPT" in seen["user"]
        else "",
    )
    statements = json.loads(policy)["Statement"] if policy else []
    statements = statements if isinstance(statements, list) else [statements]
    open_to = [
        each
        for each in statements
        if each["Effect"] == "Allow" and "*" in json.dumps(each["Principal"])
    ]
    s.met(
        1,
        "and nobody else may write there",
        files and not open_to,
        found=[each.get("Principal") for each in statements],
        slip="an intruder writes into the log what suits him" if open_to else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 9. What runs in the containers (4 points)

Groups and roles do not see a process that an intruder has started in a container. GuardDuty's Runtime Monitoring does, on Fargate with an agent that AWS adds to a task **when it starts**.

Enable it for all tasks that run now and later.
"""

# %% [markdown] hints="harden-runtime"
"""
1. One detector in the Region, with the feature `RUNTIME_MONITORING`.
2. The agent for Fargate is an additional configuration of the feature: `ECS_FARGATE_AGENT_MANAGEMENT`.
3. Tasks that run already have no agent: deploy all three services anew.
"""

# %% solution="harden-runtime" needs=[]
### BEGIN SOLUTION
guardduty.create_detector(
    Enable=True,
    Features=[
        {
            "Name": "RUNTIME_MONITORING",
            "Status": "ENABLED",
            "AdditionalConfiguration": [
                {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
            ],
        }
    ],
)
for service in SERVICES:
    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
### END SOLUTION

# %% hide check="harden-runtime" points=4
"""A miner is started in running tasks; ten minutes later GuardDuty must name them."""
with score(4) as s:
    guard = boto3.client("guardduty")
    detectors = guard.list_detectors()["DetectorIds"]
    s.need(detectors, "there is no GuardDuty detector yet")
    statuses = hardening_fixtures.answers()
    tasks = {name: running("shop", name) for name in SERVICES}
    none = [name for name, of in tasks.items() if not of]
    s.need(not none, f"no task of {', '.join(none)} runs: its service's events and its stopped tasks say why")
    named = {}
    with undone(cloud):
        victims = {name: of[0]["taskArn"] for name, of in tasks.items()}
        for victim in victims.values():
            cloud.fail(task=victim, behaves="cryptomining")
        cloud.advance("12 min")
        ids = guard.list_findings(DetectorId=detectors[0])["FindingIds"]
        found = (
            guard.get_findings(DetectorId=detectors[0], FindingIds=ids)["Findings"] if ids else []
        )
        tasks = [
            each["Resource"].get("EcsClusterDetails", {}).get("TaskDetails", {}).get("Arn")
            for each in found
        ]
        named = {name: victim in tasks for name, victim in victims.items()}
    detector = guard.get_detector(DetectorId=detectors[0])
    features = {each["Name"]: each for each in detector.get("Features", [])}
    runtime = features.get("RUNTIME_MONITORING", {})
    agents = {each["Name"]: each["Status"] for each in runtime.get("AdditionalConfiguration", [])}
    s.met(
        1,
        "Runtime Monitoring is on",
        detector["Status"] == "ENABLED" and runtime.get("Status") == "ENABLED",
        found={"detector": detector["Status"], "feature": runtime.get("Status")},
    )
    s.met(
        1,
        "with its agent for Fargate",
        agents.get("ECS_FARGATE_AGENT_MANAGEMENT") == "ENABLED",
        found=agents,
        slip="without the agent nobody looks into a Fargate task"
        if runtime.get("Status") == "ENABLED"
        else "",
    )
    s.met(
        1,
        "a miner in a task is found, and the shop still answers",
        any(named.values()) and set(statuses.values()) == {200},
        found=named,
        slip="the tasks were started before the feature was on: they have no agent; deploy them anew"
        if agents.get("ECS_FARGATE_AGENT_MANAGEMENT") == "ENABLED" and not any(named.values())
        else "",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "in the tasks of all three services",
        all(named.values()) and named,
        found=named,
        slip="some services were not deployed anew" if any(named.values()) else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 10. Which layer stops what (4 points)

It is three in the morning. GuardDuty reports a reverse shell in a task of `user`, in the shop as it is **now**, after your work.
Write eight to twelve sentences for the person who is called: what the intruder can do from there and what not, layer by layer, which records you read to find out what was done, and what you do in the first hour, in order.
This answer is read by a person.
"""

# %% [markdown] hints="explain-layers"
"""
1. From that task: which addresses, which AWS calls, which secrets can be reached?
2. Three records answer three questions: which packets, which AWS calls, which requests.
3. Keep the evidence before you kill the task. Which credentials has the intruder seen?
"""

# %% [markdown] answer="explain-layers" points=4
"""
<!-- BEGIN SOLUTION -->
From a task of user the intruder reaches the database on 5432 and the internet through the NAT gateway; payment's security group names order and the load balancer, so there is no way on to it, and order's takes nobody but the load balancer.
With the task role the intruder reads photos, and nothing else: no orders, no queue, no secret. The execution role is out of reach: its credentials are not in the container.
The database's password is in the environment of the process and counts as leaked.
What order sends to payment is encrypted, so listening to it is worth nothing; but encryption is no authentication of the caller: that is what the group's rule, an auth policy of VPC Lattice or a token in the request are for.
Flow logs show which addresses the task talked to, accepted or not; CloudTrail shows the AWS calls of the task role's session, which carries the task's id; access logs show the requests by which the intruder may have come in. Nothing here shows the content of a connection.
In the first hour: keep the evidence (logs, the task's id, the image's digest), give the task a security group without rules out or stop it, deploy again from a known image, rotate the password and deploy all services anew, revoke the role's sessions, look for the hole in the image's findings and in the access logs.
Afterwards: narrow what user may reach outside, since a NAT gateway lets a shell call home.

Rubric, one point each:

- what the intruder can and cannot reach in the network, payment named;
- what the task role allows, and that the password of the environment counts as leaked;
- at least two records with the question that each answers, and no claim that CloudTrail logs HTTP calls between services;
- an order of steps that contains: isolate or stop the task, rotate the password with new deployments, find the way in. App Mesh as a remedy costs this point.
<!-- END SOLUTION -->
"""
