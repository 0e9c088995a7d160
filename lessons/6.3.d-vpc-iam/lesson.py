# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.d VPC networking and IAM
#     minutes: 90
#     covers: [Q6, Q7, F5]
# ---

# %% [markdown]
"""
# 6.3.d VPC networking and IAM

**Time:** about 90 minutes of reading and doing. **Before:** [6.3.c Application Load Balancer](6.3.c-alb.ipynb). **After:** the assignment [6.3.d-vpc-iam](../release/6.3.d-vpc-iam/6.3.d-vpc-iam.ipynb).

You will be able to

- plan the addresses of a VPC, and know before AWS tells you how many tasks a subnet can hold;
- tell a public from a private subnet by its routes, and say why tasks belong in a private one;
- follow a packet through route tables, network ACLs and security groups, and name the one that stops it;
- let a task in a private subnet pull its image, through a NAT gateway or through VPC endpoints, and say what each costs;
- keep the execution role and the task role apart, and write policies that allow one thing;
- say which log answers which question.

Not here: how the load balancer chooses a target (6.3.c), and how a service rolls out and scales (6.3.b).
"""

# %%
import ipaddress
import json

import boto3

import awslab
from awslab import learner, quiz, recall, score

cloud = awslab.start()
cloud.reset()
ec2, iam, ecs = (boto3.client(name) for name in ("ec2", "iam", "ecs"))


def named(kind, name):
    """Return the tags that give a resource its name, in the form the create calls take."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


cloud

# %% [markdown]
"""
## 1. Plan the addresses

A **VPC** is a network of your own inside a region.
It gets a range of private addresses, written in CIDR notation: `10.20.0.0/16` fixes the first 16 of 32 bits and leaves 16 free, which makes 65,536 addresses.

The range is cut into **subnets**. Three rules decide how:

- A subnet lies in exactly one **Availability Zone**. For two zones you need at least two subnets of every kind.
- A VPC and a subnet may be as large as a /16 and as small as a /28, and subnets never overlap.
- In every subnet AWS keeps **five addresses**: the first four (network, router, DNS, one for the future) and the last.

On Fargate every task has a network interface of its own, so every task takes an address.
Start with the VPC. The DNS attributes decide whether names of AWS services resolve inside it; you will need both.
"""

# %%
vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=named("vpc", "shop"))["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

plan = {
    "public-a": ("10.20.0.0/24", "us-east-1a"),
    "public-b": ("10.20.1.0/24", "us-east-1b"),
    "private-a": ("10.20.16.0/20", "us-east-1a"),
    "private-b": ("10.20.32.0/20", "us-east-1b"),
}
for name, (cidr, zone) in plan.items():
    total = ipaddress.ip_network(cidr).num_addresses
    print(f"{name:10} {cidr:15} {zone}  {total:5} addresses, {total - 5:5} for you")

# %% [markdown]
"""
The private subnets are sixteen times larger than the public ones, on purpose.
Public subnets hold a load balancer and NAT gateways: a handful of addresses.
Private subnets hold the tasks, and while a new version rolls out both versions run at once.

> An Application Load Balancer needs subnets in two zones, each a /27 or larger with eight addresses free.
"""

# %%
subnets = {
    name: ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named("subnet", name)
    )["Subnet"]["SubnetId"]
    for name, (cidr, zone) in plan.items()
}
cloud.map()

# %% [markdown]
"""
The map calls each of the four *isolated*: no route leads out of the VPC yet, whatever the subnet is named.

Two subnets that share addresses are refused:
"""

# %% tags=["raises-exception"]
ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.128/25", AvailabilityZone="us-east-1b")

# %% [markdown]
"""
**Try it.** A subnet is `10.20.8.0/26`. Two interface endpoints have an interface in it already.
How many Fargate tasks can it still hold? Put the number into `room`.
"""

# %% tags=["try-it"]
room = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["room"]
    s.met(
        1,
        "tasks in a /26 with two interfaces",
        given == 57,
        found=given,
        slip="five addresses of every subnet belong to AWS"
        if given in (62, 64)
        else "the two endpoints have an address each"
        if given == 59
        else "that is text: write the number without quotes"
        if isinstance(given, str)
        else "",
        hint="2 ** (32 - 26), less what AWS keeps, less what is taken",
    )
s

# %% hide
quiz(
    "A service of 8 tasks runs in one /28 subnet. A rolling deployment with maximumPercent 200 gets stuck. Why?",
    {
        "A /28 has 16 addresses, enough for 16 tasks": "Five of the 16 are reserved, so 11 are left.",
        "11 addresses are usable; 16 tasks would need 16": "Three new tasks start, the others cannot get a network interface. Plan for both versions at once.",
        "A rolling deployment needs two subnets": "Not for itself. Two zones are for availability.",
    },
    right="11 addresses are usable; 16 tasks would need 16",
)

# %% [markdown]
"""
## 2. Public is a route, not a name

We called a subnet `public-a`. AWS does not read names.

A **route table** is a list of routes: a range of destinations, and where a packet to it goes next.
Every subnet uses exactly one table; several subnets may share one.
A subnet is **public** when its route table sends traffic to an **internet gateway**, and everything else about the word is habit.

An internet gateway is made, attached to the VPC, and then a route has to point at it:
"""

# %%
gateway = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "shop"))
gateway = gateway["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

public_table = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", "public"))
public_table = public_table["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
for name in ("public-a", "public-b"):
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnets[name])
cloud.map()

# %% [markdown]
"""
Two subnets became public because their table has a route `0.0.0.0/0` to the gateway.
The other two were never associated with any table, so they use the VPC's **main route table**.
It has one route, `local`: to every address inside the VPC.

> Never put the route to the internet gateway into the main table. Every subnet that somebody forgets to associate would be public.

The most specific route wins. A packet to `10.20.16.5` takes `local`, although `0.0.0.0/0` matches it too.

### A route is not enough

To be reached from the internet an interface needs three things: the route, a public address, and a security group that lets the packet in.
Let a network interface stand for a web server, and ask for its way:
"""

# %%
web_group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
web = ec2.create_network_interface(SubnetId=subnets["public-a"], Groups=[web_group])
web = web["NetworkInterface"]["NetworkInterfaceId"]
cloud.path("internet", web, 443)

# %% [markdown]
"""
The picture shows every component that the packet meets, and the one that stops it. There is no public address. Give it one:
"""

# %%
address = ec2.allocate_address(Domain="vpc")["AllocationId"]
ec2.associate_address(AllocationId=address, NetworkInterfaceId=web)
print(cloud.path("internet", web, 443).why)

# %% [markdown]
"""
Now the packet gets as far as the security group, which has no inbound rule and therefore lets nobody in.
"""

# %%
ec2.authorize_security_group_ingress(
    GroupId=web_group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
)
cloud.path("internet", web, 443)

# %% [markdown]
"""
**Try it.** Three subnets of another team. For each, write `"public"` or `"private"` into the list `kinds`, in this order.

- A is named `dmz-public`, and instances in it get a public address (`MapPublicIpOnLaunch` is true). Its route table: `local`, and `0.0.0.0/0` to a NAT gateway.
- B is named `backend`. It is associated with no route table. The main route table: `local`, and `0.0.0.0/0` to an internet gateway.
- C is named `web`. Its route table: `local` only.
"""

# %% tags=["try-it"]
kinds = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["kinds"]
    words = [str(kind).strip().lower() for kind in given] if isinstance(given, list) else given
    s.met(
        1,
        "the kinds of A, B and C",
        words == ["private", "public", "private"],
        found=given,
        slip="A: neither a name nor MapPublicIpOnLaunch is a route"
        if words and words[0] == "public"
        else "B: a subnet without an association uses the main route table"
        if words and len(words) > 1 and words[1] == "private"
        else "",
        hint="ask of each only this: does its route table lead to an internet gateway?",
    )
s

# %% [markdown]
"""
## 3. Out, but not in: NAT

Tasks belong in private subnets. Not because nothing else would stop an attacker, but because something else might fail to:
if somebody opens the tasks' security group to the world by mistake, there is still no way from the internet to a private address.
Requests have to come through the load balancer.

Still a task has to get out, to pull its image and to call other people's APIs.
A **NAT gateway** stands in a public subnet with an **Elastic IP address**, a public address that you allocate and that stays yours, and forwards what comes from inside under its own address.
Answers find their way back. Connections from outside do not.
"""

# %%
def nat_gateway(name, subnet):
    """Make a NAT gateway with an Elastic IP address in a subnet, wait for it and return its id."""
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(
        SubnetId=subnets[subnet], AllocationId=address, TagSpecifications=named("natgateway", name)
    )["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[made])
    return made


nat = nat_gateway("nat-a", "public-a")

# %%
private_table = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", "private-a"))
private_table = private_table["RouteTable"]["RouteTableId"]
ec2.associate_route_table(RouteTableId=private_table, SubnetId=subnets["private-a"])
ec2.create_route(RouteTableId=private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
print("0.0.0.0/0 ->", nat)

# %% [markdown]
"""
Again an interface stands for a task. Its way to a server on the internet, port 443 (`203.0.113.10` stands for any of them):
"""

# %%
app_group = ec2.create_security_group(GroupName="app", Description="tasks", VpcId=vpc)["GroupId"]
app = ec2.create_network_interface(SubnetId=subnets["private-a"], Groups=[app_group])
app = app["NetworkInterface"]["NetworkInterfaceId"]
outward = cloud.path(app, "203.0.113.10", 443)
outward

# %%
cloud.map(way=outward)

# %% [markdown]
"""
Two route tables take part: the private subnet's sends the packet to the NAT gateway, the public subnet's sends it on to the internet gateway.
A NAT gateway in a *private* subnet has the first half and lacks the second; a favourite mistake.

And from outside?
"""

# %%
print(cloud.path("internet", app, 443).why)

# %% [markdown]
"""
**Try it.** `private-b` has no way out yet: its interface `app_b` below reaches nothing.
Give it one that keeps working when the zone `us-east-1a` is lost. You need a `nat_gateway`, a route table with a route, and an association, as above.
"""

# %%
app_b = ec2.create_network_interface(SubnetId=subnets["private-b"], Groups=[app_group])
app_b = app_b["NetworkInterface"]["NetworkInterfaceId"]
print(cloud.path(app_b, "203.0.113.10", 443).why)

# %% tags=["try-it"]
# Write your code here, then run this cell and the next one.


# %% hide
# Run this cell to check your answer.
with score(2) as s:
    way = cloud.path(app_b, "203.0.113.10", 443)
    s.need(way.reachable, f"not yet: {way.why}")
    s.met(1, "private-b has a way out", way.reachable, found=way.why)
    gateways = {hop["id"] for hop in way.hops if hop["kind"] == "NAT gateway"}
    found = ec2.describe_nat_gateways(NatGatewayIds=list(gateways))["NatGateways"] if gateways else []
    s.met(
        1,
        "through a NAT gateway of its own zone",
        [n["SubnetId"] for n in found] == [subnets["public-b"]],
        found=[n["SubnetId"] for n in found],
        expected=subnets["public-b"],
        slip="that is the NAT gateway of us-east-1a: when the zone goes, private-b goes with it (`replace_route` points a route elsewhere)"
        if nat in gateways
        else "",
        why="a NAT gateway lives in one zone; one for each zone, and a route table for each private subnet, is the rule",
    )
s

# %% [markdown]
"""
> A newer kind, the *regional* NAT gateway, spreads over the zones by itself and needs no public subnet. The zonal one above is what you will meet in most accounts.
"""

# %% hide
recall(
    "What does a NAT gateway do?",
    "It lets resources in private subnets open connections to the outside, and none come in.",
    why="It stands in a public subnet, has an Elastic IP address, belongs to one zone, and has no security group.",
    tag="quick-fire 5",
)

# %% hide
quiz(
    "A payment provider must call back a task in a private subnet over HTTPS. A colleague opens port 443 in the tasks' security group 'so that it comes through the NAT gateway'. Does it?",
    {
        "Yes, the NAT gateway forwards port 443": "It forwards nothing that was not asked for from inside.",
        "No: a NAT gateway accepts no connection from outside; the callback needs the load balancer": "A listener rule for the callback's path, and the task stays private.",
        "Only if the NAT gateway's security group allows it": "A NAT gateway has no security group.",
    },
    right="No: a NAT gateway accepts no connection from outside; the callback needs the load balancer",
)

# %% [markdown]
"""
## 4. Security groups, and network ACLs

| | Security group | Network ACL |
|---|---|---|
| Belongs to | a network interface | a subnet |
| Rules | allow only | allow and deny, by number, the first match decides |
| Memory | stateful: the answer to an allowed connection passes | stateless: the answer needs a rule of its own |
| A source may be | a range, or **another security group** | a range |
| When new | nothing in, everything out | your own: nothing at all; the default one: everything |

The row "A source may be" is the one to remember. A rule that names a security group follows the tasks wherever they run, and needs no address.
From it the usual chain is made: the internet may call the load balancer, the load balancer the tasks, the tasks the database.
"""

# %%
groups = {"app": app_group}
for name in ("alb", "db"):
    groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def let_in(group, port, source):
    """Let TCP into a security group on one port, from another group."""
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": source}]}
        ],
    )


for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=groups["alb"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
let_in(groups["app"], 3000, groups["alb"])

# %% [markdown]
"""
Port 80 is open as well: the listener that redirects to HTTPS has to be reached before it can redirect.

Three interfaces stand for the three members of the chain.
"""

# %%
def stand_in(subnet, group):
    """Make a network interface in a subnet with one security group, and return its id."""
    made = ec2.create_network_interface(SubnetId=subnets[subnet], Groups=[groups[group]])
    return made["NetworkInterface"]["NetworkInterfaceId"]


balancer, database = stand_in("public-a", "alb"), stand_in("private-b", "db")
cloud.path(balancer, app, 3000)

# %%
for source, name in ((balancer, "the load balancer"), (web, "the web server"), (app, "the task itself")):
    print(f"{name:18}", cloud.path(source, app, 3000).why)

# %% [markdown]
"""
The web server is in the same VPC and still stays outside. Had the rule named the VPC's range instead of the group, it would be in, with everything else in the VPC.

**Try it.** Nobody reaches the database yet. Let the tasks in, and only them, on port 5432.
`groups` has the ids; `let_in` is above.
"""

# %% tags=["try-it"]
# Write your code here, then run this cell and the next one.


# %% hide
# Run this cell to check your answer.
with score(2) as s:
    callers = {"app": app, "alb": balancer, "web": web}
    reached = sorted(name for name, eni in callers.items() if cloud.path(eni, database, 5432).reachable)
    s.need(reached, "nobody reaches the database on 5432 yet")
    s.met(1, "a task reaches the database", "app" in reached, found=reached)
    s.met(
        1,
        "and nobody else does",
        reached == ["app"],
        found=reached,
        expected=["app"],
        slip="a range lets in whatever has an address in it: name the group of the tasks, and take the other rule back with `revoke_security_group_ingress`" if len(reached) == 3 else "",
    )
s

# %% [markdown]
"""
### A network ACL forgets

Most subnets keep the default network ACL, which lets everything pass, and leave the work to security groups.
A custom ACL is a second fence around the whole subnet, and it is where the word *stateless* begins to hurt.
Here is one that lets port 3000 in and nothing out:
"""

# %%
acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=named("network-acl", "strict"))
acl = acl["NetworkAcl"]["NetworkAclId"]


def acl_rule(number, action, cidr, low, high, egress=False):
    """Add one TCP rule to the network ACL."""
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=number,
        RuleAction=action,
        Protocol="6",
        CidrBlock=cidr,
        PortRange={"From": low, "To": high},
        Egress=egress,
    )


def use_acl(network_acl, subnet):
    """Put a subnet under a network ACL instead of the one it has; return the one it had."""
    for found in ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]:
        for association in found["Associations"]:
            if association["SubnetId"] == subnets[subnet]:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=network_acl
                )
                return found["NetworkAclId"]


acl_rule(100, "allow", "10.20.0.0/16", 3000, 3000)
default_acl = use_acl(acl, "private-a")
cloud.path(balancer, app, 3000)

# %% [markdown]
"""
The packet arrives; the security group even remembers the connection. Then the *answer* leaves port 3000 for the port that the caller happened to choose, and no outbound rule lets it go.

A caller chooses a port for each connection, an **ephemeral port**: many Linux systems take one from 32768 to 61000, load balancers and NAT gateways from 1024 to 65535.
So a stateless fence needs two rules for each conversation. Inbound and outbound rules are numbered separately.
"""

# %%
acl_rule(100, "allow", "10.20.0.0/16", 1024, 65535, egress=True)
print("calls in: ", cloud.path(balancer, app, 3000).why)
print("calls out:", cloud.path(app, "203.0.113.10", 443).why)

# %% [markdown]
"""
Calls out need the same in mirror image: port 443 out, and the ephemeral ports in, from wherever the answers come.
"""

# %%
acl_rule(200, "allow", "0.0.0.0/0", 443, 443, egress=True)
acl_rule(200, "allow", "0.0.0.0/0", 1024, 65535)
print("calls out:", cloud.path(app, "203.0.113.10", 443).why)

# %% [markdown]
"""
What a security group cannot do is *deny*. An ACL can, and the number decides: the first rule that matches ends the matter.

**Try it.** Keep everything in `10.20.1.0/24`, the subnet `public-b`, away from the tasks, whatever the other rules say.
Add one inbound rule with `acl_rule`.
"""

# %% tags=["try-it"]
# Write your code here, then run this cell and the next one.


# %% hide
# Run this cell to check your answer.
with score(2) as s:
    entries = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    mine = [e for e in entries if not e["Egress"] and e["RuleNumber"] not in (100, 200, 32767)]
    s.need(mine, "there is no new inbound rule yet")
    stranger = stand_in("public-b", "alb")
    ways = [cloud.path(stranger, app, port) for port in (3000, 8080)]
    passed = [way for way in ways if not (way.blocked and way.blocked["kind"] == "network ACL")]
    s.met(
        1,
        "10.20.1.0/24 is kept away, on every port",
        not passed,
        found=(passed or ways)[0].why,
        slip="rule 100 matches first and allows it: a deny needs a lower number (`delete_network_acl_entry` takes a rule away)"
        if any(e["RuleAction"] == "deny" and e["RuleNumber"] > 100 for e in mine)
        else "the rule has to deny" if not any(e["RuleAction"] == "deny" for e in mine)
        else "only some ports are denied; the others pass the ACL by rule 200",
    )
    s.met(1, "public-a still gets in", cloud.path(balancer, app, 3000).reachable)
    ec2.delete_network_interface(NetworkInterfaceId=stranger)
s

# %% [markdown]
"""
Back to the default ACL, before the next sections trip over this one.
"""

# %%
use_acl(default_acl, "private-a")
print(cloud.path(app, "203.0.113.10", 443).why)

# %% hide
quiz(
    "A custom network ACL allows inbound 443 from everywhere and nothing outbound. The security group allows 443. What do clients see?",
    {
        "It works: answers to an allowed connection may leave": "True of the security group. The ACL does not remember the connection.",
        "A timeout: requests arrive, answers do not leave": "Allow the ephemeral ports outbound, 1024 to 65535.",
        "An immediate refusal": "Nobody sends a refusal; packets just vanish.",
    },
    right="A timeout: requests arrive, answers do not leave",
)

# %% [markdown]
"""
## 5. Two roles

A task has up to two IAM roles. They are mixed up more often than anything else in ECS, so take them one at a time.

| | Execution role | Task role |
|---|---|---|
| In the task definition | `executionRoleArn` | `taskRoleArn` |
| Used by | ECS and Fargate, on the task's behalf | the code in the container |
| When | before the container starts, and for its logs | while it runs |
| Typical permissions | pull from ECR, write log streams, read the secrets to inject | the service's own bucket, table, queue |
| How many | one may serve many services | one for each service |
| Seen from the container | no: its credentials are out of reach | yes |

A role has two sides. The **trust policy** says who may become it. For both roles of a task that is the service `ecs-tasks.amazonaws.com`: not `ecs`, and not `ec2`.
"""

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ],
}
execution_role = iam.create_role(
    RoleName="shop-execution", AssumeRolePolicyDocument=json.dumps(trust)
)["Role"]["Arn"]

# %% [markdown]
"""
The condition keeps out tasks of other accounts that might talk ECS into using your role (the *confused deputy*). AWS recommends it, or `aws:SourceArn` with `arn:aws:ecs:<region>:<account>:*`.

The other side are the **permissions**. For the execution role AWS keeps a managed policy with exactly six actions: four to pull from ECR, `logs:CreateLogStream` and `logs:PutLogEvents`.
"""

# %%
iam.attach_role_policy(
    RoleName="shop-execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
cloud.can("shop-execution", "ecr:BatchGetImage")

# %% [markdown]
"""
It is often said that this policy covers secrets too. It does not, nor does it create log groups. Ask:
"""

# %%
secret = boto3.client("secretsmanager").create_secret(Name="shop/database", SecretString="first-password")["ARN"]
cloud.can("shop-execution", "secretsmanager:GetSecretValue", secret)

# %% [markdown]
"""
*Implicit deny*: nobody forbids it, nobody allows it. Allow it for this one secret:
"""

# %%
def allow(role, name, action, resource, effect="Allow"):
    """Put an inline policy with one statement on a role."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


allow("shop-execution", "read-database-secret", "secretsmanager:GetSecretValue", secret)
print(cloud.can("shop-execution", "secretsmanager:GetSecretValue", secret).why)

# %% [markdown]
"""
(A secret encrypted with a KMS key of your own also takes `kms:Decrypt` on that key. A parameter of SSM takes `ssm:GetParameters`.)

### The task role, and what the code sees

The order service reads receipts from a bucket. Its task role gets just that.
"""

# %%
s3 = boto3.client("s3")
s3.create_bucket(Bucket="shop-receipts")
s3.put_object(Bucket="shop-receipts", Key="2026/1001.pdf", Body=b"receipt 1001")
task_role = iam.create_role(RoleName="order-task", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
allow("order-task", "receipts", "s3:GetObject", "arn:aws:s3:::shop-receipts")
cloud.can("order-task", "s3:GetObject", "arn:aws:s3:::shop-receipts/2026/1001.pdf")

# %% [markdown]
"""
Denied, and the policy looks right. The ARN `arn:aws:s3:::shop-receipts` is the *bucket*, the thing that `s3:ListBucket` asks about. Objects have ARNs of their own, with a slash:
"""

# %%
allow("order-task", "receipts", "s3:GetObject", "arn:aws:s3:::shop-receipts/*")
with cloud.as_role("order-task"):
    print(boto3.client("sts").get_caller_identity()["Arn"])
    print(boto3.client("s3").get_object(Bucket="shop-receipts", Key="2026/1001.pdf")["Body"].read())

# %% [markdown]
"""
Inside that block your code is in the place of the code in a task. It passed no keys and called no `AssumeRole`.
You may read that the SDK assumes the task role; it does not have to. **ECS assumes it** and hands out temporary credentials at a local address, `169.254.170.2`, and the SDK fetches them from there.

What is not allowed is really refused:
"""

# %% tags=["raises-exception"]
with cloud.as_role("order-task"):
    boto3.client("s3").delete_object(Bucket="shop-receipts", Key="2026/1001.pdf")

# %% [markdown]
"""
**Try it.** The invoice service may *write* objects into `shop-receipts`, below the prefix `invoices/`, and do nothing else.
Write its policy, as a dictionary, into `policy`.
"""

# %% tags=["try-it"]
policy = ...

# %% hide
# Run this cell to check your answer.
with score(3) as s:
    document = learner["policy"]
    iam.create_role(RoleName="try-it", AssumeRolePolicyDocument=json.dumps(trust))
    try:
        iam.put_role_policy(RoleName="try-it", PolicyName="p", PolicyDocument=json.dumps(document))
        bucket = "arn:aws:s3:::shop-receipts"
        put = cloud.can("try-it", "s3:PutObject", f"{bucket}/invoices/7.pdf")
        s.met(1, "it may write invoices/7.pdf", put.allowed, found=put.why, slip="objects have a slash: bucket/prefix/*" if not put else "")
        wide = [key for key in ("2026/1001.pdf", "invoices-old/1") if cloud.can("try-it", "s3:PutObject", f"{bucket}/{key}")]
        s.met(1, "and nothing elsewhere", put and not wide, found=wide)
        more = [a for a in ("s3:GetObject", "s3:DeleteObject", "s3:PutObjectAcl") if cloud.can("try-it", a, f"{bucket}/invoices/7.pdf")]
        s.met(1, "and it may only write", put and not more, found=more, slip="`s3:*` and `s3:Put*` allow more than writing" if more else "")
    finally:
        for name in iam.list_role_policies(RoleName="try-it")["PolicyNames"]:
            iam.delete_role_policy(RoleName="try-it", PolicyName=name)
        iam.delete_role(RoleName="try-it")
s

# %% [markdown]
"""
### Deny wins

IAM begins with *no*. An `Allow` in any policy makes it *yes*. A `Deny` in any policy makes it *no* again, whatever else says *yes*.
Here is a role that may do everything with the bucket, and one fence:
"""

# %%
iam.create_role(RoleName="report-task", AssumeRolePolicyDocument=json.dumps(trust))
allow("report-task", "everything", "s3:*", "arn:aws:s3:::shop-receipts/*")
allow("report-task", "fence", "s3:DeleteObject", "*", effect="Deny")
cloud.can("report-task", "s3:DeleteObject", "arn:aws:s3:::shop-receipts/2026/1001.pdf")

# %% [markdown]
"""
**Try it.** Predict, then look it up with `cloud.can`. What may `report-task` do? Put the letters of the allowed ones into the list `allowed`.

- A `s3:PutObject` on `arn:aws:s3:::shop-receipts/x`
- B `s3:ListBucket` on `arn:aws:s3:::shop-receipts`
- C `s3:DeleteObject` on `arn:aws:s3:::other-bucket/x`
- D `s3:GetObjectVersion` on `arn:aws:s3:::shop-receipts/x`
"""

# %% tags=["try-it"]
allowed = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["allowed"]
    letters = sorted(str(letter).upper() for letter in (given if isinstance(given, list) else [given]))
    s.met(
        1,
        "what report-task may do",
        letters == ["A", "D"],
        found=given,
        slip="B: the bucket itself is not one of its objects; nothing allows it"
        if "B" in letters
        else "C: nothing allows it, and the fence forbids it"
        if "C" in letters
        else "",
        hint="s3:* covers every action of S3, but only on the resource that the statement names",
    )
s

# %% hide
recall(
    "Which role pulls the image, and which one does your code use?",
    "The execution role pulls; the task role is your code's.",
    why="On Fargate. On EC2 container instances the instance's own role pulls the images.",
    tag="Q6",
)

# %% [markdown]
"""
## 6. A task in a private subnet

Everything is ready for a real one: a subnet with a way out, a security group, two roles, a secret. Push a small image, create the log group, register a task definition.
"""

# %%
from awslab.vpc_iam_fixtures import push_app

image = push_app("order-service", port=3000, env=["DATABASE_PASSWORD"])
boto3.client("logs").create_log_group(logGroupName="/ecs/order")
ecs.create_cluster(clusterName="shop")
container = {
    "name": "app",
    "image": image,
    "portMappings": [{"containerPort": 3000}],
    "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/ecs/order", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app"},
    },
}
ecs.register_task_definition(
    family="order",
    networkMode="awsvpc",
    requiresCompatibilities=["FARGATE"],
    cpu="256",
    memory="512",
    executionRoleArn=execution_role,
    taskRoleArn=task_role,
    containerDefinitions=[container],
)["taskDefinition"]["taskDefinitionArn"]

# %% [markdown]
"""
The password stands nowhere in the task definition, only the secret's ARN. ECS reads it with the execution role and injects it when the container starts.
"""

# %%
def run(subnet, public_ip="DISABLED"):
    """Run one task in a subnet, wait until it runs or has stopped, and return it."""
    where = {"subnets": [subnets[subnet]], "securityGroups": [app_group], "assignPublicIp": public_ip}
    task = ecs.run_task(
        cluster="shop", taskDefinition="order", launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )["tasks"][0]
    while task["lastStatus"] not in ("RUNNING", "STOPPED"):
        task = ecs.describe_tasks(cluster="shop", tasks=[task["taskArn"]])["tasks"][0]
    print(task["lastStatus"], task.get("stoppedReason", ""))
    return task


task = run("private-a")
cloud.path("internet", task["taskArn"], 3000)

# %% [markdown]
"""
It runs, and the internet cannot reach it.

What if somebody starts it in the public subnet, without a public address, because "public has internet"?
"""

# %%
stuck = run("public-a")

# %% [markdown]
"""
Read that message once, slowly; it is among the most frequent in ECS. *Connection issue between the task and Amazon ECR*, *i/o timeout*: nobody answered.
In a public subnet the way out is the internet gateway, and that serves only interfaces with a public address. `assignPublicIp=ENABLED` cures it; a private subnet with a way out is better.

The other frequent message speaks of permission instead. Take the secret's permission away for a moment:
"""

# %%
iam.delete_role_policy(RoleName="shop-execution", PolicyName="read-database-secret")
stuck = run("private-a")
allow("shop-execution", "read-database-secret", "secretsmanager:GetSecretValue", secret)

# %% [markdown]
"""
`AccessDeniedException`, and the user it names is `assumed-role/shop-execution/…`: the execution role. Granting the *task* role would change nothing.

A timeout points to the network. *Not authorized* points to IAM. You know now in which half to search.
"""

# %% hide
quiz(
    "A task stops with: ECS was unable to assume the role 'arn:aws:iam::…:role/shop-execution'. Its policies are complete. What do you look at?",
    {
        "The trust policy: it must name ecs-tasks.amazonaws.com": "Often it names ecs.amazonaws.com or ec2.amazonaws.com, or a condition does not fit.",
        "The security group of the task": "Assuming a role is ECS's own call; the task's network is not involved.",
        "The task role": "The message names the execution role.",
    },
    right="The trust policy: it must name ecs-tasks.amazonaws.com",
)

# %% [markdown]
"""
## 7. Endpoints instead of NAT

The image, the logs and the secret come from AWS. Why should that traffic go through a NAT gateway and out to public addresses?
A **VPC endpoint** brings the service into the VPC. There are two kinds:

| | Gateway endpoint | Interface endpoint (PrivateLink) |
|---|---|---|
| For | S3 and DynamoDB | most AWS services |
| Works by | a route in the route tables you name | network interfaces in your subnets, with private addresses |
| Found by | the service's usual name, its usual addresses | private DNS: the usual name resolves to the private address |
| Guarded by | route table, endpoint policy | security group, endpoint policy |
| Costs | nothing | an hourly price for each zone, and a price per GB |

What does a Fargate task need in order to start without any other way out?

| To | Endpoint | When |
|---|---|---|
| call ECR's API, for a token first of all | `ecr.api`, interface | always |
| pull the manifest from the registry | `ecr.dkr`, interface | always |
| download the layers, which are in S3 | `s3`, **gateway**, in the *private* route tables | always |
| write logs | `logs`, interface | with `awslogs` |
| read secrets | `secretsmanager`, interface | with secrets |

An *endpoint policy* is one more IAM policy, on the endpoint: it limits what may be called through it. Without one, everything may.

Lists that add `ecs`, `ecs-agent` and `ecs-telemetry` are about EC2 container instances. A plain Fargate task does not need them.
(Service Connect uses `ecs-agent`, ECS Exec `ssmmessages`, and AWS's documentation asks for the three in Regions opened since the end of 2023.)

Take the NAT route away, and add what is missing one by one.
"""

# %%
ec2.delete_route(RouteTableId=private_table, DestinationCidrBlock="0.0.0.0/0")
stuck = run("private-a")

# %%
endpoint_group = ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=vpc)["GroupId"]
let_in(endpoint_group, 443, app_group)


def interface_endpoint(service):
    """Make an interface endpoint in both private subnets."""
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.us-east-1.{service}",
        SubnetIds=[subnets["private-a"], subnets["private-b"]],
        SecurityGroupIds=[endpoint_group],
        PrivateDnsEnabled=True,
    )


for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    interface_endpoint(service)
stuck = run("private-a")

# %% [markdown]
"""
Further: the token and the manifest came, the *layers* did not. `CannotPullContainerError` with an S3 address in it means that the gateway endpoint is missing, or associated with the wrong route table.
"""

# %%
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName="com.amazonaws.us-east-1.s3",
    RouteTableIds=[private_table],
)
task = run("private-a")

# %%
cloud.path(task["taskArn"], "secretsmanager", 443)

# %%
cloud.map()

# %% [markdown]
"""
The map calls `private-a` isolated again, and still its task runs: the endpoints are inside.

The endpoint's security group is the part people forget: it must let the tasks in on 443. And private DNS works only in a VPC with both DNS attributes on, as we set them at the start.
The stopped reason tells the two apart, after `dial tcp`: a private address is the endpoint's, so look at its security group; a public one means that no endpoint answers for the name, for want of the endpoint or of private DNS.

**Try it.** A task in a closed subnet uses the log driver `awslogs` and no secrets. Which endpoints must the VPC have for it to start on Fargate?
Put the short names (`"ecr.api"`, `"s3"`, …) into the list `needed`.
"""

# %% tags=["try-it"]
needed = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["needed"]
    names = {str(name).lower().removeprefix("com.amazonaws.us-east-1.") for name in (given if isinstance(given, list) else [given])}
    s.met(
        1,
        "the endpoints of a start with logs",
        names == {"ecr.api", "ecr.dkr", "s3", "logs"},
        found=given,
        slip="Fargate needs no endpoint of ECS itself"
        if any(name.startswith("ecs") for name in names)
        else "ECR is two endpoints, ecr.api and ecr.dkr"
        if not {"ecr.api", "ecr.dkr"} <= names
        else "the layers of every image are in S3"
        if "s3" not in names
        else "no secrets, no endpoint for them"
        if "secretsmanager" in names
        else "",
    )
s

# %% [markdown]
"""
### What it costs

That endpoints are cheaper is true of some bills only. Work it out, with the rates as inputs: look them up for your region.
Those below were the list prices of us-east-1 when this was written, in dollars an hour and a gigabyte.
"""

# %%
HOURS = 730  # in a month
RATES = {"nat_hour": 0.045, "nat_gb": 0.045, "endpoint_hour": 0.01, "endpoint_gb": 0.01}


def nat_cost(gigabytes, zones=2):
    """Return the monthly dollars of one NAT gateway a zone."""
    return zones * HOURS * RATES["nat_hour"] + gigabytes * RATES["nat_gb"]


def endpoint_cost(gigabytes, services, zones=2):
    """Return the monthly dollars of interface endpoints, each in every zone."""
    return services * zones * HOURS * RATES["endpoint_hour"] + gigabytes * RATES["endpoint_gb"]


for services in (4, 5, 8):
    print(f"{services} endpoints: {endpoint_cost(100, services):6.2f} dollars at 100 GB; NAT: {nat_cost(100):.2f}")

# %%
from awslab.show.lines import lines_picture

gigabytes = range(0, 2501, 250)
lines_picture(
    "Dollars a month, two zones",
    "gigabytes a month",
    gigabytes,
    {
        "2 NAT gateways": [nat_cost(g) for g in gigabytes],
        "4 interface endpoints": [endpoint_cost(g, 4) for g in gigabytes],
        "8 interface endpoints": [endpoint_cost(g, 8) for g in gigabytes],
    },
)

# %% [markdown]
"""
- The gateway endpoint for S3 costs nothing and carries the image layers, most of the bytes. There is hardly a reason not to have it.
- A few interface endpoints replace a NAT gateway at any volume; many of them pay only above some volume.
- Whoever calls third parties, a payment provider for instance, keeps the NAT gateway, and then endpoints come on top.

**Try it.** From how many gigabytes a month on are **eight** interface endpoints in two zones cheaper than two NAT gateways? Put the number into `break_even`, rounded to a whole gigabyte.
"""

# %% tags=["try-it"]
break_even = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["break_even"]
    fixed = 8 * 2 * 730 * 0.01 - 2 * 730 * 0.045
    s.met(
        1,
        "where the two lines cross",
        isinstance(given, int | float) and abs(given - fixed / 0.035) <= 1,
        found=given,
        slip="gigabytes through an endpoint are billed too: only the difference of the two rates counts"
        if isinstance(given, int | float) and abs(given - fixed / 0.045) <= 1
        else "that is text: write the number without quotes"
        if isinstance(given, str)
        else "",
        hint="the difference of the monthly fixed prices, divided by the difference of the prices per GB",
    )
s

# %% [markdown]
"""
## 8. Secrets change, running tasks do not

A secret is read once, when the container starts. Change it, and the tasks that run keep the old value.
"""

# %%
cloud.advance("1 hour")
boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="second-password")
print("task started:  ", task["startedAt"])
print("secret changed:", cloud.now)

# %% [markdown]
"""
So a rotation ends with new tasks. For a service that is one call, `update_service(..., forceNewDeployment=True)`.
An application that reads the secret itself, with its *task* role, can do without.

Anyone who may describe a task definition reads its `environment`; use it for settings, never for secrets.
And an injected secret is still plain text inside the container: whoever can run a command there can print it.
"""

# %% hide
quiz(
    "The database password was rotated an hour ago. New tasks work, old ones fail with 'authentication failed'. Why?",
    {
        "The execution role may not read the new version": "Then no new task would start.",
        "The old tasks still have the value that was injected when they started": "Start a new deployment after each rotation, or let the application read the secret itself.",
        "Secrets Manager delivers new versions after a day": "A new version is current at once.",
    },
    right="The old tasks still have the value that was injected when they started",
)

# %% [markdown]
"""
## 9. From service to service

Three services in one VPC. Who may call whom?

**By network: a security group for each caller.** Give every service a group of its own, and let the payment service accept only the order service's:
"""

# %%
for name in ("user", "order", "payment"):
    groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
let_in(groups["payment"], 3000, groups["order"])
users, orders, payments = (stand_in("private-a", name) for name in ("user", "order", "payment"))
print("order -> payment:", cloud.path(orders, payments, 3000).why)
print("user  -> payment:", cloud.path(users, payments, 3000).why)

# %% [markdown]
"""
An intruder in the user service finds no way to payments. Were all tasks in one group that lets its own members in, there would be one.

**By encryption and identity.** A security group knows interfaces, not people, and it encrypts nothing.

- **ECS Service Connect** gives services names, and balances, retries and measures the calls between them. Its TLS encrypts them, with certificates of AWS Private CA that ECS issues and renews. It does not tell the callee who the caller is.
- **Amazon VPC Lattice** checks an IAM policy (an *auth policy*) on each request, so a caller is known by its role.
- A token in the request, checked by the application, works everywhere.

> Older answers name **AWS App Mesh** here. It was closed to new customers in September 2024, and AWS ended it on 30 September 2026. Say so in an interview, and name Service Connect or Lattice.

**By IAM.** The task roles keep the services' *data* apart: even a caller who reaches another service cannot read its table. But IAM decides about calls to AWS, nothing else. No policy lets a service call a payment provider, and none is needed: that takes a way out and an API key in Secrets Manager.
"""

# %% hide
quiz(
    "Traffic between two services must be encrypted, and the callee must know which service calls. What fits?",
    {
        "A security group for each caller": "It restricts who may connect, encrypts nothing, and tells the callee nothing.",
        "Service Connect with TLS alone": "Encrypted, yes. The caller's identity is not checked.",
        "VPC Lattice with HTTPS and an auth policy": "HTTPS encrypts, and the signed request carries the caller's role.",
        "AWS App Mesh": "It ended on 30 September 2026.",
    },
    right="VPC Lattice with HTTPS and an auth policy",
)

# %% [markdown]
"""
## 10. Which log answers which question

| Question | Source |
|---|---|
| Who changed the security group? Who stopped the task? Which role called S3's API to delete the bucket? | CloudTrail: calls to AWS's APIs |
| Which addresses talk to each other, and which packets were rejected? | VPC Flow Logs: addresses, ports, ACCEPT or REJECT; never the content |
| Which URL did a client ask for, and with what status did it end? | the load balancer's access logs, to S3 |
| What did one service ask of another? | Service Connect's access logs, or the applications' own |
| What did the application say? | CloudWatch Logs, by the log driver |
| Does something in a container behave like an intruder? | GuardDuty Runtime Monitoring |

"Everything is logged" is true of none of them until somebody switches it on, but for one: CloudTrail keeps a history of management events for 90 days by itself.
And it does not see HTTP between your services, because that calls no AWS API.
"""

# %% [markdown]
"""
### CloudTrail: who did it

Every change in this notebook is in the history, yours and those of ECS. Who has opened security groups, and when?
"""

# %%
trail = boto3.client("cloudtrail")


def history(event):
    """Return the newest events of a name from CloudTrail's event history."""
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": event}])
    return [json.loads(each["CloudTrailEvent"]) for each in found["Events"]]


for event in history("AuthorizeSecurityGroupIngress")[:3]:
    print(event["eventTime"], event["userIdentity"]["arn"], event["requestParameters"]["groupId"])

# %% [markdown]
"""
And the roles of our tasks: ECS assumed them, the code did not.
"""

# %%
for event in history("AssumeRole")[:3]:
    who = event["userIdentity"].get("invokedBy") or event["userIdentity"].get("arn")
    print(event["eventTime"], who, "->", event["requestParameters"]["roleArn"].rpartition("/")[2])

# %% [markdown]
"""
On AWS an event shows up in the history after a few minutes. Reading and writing of objects in S3 are *data events*: they are recorded only by a trail that asks for them.

### Flow Logs: what reached what

A flow log for the whole VPC needs a log group and a role that the service `vpc-flow-logs.amazonaws.com` may assume.
"""

# %%
flow_trust = json.loads(json.dumps(trust).replace("ecs-tasks", "vpc-flow-logs"))
flow_role = iam.create_role(RoleName="flow-logs", AssumeRolePolicyDocument=json.dumps(flow_trust))["Role"]["Arn"]
allow(
    "flow-logs",
    "write",
    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
    "*",
)
boto3.client("logs").create_log_group(logGroupName="/vpc/shop")
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[vpc],
    TrafficType="ALL",
    LogGroupName="/vpc/shop",
    DeliverLogsPermissionArn=flow_role,
    MaxAggregationInterval=60,
)["FlowLogIds"]

# %% [markdown]
"""
Now somebody closes the endpoints' security group, and a task fails to start. Which record tells?
Records are collected for a minute before they are written (`MaxAggregationInterval`), so the clock has to move first.
"""

# %%
rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": app_group}]}
ec2.revoke_security_group_ingress(GroupId=endpoint_group, IpPermissions=[rule])
stuck = run("private-a")
ec2.authorize_security_group_ingress(GroupId=endpoint_group, IpPermissions=[rule])
cloud.advance("2 min")

print("interface                source          destination     from   to    result")
for event in boto3.client("logs").filter_log_events(logGroupName="/vpc/shop")["events"]:
    fields = event["message"].split()
    if fields[12] == "REJECT":
        print(f"{fields[2]:24} {fields[3]:15} {fields[4]:15} {fields[5]:6} {fields[6]:5} {fields[12]}")

# %% [markdown]
"""
The destination is the address that the stopped reason names after `dial tcp`: an endpoint's interface. The port is 443, and the interface of the record is the endpoint's: its side refused.
A flow log does not say *which* rule did; `cloud.path` here, and the Reachability Analyzer on AWS, do.
"""

# %% hide
quiz(
    "Last night the order service sent odd requests to the payment service. Where are those requests recorded?",
    {
        "In CloudTrail": "It records calls to AWS's APIs. A request from one of your services to another is none.",
        "In VPC Flow Logs, with their paths": "Flow Logs know addresses, ports and bytes, and whether it was accepted. No paths.",
        "In Service Connect's access logs or the applications' logs, if they were on": "Nothing logs HTTP between services by default.",
    },
    right="In Service Connect's access logs or the applications' logs, if they were on",
)

# %% [markdown]
"""
## 11. Pitfalls

- **Trusting a name.** `public`, `dmz` and `MapPublicIpOnLaunch` make nothing public. The route does.
- **The internet route in the main table.** Every forgotten association is public then.
- **A NAT gateway in a private subnet**, or one for two zones. The first reaches nothing, the second dies with its zone.
- **Opening inbound ports because a pull fails.** A pull is outbound; the fault is in a route, an endpoint, or the endpoint's security group.
- **The VPC's range as the source.** It lets in everything in the VPC. Name the caller's security group.
- **An ACL without ephemeral ports**, and a deny behind an allow.
- **One role for both purposes.** The code could then read every secret that the execution role may inject.
- **A bucket's ARN for its objects.** `arn:aws:s3:::bucket` is the bucket; `arn:aws:s3:::bucket/*` are its objects.
- **`Resource: "*"` for secrets.** It works, and it hands out the neighbours' passwords too.
- **Expecting IAM to open a network**, or the network to grant a permission. A call to AWS needs both.
"""

# %% [markdown]
"""
## 12. Recall

Answer aloud before you look.
"""

# %% hide
recall(
    "What makes a subnet public?",
    "A route to an internet gateway in the route table it uses.",
    why="The table it is associated with, or else the VPC's main table.",
    tag="Q7",
)

# %% hide
recall(
    "Why do ECS tasks run in private subnets?",
    "There is no way from the internet to them, even when a security group is wrong; requests come through the load balancer only.",
    why="Defence in depth: two independent faults are needed before anybody gets in.",
    tag="Q7",
)

# %% hide
recall(
    "How many tasks fit into a /28 on Fargate?",
    "Eleven.",
    why="16 addresses, less the five AWS keeps, one network interface a task.",
)

# %% hide
recall(
    "Security group or network ACL: which is stateful, and which can deny?",
    "The security group is stateful and only allows; the ACL is stateless, and allows or denies by number.",
    why="So an ACL needs rules for the ephemeral ports of the answers.",
)

# %% hide
recall(
    "Which endpoints does a Fargate task in a closed subnet need?",
    "ecr.api and ecr.dkr (interface), S3 (gateway); logs for awslogs, secretsmanager for secrets.",
    why="Plus private DNS, both DNS attributes of the VPC, and 443 open in the endpoints' security group.",
)

# %% hide
recall(
    "Explain the execution role and the task role.",
    "ECS uses the execution role to pull the image, write logs and fetch secrets; the code uses the task role.",
    why="One execution role may be shared; each service has a task role of its own. Give the code the execution role and it can read secrets it should only be handed.",
    tag="Q6",
)

# %% hide
recall(
    "Does AmazonECSTaskExecutionRolePolicy let ECS inject a secret?",
    "No: it covers the pull from ECR and the writing of logs.",
    why="Add GetSecretValue on the one secret, and kms:Decrypt for a key of your own. The log group must exist too.",
)

# %% hide
recall(
    "How does code in a task get its credentials?",
    "From 169.254.170.2, where ECS hands out temporary credentials of the task role; the SDK finds them by itself.",
    why="The code calls no AssumeRole. ECS does, which is why the role trusts ecs-tasks.amazonaws.com.",
)

# %% hide
recall(
    "One policy allows s3:*, another denies s3:DeleteObject. What holds for DeleteObject?",
    "It is denied.",
    why="An explicit deny beats every allow; without any statement it is denied as well.",
)

# %% hide
recall(
    "Are VPC endpoints cheaper than a NAT gateway?",
    "Gateway endpoints are free; interface endpoints cost an hourly price for each zone, so it depends on how many and how much traffic.",
    why="And a NAT gateway stays necessary for anything that is not AWS.",
)

# %% hide
recall(
    "How do you make sure that only the order service can call the payment service?",
    "Payment's security group accepts its port from order's security group only.",
    why="For encryption and proof of identity: Service Connect with TLS, VPC Lattice with an auth policy, or tokens. App Mesh has ended.",
    tag="Q11",
)

# %% [markdown]
"""
## Clean up

A NAT gateway and interface endpoints are billed by the hour, used or not. They are the first to go.
"""

# %%
found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
ec2.delete_vpc_endpoints(VpcEndpointIds=[e["VpcEndpointId"] for e in found])
gateways = ec2.describe_nat_gateways(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NatGateways"]
for each in gateways:
    ec2.delete_nat_gateway(NatGatewayId=each["NatGatewayId"])
for arn in ecs.list_tasks(cluster="shop")["taskArns"]:
    ecs.stop_task(cluster="shop", task=arn, reason="end of the lesson")
print(len(found), "endpoints and", len(gateways), "NAT gateways deleted")

# %% [markdown]
"""
**Next:** the assignment [6.3.d-vpc-iam](../release/6.3.d-vpc-iam/6.3.d-vpc-iam.ipynb).

**Read more at AWS:** [subnet sizes](https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html),
[NAT gateways](https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html),
[network ACL rules](https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html),
[endpoints for ECR](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html),
[execution role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html),
[task role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html),
[how policies are evaluated](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html),
[Service Connect TLS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-tls.html).
"""
