# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: design the system, from the network to the entrance"
#     minutes: 80
#     covers: [Q9]
# ---

# %% [markdown]
"""
# 6.3 Interview: design the system, from the network to the entrance

About 80 minutes: 60 for the first four exercises, 20 for the entrance. Do the lessons [6.3.a](../../notebooks/6.3.a-ecr.ipynb) to [6.3.d](../../notebooks/6.3.d-vpc-iam.ipynb) first.

The longest question of an interview on this subject is: *design the complete AWS infrastructure for an application of three services*.
Here you do not draw it, you build it, in two sittings: from an empty account to a system that answers over HTTPS, survives the loss of a zone and scales.
This is the first: the network, the rights, the images and the entrance. [The second](../6.3-interview-design-2/6.3-interview-design-2.ipynb) puts the services in and runs them.

Any honest way counts: boto3, the `aws` command, CloudFormation.
The checks do not read your code. They send packets and requests, fail zones and NAT gateways, try out every role, and look at what happens; then they bring back your system as it was.

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
from awslab.design_probes import ask, interface, push_image, security_group, undone

cloud = awslab.start()
cloud.reset()
ec2, ecr, iam, elb = (boto3.client(name) for name in ("ec2", "ecr", "iam", "elbv2"))
acm, route53, secrets = (boto3.client(name) for name in ("acm", "route53", "secretsmanager"))
ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = ["us-east-1a", "us-east-1b"]

mine = awslab.draw("6.3-interview-design")
order = design_probes.order(mine)
SERVICES, PREFIX, DOMAIN = order.services, order.prefix, order.domain
FIRST, SECOND, THIRD = SERVICES
VPC_CIDR, PORT, HEALTH_PATH = order.vpc_cidr, order.port, order.health_path
CLUSTER, VERSION, SECRET, KEEP = order.cluster, order.version, order.secret, order.keep
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
| Entrance | HTTPS for `DOMAIN`, HTTP only redirects, what is for no service gets a 404 | 5 |
| Paths | a path and a target group for each service | second sitting |
| Services | two tasks each in private subnets, with rollback, no failed request while tasks die or versions change, and answers when a zone is lost | second sitting |
| Operation | scaling, alarms, access logs, log retention | second sitting |

Other teams hand over `given["zone"]`, the hosted zone of `DOMAIN`, and the data of the three services.
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
        each["VpcEndpointType"]
        for each in boto3.client("ec2").describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    ]
    s.met(
        1,
        "without NAT gateways the services reach ECR, CloudWatch Logs and Secrets Manager",
        not missing,
        found=dict([each for each in cut_off.items() if not each[0].endswith(" s3")][:3]),
        slip="ECR is two services: ecr.api gives the token, ecr.dkr is the registry"
        if len({"ecr.api", "ecr.dkr"} & set(missing)) == 1
        else "the endpoints are there, and their security group does not let the services in on 443"
        if missing and endpoints.count("Interface") >= 4
        else "this check takes the NAT gateways away: then only an interface endpoint leads there"
        if missing
        else "",
    )
    s.met(
        1,
        "and Amazon S3, where the layers of the images are",
        not any(each.endswith(" s3") for each in cut_off),
        found=next((why for each, why in cut_off.items() if each.endswith(" s3")), "reached"),
        slip="there is no gateway endpoint for Amazon S3 yet"
        if "Gateway" not in endpoints
        else "a gateway endpoint works for the route tables that it is given: the private ones",
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
        else "the rule must count every tag, whatever its form, and images, not days",
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
    strange = {
        FIRST: "arn:aws:s3:::payroll/1.png",
        SECOND: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payroll",
        THIRD: f"arn:aws:sqs:{REGION}:{ACCOUNT}:payroll",
    }
    elsewhere = [
        f"{service}-task: {given['access'][service][0]} on {resource}"
        for service, resource in strange.items()
        if cloud.can(f"{service}-task", given["access"][service][0], resource).data["allowed"]
    ]
    s.met(
        1,
        "no other secret is read, and no role may do more than it needs",
        reads and not too_much and not needless and not elsewhere,
        found={"read secrets": too_much, "more": needless + elsewhere},
        slip="`*` as the resource gives the execution role every secret of the account"
        if "execution" in too_much
        else "a wildcard in the action allows deleting as well as reading"
        if needless
        else "`*` as the resource lets an app make its call on the data of the whole account"
        if elsewhere
        else "the secret is injected by ECS, with the execution role: the app needs no right of its own"
        if too_much
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. The entrance (3 points)

Put one load balancer in front, in the public subnets, with the security group `alb`:

- `DOMAIN` points at it, and it answers HTTPS with a certificate from ACM;
- what is for no service gets a **404** from the load balancer: for now that is everything;
- HTTP is redirected to HTTPS for good, path and query string kept.
"""

# %% [markdown] hints="design-entrance"
"""
1. In this order: certificate with its DNS record, load balancer, alias record, listeners.
2. `describe_certificate` holds the record that proves the domain is yours, in `DomainValidationOptions`. An alias record needs the load balancer's `CanonicalHostedZoneId` and `DNSName`.
3. Default actions: `fixed-response` on 443, `redirect` on 80. An HTTPS listener takes `Certificates=[{"CertificateArn": ...}]`; the zone's id is `given["zone"]`.
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
### END SOLUTION

# %% hide check="design-entrance" points=3
"""Requests come from the internet, over HTTP and HTTPS, for many paths."""
with score(3) as s:
    reader = boto3.client("elbv2")
    names = [each["LoadBalancerName"] for each in reader.describe_load_balancers()["LoadBalancers"]]
    s.need(names, "there is no load balancer yet")
    reader.get_waiter("load_balancer_available").wait(Names=names)
    secure = {path: ask(f"https://{DOMAIN}{path}") for path in ("/", "/nothing/here")}
    plain = ask(f"http://{DOMAIN}/{PREFIX}/{FIRST}/7?x=1")
    s.met(
        1,
        f"https://{DOMAIN} answers 404 for what is no service's",
        {each["status"] for each in secure.values()} == {404},
        found=secure["/"],
        expected=404,
        slip="the default action forwards: every mistyped path would land in one service"
        if secure["/"]["status"] in (502, 503, 504)
        else "nobody answers: is it in public subnets, internet-facing, listening and open on 443, and does the name point at it?"
        if secure["/"]["status"] is None
        else "",
    )
    s.met(
        1,
        "HTTP is redirected for good",
        plain["status"] == 301 and plain.get("location", "").startswith(f"https://{DOMAIN}"),
        found=plain,
        slip="port 80 forwards: passwords would travel in clear"
        if plain["status"] in (200, 404, 502, 503)
        else "302 says: only for now"
        if plain["status"] == 302
        else "a customer who types the name comes on port 80, and finds nobody"
        if plain["status"] is None
        else "",
    )
    ### BEGIN HIDDEN TESTS
    told = {
        target: ask(f"http://{DOMAIN}{target}").get("location", "").replace(":443/", "/")
        for target in ("/", f"/{PREFIX}/{SECOND}?page=2", "/a/b/c?d=e&f=g")
    }
    s.met(
        1,
        "path and query string are kept",
        all(place == f"https://{DOMAIN}{target}" for target, place in told.items()),
        found=told,
        slip="whoever follows a link lands on the front page: leave Path and Query as they are"
        if len(set(told.values())) == 1 and any(told.values())
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
That is everything but the services. The second sitting starts from a system like this one, so nothing that is still wrong here follows you there.
"""
