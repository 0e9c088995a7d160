# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: design the whole system"
#     minutes: 90
#     covers: [Q9]
# ---

# %% [markdown]
"""
# 6.3 Interview: design the whole system

About 90 minutes. Do the lessons [6.3.a](../../notebooks/6.3.a-ecr.ipynb) to [6.3.d](../../notebooks/6.3.d-vpc-iam.ipynb) first.

The longest question of an interview on this subject is: *design the complete AWS infrastructure for an application of three services*.
Here you do not draw it, you build it: from an empty account to a system that answers over HTTPS, survives the loss of a zone and scales.

Any honest way counts: boto3, the `aws` command, CloudFormation.
The checks do not read your code. They send packets and requests, kill tasks, fail zones and NAT gateways, deploy a version that is broken, and look at what happens; then they bring back your system as it was.

Names and numbers are drawn for you: **write your user name into the next cell**, and use the variables wherever the text names them.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import json
from ipaddress import ip_network

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import design_probes, score
from awslab.fixtures import expired_by
from awslab.design_probes import ask, interface, push_image, running, security_group, undone

cloud = awslab.start()
cloud.reset()
ec2, ecr, iam, elb = (boto3.client(name) for name in ("ec2", "ecr", "iam", "elbv2"))
ecs, logs, acm, route53 = (boto3.client(name) for name in ("ecs", "logs", "acm", "route53"))
secrets, s3, cloudwatch = (boto3.client(name) for name in ("secretsmanager", "s3", "cloudwatch"))
scaling = boto3.client("application-autoscaling")
ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = ["us-east-1a", "us-east-1b"]

mine = awslab.draw("6.3-interview-design")
SERVICES = mine.pick(
    "SERVICES",
    [
        ["users", "orders", "payments"],
        ["guests", "bookings", "invoices"],
        ["members", "loans", "penalties"],
        ["riders", "trips", "fares"],
        ["patients", "visits", "bills"],
        ["authors", "books", "royalties"],
        ["students", "courses", "fees"],
        ["pilots", "flights", "tickets"],
    ],
)
FIRST, SECOND, THIRD = SERVICES
VPC_CIDR = mine.cidr("VPC_CIDR")
PORT = mine.number("PORT", 3100, 8900, 100)
PREFIX = mine.pick("PREFIX", ["api", "v1", "app", "rest", "svc", "public", "edge"])
DOMAIN = mine.pick(
    "DOMAIN",
    [f"{word}.example" for word in ("harbour", "orchard", "quarry", "lantern", "meadow", "willow")],
)
HEALTH_PATH = mine.pick(
    "HEALTH_PATH", ["/healthz", "/ready", "/alive", "/ping", "/up", "/internal/health"]
)
CLUSTER = mine.pick(
    "CLUSTER", ["granite", "copper", "amber", "cobalt", "marble", "cedar", "slate", "linen"]
)
VERSION = f"v1.{mine.number('MINOR', 2, 30)}"
SECRET = (
    f"{CLUSTER}/{mine.pick('SECRET_NAME', ['database', 'db', 'store', 'ledger', 'main', 'core'])}"
)
KEEP = mine.number("KEEP", 5, 12)
MOST = mine.number("MOST", 5, 12)
CPU = mine.number("CPU", 45, 65, 5)
RETENTION = mine.pick("RETENTION", [14, 30, 60, 90, 120, 150, 180])
mine

# %% [markdown]
"""
### The order

The product team writes: *three services, `FIRST`, `SECOND` and `THIRD`, on one address. Customers' data is behind them. We sleep at night.*
You turn that into requirements. The variables hold your numbers.

| Part | Requirement | Exercise |
|---|---|---|
| Network | one VPC `VPC_CIDR` over the zones `ZONES`, three tiers: public, private, data | 1 |
| Network | private subnets reach the internet, and go on doing so when any one zone is lost | 1 |
| Traffic | internet to load balancer, load balancer to services, services to database, `SECOND` to `THIRD`; nothing else | 2 |
| Traffic | pulling images, reading secrets and writing logs need no NAT gateway | 2 |
| Images | a repository for each service, fixed tags, scanned, the newest `KEEP` versions kept | 3 |
| Rights | one execution role, one task role for each service, a secret for the database's password | 4 |
| Entrance | HTTPS for `DOMAIN`, a path for each service, HTTP only redirects | 5 |
| Services | two tasks each in private subnets, with rollback, no failed request while tasks die or versions change, and answers when a zone is lost | 6 |
| Operation | scale from 2 to `MOST` tasks at `CPU` percent, alarms, access logs, log retention | 7 |

Other teams hand over `given["zone"]`, the hosted zone of `DOMAIN`; `given["logs"]`, a bucket for access logs; and the data of the three services.
`given["access"]` says which call each service's app makes, and on what. `given["apps"]` is how the apps behave: they listen on `PORT`, answer `HEALTH_PATH`, and need the variable `DATABASE_PASSWORD`.
"""

# %% given="handover"
given = design_probes.handover(SERVICES, DOMAIN, PORT, HEALTH_PATH, PREFIX)
given["access"]

# %% [markdown]
"""
## 1. A network of three tiers (6 points)

Build the VPC `VPC_CIDR`. In each of the two zones `ZONES` it has

- a **public** subnet, which the internet reaches: for the load balancer and what leads out;
- a **private** subnet, which reaches the internet and is not reached from it: for the tasks;
- a **data** subnet, which does neither: for the database.

When one zone is lost, whichever it is, the private subnet of the other must still get out.
(This lab has zonal NAT gateways only. In an interview, name the regional one of lesson 6.3.d too.)
"""

# %% [markdown] hints="design-network"
"""
1. What makes a subnet public is its route table. How many different route tables does this take?
2. Four: one for both public subnets, to the internet gateway; one for each private subnet, to the NAT gateway of its own zone; one for both data subnets, without a default route.
3. `list(ip_network(VPC_CIDR).subnets(new_prefix=24))` cuts the range into 256 subnets. `ec2.get_waiter("nat_gateway_available")` waits; `EnableDnsHostnames` is needed in exercise 2.
"""

# %% solution="design-network" needs=[]
### BEGIN SOLUTION
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, nowhere))
### END SOLUTION

# %% hide check="design-network" points=6
"""Packets are sent from and to every subnet; then one zone after the other is taken away."""
with score(6) as s:
    vpc_id, found = design_probes.subnets_of(VPC_CIDR)
    s.need(vpc_id, f"there is no VPC with the range {VPC_CIDR} yet")
    s.need(found, "the VPC has no subnets yet")
    survived = {}
    with undone(cloud):
        tiers = design_probes.tiers(cloud, VPC_CIDR)
        outside = design_probes.OUTSIDE
        enis = {zone: interface(names[0]) for zone, names in tiers["private"].items()}
        ways = {zone: cloud.path(eni, outside, 443).reachable for zone, eni in enis.items()}
    for lost in tiers["private"]:
        with undone(cloud):
            enis = {zone: interface(names[0]) for zone, names in tiers["private"].items()}
            cloud.fail(az=lost)
            survived[lost] = all(
                cloud.path(eni, outside, 443).reachable
                for zone, eni in enis.items()
                if zone != lost
            )
    zones = {tier: sorted(by_zone) for tier, by_zone in tiers.items()}
    in_both = {tier: set(ZONES) <= set(known) for tier, known in zones.items()}
    s.met(
        1,
        "the internet reaches a subnet in each zone",
        in_both["public"],
        found=zones["public"],
        expected=ZONES,
        slip="no subnet is reached: a route to the internet gateway is missing, or the gateway is not attached"
        if not zones["public"]
        else "both subnets of a tier are in one zone: a load balancer needs two"
        if len(zones["public"]) == 1
        else "",
    )
    s.met(
        2,
        "a subnet in each zone gets out, and is not reached",
        in_both["private"],
        found=zones["private"],
        expected=ZONES,
        slip="every subnet is public: tasks would be one wrong rule away from the internet"
        if in_both["public"] and not zones["private"] and not zones["data"]
        else "without a way out: private subnets need a route to a NAT gateway in a public subnet"
        if not zones["private"]
        else "",
        why="the services call DynamoDB, SQS and third parties, and nobody calls them from outside",
    )
    s.met(
        1,
        "a subnet in each zone does neither",
        in_both["data"],
        found=zones["data"],
        expected=ZONES,
        slip="the data tier gets out as well: a database has nobody to call, give its subnets a route table without a default route"
        if in_both["private"] and any(len(names) > 1 for names in tiers["private"].values())
        else "",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        2,
        "the other zone still gets out when one is lost",
        in_both["private"] and all(survived.values()),
        found={f"without {zone}": "gets out" if ok else "cut off" for zone, ok in survived.items()},
        slip="one NAT gateway for both zones: it dies with its zone, and the other is cut off too"
        if in_both["private"] and not all(survived.values())
        else "",
        why="a zone is lost as a whole: each private subnet needs the NAT gateway of its own zone",
    )
    ### END HIDDEN TESTS
s

# %%
cloud.map(design_probes.subnets_of(VPC_CIDR)[0] or None)

# %% [markdown]
"""
## 2. Who may talk to whom (7 points)

Make the security groups `alb`, `database`, and one named as each service (`FIRST`, `SECOND`, `THIRD`):

- the internet reaches the load balancer on 80 and 443;
- the load balancer reaches the services on `PORT`;
- the services reach the database on 5432;
- `SECOND` also reaches `THIRD` on `PORT`; `FIRST` must not;
- nothing else is let in anywhere.

Then let the private subnets reach what a Fargate task needs to start (ECR, Amazon S3 for the layers, CloudWatch Logs, Secrets Manager) **without a NAT gateway**.
"""

# %% [markdown] hints="design-groups"
"""
1. A rule names another group as its source (`UserIdGroupPairs`), so it holds whatever addresses the tasks get.
2. Four interface endpoints and one gateway endpoint. Which of ECR's two names is the registry, which the API? The gateway endpoint belongs to route tables: those of the private subnets.
3. Interface endpoints have security groups too: they take 443 from the services. Their private DNS needs the VPC's DNS hostnames.
"""

# %% solution="design-groups" needs=["design-network"]
### BEGIN SOLUTION
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)
### END SOLUTION

# %% hide check="design-groups" points=7
"""Interfaces are put where load balancer, tasks and database will be, and packets go from each to each."""
with score(7) as s:
    vpc_id, _ = design_probes.subnets_of(VPC_CIDR)
    s.need(vpc_id, "there is no VPC yet: do exercise 1 first")
    within = [{"Name": "vpc-id", "Values": [vpc_id]}]
    known = {
        each["GroupName"]: each["GroupId"]
        for each in boto3.client("ec2").describe_security_groups(Filters=within)["SecurityGroups"]
    }
    wanted = ["alb", *SERVICES, "database"]
    s.need(set(wanted) & set(known), "there are no security groups with these names yet")
    s.need(set(wanted) <= set(known), f"missing groups: {sorted(set(wanted) - set(known))}")
    with undone(cloud):
        tiers = design_probes.tiers(cloud, VPC_CIDR)
        s.need(all(tiers.values()), "the rest needs the three tiers of exercise 1")
        place = {tier: next(iter(by_zone.values()))[0] for tier, by_zone in tiers.items()}
        ends = {
            "alb": interface(place["public"], known["alb"], public=True),
            "database": interface(place["data"], known["database"]),
            "a stranger": interface(place["private"], security_group(vpc_id, "stranger-of-check")),
            **{name: interface(place["private"], known[name]) for name in SERVICES},
        }
        exposed = {
            name: interface(place["public"], known[name], public=True)
            for name in (*SERVICES, "database")
        }

        def callers(target, port):
            """Return who reaches an end on a port."""
            return {
                name
                for name, eni in {"the internet": "internet", **ends}.items()
                if name != target and cloud.path(eni, ends[target], port).reachable
            }

        fronts = {port: "the internet" in callers("alb", port) for port in (80, 443, 22, PORT)}
        into = {name: callers(name, PORT) for name in SERVICES}
        at_database = callers("database", 5432)
        odd = {
            f"{name}:{port}": sorted(callers(name, port))
            for name in SERVICES
            for port in (22, 443, 5432)
        }
        odd |= {f"database:{port}": sorted(callers("database", port)) for port in (22, 443, PORT)}
        odd = {where: who for where, who in odd.items() if who}
        open_to_world = [
            name
            for name, eni in exposed.items()
            if any(cloud.path("internet", eni, port).reachable for port in (22, 443, PORT, 5432))
        ]
        for nat_id in design_probes.nat_gateways(VPC_CIDR):
            cloud.fail(nat=nat_id)
        cut_off = {
            f"{name} to {service}": cloud.path(ends[name], service, 443).why
            for name in SERVICES
            for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "s3")
            if not cloud.path(ends[name], service, 443).reachable
        }
    s.met(
        1,
        "the internet reaches the load balancer on 80 and 443 only",
        fronts == {80: True, 443: True, 22: False, PORT: False},
        found=[port for port, ok in fronts.items() if ok],
        expected=[80, 443],
        slip="with port 80 closed nobody ever sees the redirect to HTTPS"
        if fronts[443] and not fronts[80]
        else "",
    )
    s.met(
        1,
        "the load balancer reaches every service",
        all("alb" in into[name] for name in SERVICES),
        found={name: sorted(who) for name, who in into.items()},
    )
    s.met(
        1,
        "all services reach the database, and nobody else does",
        at_database == set(SERVICES),
        found=sorted(at_database),
        expected=sorted(SERVICES),
        slip="the database trusts the whole VPC: name the services' groups as the sources"
        if "a stranger" in at_database
        else "",
    )
    s.met(
        1,
        f"{SECOND} reaches {THIRD}, and {FIRST} does not",
        SECOND in into[THIRD] and FIRST not in into[THIRD],
        found=sorted(into[THIRD]),
        expected=sorted(["alb", SECOND]),
        slip=f"a range lets in the whole VPC, {FIRST} included: name the group of {SECOND}"
        if "a stranger" in into[THIRD]
        else "",
        why=f"whoever breaks into {FIRST} must not get on to {THIRD}",
    )
    ### BEGIN HIDDEN TESTS
    strict = {THIRD: {"alb", SECOND}, SECOND: {"alb"}, FIRST: {"alb"}}
    beyond = {
        name: sorted(into[name] - strict[name]) for name in SERVICES if into[name] - strict[name]
    }
    s.met(
        1,
        "nothing else is let in, even if a task had a public address",
        "alb" in into[FIRST] and not beyond and not odd and not open_to_world,
        found={"callers": beyond, "other ports": odd, "open to the internet": open_to_world},
        slip="a rule takes every port"
        if odd
        else "a group lets the internet in"
        if open_to_world
        else "",
    )
    ### END HIDDEN TESTS
    missing = sorted({each.rpartition(" ")[2] for each in cut_off} - {"s3"})
    endpoints = [
        each
        for each in boto3.client("ec2").describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
        if each["VpcEndpointType"] == "Interface"
    ]
    s.met(
        1,
        "without NAT gateways the services reach ECR, CloudWatch Logs and Secrets Manager",
        not missing,
        found=dict(list(cut_off.items())[:3]),
        slip="ECR is two services: ecr.api gives the token, ecr.dkr is the registry"
        if len({"ecr.api", "ecr.dkr"} & set(missing)) == 1
        else "the endpoints are there, and their security group does not let the services in on 443"
        if missing and len(endpoints) >= 4
        else "",
    )
    s.met(
        1,
        "and Amazon S3, where the layers of the images are",
        not any(each.endswith(" s3") for each in cut_off),
        found=next((why for each, why in cut_off.items() if each.endswith(" s3")), "reached"),
        slip="a gateway endpoint works for the route tables that it is given: the private ones"
        if any(each.endswith(" s3") for each in cut_off)
        else "",
    )
s

# %% [markdown]
"""
## 3. Registry and images (4 points)

Create a repository named as each service. A tag that was pushed must never name another image, images are scanned when they are pushed, and of the tagged images the newest `KEEP` are kept: builds without a tag must not count among them.

Then push `VERSION` of each service. The build server has built the images: `push_image(repository, tag, content=..., app=given["apps"][service])` pushes one. (`content` is any text; other texts make other images.)
"""

# %% [markdown] hints="design-images"
"""
1. Three settings and a push for each of three names: a loop.
2. `imageTagMutability` is an argument of `create_repository`; one `put_registry_scanning_configuration` switches scanning on for all repositories. (`imageScanningConfiguration`, the setting of a single repository, still works, and is being deprecated.)
3. The lifecycle rule has `tagStatus: tagged`, `tagPatternList: ["*"]`, `countType: imageCountMoreThan` and `countNumber: KEEP`.
"""

# %% solution="design-images" needs=[]
### BEGIN SOLUTION
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    ecr.put_lifecycle_policy(
        repositoryName=service, lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])
### END SOLUTION

# %% hide check="design-images" points=4
"""Each repository gets versions and builds pushed into it; what is refused, scanned and expired is looked at."""


def probe_repository(name):
    """Push into a repository and return what it does: refuses a second push, scans, expires tags."""
    client = boto3.client("ecr")
    result = {"kept": None}
    with undone(cloud):
        digest = push_image(name, "probe-0", content="probe", packages=["openssl=1.1.1"])
        try:
            push_image(name, "probe-0", content="another")
            result["refuses"] = False
        except ClientError:
            result["refuses"] = True
        cloud.advance("3 min")
        try:
            client.describe_image_scan_findings(
                repositoryName=name, imageId={"imageDigest": digest}
            )
            result["scans"] = True
        except ClientError:
            result["scans"] = False
        for number in range(1, KEEP + 3):
            cloud.advance("1 min")
            push_image(name, f"probe-{number}", content=f"probe {number}")
            push_image(name, None, content=f"build {number}")
        try:
            text = client.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
        except ClientError:
            return result
        expired = expired_by(text, name)
        every = client.describe_images(repositoryName=name, maxResults=1000)["imageDetails"]
        tagged = {tag for each in every for tag in each.get("imageTags", [])}
        result["kept"] = sorted(tagged - set(expired))
    return result


with score(4) as s:
    client = boto3.client("ecr")
    known = [each["repositoryName"] for each in client.describe_repositories()["repositories"]]
    s.need(known, "there are no repositories yet")
    s.need(set(SERVICES) <= set(known), f"missing: {sorted(set(SERVICES) - set(known))}")
    pushed = {}
    for name in SERVICES:
        try:
            pushed[name] = cloud.image(f"{name}:{VERSION}").digest
        except ClientError:
            continue
    s.met(
        1,
        f"an image {VERSION} of each service, each its own",
        len(set(pushed.values())) == 3,
        found=pushed,
        slip="all three are the same image" if len(pushed) == 3 else "",
    )
    does = {name: probe_repository(name) for name in SERVICES}
    s.met(
        1,
        "a second push of a tag is refused",
        all(each["refuses"] for each in does.values()),
        found={name: each["refuses"] for name, each in does.items()},
        slip="tags can be moved: the version that runs can then not be told from its name",
    )
    s.met(
        1,
        "images are scanned when they are pushed",
        all(each["scans"] for each in does.values()),
        found={name: each["scans"] for name, each in does.items()},
    )
    ### BEGIN HIDDEN TESTS
    newest = sorted(f"probe-{number}" for number in range(3, KEEP + 3))
    s.met(
        1,
        f"the newest {KEEP} tagged images are kept",
        all(each["kept"] == newest for each in does.values()),
        found={name: each["kept"] for name, each in does.items()},
        expected=newest,
        slip="there is no lifecycle policy: every image ever pushed is paid for"
        if any(each["kept"] is None for each in does.values())
        else f"builds without a tag count too: with tagStatus any they push versions out of the {KEEP}"
        if any(len(each["kept"]) < KEEP for each in does.values())
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 4. Roles and a secret (6 points)

- Store the database's password in Secrets Manager under the name `SECRET`; choose one.
- The role `execution` is for ECS: it pulls images, writes logs, and reads this secret, and no other.
- The roles `FIRST-task`, `SECOND-task` and `THIRD-task` (for example `users-task`) are for the apps: each may make the call that `given["access"]` lists for its service, and nothing else.

A note from the product team: *the payment provider's API should be in the task role of `THIRD` too.* You know what to answer.
"""

# %% [markdown] hints="design-roles"
"""
1. All four trust the same service: `ecs-tasks.amazonaws.com`.
2. `AmazonECSTaskExecutionRolePolicy` covers pulls and logs, not secrets: add a policy of your own with the ARN that `create_secret` returned.
3. `given["access"][service]` is a pair of action and resource, ready for a statement. IAM says nothing about other companies' APIs: those need a way out and a key of theirs.
"""

# %% solution="design-roles" needs=[]
### BEGIN SOLUTION
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", secret)
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    role(f"{service}-task", *given["access"][service])
### END SOLUTION

# %% hide check="design-roles" points=6
"""Every role is assumed as a task would, and tries every call, its own and the others'."""
with score(6) as s:
    client = boto3.client("iam")
    known = {each["RoleName"] for each in client.list_roles()["Roles"]}
    stored = [each["Name"] for each in boto3.client("secretsmanager").list_secrets()["SecretList"]]
    wanted = ["execution", *(f"{service}-task" for service in SERVICES)]
    s.need(set(wanted) & known or stored, "there are no roles and no secret yet")
    s.need(SECRET in stored, f"there is no secret {SECRET} yet")
    s.need(set(wanted) <= known, f"missing roles: {sorted(set(wanted) - known)}")
    trusted, decided = {}, {}
    for name in wanted:
        try:
            with cloud.as_role(name):
                trusted[name] = True
        except ValueError as error:
            trusted[name] = str(error)
    s.met(
        1,
        "ECS tasks may assume all four roles",
        all(each is True for each in trusted.values()),
        found={name: why for name, why in trusted.items() if why is not True} or "all four",
        slip="tasks come as ecs-tasks.amazonaws.com, which the trust policy does not name"
        if "ecs-tasks" not in json.dumps(client.get_role(RoleName="execution"), default=str)
        else "",
    )
    for name in SERVICES:
        for other in SERVICES:
            action, resource = given["access"][other]
            decided[name, other] = cloud.can(f"{name}-task", action, resource).data["allowed"]
    own = {name: decided[name, name] for name in SERVICES}
    s.met(
        1,
        "each task role may make the call of its app",
        all(own.values()),
        found={f"{name}-task": ok for name, ok in own.items()},
        slip="the object's ARN has the key behind the bucket's name: a bucket's ARN covers no object"
        if not own[FIRST] and own[SECOND] and own[THIRD]
        else "",
    )
    foreign = sorted(
        f"{a}-task: {given['access'][b][0]}" for (a, b), ok in decided.items() if ok and a != b
    )
    s.met(
        1,
        "and not the call of another",
        all(own.values()) and not foreign,
        found=foreign or own,
        slip="one role's policy serves all: whoever breaks into one service has the data of three"
        if foreign
        else "",
    )

    def execution_may(action, resource="*"):
        """Tell whether the execution role may do something."""
        return cloud.can("execution", action, resource).data["allowed"]

    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{FIRST}"
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/{FIRST}:log-stream:app/app/1"
    pulls = {
        "ecr:GetAuthorizationToken": execution_may("ecr:GetAuthorizationToken"),
        "ecr:BatchGetImage": execution_may("ecr:BatchGetImage", repository),
        "ecr:GetDownloadUrlForLayer": execution_may("ecr:GetDownloadUrlForLayer", repository),
        "logs:CreateLogStream": execution_may("logs:CreateLogStream", stream),
        "logs:PutLogEvents": execution_may("logs:PutLogEvents", stream),
    }
    s.met(
        1,
        "the execution role pulls images and writes logs",
        all(pulls.values()),
        found=pulls,
        read="section 8 of lesson 6.3.d",
    )
    arn = boto3.client("secretsmanager").describe_secret(SecretId=SECRET)["ARN"]
    reads = execution_may("secretsmanager:GetSecretValue", arn)
    s.met(
        1,
        "the execution role reads the secret",
        reads,
        found=reads,
        slip="AWS's managed policy does not contain it: add a statement with the secret's ARN"
        if all(pulls.values()) and not reads
        else "",
    )
    ### BEGIN HIDDEN TESTS
    other = arn.replace(SECRET, "payroll/root")
    too_much = [
        name
        for name in wanted
        for tried in ((arn, other) if name != "execution" else (other,))
        if cloud.can(name, "secretsmanager:GetSecretValue", tried).data["allowed"]
    ]
    needless = [
        f"{service}-task: {action}"
        for service in SERVICES
        for action in ("s3:PutObject", "dynamodb:DeleteTable", "sqs:ReceiveMessage", "iam:PassRole")
        if cloud.can(f"{service}-task", action, given["access"][service][1]).data["allowed"]
    ]
    s.met(
        1,
        "no other secret is read, and no role may do more than it needs",
        reads and not too_much and not needless,
        found={"read secrets": too_much, "more": needless},
        slip="`*` as the resource gives the execution role every secret of the account"
        if "execution" in too_much
        else "a wildcard in the action allows deleting as well as reading"
        if needless
        else "the secret is injected by ECS, with the execution role: the app needs no right of its own"
        if too_much
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. The entrance (6 points)

Put one load balancer in front, in the public subnets, with the security group `alb`:

- `DOMAIN` points at it, and it answers HTTPS with a certificate from ACM;
- `/PREFIX/<service>` and everything below it goes to that service, each to a target group of its own, fit for Fargate tasks on `PORT` and checked every 15 seconds on `HEALTH_PATH`, with 2 successes to come back and 3 failures to leave;
- what is for no service gets a **404** from the load balancer;
- HTTP is redirected to HTTPS for good.

Let a target drain for 30 seconds: the requests of these services are short.
"""

# %% [markdown] hints="design-entrance"
"""
1. In this order: certificate with its DNS record, load balancer, alias record, target groups, listeners, rules.
2. `/api/users/*` does not match `/api/users`: a path condition takes both patterns.
3. `elb.create_target_group(..., TargetType="ip")`; an HTTPS listener takes `Certificates=[{"CertificateArn": ...}]`; the zone's id is `given["zone"]`.
"""


# %% solution="design-entrance" needs=["design-groups"]
### BEGIN SOLUTION
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
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

# %% hide check="design-entrance" points=6
"""Requests come from the internet, over HTTP and HTTPS, for many paths."""


def group_of(path):
    """Return the target group that a path is sent to, or None."""
    return cloud.trace("GET", f"https://{DOMAIN}{path}").target_group


with score(6) as s:
    reader = boto3.client("elbv2")
    names = [each["LoadBalancerName"] for each in reader.describe_load_balancers()["LoadBalancers"]]
    s.need(names, "there is no load balancer yet")
    reader.get_waiter("load_balancer_available").wait(Names=names)
    secure, plain = (
        ask(f"https://{DOMAIN}/nothing/here"),
        ask(f"http://{DOMAIN}/{PREFIX}/{FIRST}/7?x=1"),
    )
    s.met(
        1,
        f"https://{DOMAIN} answers 404 for what is no service's",
        secure["status"] == 404,
        found=secure,
        expected=404,
        slip="the default action forwards: every mistyped path would land in one service"
        if secure["status"] in (502, 503, 504)
        else "",
    )
    s.met(
        1,
        "HTTP is redirected for good, path and query kept",
        plain["status"] == 301
        and plain.get("location", "").replace(":443/", "/")
        == f"https://{DOMAIN}/{PREFIX}/{FIRST}/7?x=1",
        found=plain,
        slip="port 80 forwards: passwords would travel in clear"
        if plain["status"] in (200, 404, 502, 503)
        else "302 says: only for now"
        if plain["status"] == 302
        else "",
    )
    s.need(secure["status"] is not None, "the rest needs an answer over HTTPS")
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
## 6. Three services that stay up (8 points)

Create the cluster `CLUSTER` and in it a service named as each of `SERVICES`, on Fargate:

- two tasks of 256 CPU units and 512 MiB each, in the private subnets, with the security group of the service;
- image `VERSION`, the roles of exercise 4, `DATABASE_PASSWORD` from the secret, logs in `/ecs/<service>`;
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

# %% solution="design-services" needs=["design-images", "design-roles", "design-entrance"]
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
        hint="503 and 504 are the load balancer's: look at its targets; 500 is the app's: look at its logs",
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
        else "the security groups of exercise 2 do not show: has each service its own?",
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
    s.met(
        1,
        "the password comes from the secret, and each service has its own role",
        not plain and len(injected) == 3 and own_roles == {f"{name}-task" for name in SERVICES},
        found={
            "in plain text": plain,
            "from the secret": injected,
            "task roles": sorted(own_roles),
        },
        slip="whoever may describe the task definition reads the password" if plain else "",
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
## 7. Day two (7 points)

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
3. The bucket's policy comes before the attribute: principal `logdelivery.elasticloadbalancing.amazonaws.com`, action `s3:PutObject`.
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
    s.met(
        1,
        "the alarm errors rings when a service answers 500, and is quiet otherwise",
        ringing == "ALARM" and quiet_state == "OK",
        found={"with errors": ringing, "without": quiet_state},
        expected={"with errors": "ALARM", "without": "OK"},
        slip="HTTPCode_ELB_5XX_Count counts what the load balancer makes up itself, not what the services answer"
        if alarms.get("errors", {}).get("MetricName") == "HTTPCode_ELB_5XX_Count"
        else "without its dimension LoadBalancer an alarm sees no data"
        if "errors" in alarms and not alarms["errors"].get("Dimensions")
        else "while nothing fails this metric has no data at all: TreatMissingData says what that means"
        if quiet_state == "INSUFFICIENT_DATA"
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
## 8. Defend it (4 points)

You have built it; now explain it, as you would at the whiteboard, in eight to twelve sentences.
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
