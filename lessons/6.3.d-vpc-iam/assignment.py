# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.d VPC networking and IAM
#     minutes: 80
#     covers: [Q6, Q7, F5]
# ---

# %% [markdown]
"""
# Assignment 6.3.d: VPC networking and IAM

About 80 minutes; after exercise 8 is a good place for a break. Do the lesson [6.3.d VPC networking and IAM](../../notebooks/6.3.d-vpc-iam.ipynb) first.

You build a network for a shop, decide who may talk to whom in it, and give its tasks the permissions they need and no others.
Write each answer in the cell that says so, run it, then run the check below it.
What takes many lines and no thought is prepared as functions, below; you decide what they are called with.
You need not use them: the checks look at what happens in your AWS, not at how it got there.
They try things out, packets, tasks, calls as a role, and undo what they tried.

Exercises 3 and 4 go on with the VPC of exercise 2; all others stand on their own.

To start over, run everything again from the top: the setup cell empties your AWS.
Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS: an answer must not depend on something you did by hand.

Begin with your name. The values below are drawn from it, so your neighbour has others.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import contextlib
import ipaddress
import json

import boto3

import awslab
from awslab import learner, score
from awslab.vpc_iam_fixtures import (
    attempt,
    definition,
    definitions,
    everything,
    interface,
    network,
    outcome,
    push_app,
    role,
    room_in,
    security_group,
    statement,
    strict_acl,
    subnets_of,
    undone,
)

cloud = awslab.start()
cloud.reset()
ec2, iam, ecs = (boto3.client(name) for name in ("ec2", "iam", "ecs"))

ACCOUNT = "123456789012"
REGION = "us-east-1"

mine = awslab.draw("6.3.d-vpc-iam")
SHOP = mine.pick(
    "SHOP", ["harbour", "orchard", "quarry", "meadow", "lantern", "foundry", "willow", "granite"]
)
VPC_CIDR = mine.cidr("VPC_CIDR")
ZONES = mine.pick(
    "ZONES", [[f"us-east-1{a}", f"us-east-1{b}"] for a, b in ("ab", "ac", "ad", "bc", "bd", "cd")]
)
TASKS = mine.number("TASKS", 140, 420, 20)
APP_PORT = mine.pick("APP_PORT", [3000, 3100, 4000, 5000, 7000, 8000, 8080, 9000])
DB_PORT = mine.pick("DB_PORT", [5432, 3306, 1433, 27017, 6379, 1521])
QUARANTINE = mine.pick("QUARANTINE", [f"172.16.{number}.0/24" for number in range(40, 91)])
DEFINITIONS = mine.number("DEFINITIONS", 0, 719)
mine

# %% [markdown]
"""
### What is there already

Somebody has prepared a VPC to practise on, `place["vpc"]`, with the range `172.16.0.0/16`: in each of two zones a public and a private subnet, `place["public"]` and `place["private"]`.
Exercises 5 to 8 use it. The bucket `PHOTOS`, the table `ORDERS` and the queue `QUEUE` are for exercises 11 and 12.
"""

# %% given="prepared"
place = network("172.16.0.0/16")
ZONE_A, ZONE_B = sorted(place["private"])

PHOTOS, ORDERS, QUEUE = f"{SHOP}-photos", f"{SHOP}-orders", f"{SHOP}-payments"
if PHOTOS not in [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]:
    boto3.client("s3").create_bucket(Bucket=PHOTOS)
    for key in ("public/ada.png", "private/salaries.csv"):
        boto3.client("s3").put_object(Bucket=PHOTOS, Key=key, Body=b"content of " + key.encode())
    boto3.client("dynamodb").create_table(
        TableName=ORDERS,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("sqs").create_queue(QueueName=QUEUE)
cloud.map(place["vpc"])

# %% [markdown]
"""
And functions, most of them as in the lesson. Two are new: `route_table` makes a table, its default route and its associations in one go, and `policy` is the lesson's `allow` for several statements.
Run the cell now, and read a function when you need it. All but `make_subnet` and `nat_gateway` may be called again when the first call was wrong.
Calls of your own are refused the second time if what they make is there already, or what they remove is gone: before you run an answer again, take out the lines that have worked.
"""

# %% given="functions"
def make_subnet(vpc_id, cidr, zone):
    """Make a subnet and return its id."""
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)
    return made["Subnet"]["SubnetId"]


def route_table(vpc_id, subnet_ids, **way):
    """Make a route table for some subnets, in place of those they are associated with; return its id.

    Its route 0.0.0.0/0 leads to `GatewayId=...` or `NatGatewayId=...`.
    """
    table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
    for subnet_id in subnet_ids:
        mine = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        for old in ec2.describe_route_tables(Filters=mine)["RouteTables"]:
            for link in old["Associations"]:
                if link.get("SubnetId") == subnet_id:
                    ec2.disassociate_route_table(AssociationId=link["RouteTableAssociationId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet_id)
    return table


def nat_gateway(subnet_id):
    """Make a NAT gateway with an Elastic IP address in a subnet, wait for it and return its id."""
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=address)
    nat = made["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    return nat


def let_in(group, port, source):
    """Let TCP into a security group on one port, from a range or from another group's id."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if source.startswith("sg-"):
        rule["UserIdGroupPairs"] = [{"GroupId": source}]
    else:
        rule["IpRanges"] = [{"CidrIp": source}]
    try:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    except ec2.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "InvalidPermission.Duplicate":
            raise


def policy(role_name, name, *statements):
    """Put statements on a role as its inline policy `name`, in place of what it said before.

    `statement(actions, resources)` makes one that allows; with "Deny" as the third argument it denies.
    """
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=json.dumps(document))


# %% [markdown]
"""
## 1. How many tasks fit? (3 points)

Complete the function. `cidr` is the range of a subnet, `in_use` the number of its addresses that network interfaces have already.
It returns how many Fargate tasks can still start there. For a range that AWS would not accept as a subnet it returns 0.
"""

# %% [markdown] hints="tasks-that-fit"
"""
1. Every task has a network interface with an address of its own. How many addresses of a subnet does AWS keep for itself?
2. `ipaddress.ip_network(cidr)` has `.num_addresses` and `.prefixlen`. Subnets are /16 to /28.
3. `num_addresses - 5 - in_use`, but never below 0.
"""


# %% solution="tasks-that-fit" needs=[]
def tasks_that_fit(cidr, in_use):
    """Return how many more Fargate tasks the subnet can hold."""
    ### BEGIN SOLUTION
    block = ipaddress.ip_network(cidr)
    if not 16 <= block.prefixlen <= 28:
        return 0
    return max(0, block.num_addresses - 5 - in_use)
    ### END SOLUTION


# %% hide check="tasks-that-fit" points=3
"""An empty /24, then a /28; hidden: addresses in use, a full subnet, sizes that AWS refuses."""


def slip_in_fit(got, want, total):
    """Name the usual mistake behind a wrong number of tasks."""
    if got is None:
        return "the function returned nothing. Did you forget a return?"
    if got == total:
        return "AWS keeps five addresses of every subnet"
    if got == want + 3:
        return "two addresses are kept in an ordinary network; AWS keeps five"
    return ""


with score(3) as s:
    for cidr, want in (("10.0.0.0/24", 251), ("10.0.9.16/28", 11)):
        got = learner.call("tasks_that_fit", cidr, 0)
        s.met(
            1,
            f"an empty {cidr}",
            got == want,
            found=got,
            expected=want,
            slip=slip_in_fit(got, want, want + 5),
            why="a deployment that runs out of addresses gets stuck halfway",
            read="section 1 of the lesson",
        )
    ### BEGIN HIDDEN TESTS
    cases = {
        ("10.0.0.0/26", 9): 50,
        ("10.4.0.0/20", 100): 3991,
        ("10.0.0.0/28", 11): 0,
        ("10.0.0.0/28", 16): 0,
        ("10.0.0.0/29", 0): 0,
        ("10.0.0.0/15", 0): 0,
    }
    for (cidr, in_use), want in cases.items():
        got = learner.call("tasks_that_fit", cidr, in_use)
        if got != want:
            break
    s.met(
        1,
        "addresses in use, full subnets, sizes that AWS refuses",
        got == want,
        found=f"{got} for {cidr} with {in_use} in use",
        expected=want,
        slip="AWS makes no subnet of that size"
        if cidr.endswith(("/29", "/15"))
        else "there are no fewer than 0 tasks"
        if isinstance(got, int) and got < 0
        else "what is in use is gone"
        if got == want + in_use
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. Six subnets (4 points)

Create a VPC with the range `VPC_CIDR` and DNS hostnames on; keep its id in `vpc`. In each of the two `ZONES` make three subnets:

- one for the load balancer and a NAT gateway, a /27 or larger;
- one for tasks. In each zone up to `TASKS` tasks run, and during a deployment twice as many;
- one for data, a /27 or larger.

Leave so much of the range free that a third zone could get three subnets of the same sizes.
Keep the ids in `subnets`; exercises 3 and 4 need them.
"""

# %% [markdown] hints="six-subnets"
"""
1. First the arithmetic: which prefix has 2 × `TASKS` addresses for you? Exercise 1 tells.
2. `ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]`, `ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})`, then six times `make_subnet`.
3. `list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=22))` cuts the range into equal blocks. A /22 for every subnet is simple, large enough, and leaves most of the range free.
"""

# %% solution="six-subnets" needs=[]
vpc = None
subnets = {}  # subnets["public", ZONES[0]] = make_subnet(...), and so on for "private" and "data"
### BEGIN SOLUTION
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=22)]
for tier, first in (("public", 0), ("private", 4), ("data", 8)):
    for number, zone in enumerate(ZONES):
        subnets[tier, zone] = make_subnet(vpc, blocks[first + number], zone)
### END SOLUTION

# %% hide check="six-subnets" points=4
"""Three subnets in each zone, one of them large enough for a deployment, and room for a third zone."""
with score(4) as s:
    client = boto3.client("ec2")
    vpcs = {
        v["CidrBlock"]: v["VpcId"] for v in client.describe_vpcs()["Vpcs"] if not v["IsDefault"]
    }  # of two with one range, the one made last
    others = [cidr for cidr in vpcs if not cidr.startswith("172.")]
    s.need(others, "there is no VPC of yours yet")
    names = (
        VPC_CIDR in vpcs
        and client.describe_vpc_attribute(VpcId=vpcs[VPC_CIDR], Attribute="enableDnsHostnames")[
            "EnableDnsHostnames"
        ]["Value"]
    )
    s.met(
        1,
        "a VPC with your range, DNS hostnames on",
        names,
        found=others
        if VPC_CIDR not in vpcs
        else f"{VPC_CIDR}, DNS hostnames are on"
        if names
        else f"{VPC_CIDR}, DNS hostnames are off",
        expected=f"{VPC_CIDR}, DNS hostnames are on",
        slip="that is another range than the one drawn for you" if VPC_CIDR not in vpcs else "",
        why="private DNS of endpoints needs it",
    )
    s.need(VPC_CIDR in vpcs, f"the rest is about a VPC with the range {VPC_CIDR}")
    found = client.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpcs[VPC_CIDR]]}])[
        "Subnets"
    ]
    blocks_of = {
        zone: [ipaddress.ip_network(f["CidrBlock"]) for f in found if f["AvailabilityZone"] == zone]
        for zone in sorted({f["AvailabilityZone"] for f in found} | set(ZONES))
    }
    s.met(
        1,
        "three subnets in each of your two zones",
        {zone: len(blocks) for zone, blocks in blocks_of.items()} == dict.fromkeys(ZONES, 3),
        found={zone: len(blocks) for zone, blocks in blocks_of.items()},
        expected=dict.fromkeys(ZONES, 3),
        slip="all in one zone: without AvailabilityZone, AWS chooses"
        if len([zone for zone in blocks_of if blocks_of[zone]]) == 1
        else "",
        read="section 1 of the lesson",
    )
    rooms = {
        zone: max((b.num_addresses - 5 for b in blocks), default=0)
        for zone, blocks in blocks_of.items()
    }
    s.met(
        1,
        "in each zone a subnet for twice TASKS, and none below /27",
        all(rooms[zone] >= 2 * TASKS for zone in ZONES)
        and all(b.prefixlen <= 27 for bs in blocks_of.values() for b in bs),
        found={
            "room for tasks": rooms,
            "smallest": max(
                (f"/{b.prefixlen}" for bs in blocks_of.values() for b in bs), default=""
            ),
        },
        expected=f"{2 * TASKS} tasks",
        slip="enough for the tasks, too small while old and new ones run side by side"
        if all(TASKS <= rooms[zone] < 2 * TASKS for zone in ZONES)
        else "",
    )
    used = sum(b.num_addresses for blocks in blocks_of.values() for b in blocks)
    s.met(
        1,
        "room for a third zone",
        len(found) >= 6 and used * 3 <= 65536 * 2,
        found=f"{used} of 65536 addresses are taken",
        expected="two thirds at most",
        slip="nothing can be added later without another range" if used * 3 > 65536 * 2 else "",
    )
s

# %% [markdown]
"""
## 3. Make two of them public (4 points)

In each zone, make the subnet for the load balancer public. The subnets for tasks and data stay as they are, and so does any subnet that somebody adds tomorrow and forgets to associate.
"""

# %% [markdown] hints="public-subnets"
"""
1. What makes a subnet public? Section 2 of the lesson. No name, no attribute of the subnet.
2. `create_internet_gateway`, `attach_internet_gateway`, then one `route_table` for the two subnets. In the VPC's main table the route would hold for every subnet without an association.
3. `gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]`, `ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)`, `route_table(vpc, [...], GatewayId=gateway)`.
"""

# %% solution="public-subnets" needs=["six-subnets"]
### BEGIN SOLUTION
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
route_table(vpc, [subnets["public", zone] for zone in ZONES], GatewayId=gateway)
### END SOLUTION

# %% hide check="public-subnets" points=4
"""The check puts an interface with a public address into each subnet and calls it from the internet."""


def unassociated(vpc_id, taken):
    """Make a subnet that nobody associates with a route table, and return its id."""
    blocks = ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=28)
    free = next(
        b
        for b in blocks
        if not any(b.overlaps(ipaddress.ip_network(t["CidrBlock"])) for t in taken)
    )
    made = boto3.client("ec2").create_subnet(
        VpcId=vpc_id, CidrBlock=str(free), AvailabilityZone=ZONES[0]
    )
    return made["Subnet"]["SubnetId"]


with score(4) as s:
    vpc_id, found = subnets_of(VPC_CIDR)
    s.need(found, f"there is no VPC with the range {VPC_CIDR} and subnets: do exercise 2 first")
    attached = [
        gateway["InternetGatewayId"]
        for gateway in boto3.client("ec2").describe_internet_gateways()["InternetGateways"]
        if any(a["VpcId"] == vpc_id for a in gateway["Attachments"])
    ]
    s.need(attached, "no internet gateway is attached to your VPC yet")
    with undone(cloud):
        open_group = security_group(vpc_id, "probe", everything())
        reached = [
            f
            for f in found
            if cloud.path("internet", interface(f["SubnetId"], open_group, public=True), 443).reachable
        ]
        stray = cloud.path("internet", interface(unassociated(vpc_id, found), open_group, public=True), 443)
    zones = sorted(f["AvailabilityZone"] for f in reached)
    s.met(
        2,
        "in each zone the internet reaches a subnet",
        set(ZONES) <= set(zones),
        found=zones,
        expected=ZONES,
        slip="the gateway is attached, but no route table in use leads to it" if not zones else "",
        read="section 2 of the lesson",
    )
    s.met(
        1,
        "only one in each, and another is left for tasks",
        zones == sorted(ZONES)
        and all(
            any(room_in(f) >= 2 * TASKS and f not in reached for f in found if f["AvailabilityZone"] == z)
            for z in ZONES
        ),
        found=f"{len(reached)} of {len(found)} subnets are public",
        slip="all subnets are public: the route stands in the main route table"
        if len(reached) == len(found)
        else "",
        why="tasks in a public subnet are one wrong security group away from the internet",
    )
    s.met(
        1,
        "a subnet without an association is not public",
        bool(reached) and not stray.reachable,
        found=stray.why,
        slip="the main route table leads to the internet gateway" if stray.reachable else "",
    )
s

# %% [markdown]
"""
## 4. Out, but not in (4 points)

Let the subnets for tasks reach the internet, without being reached from it. When one zone is lost, the other must still get out.
The subnets for data get no way out at all.
"""

# %% [markdown] hints="nat-gateways"
"""
1. A (zonal) NAT gateway lives in one zone. Where does it stand, and which route table points at it?
2. For each zone: a `nat_gateway` in the *public* subnet of the zone, and a `route_table` for the subnet for tasks.
3. Two NAT gateways, two private route tables, each with `0.0.0.0/0` to the NAT gateway of its own zone. The data subnets keep the main table.
"""

# %% solution="nat-gateways" needs=["six-subnets", "public-subnets"]
### BEGIN SOLUTION
for zone in ZONES:
    nat = nat_gateway(subnets["public", zone])
    route_table(vpc, [subnets["private", zone]], NatGatewayId=nat)
### END SOLUTION

# %% hide check="nat-gateways" points=4
"""The check calls out from every subnet, in from the internet, and then takes one zone away after the other."""


def gets_out(subnet, group):
    """Follow a packet from a new interface in the subnet to a server on the internet, and one back in."""
    eni = interface(subnet["SubnetId"], group, public=True)
    return cloud.path(eni, "203.0.113.10", 443), cloud.path("internet", eni, 443)


with score(4) as s:
    vpc_id, found = subnets_of(VPC_CIDR)
    s.need(found, f"there is no VPC with the range {VPC_CIDR} and subnets: do exercise 2 first")
    within = [{"Name": "vpc-id", "Values": [vpc_id]}]
    gateways = boto3.client("ec2").describe_nat_gateways(Filters=within)["NatGateways"]
    s.need(gateways, "there is no NAT gateway in your VPC yet")
    with undone(cloud):
        open_group = security_group(vpc_id, "probe", everything())
        ways = [(f, *gets_out(f, open_group)) for f in found]
    private = [f for f, out, back in ways if out.reachable and not back.reachable]
    closed = [f for f, out, back in ways if not out.reachable]
    tasks_out = [out for f, out, back in ways if room_in(f) >= 2 * TASKS]
    s.met(
        1,
        "in each zone a subnet for tasks gets out, and nobody gets in",
        all(any(room_in(f) >= 2 * TASKS for f in private if f["AvailabilityZone"] == zone) for zone in ZONES),
        found=sorted(f["AvailabilityZone"] for f in private)
        or next((w.why for w in tasks_out if not w.reachable), "none"),
        expected=ZONES,
        slip="a NAT gateway stands in a subnet without a way out itself"
        if gateways and not private
        else "",
        read="section 3 of the lesson",
    )
    s.met(
        1,
        "the subnets for data have no way out",
        bool(private)
        and len(private) == 2
        and sorted(f["AvailabilityZone"] for f in closed if f not in private) == sorted(ZONES),
        found=f"{len(private)} subnets go out through NAT, {len(closed)} have no way out",
        expected="two of each",
        slip="the NAT route is in a table that the data subnets use too, the main one perhaps"
        if len(private) > 2
        else "",
    )
    survived = {}
    for lost, other in (ZONES, ZONES[::-1]):
        with undone(cloud):
            cloud.fail(az=lost)
            rest = [f for f in private if f["AvailabilityZone"] == other and room_in(f) >= 2 * TASKS]
            survived[lost] = any(gets_out(f, security_group(vpc_id, "probe", everything()))[0].reachable for f in rest)
    for zone in ZONES:
        s.met(
            1,
            f"without {zone} the other zone still gets out",
            survived[zone],
            found="it does" if survived[zone] else "it does not",
            slip=""
            if not private
            else "there is only one NAT gateway, and it was in that zone"
            if len(gateways) == 1
            else "its route table leads to the NAT gateway of the lost zone",
            why="a NAT gateway is lost with its zone, and with it everybody who depends on it",
        )
s

# %% [markdown]
"""
## 5. A chain of security groups (5 points)

In `place["vpc"]` there are three empty security groups: `ALB_GROUP` for the load balancer, `APP_GROUP` for the tasks, `DB_GROUP` for the database. Add rules, so that

- the internet reaches the load balancer on 443, and on 80, where it will be redirected;
- the load balancer reaches the tasks on `APP_PORT`;
- the tasks reach the database on `DB_PORT`;
- nobody else reaches anything.
"""

# %% given="three-groups"
ALB_GROUP, APP_GROUP, DB_GROUP = (
    security_group(place["vpc"], f"{SHOP}-{name}") for name in ("alb", "app", "db")
)

# %% [markdown] hints="security-groups"
"""
1. The source of a rule may be a security group instead of a range. Section 4 of the lesson.
2. Four rules, four times `let_in(group, port, source)`.
3. Two from `"0.0.0.0/0"` into the load balancer's group; one into the tasks' group from the load balancer's; one into the database's group from the tasks'.
"""

# %% solution="security-groups" needs=[]
### BEGIN SOLUTION
for port in (80, 443):
    let_in(ALB_GROUP, port, "0.0.0.0/0")
let_in(APP_GROUP, APP_PORT, ALB_GROUP)
let_in(DB_GROUP, DB_PORT, APP_GROUP)
### END SOLUTION

# %% hide check="security-groups" points=5
"""The check puts interfaces into the groups and sees who reaches whom, on which port."""
with score(5) as s:
    net = network("172.16.0.0/16")
    alb, app, db = (security_group(net["vpc"], f"{SHOP}-{name}") for name in ("alb", "app", "db"))
    found = boto3.client("ec2").describe_security_groups(GroupIds=[alb, app, db])["SecurityGroups"]
    s.need(
        any(group["IpPermissions"] for group in found),
        "none of the three groups lets anybody in yet",
    )
    first, second = sorted(net["private"])
    with undone(cloud):
        enis = {
            "load balancer": interface(net["public"][first], alb, public=True),
            "task": interface(net["private"][first], app),
            "another task": interface(net["private"][second], app),
            "exposed task": interface(net["public"][second], app, public=True),
            "database": interface(net["private"][second], db),
            "a stranger in the VPC": interface(
                net["private"][first], security_group(net["vpc"], "stranger")
            ),
        }

        def callers(target, port):
            """Return who reaches a member of the chain on a port, sorted."""
            sources = {"the internet": "internet", **enis}
            return sorted(
                name
                for name, source in sources.items()
                if name != target and cloud.path(source, enis[target], port).reachable
            )

        fronts = [port for port in (443, 80) if "the internet" in callers("load balancer", port)]
        tasks, exposed = callers("task", APP_PORT), callers("exposed task", APP_PORT)
        databases = callers("database", DB_PORT)
        odd = {
            "load balancer, 22": callers("load balancer", 22),
            "task, 22": callers("task", 22),
            f"database, {APP_PORT}": callers("database", APP_PORT),
            f"load balancer, {DB_PORT}": callers("load balancer", DB_PORT),
        }
    s.met(
        1,
        "the internet reaches the load balancer on 443 and 80",
        fronts == [443, 80],
        found=fronts,
        expected=[443, 80],
        slip="with 80 closed, the redirect to HTTPS is never reached" if fronts == [443] else "",
    )
    s.met(
        1,
        "the load balancer reaches a task on APP_PORT",
        "load balancer" in tasks,
        found=tasks,
        slip="the tasks let each other in, not the load balancer"
        if "another task" in tasks
        else "",
    )
    s.met(1, "a task reaches the database on DB_PORT", "task" in databases, found=databases)
    s.met(
        1,
        "only the load balancer reaches a task",
        set(tasks) | set(exposed) == {"load balancer"},
        found=sorted(set(tasks) | set(exposed)),
        expected=["load balancer"],
        slip="the tasks are open to the world: only a private address saves them"
        if "the internet" in exposed
        else "a range lets in the whole VPC: name the load balancer's group"
        if "a stranger in the VPC" in tasks
        else "",
        read="section 4 of the lesson",
    )
    ### BEGIN HIDDEN TESTS
    beyond = {where: who for where, who in odd.items() if who}
    s.met(
        1,
        "only tasks reach the database, and no other port is open",
        bool(databases)
        and set(databases) <= {"task", "another task", "exposed task"}
        and not beyond,
        found={"database": databases, **beyond},
        slip="the database trusts the whole VPC"
        if "a stranger in the VPC" in databases
        else "the load balancer has no business with the database"
        if "load balancer" in databases
        else "more ports are open than asked for"
        if beyond
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 6. Who may call payments? (3 points)

Three services run in `place["vpc"]`. Their security groups are `USER_GROUP`, `ORDER_GROUP` and `PAYMENT_GROUP`.
At present the payment service takes calls on `APP_PORT` from everything in the VPC. Change that: only the order service may call it, in whatever subnet its tasks run.
"""

# %% given="three-services"
USER_GROUP = security_group(place["vpc"], "user-service")
ORDER_GROUP = security_group(place["vpc"], "order-service")
WIDE = everything("172.16.0.0/16", APP_PORT)
PAYMENT_GROUP = security_group(place["vpc"], "payment-service", WIDE)
WIDE

# %% [markdown] hints="payment-callers"
"""
1. Two changes: a rule has to go, another has to come.
2. `revoke_security_group_ingress` takes the rule exactly as it is, and the cell above has it: `WIDE`.
3. `ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=[WIDE])`, then `let_in`.
"""

# %% solution="payment-callers" needs=[]
### BEGIN SOLUTION
ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=[WIDE])
let_in(PAYMENT_GROUP, APP_PORT, ORDER_GROUP)
### END SOLUTION

# %% hide check="payment-callers" points=3
"""Interfaces with each group call the payment service, from both zones."""
with score(3) as s:
    net = network("172.16.0.0/16")
    user, order, payment = (
        security_group(net["vpc"], f"{name}-service") for name in ("user", "order", "payment")
    )
    rules = boto3.client("ec2").describe_security_groups(GroupIds=[payment])["SecurityGroups"][0][
        "IpPermissions"
    ]
    as_it_was = [
        [r["CidrIp"] for r in rule["IpRanges"]] + rule["UserIdGroupPairs"] for rule in rules
    ] == [["172.16.0.0/16"]]
    s.need(
        not as_it_was, "the payment service still takes calls from the whole VPC, as at the start"
    )
    first, second = sorted(net["private"])
    with undone(cloud):
        target = interface(net["private"][first], payment)
        sources = {
            "order": interface(net["private"][first], order),
            "order in the other zone": interface(net["private"][second], order),
            "user": interface(net["private"][first], user),
            "payment itself": interface(net["private"][first], payment),
            "a stranger": interface(net["private"][first], security_group(net["vpc"], "stranger")),
        }
        reach = [
            name for name, eni in sources.items() if cloud.path(eni, target, APP_PORT).reachable
        ]
        other_port = cloud.path(sources["order"], target, 22).reachable
    s.met(
        1,
        "the order service reaches payments, from both zones",
        {"order", "order in the other zone"} <= set(reach),
        found=reach,
        slip="a range of addresses names today's tasks or one subnet; the group names the service"
        if "order" in reach
        else "",
    )
    s.met(
        1,
        "the user service does not",
        bool(reach) and "user" not in reach,
        found=reach,
        slip="the old rule is still there: the new one only adds to it" if "user" in reach else "",
        why="an intruder in one service should not find the way to the next",
        read="section 9 of the lesson",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "nor does anybody else, on any other port",
        bool(reach) and not {"payment itself", "a stranger"} & set(reach) and not other_port,
        found=[*reach, *(["order on port 22"] if other_port else [])],
        slip="one port is enough" if other_port else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 7. Repair a network ACL (4 points)

The private subnet of `ZONE_B` has a network ACL of its own, `ACL`. Somebody meant well. Repair it, so that

- a load balancer in the VPC can call the tasks on `APP_PORT`, and gets its answers;
- the tasks can call HTTPS servers on the internet, and get their answers;
- nothing from the range `QUARANTINE` reaches the tasks, on any port;
- the VPC reaches no port of the tasks below 1024.
"""

# %% given="strict-acl"
def acl_rule(number, action, cidr, low, high, egress=False):
    """Add one TCP rule to the network ACL; a second one with this number and direction replaces it."""
    numbered = {"NetworkAclId": ACL, "RuleNumber": number, "Egress": egress}
    with contextlib.suppress(ec2.exceptions.ClientError):
        ec2.delete_network_acl_entry(**numbered)
    ports = {"PortRange": {"From": low, "To": high}}
    ec2.create_network_acl_entry(
        **numbered, RuleAction=action, Protocol="6", CidrBlock=cidr, **ports
    )


ACL = strict_acl(place, ZONE_B, APP_PORT, QUARANTINE)
for entry in boto3.client("ec2").describe_network_acls(NetworkAclIds=[ACL])["NetworkAcls"][0][
    "Entries"
]:
    direction = "out" if entry["Egress"] else "in"
    ports = "{From}-{To}".format(**entry["PortRange"]) if "PortRange" in entry else "all ports"
    print(
        f"{direction:4}{entry['RuleNumber']:6} {entry['RuleAction']:6}{entry['CidrBlock']:18}{ports}"
    )

# %% [markdown] hints="network-acl"
"""
1. An ACL forgets connections: for each of the two conversations, which packets go in, which go out, and to which ports?
2. Answers go to ephemeral ports. Load balancers and NAT gateways use 1024 to 65535. Four calls of `acl_rule` are enough.
3. Outbound: 443 to everywhere, and 1024-65535 to the VPC. Inbound: 1024-65535 from everywhere. And the deny, of ports 0 to 65535, needs a number below every rule that allows.
"""


# %% solution="network-acl" needs=[]
### BEGIN SOLUTION
acl_rule(50, "deny", QUARANTINE, 0, 65535)
acl_rule(110, "allow", "0.0.0.0/0", 1024, 65535)
acl_rule(100, "allow", "172.16.0.0/16", 1024, 65535, egress=True)
acl_rule(110, "allow", "0.0.0.0/0", 443, 443, egress=True)
### END SOLUTION

# %% hide check="network-acl" points=4
"""Packets and their answers: from a load balancer, to the internet, from the quarantine, to other ports."""
with score(4) as s:
    net = network("172.16.0.0/16")
    client = boto3.client("ec2")
    first, second = sorted(net["private"])
    acls = client.describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [net["private"][second]]}]
    )
    entries = [
        (e["Egress"], e["RuleNumber"], e["RuleAction"]) for e in acls["NetworkAcls"][0]["Entries"]
    ]
    untouched = sorted(entries) == [
        (False, 100, "allow"),
        (False, 200, "deny"),
        (False, 32767, "deny"),
        (True, 32767, "deny"),
    ]
    s.need(not untouched, "the ACL is as it was: add or replace entries")
    quarantined = client.describe_subnets(Filters=[{"Name": "cidr", "Values": [QUARANTINE]}])[
        "Subnets"
    ][0]
    with undone(cloud):
        task = interface(net["private"][second])
        from_vpc, from_quarantine = (
            interface(net["public"][first]),
            interface(quarantined["SubnetId"]),
        )
        elb = boto3.client("elbv2")
        elb.create_load_balancer(
            Name="acl-probe",
            Subnets=list(net["public"].values()),
            SecurityGroups=[security_group(net["vpc"], "probe")],
        )
        elb.get_waiter("load_balancer_available").wait(Names=["acl-probe"])
        called, out = cloud.path("acl-probe", task, APP_PORT), cloud.path(task, "203.0.113.10", 443)
        kept_away = [cloud.path(from_quarantine, task, port) for port in (APP_PORT, 443, 40000)]
        low = [port for port in (22, 80, 443) if cloud.path(from_vpc, task, port).reachable]
    s.met(
        1,
        "a load balancer calls the tasks and gets its answers",
        called.reachable,
        found=called.why,
        slip="32768 to 61000 is what Linux uses; a load balancer takes ports from 1024 on"
        if "1024" in called.why
        else "",
    )
    s.met(1, "the tasks call HTTPS servers and get their answers", out.reachable, found=out.why)
    s.met(
        1,
        "the quarantine reaches nothing",
        (called.reachable or out.reachable) and not any(way.reachable for way in kept_away),
        found=next((way.why for way in kept_away if way.reachable), "nothing"),
        slip="the first rule that matches decides: the deny needs a lower number than every allow"
        if any(way.reachable for way in kept_away)
        else "",
        read="section 4 of the lesson",
    )
    s.met(
        1,
        "no port below 1024 is open to the VPC",
        (called.reachable or out.reachable) and not low,
        found=low,
        slip="an entry allows everything in" if low else "",
    )
s

# %% [markdown]
"""
## 8. Public or not? (4 points)

Complete the function. It returns `True` when the subnet is public, that is, when an *active* route of the route table it uses leads `0.0.0.0/0` to an internet gateway, and `False` otherwise.
`route_tables(subnet_id)` below returns all route tables of the subnet's VPC, as EC2 describes them; the cell shows one.
"""

# %% given="one-table"
def route_tables(subnet_id):
    """Return all route tables of a subnet's VPC."""
    vpc_id = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["VpcId"]
    return ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]


next(table for table in route_tables(place["public"][ZONE_A]) if len(table["Routes"]) > 1)

# %% [markdown] hints="is-public"
"""
1. Names and `MapPublicIpOnLaunch` do not matter. Which route table does the subnet use?
2. The table with an association whose `SubnetId` is the subnet's. If there is none, the one with an association whose `Main` is true.
3. Look for a route with `DestinationCidrBlock` `0.0.0.0/0`, a `GatewayId` that begins with `igw-`, and the `State` `active`.
"""


# %% solution="is-public" needs=[]
def is_public(subnet_id):
    """Tell whether a subnet has an active default route to an internet gateway."""
    ### BEGIN SOLUTION
    links = [
        (link, table) for table in route_tables(subnet_id) for link in table["Associations"]
    ]
    own = [table for link, table in links if link.get("SubnetId") == subnet_id]
    main = [table for link, table in links if link["Main"]]
    return any(
        route.get("DestinationCidrBlock") == "0.0.0.0/0"
        and route.get("GatewayId", "").startswith("igw-")
        and route["State"] == "active"
        for route in (own or main)[0]["Routes"]
    )
    ### END SOLUTION


# %% hide check="is-public" points=4
"""Subnets of the prepared VPC; hidden: misleading names, the main table, a gateway that was taken away."""
with score(4) as s:
    net = network("172.16.0.0/16")
    zone = min(net["private"])
    for tier, want in (("public", True), ("private", False)):
        got = learner.call("is_public", net[tier][zone])
        s.met(
            1,
            f"a {tier} subnet of the prepared VPC",
            got is want,
            found=got,
            expected=want,
            slip="the function returned nothing. Did you forget a return?"
            if got is None
            else "a NAT gateway is no internet gateway"
            if got is True
            else "",
        )
    ### BEGIN HIDDEN TESTS
    with undone(cloud):
        client = boto3.client("ec2")
        probe = network("172.19.0.0/16")
        stray = client.create_subnet(VpcId=probe["vpc"], CidrBlock="172.19.50.0/24")["Subnet"][
            "SubnetId"
        ]
        client.modify_subnet_attribute(SubnetId=stray, MapPublicIpOnLaunch={"Value": True})
        client.create_tags(Resources=[stray], Tags=[{"Key": "Name", "Value": "public"}])
        lying = learner.call("is_public", stray)
        within = [{"Name": "vpc-id", "Values": [probe["vpc"]]}]
        main = client.describe_route_tables(
            Filters=[*within, {"Name": "association.main", "Values": ["true"]}]
        )
        gateway = client.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [probe["vpc"]]}]
        )["InternetGateways"][0]["InternetGatewayId"]
        client.create_route(
            RouteTableId=main["RouteTables"][0]["RouteTableId"],
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=gateway,
        )
        by_main = learner.call("is_public", stray)
    with undone(cloud):
        bare = network("172.20.0.0/16", internet=False)
        client = boto3.client("ec2")
        gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=bare["vpc"])
        where = min(bare["private"])
        client.create_route(
            RouteTableId=bare["tables"][where], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )
        named_private = learner.call("is_public", bare["private"][where])
        client.detach_internet_gateway(InternetGatewayId=gateway, VpcId=bare["vpc"])
        hole = learner.call("is_public", bare["private"][where])
    s.met(
        1,
        "names mean nothing: a `public` one without a route, a `private` one with one",
        lying is False and named_private is True,
        found={"named public, no route": lying, "named private, with the route": named_private},
        slip="neither the name nor MapPublicIpOnLaunch makes a subnet public"
        if lying is True
        else "",
        read="section 2 of the lesson",
    )
    s.met(
        1,
        "the main table for a subnet without association; a route to a detached gateway",
        by_main is True and hole is False,
        found={"route in the main table": by_main, "gateway detached": hole},
        slip="without an association a subnet uses the main route table"
        if by_main is not True
        else "the route's state is blackhole: it leads nowhere",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 9. A task without any way out (5 points)

The VPC `CLOSED["vpc"]` has no internet gateway and no NAT gateway, and it stays so.
The task definition `closed-app` is ready: an image in ECR, the log driver `awslogs`, one secret. Its tasks will run in the two subnets `CLOSED["private"]`, in the security group `TASK_GROUP`; each subnet has a route table of its own, `CLOSED["tables"]`.
`ENDPOINT_GROUP` is an empty security group for endpoints.

Add what a task needs to start, in either subnet, and nothing more. Leave the task definition and the roles alone.
"""

# %% given="closed-network"
CLOSED = network("172.17.0.0/16", internet=False, dns=False)
TASK_GROUP, ENDPOINT_GROUP = (
    security_group(CLOSED["vpc"], name) for name in ("closed-tasks", "closed-endpoints")
)
secrets = boto3.client("secretsmanager")
try:
    CLOSED_SECRET = secrets.describe_secret(SecretId="closed/password")["ARN"]
except secrets.exceptions.ResourceNotFoundException:
    CLOSED_SECRET = secrets.create_secret(Name="closed/password", SecretString="correct horse")[
        "ARN"
    ]
CLOSED_ROLE = role(
    "closed-execution", statement("secretsmanager:GetSecretValue", CLOSED_SECRET), execution=True
)
definition(
    "closed-app", push_app("closed-app", env=["PASSWORD"]), CLOSED_ROLE, secret=CLOSED_SECRET
)


def endpoint(service, **settings):
    """Make an endpoint for a service, such as "logs", in place of the one that is there.

    `settings` are those of create_vpc_endpoint: the type and, by type, RouteTableIds,
    or SubnetIds, SecurityGroupIds and PrivateDnsEnabled.
    """
    named = f"com.amazonaws.{REGION}.{service}"
    within = [{"Name": "vpc-id", "Values": [CLOSED["vpc"]]}]
    found = ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    if old := [each["VpcEndpointId"] for each in found if each["ServiceName"] == named]:
        ec2.delete_vpc_endpoints(VpcEndpointIds=old)
    ec2.create_vpc_endpoint(VpcId=CLOSED["vpc"], ServiceName=named, **settings)


CLOSED

# %% [markdown] hints="endpoints"
"""
1. Run a task and read its stopped reason: `outcome("closed-app", CLOSED["private"][ZONE_A], TASK_GROUP)`. The table in section 7 of the lesson lists what is needed.
2. Four interface endpoints with private DNS, one gateway endpoint. Private DNS needs an attribute of the VPC that is off here.
3. `endpoint(..., VpcEndpointType="Interface", SubnetIds=list(CLOSED["private"].values()), SecurityGroupIds=[ENDPOINT_GROUP], PrivateDnsEnabled=True)` four times; `endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=list(CLOSED["tables"].values()))`; `let_in(ENDPOINT_GROUP, 443, TASK_GROUP)`.
"""

# %% solution="endpoints" needs=[]
### BEGIN SOLUTION
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
let_in(ENDPOINT_GROUP, 443, TASK_GROUP)
for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    endpoint(
        service,
        VpcEndpointType="Interface",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[ENDPOINT_GROUP],
        PrivateDnsEnabled=True,
    )
endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=list(CLOSED["tables"].values()))
### END SOLUTION

# %% hide check="endpoints" points=5
"""The ways from an interface of a task to each service, then a real task in each subnet."""
with score(5) as s:
    net = network("172.17.0.0/16", internet=False, dns=False)
    tasks_group = security_group(net["vpc"], "closed-tasks")
    client = boto3.client("ec2")
    within = [{"Name": "vpc-id", "Values": [net["vpc"]]}]
    found = client.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    gateways = client.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [net["vpc"]]}]
    )["InternetGateways"]
    nats = client.describe_nat_gateways(Filters=within)["NatGateways"]
    s.need(found or gateways or nats, "the VPC has no endpoint yet")
    with undone(cloud):
        enis = [interface(net["private"][zone], tasks_group) for zone in sorted(net["private"])]
        ways = {
            service: [cloud.path(eni, service, 443) for eni in enis]
            for service in ("ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager")
        }
        runs = [
            outcome("closed-app", net["private"][zone], tasks_group)
            for zone in sorted(net["private"])
        ]

    def open_to(*services):
        """Tell whether tasks of both subnets reach all these services."""
        return all(way.reachable for service in services for way in ways[service])

    def first_block(*services):
        """Return why the first of these ways that stops does stop."""
        return next(
            (f"{x}: {w.why}" for x in services for w in ways[x] if not w.reachable), "all reached"
        )

    names = sorted(e["ServiceName"].removeprefix(f"com.amazonaws.{REGION}.") for e in found)
    blocks = [w.blocked["kind"] for way in ways.values() for w in way if w.blocked]
    s.met(
        1,
        "the task reaches ECR, both its API and its registry",
        open_to("ecr.api", "ecr.dkr"),
        found=first_block("ecr.api", "ecr.dkr"),
        slip="ECR is two endpoints: ecr.api and ecr.dkr"
        if len({"ecr.api", "ecr.dkr"} & set(names)) == 1
        else "the endpoints' security group does not let the tasks in on 443"
        if "security group" in blocks
        else "the endpoints are there, but names still resolve to public addresses: private DNS, and DNS hostnames of the VPC"
        if {"ecr.api", "ecr.dkr"} <= set(names)
        else "",
        read="section 7 of the lesson",
    )
    s3_kinds = {e["VpcEndpointType"] for e in found if e["ServiceName"].endswith(".s3")}
    s.met(
        1,
        "image layers come by a gateway endpoint for S3, in both subnets",
        open_to("s3") and s3_kinds == {"Gateway"},
        found=first_block("s3")
        if "Gateway" in s3_kinds
        else f"endpoints for S3: {sorted(s3_kinds) or 'none'}",
        slip="an interface endpoint for S3 is billed by the hour; the gateway endpoint costs nothing"
        if "Interface" in s3_kinds
        else "a gateway endpoint works through route tables: both subnets have one"
        if "Gateway" in s3_kinds and not open_to("s3")
        else "",
    )
    s.met(
        1,
        "secrets and logs are reached",
        open_to("secretsmanager", "logs"),
        found=first_block("secretsmanager", "logs"),
    )
    s.met(
        1,
        "a task starts in each subnet",
        all(run["status"] == "RUNNING" for run in runs),
        found=next((run["reason"] for run in runs if run["status"] != "RUNNING"), "RUNNING"),
    )
    extra = sorted(set(names) - {"ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"})
    s.met(
        1,
        "and nothing more: no gateway to the internet, no endpoint that Fargate does not need",
        bool(found) and not extra and not gateways and not nats,
        found=extra
        or [*(["an internet gateway"] if gateways else []), *(["a NAT gateway"] if nats else [])]
        or names,
        slip="ecs, ecs-agent and ecs-telemetry are for EC2 container instances"
        if any(name.startswith("ecs") for name in extra)
        else "",
        why="each interface endpoint is billed for every zone and hour",
    )
s

# %% [markdown]
"""
## 10. The execution role (5 points)

Create the role `EXECUTION_ROLE`. ECS uses it to start tasks: it pulls their images from ECR, writes their logs, and reads the one secret `SECRET_ARN`.
It may read no other secret, and do nothing else with this one.
Write the trust policy yourself this time.
"""

# %% given="secrets"
EXECUTION_ROLE = f"{SHOP}-execution"


def secret_named(name):
    """Make, or find, a secret and return its ARN."""
    client = boto3.client("secretsmanager")
    try:
        return client.describe_secret(SecretId=name)["ARN"]
    except client.exceptions.ResourceNotFoundException:
        return client.create_secret(Name=name, SecretString="correct horse")["ARN"]


SECRET_ARN = secret_named(f"{SHOP}/database")
OTHER_SECRET_ARN = secret_named(f"{SHOP}/signing-key")

# %% [markdown] hints="execution-role"
"""
1. Two sides: who may assume it, and what it may do. For the second, AWS has a managed policy that covers two of the three tasks.
2. The trust policy names the service `ecs-tasks.amazonaws.com`; section 5 of the lesson writes one. The managed policy is `arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy`.
3. `iam.create_role(RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))`, `iam.attach_role_policy(RoleName=..., PolicyArn=...)`, `policy(EXECUTION_ROLE, "read-secret", statement("secretsmanager:GetSecretValue", SECRET_ARN))`. When the role is there and its trust policy is wrong: `iam.update_assume_role_policy(RoleName=..., PolicyDocument=json.dumps(TRUST))`.
"""

# %% solution="execution-role" needs=[]
### BEGIN SOLUTION
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
iam.create_role(RoleName=EXECUTION_ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
iam.attach_role_policy(
    RoleName=EXECUTION_ROLE,
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
policy(EXECUTION_ROLE, "read-secret", statement("secretsmanager:GetSecretValue", SECRET_ARN))
### END SOLUTION

# %% hide check="execution-role" points=5
"""The check starts a task with the role, and asks IAM what else it may do."""
PULL = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
with score(5) as s:
    roles = [r["RoleName"] for r in boto3.client("iam").list_roles()["Roles"]]
    s.need(EXECUTION_ROLE in roles, f"there is no role {EXECUTION_ROLE} yet")
    arn = boto3.client("iam").get_role(RoleName=EXECUTION_ROLE)["Role"]["Arn"]
    net = network("172.16.0.0/16")
    zone = min(net["private"])
    with undone(cloud):
        definition("role-probe", push_app("role-probe", env=["PASSWORD"]), arn, secret=SECRET_ARN)
        run = outcome("role-probe", net["private"][zone], security_group(net["vpc"], "role-probe"))
    s.met(
        1,
        "ECS tasks may assume it",
        "unable to assume" not in run["reason"],
        found=run["reason"] if "unable to assume" in run["reason"] else "assumed",
        slip="the trust policy must name the service ecs-tasks.amazonaws.com",
        why="ECS assumes the role for the task, before any container starts",
        read="section 5 of the lesson",
    )
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/role-probe"
    works = [cloud.can(EXECUTION_ROLE, action, where) for action, where in zip(PULL, ("*", repository, repository), strict=True)]
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/role-probe:log-stream:app/app/1"
    works += [
        cloud.can(EXECUTION_ROLE, action, logs)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    ]
    s.met(
        1,
        "it may pull images and write logs",
        all(works),
        found=next((w.why for w in works if not w), "allowed"),
    )
    secret = cloud.can(EXECUTION_ROLE, "secretsmanager:GetSecretValue", SECRET_ARN)
    s.met(
        1,
        "it may read SECRET_ARN",
        secret.allowed,
        found=secret.why,
        slip="AmazonECSTaskExecutionRolePolicy does not cover secrets"
        if not secret.statement and all(works)
        else "",
    )
    s.met(
        1, "a task with it starts", run["status"] == "RUNNING", found=run["reason"] or run["status"]
    )
    ### BEGIN HIDDEN TESTS
    asked = [
        ("secretsmanager:GetSecretValue", OTHER_SECRET_ARN),
        (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SHOP}/database-admin-Ab12Cd",
        ),
        ("secretsmanager:PutSecretValue", SECRET_ARN),
        ("secretsmanager:DeleteSecret", SECRET_ARN),
        ("s3:GetObject", "arn:aws:s3:::anything/x"),
        ("ecr:PutImage", repository),
    ]
    wide = [
        f"{action} on {resource.split(':')[-1]}"
        for action, resource in asked
        if cloud.can(EXECUTION_ROLE, action, resource)
    ]
    s.met(
        1,
        "and nothing else",
        secret.allowed and all(works) and not wide,
        found=wide,
        slip="it reads other secrets too: name the one ARN"
        if any(w.startswith("secretsmanager:Get") for w in wide)
        else "reading takes secretsmanager:GetSecretValue only"
        if any(w.startswith("secretsmanager") for w in wide)
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 11. One task role for each service (5 points)

Create three roles for the code of three services (`{SHOP}` is the value of `SHOP`):

| Role | May |
|---|---|
| `{SHOP}-user-task` | read and write objects of the bucket `PHOTOS` |
| `{SHOP}-order-task` | get and put items in the table `ORDERS` |
| `{SHOP}-payment-task` | send messages to the queue `QUEUE` |

Nothing else: no deleting, no listing, and nobody else's data.
`role(name)` makes a role that ECS tasks may assume, or finds it; `policy` says what it may do.
"""

# %% [markdown] hints="task-roles"
"""
1. For each role one statement: which actions, on which ARN?
2. `s3:GetObject` and `s3:PutObject`; `dynamodb:GetItem` and `dynamodb:PutItem`; `sqs:SendMessage`.
3. The ARNs: `arn:aws:s3:::<bucket>/*`, `arn:aws:dynamodb:<region>:<account>:table/<table>`, `arn:aws:sqs:<region>:<account>:<queue>`.
"""

# %% solution="task-roles" needs=[]
### BEGIN SOLUTION
access = {
    "user": (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/*"),
    "order": (
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
    "payment": (["sqs:SendMessage"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"),
}
for service, (actions, resource) in access.items():
    role(f"{SHOP}-{service}-task")
    policy(f"{SHOP}-{service}-task", "data", statement(actions, resource))
### END SOLUTION

# %% hide check="task-roles" points=5
"""The check becomes each role and makes real calls: its own, its neighbours', and some that nobody asked for."""


def calls_of():
    """Return what each service has to do, and what none should."""
    queue_url = boto3.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    item, key = {"id": {"S": "7"}}, {"id": {"S": "7"}}
    photo = {"Bucket": PHOTOS, "Key": "public/ada.png"}
    own = {
        "user": [("s3", "get_object", photo), ("s3", "put_object", {**photo, "Body": b"new"})],
        "order": [
            ("dynamodb", "get_item", {"TableName": ORDERS, "Key": key}),
            ("dynamodb", "put_item", {"TableName": ORDERS, "Item": item}),
        ],
        "payment": [("sqs", "send_message", {"QueueUrl": queue_url, "MessageBody": "1"})],
    }
    extra = {
        "user": [("s3", "delete_object", photo), ("s3", "list_objects_v2", {"Bucket": PHOTOS})],
        "order": [
            ("dynamodb", "delete_item", {"TableName": ORDERS, "Key": key}),
            ("dynamodb", "scan", {"TableName": ORDERS}),
        ],
        "payment": [
            ("sqs", "receive_message", {"QueueUrl": queue_url}),
            ("sqs", "purge_queue", {"QueueUrl": queue_url}),
        ],
    }
    return own, extra


with score(5) as s:
    roles = [r["RoleName"] for r in boto3.client("iam").list_roles()["Roles"]]
    names = {service: f"{SHOP}-{service}-task" for service in ("user", "order", "payment")}
    s.need(
        any(name in roles for name in names.values()),
        f"none of {', '.join(names.values())} is there yet",
    )
    own, extra = calls_of()
    results, reached, beyond = {}, [], []
    with undone(cloud):
        for service, name in names.items():
            if name not in roles:
                results[service] = {"role": f"{name} is missing"}
                continue
            try:
                results[service] = {
                    call: attempt(cloud, name, api, call, **how) for api, call, how in own[service]
                }
            except ValueError as error:
                results[service] = {"role": str(error)}
                continue
            others = [call for other in own if other != service for call in own[other]]
            reached += [
                f"{service}: {call}"
                for api, call, how in others
                if attempt(cloud, name, api, call, **how) == "allowed"
            ]
            beyond += [
                f"{service}: {call}"
                for api, call, how in extra[service]
                if attempt(cloud, name, api, call, **how) == "allowed"
            ]
    fine = {service: set(result.values()) == {"allowed"} for service, result in results.items()}
    for service, name in names.items():
        s.met(
            1,
            f"{name} does its own work",
            fine[service],
            found=results[service],
            slip="the trust policy must name the service ecs-tasks.amazonaws.com"
            if "may not assume" in results[service].get("role", "")
            else "objects have ARNs of their own: bucket, slash, star"
            if service == "user" and "AccessDenied" in results[service].values()
            else "",
            read="section 5 of the lesson",
        )
    s.met(
        1,
        "no role reaches a neighbour's data",
        all(fine.values()) and not reached,
        found=reached,
        slip="one policy for all three, or a resource of *" if reached else "",
        why="whoever takes over one service should get that service's data only",
    )
    ### BEGIN HIDDEN TESTS
    s.met(
        1,
        "no role may do more with its own data",
        all(fine.values()) and not beyond,
        found=beyond,
        slip="a star in the actions allows deleting too" if beyond else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 12. A fence (3 points)

The platform team gave the role `REPORT_ROLE` everything on the objects of `PHOTOS`, by its inline policy `access`. You may not change that policy.
Make sure all the same that the role neither deletes any object nor touches anything below `private/`, whatever else it is allowed today or tomorrow.
Everything else it keeps.
"""

# %% given="report-role"
REPORT_ROLE = f"{SHOP}-report-task"
role(REPORT_ROLE, statement("s3:*", f"arn:aws:s3:::{PHOTOS}/*"))
print(
    boto3.client("iam").get_role_policy(RoleName=REPORT_ROLE, PolicyName="access")["PolicyDocument"]
)

# %% [markdown] hints="explicit-deny"
"""
1. An allow cannot be taken back by leaving something out of another policy. What beats an allow?
2. A second inline policy of two statements: `policy(REPORT_ROLE, "fence", statement(..., ..., "Deny"), statement(..., ..., "Deny"))`.
3. One denies `s3:DeleteObject` and `s3:DeleteObjectVersion` on all objects of the bucket, the other `s3:*` on `arn:aws:s3:::<bucket>/private/*`.
"""

# %% solution="explicit-deny" needs=[]
### BEGIN SOLUTION
policy(
    REPORT_ROLE,
    "fence",
    statement(["s3:DeleteObject", "s3:DeleteObjectVersion"], f"arn:aws:s3:::{PHOTOS}/*", "Deny"),
    statement("s3:*", f"arn:aws:s3:::{PHOTOS}/private/*", "Deny"),
)
### END SOLUTION

# %% hide check="explicit-deny" points=3
"""Real calls as the role; then somebody grants it everything, and it is asked again."""
with score(3) as s:
    client = boto3.client("iam")
    policies = client.list_role_policies(RoleName=REPORT_ROLE)["PolicyNames"]
    attached = client.list_attached_role_policies(RoleName=REPORT_ROLE)["AttachedPolicies"]
    original = statement("s3:*", f"arn:aws:s3:::{PHOTOS}/*")
    kept = "access" in policies and client.get_role_policy(
        RoleName=REPORT_ROLE, PolicyName="access"
    )["PolicyDocument"]["Statement"] == [original]
    boundary = client.get_role(RoleName=REPORT_ROLE)["Role"].get("PermissionsBoundary")
    s.need(
        len(policies) > 1 or attached or boundary or not kept,
        "the role has only the platform team's policy yet",
    )
    photo, salary = (
        {"Bucket": PHOTOS, "Key": "public/ada.png"},
        {"Bucket": PHOTOS, "Key": "private/salaries.csv"},
    )
    with undone(cloud):
        more = {"Version": "2012-10-17", "Statement": [statement("s3:*", "*")]}
        client.put_role_policy(
            RoleName=REPORT_ROLE, PolicyName="tomorrow", PolicyDocument=json.dumps(more)
        )
        keeps = [attempt(cloud, REPORT_ROLE, "s3", "get_object", **photo)]
        keeps += [attempt(cloud, REPORT_ROLE, "s3", "put_object", **photo, Body=b"new")]
        private = [attempt(cloud, REPORT_ROLE, "s3", "get_object", **salary)]
        private += [attempt(cloud, REPORT_ROLE, "s3", "put_object", **salary, Body=b"new")]
        deletes = [attempt(cloud, REPORT_ROLE, "s3", "delete_object", **photo)]
    s.met(
        1,
        "the platform team's policy is as it was, and the rest still works",
        kept and set(keeps) == {"allowed"},
        found={"policy access": "unchanged" if kept else "changed or gone", "get and put": keeps},
        slip="the policy `access` belongs to somebody else"
        if not kept
        else "the fence is too wide",
    )
    s.met(
        1,
        "nothing is deleted",
        "allowed" not in deletes and "allowed" in keeps,
        found=deletes,
        slip="not allowing is not denying: another policy allows it"
        if "allowed" in deletes
        else "",
        read="section 5 of the lesson",
    )
    s.met(
        1,
        "nothing below private/ is touched",
        "allowed" not in private and "allowed" in keeps,
        found=private,
        slip="reading is fenced off, writing is not"
        if private == ["AccessDenied", "allowed"]
        else "not allowing is not denying: another policy allows it"
        if "allowed" in private
        else "",
    )
s

# %% [markdown]
"""
## 13. Find the fault (3 points)

Six task definitions of the order service, A to F. `shop-execution` is an execution role that all services share; `order-task` and `payment-task` are task roles.
One of the six is right. Write for each letter one of these labels into `faults`:

`"fine"`, `"roles swapped"`, `"one role for both"`, `"execution role missing"`, `"another service's task role"`, `"secret in plain text"`
"""

# %% given="six-definitions"
for letter, each in definitions(DEFINITIONS).items():
    (app,) = each["containerDefinitions"]
    print(letter)
    print("   executionRoleArn:", each.get("executionRoleArn", "-"))
    print("   taskRoleArn:     ", each["taskRoleArn"])
    print("   secrets:         ", app.get("secrets", "-"))
    print("   environment:     ", app.get("environment", "-"))

# %% [markdown] hints="find-faults"
"""
1. For each: whose name stands where? Then: where does the password come from?
2. The execution role starts the task, the task role is for the code. A task that pulls from ECR, writes logs and injects a secret needs both.
3. `faults["A"] = "..."`; each label fits exactly one letter.
"""

# %% solution="find-faults" needs=[]
faults = {"A": None, "B": None, "C": None, "D": None, "E": None, "F": None}
### BEGIN SOLUTION
for letter, each in definitions(DEFINITIONS).items():
    execution, task = each.get("executionRoleArn", ""), each["taskRoleArn"]
    if not execution:
        faults[letter] = "execution role missing"
    elif execution == task:
        faults[letter] = "one role for both"
    elif execution.endswith("order-task"):
        faults[letter] = "roles swapped"
    elif task.endswith("payment-task"):
        faults[letter] = "another service's task role"
    elif "environment" in each["containerDefinitions"][0]:
        faults[letter] = "secret in plain text"
    else:
        faults[letter] = "fine"
### END SOLUTION

# %% hide check="find-faults" points=3
"""Half a point for each letter; the answers are compared when your work is graded."""
LABELS = {
    "fine",
    "roles swapped",
    "one role for both",
    "execution role missing",
    "another service's task role",
    "secret in plain text",
}
with score(3) as s:
    given = learner["faults"]
    s.need(isinstance(given, dict), "faults is not a dictionary any more: fill in the six values")
    s.need(any(value is not None for value in given.values()), "no letter has a label yet")
    unknown = sorted({str(value) for value in given.values() if value is not None} - LABELS)
    s.need(not unknown, f"not one of the six labels: {unknown}")
    ### BEGIN HIDDEN TESTS
    WHY = {
        "execution role missing": "nobody would pull the image, write logs or fetch the secret",
        "one role for both": "the code could read every secret that the execution role may inject",
        "roles swapped": "the code got the execution role, and ECS the code's",
        "another service's task role": "it reaches the payment service's data, and not its own",
        "secret in plain text": "whoever may describe the task definition reads the password",
        "fine": "both roles in their places, the password by reference",
    }
    for letter, each in definitions(DEFINITIONS).items():
        execution, task = each.get("executionRoleArn", ""), each["taskRoleArn"]
        truth = (
            "execution role missing"
            if not execution
            else "one role for both"
            if execution == task
            else "roles swapped"
            if execution.endswith("order-task")
            else "another service's task role"
            if task.endswith("payment-task")
            else "secret in plain text"
            if "environment" in each["containerDefinitions"][0]
            else "fine"
        )
        s.met(
            0.5,
            f"definition {letter}",
            given.get(letter) == truth,
            found=given.get(letter),
            expected=truth,
            why=WHY[truth],
            slip="a secret in `secrets` is a reference; look at the roles"
            if given.get(letter) == "secret in plain text"
            else "",
        )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 14. In your own words (4 points)

A colleague writes: *Private subnets are pointless. Our tasks' security group lets in only the load balancer, so they might as well run in public subnets with public addresses; then we save the NAT gateways. And one role for everything would save us the trouble with two.*
Answer in four to six sentences. Say what a private subnet adds to a security group, how tasks get their images there, what it may cost, and what is wrong with one role.
This answer is read by a person.
"""

# %% [markdown] hints="why-private"
"""
1. How many mistakes does it take until a stranger reaches a task, in each of the two designs?
2. Two ways lead out of a private subnet. One of them is billed by the hour and is needed for third parties; the other has two kinds, and one of those is free.
3. What could code do that runs with the execution role? And what if all services shared one task role?
"""

# %% [markdown] answer="why-private" points=4
"""
<!-- BEGIN SOLUTION -->
In a public subnet one wrong rule in a security group puts a task on the internet; in a private one there is no route and no public address, so it takes two independent mistakes.
Tasks there get out through a NAT gateway, one for each zone, or reach AWS by endpoints: `ecr.api`, `ecr.dkr`, `logs` and `secretsmanager` as interface endpoints, S3 as a gateway endpoint.
The gateway endpoint is free; NAT gateways and interface endpoints cost by the hour and by the gigabyte, so which is cheaper depends on the number of endpoints and the traffic, and calls to third parties need NAT in any case.
Public IPv4 addresses are not free either.
The execution role is for ECS: it pulls images and reads the secrets to inject. Code that has it can read all those secrets, those of other services included.
A task role of its own for each service limits what an intruder in one service gets.

Rubric, one point each:

- defence in depth: no route or no public address, a second barrier independent of the security group;
- how images and secrets arrive: NAT gateway in a public subnet, or endpoints (at least ECR and S3 named);
- cost weighed rather than asserted: something is billed by hour or volume, the S3 gateway endpoint is free, or NAT is needed for third parties;
- one role breaks least privilege: code gains the execution role's secrets and pulls, or services each other's data.
<!-- END SOLUTION -->
"""
