# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.c Application Load Balancer
#     minutes: 90
#     covers: [Q4, F3, F4]
# ---

# %% [markdown]
"""
# Assignment 6.3.c: Application Load Balancer

About 90 minutes. Do the lesson [6.3.c Application Load Balancer](../../notebooks/6.3.c-alb.ipynb) first.

You put a shop of three services behind one load balancer, with HTTPS, rules, a canary and access logs. Then you heal two sick services, and explain four errors.
Write each answer in the cell that says so, run it, then run the check below it.
Use boto3 or the `aws` command (`!aws elbv2 ...`) as you like; the checks look at what happens, not at how you did it.

Names and numbers are drawn for you: **write your user name into the next cell**, and use the variables, `LB_NAME`, `PORT` and so on, wherever the text names them.

To start over, run everything again from the top: the setup cell empties your AWS.
Where AWS says that something exists already, change it (`modify_...`), or delete it and make it again.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS: an answer must not depend on something you did by hand.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import itertools
import json

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import alb_faults, alb_fixtures, learner, score
from awslab.alb_faults import ask

cloud = awslab.start()
cloud.reset()
ec2, elb, ecs = boto3.client("ec2"), boto3.client("elbv2"), boto3.client("ecs")
acm, route53, s3 = boto3.client("acm"), boto3.client("route53"), boto3.client("s3")

mine = awslab.draw("6.3.c-alb")
LB_NAME = mine.pick(
    "LB_NAME", ["harbour", "orchard", "quarry", "lantern", "meadow", "copper", "willow", "anchor"]
)
VPC_CIDR = mine.cidr("VPC_CIDR")
PORT = mine.number("PORT", 3100, 8900, 100)
DOMAIN = mine.pick(
    "DOMAIN",
    [
        f"{word}.example"
        for word in ("bazaar", "market", "outlet", "corner", "emporium", "store", "kiosk")
    ],
)
HEALTH_PATH = mine.pick(
    "HEALTH_PATH",
    ["/healthz", "/ready", "/alive", "/status/health", "/internal/health", "/ping", "/up"],
)
INTERVAL = mine.number("INTERVAL", 10, 28, 2)
CANARY = mine.number("CANARY", 20, 45, 5)
LOG_PREFIX = mine.pick("LOG_PREFIX", ["edge", "front", "web", "public", "shop", "door"])
mine

# %% [markdown]
"""
The next cell spares you typing. `balancer()` describes your load balancer; `group_arn(name)`, `listener_arn(port)` and `rule_arn(port, group)` return ARNs; `put_record(...)` writes a record into your hosted zone, and `alias_target()` is what an alias record needs.
"""


# %% given="look-ups"
def only(found, what):
    """Return the first of what was found; raise LookupError when there is nothing."""
    if not found:
        raise LookupError(f"there is no {what} yet")
    return found[0]


def balancer():
    """Return your load balancer as AWS describes it."""
    found = elb.describe_load_balancers()["LoadBalancers"]
    return only([b for b in found if b["LoadBalancerName"] == LB_NAME], f"load balancer {LB_NAME}")


def group_arn(name):
    """Return the ARN of a target group."""
    found = elb.describe_target_groups()["TargetGroups"]
    named = [each["TargetGroupArn"] for each in found if each["TargetGroupName"] == name]
    return only(named, f"target group {name}")


def listener_arn(port):
    """Return the ARN of your load balancer's listener on a port."""
    found = elb.describe_listeners(LoadBalancerArn=balancer()["LoadBalancerArn"])["Listeners"]
    there = [each["ListenerArn"] for each in found if each["Port"] == port]
    return only(there, f"listener on port {port}")


def rule_arn(port, group):
    """Return the ARN of the rule of the listener on a port that forwards to a target group."""
    found = elb.describe_rules(ListenerArn=listener_arn(port))["Rules"]
    to = [each["RuleArn"] for each in found if group_arn(group) in str(each["Actions"])]
    return only(to, f"rule for {group} on port {port}")


def alias_target():
    """Return the AliasTarget of a record that leads to your load balancer."""
    found = balancer()
    return {
        "HostedZoneId": found["CanonicalHostedZoneId"],
        "DNSName": found["DNSName"],
        "EvaluateTargetHealth": False,
    }


def put_record(**record):
    """Write a record into the hosted zone ZONE: Name, Type, and TTL with ResourceRecords, or AliasTarget."""
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": [change]})


# %% [markdown]
"""
## 1. A load balancer in two zones (4 points)

The next cell makes a network: `shop["public"]` and `shop["private"]` are lists of two subnets each, and `shop["alb_group"]` is a security group without any inbound rule.

Create an internet-facing Application Load Balancer named `LB_NAME` with that security group, so that it can be reached from the internet on ports 80 and 443, and on no other port.
"""

# %% given="network"
shop = alb_fixtures.network(VPC_CIDR, PORT)
shop

# %% [markdown] hints="create-alb"
"""
1. Which of the subnets have a route to the internet gateway? `cloud.map()` shows it.
2. `elb.create_load_balancer(Name=..., Subnets=..., SecurityGroups=[...])`. The scheme is `internet-facing` unless you say otherwise.
3. `ec2.authorize_security_group_ingress(GroupId=..., IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")`, and the same for 443.
"""

# %% solution="create-alb" needs=[]
### BEGIN SOLUTION
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"], SecurityGroups=[shop["alb_group"]])
### END SOLUTION

# %% hide check="create-alb" points=4
"""The load balancer is reached from the internet on 80 and 443, and on nothing else."""
with score(4) as s:
    balancers = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    known = {
        each["LoadBalancerName"]: each
        for each in balancers
        if each["LoadBalancerName"] not in ("clinic", "errors")
    }
    s.need(known, "there is no load balancer yet")
    this = known.get(LB_NAME)
    s.met(
        1,
        f"an internet-facing Application Load Balancer named {LB_NAME}",
        this and this["Type"] == "application" and this["Scheme"] == "internet-facing",
        found=[(name, each["Type"], each["Scheme"]) for name, each in known.items()],
        expected=(LB_NAME, "application", "internet-facing"),
        slip="a Network Load Balancer does not read HTTP: it cannot choose by path"
        if this and this["Type"] == "network"
        else "an internal load balancer has private addresses only"
        if this and this["Scheme"] == "internal"
        else "",
        read="section 2 of the lesson",
    )
    s.need(
        this and this["Type"] == "application", f"the rest is about {LB_NAME}, which is not there"
    )
    boto3.client("elbv2").get_waiter("load_balancer_available").wait(Names=[LB_NAME])
    for port in (80, 443):
        way = cloud.path("internet", LB_NAME, port)
        s.met(
            1,
            f"it is reached on port {port}",
            way.reachable,
            found=way.why,
            slip="its nodes are in private subnets, which have no way to the internet gateway: use shop['public']"
            if set(shop["private"]) & {zone["SubnetId"] for zone in this["AvailabilityZones"]}
            else "the redirect from HTTP needs port 80 open as well"
            if port == 80 and cloud.path("internet", LB_NAME, 443).reachable
            else "",
            why="clients come by HTTPS; many try HTTP first, and must be told",
        )
    ### BEGIN HIDDEN TESTS
    reached = [port for port in (80, 443) if cloud.path("internet", LB_NAME, port).reachable]
    others = [
        port
        for port in (22, 53, 81, 442, 444, 8080, PORT)
        if cloud.path("internet", LB_NAME, port).reachable
    ]
    s.met(
        1,
        "no other port is open",
        reached and not others,
        found=others,
        slip="a rule is too wide: each port gets a rule of its own" if others else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. Three target groups (5 points)

Create a target group for each service: `users`, `orders` and `payments`, in the VPC `shop["vpc"]`. Their targets will be Fargate tasks that speak HTTP on port `PORT`.

The load balancer is to ask `HEALTH_PATH` every `INTERVAL` seconds. Two successes in a row bring a target back, and only three failures in a row take it out.
"""

# %% [markdown] hints="target-groups"
"""
1. One call of `create_target_group` for each name; a loop saves typing.
2. A Fargate task is registered by its address. Which `TargetType` is that? It cannot be changed later, nor can the port: a group with wrong ones is deleted, `elb.delete_target_group(TargetGroupArn=group_arn(name))`, and made again.
3. The parameters are `HealthCheckPath`, `HealthCheckIntervalSeconds`, `HealthyThresholdCount` and `UnhealthyThresholdCount`.
"""

# %% solution="target-groups" needs=["create-alb"]
### BEGIN SOLUTION
for name in ("users", "orders", "payments"):
    elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=PORT,
        VpcId=shop["vpc"],
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=INTERVAL,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )
### END SOLUTION

# %% hide check="target-groups" points=5
"""Three groups, fit for Fargate tasks, checked as agreed."""
with score(5) as s:
    every = boto3.client("elbv2").describe_target_groups()["TargetGroups"]
    known = {each["TargetGroupName"]: each for each in every}
    s.need(set(known) - {"reviews", "search", "reports"}, "there is no target group yet")
    names = ("users", "orders", "payments")
    groups = [known[name] for name in names if name in known]

    def same(*keys):
        """Return the value of some fields in each group."""
        return {each["TargetGroupName"]: tuple(each.get(key) for key in keys) for each in groups}

    def all_are(found, *wanted):
        """Tell whether all three groups have these values."""
        return len(found) == 3 and set(found.values()) == {wanted}

    s.met(
        1,
        "one group for each service",
        len(groups) == 3,
        found=sorted(known),
        expected=sorted(names),
        slip="one group for all services would send each request to any of them"
        if len(known) == 1
        else "",
    )
    kinds = same("TargetType", "VpcId")
    vpc = alb_fixtures.network(VPC_CIDR, PORT)["vpc"]
    s.met(
        1,
        "their targets are addresses in the shop's VPC",
        all_are(kinds, "ip", vpc),
        found=kinds,
        expected=("ip", vpc),
        slip="`instance`, the default, is for EC2 instances; a Fargate task has none that you could name"
        if any(kind[0] == "instance" for kind in kinds.values())
        else "",
        read="section 3 of the lesson",
    )
    ports = same("Protocol", "Port")
    s.met(
        1,
        "HTTP on the port of the tasks",
        all_are(ports, "HTTP", PORT),
        found=ports,
        expected=("HTTP", PORT),
    )
    paths = same("HealthCheckPath", "HealthCheckIntervalSeconds")
    s.met(
        1,
        "the path and the interval of the health check",
        all_are(paths, HEALTH_PATH, INTERVAL),
        found=paths,
        expected=(HEALTH_PATH, INTERVAL),
        slip="`/` is the default path; these apps answer 404 there"
        if any(path[0] == "/" for path in paths.values())
        else "",
    )
    thresholds = same("HealthyThresholdCount", "UnhealthyThresholdCount")
    s.met(
        1,
        "two successes to come back, three failures to leave",
        all_are(thresholds, 2, 3),
        found=thresholds,
        expected="healthy 2, unhealthy 3",
        slip="the two are swapped: `HealthyThresholdCount` counts successes"
        if any(pair == (3, 2) for pair in thresholds.values())
        else "",
    )
s

# %% [markdown]
"""
## 3. A certificate (3 points)

You own `DOMAIN`: the next cell finds its hosted zone in Route 53, `ZONE`.
Get a certificate for `DOMAIN` and for every name directly below it (`*.DOMAIN`), validated by DNS, and have it issued.
"""

# %% given="zone"
ZONE = alb_fixtures.hosted_zone(DOMAIN)
ZONE

# %% [markdown] hints="certificate"
"""
1. Three steps: request it, put the record that ACM dictates into the zone, wait until it is issued.
2. The record is in `describe_certificate`, under `DomainValidationOptions`, `ResourceRecord`. Both names share one record.
3. `acm.request_certificate(DomainName=..., SubjectAlternativeNames=[...], ValidationMethod="DNS")`, `put_record(Name=..., Type=..., TTL=300, ResourceRecords=[{"Value": ...}])`, `acm.get_waiter("certificate_validated")`.
"""

# %% solution="certificate" needs=[]
### BEGIN SOLUTION
certificate = acm.request_certificate(
    DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="DNS"
)["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
record = detail["DomainValidationOptions"][0]["ResourceRecord"]
put_record(
    Name=record["Name"], Type=record["Type"], TTL=300, ResourceRecords=[{"Value": record["Value"]}]
)
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)
### END SOLUTION

# %% hide check="certificate" points=3
"""A certificate of this Region covers both names and has been issued."""


def certificates(region):
    """Return the details of a Region's certificates."""
    client = boto3.client("acm", region_name=region)
    arns = [each["CertificateArn"] for each in client.list_certificates()["CertificateSummaryList"]]
    return [client.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]


with score(3) as s:
    region = boto3.client("acm").meta.region_name
    here = certificates(region)
    abroad = [other for other in ("eu-west-1", "us-west-2", "eu-central-1") if certificates(other)]
    s.need(here or abroad, "no certificate has been requested yet")
    cloud.advance("2 min")
    here = [each for each in certificates(region) if DOMAIN in each["SubjectAlternativeNames"]]
    s.met(
        1,
        f"a certificate for {DOMAIN} in {region}",
        here,
        found=[each["SubjectAlternativeNames"] for each in certificates(region)],
        slip=f"it is in {abroad[0]}, and the load balancer is in {region}: a listener sees only its own Region"
        if abroad and not here
        else "",
        read="section 6 of the lesson",
    )
    issued = [each for each in here if each["Status"] == "ISSUED"]
    methods = {o.get("ValidationMethod") for each in here for o in each["DomainValidationOptions"]}
    s.met(
        1,
        "it is issued",
        issued,
        found=[each["Status"] for each in here],
        expected="ISSUED",
        slip="with e-mail validation ACM writes to the domain's mailboxes, and somebody must click, at every renewal too"
        if "EMAIL" in methods and not issued
        else "ACM has not found its record: is it in the zone, with the name and the type that ACM gave?"
        if here and not issued
        else "",
        why="a listener takes no certificate that is pending",
    )
    covered = [each["SubjectAlternativeNames"] for each in issued]
    s.met(
        1,
        f"it covers *.{DOMAIN} as well",
        any(f"*.{DOMAIN}" in names for names in covered),
        found=covered,
        expected=[DOMAIN, f"*.{DOMAIN}"],
        slip="a certificate for a name does not cover the names below it" if covered else "",
    )
s

# %% [markdown]
"""
## 4. HTTPS, and a redirect to it (6 points)

Make the load balancer answer to `DOMAIN`:

- an alias record for `DOMAIN` in `ZONE` points at it;
- port 443 speaks HTTPS, with your certificate. What no rule takes is answered with status **404** by the load balancer itself;
- port 80 sends every request on to HTTPS for good (301), with host, path and query string as they are.
"""

# %% [markdown] hints="listeners"
"""
1. Two calls of `create_listener`, with two different default actions: `fixed-response` and `redirect`.
2. `Protocol` makes the difference between HTTP and HTTPS, not the number of the port. An HTTPS listener takes `Certificates=[{"CertificateArn": ...}]`.
3. A redirect that names only `Protocol`, `Port` and `StatusCode` keeps the rest. The alias record is of type `A`: `put_record(Name=..., Type="A", AliasTarget=alias_target())`.
"""

# %% solution="listeners" needs=["create-alb", "certificate"]
### BEGIN SOLUTION
arn = balancer()["LoadBalancerArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn,
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn,
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
put_record(Name=DOMAIN, Type="A", AliasTarget=alias_target())
### END SOLUTION

# %% hide check="listeners" points=6
"""A client asks over HTTP and HTTPS, and looks at what comes back."""
with score(6) as s:
    reader = boto3.client("elbv2")
    this = [
        b
        for b in reader.describe_load_balancers()["LoadBalancers"]
        if b["LoadBalancerName"] == LB_NAME
    ]
    s.need(this, f"there is no load balancer {LB_NAME} yet: do exercise 1 first")
    listeners = reader.describe_listeners(LoadBalancerArn=this[0]["LoadBalancerArn"])["Listeners"]
    by_port = {each["Port"]: each["Protocol"] for each in listeners}
    s.need(listeners, "the load balancer has no listener yet")
    reader.get_waiter("load_balancer_available").wait(Names=[LB_NAME])
    zones = boto3.client("route53").list_hosted_zones()["HostedZones"]
    zone = next(each["Id"] for each in zones if each["Name"] == f"{DOMAIN}.")
    records = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone)[
        "ResourceRecordSets"
    ]
    targets = {
        each["Name"]: each.get("AliasTarget", {}).get("DNSName", "")
        for each in records
        if each["Type"] == "A"
    }
    pointed = (
        targets.get(f"{DOMAIN}.", "").rstrip(".").removeprefix("dualstack.") == this[0]["DNSName"]
    )
    s.met(
        1,
        f"{DOMAIN} leads to the load balancer",
        pointed,
        found=targets or "no A record in the zone",
        expected=f"an alias of {this[0]['DNSName']}",
        slip="the addresses of a load balancer change: use an alias record, not addresses"
        if f"{DOMAIN}." in targets and not targets[f"{DOMAIN}."]
        else "Route 53 refuses a CNAME at the top of a zone; an alias record, type A, can stand there"
        if f"{DOMAIN}." not in targets
        else "",
    )
    # The certificate is asked for by the name, so the name has to lead here for the rest.
    host = DOMAIN if pointed else this[0]["DNSName"]
    secure = ask(f"https://{host}/somewhere")
    s.met(
        1,
        "port 443 speaks HTTPS with a certificate for the domain",
        secure["status"] is not None,
        found=secure.get("why") or by_port,
        slip="the listener on 443 has Protocol HTTP: a port number does not encrypt"
        if by_port.get(443) == "HTTP"
        else "without the alias record clients cannot use the name in the certificate"
        if not pointed
        else "",
    )
    s.met(
        1,
        "what no rule takes is answered with 404 by the load balancer itself",
        secure["status"] == 404 and "service" not in secure,
        found=secure,
        expected=404,
        slip="the default action forwards: every mistyped path would land in one service"
        if "service" in secure or secure["status"] in (502, 503)
        else "",
    )
    plain = ask(f"http://{host}/api/users/7?tab=2")
    location = str(plain.get("location", "")).replace(":443/", "/")
    s.met(
        1,
        "port 80 redirects for good",
        plain["status"] == 301,
        found=plain,
        expected=301,
        slip="the load balancer has no listener on port 80"
        if 80 not in by_port
        else "302 says: only for now; clients will ask over HTTP again and again"
        if plain["status"] == 302
        else "forward on port 80 sends passwords in clear: redirect"
        if "service" in plain or plain["status"] in (502, 503, 404)
        else "",
    )
    s.met(
        1,
        "to HTTPS, on the same path",
        location.startswith(f"https://{host}/api/users/7"),
        found=plain.get("location"),
        expected=f"https://{host}:443/api/users/7?tab=2",
        slip="it redirects to HTTP: name the protocol"
        if location.startswith("http://")
        else "it redirects to HTTPS on port 80: what a redirect does not name stays, so name the port as well"
        if ":80/" in location
        else "",
    )
    ### BEGIN HIDDEN TESTS
    other = ask(f"http://{host}/search/all?q=tea%20pot&page=3", host=f"www.{DOMAIN}")
    there = str(other.get("location", "")).replace(":443/", "/")
    s.met(
        1,
        "host, path and query string stay as they are",
        there == f"https://www.{DOMAIN}/search/all?q=tea%20pot&page=3",
        found=other.get("location"),
        expected=f"https://www.{DOMAIN}:443/search/all?q=tea%20pot&page=3",
        slip="leave Host, Path and Query out of the redirect: what is not named stays"
        if there
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. Three services behind one name (6 points)

Write the rules of the HTTPS listener:

- `/api/users` and all below it goes to `users`,
- `/api/orders` and all below it to `orders`,
- `/api/payments` and all below it to `payments`.

Everything else stays with the default action.
"""

# %% [markdown] hints="rules"
"""
1. One call of `create_rule` for each service, on the listener of port 443: `listener_arn(443)`. Leave gaps between the priorities; exercise 7 puts a rule in front.
2. `create_rule` takes a `Priority`, `Conditions` and `Actions`. Which of `/api/users`, `/api/users/` and `/api/users/7` does the pattern `/api/users/*` match?
3. `{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/users", "/api/users/*"]}}`, and `{"Type": "forward", "TargetGroupArn": ...}`.
"""

# %% solution="rules" needs=["target-groups", "listeners"]
### BEGIN SOLUTION
https = listener_arn(443)
for number, name in enumerate(("users", "orders", "payments"), 1):
    paths = {"Values": [f"/api/{name}", f"/api/{name}/*"]}
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 100,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": paths}],
        Actions=[{"Type": "forward", "TargetGroupArn": group_arn(name)}],
    )
### END SOLUTION

# %% [markdown]
"""
Now the services can start. ECS registers their tasks with the target groups, which a listener must use by then:
"""

# %% given="start-services"
print(alb_faults.start_services(shop, HEALTH_PATH, PORT))

# %% hide check="rules" points=6
"""Requests to every corner of the three services, and to some that are nobody's."""


def lands(path):
    """Say who answers a path: the family of the service, or the status."""
    got = ask(f"https://{DOMAIN}{path}")
    return got.get("service") or got["status"]


def slip_in_rules(name, landed, on_443):
    """Name the usual mistake behind where the paths of a service land."""
    bare, slash, below = landed
    own = f"{name[:-1]}-service"
    if bare == 404 and below == own:
        return f"`/api/{name}/*` does not match `/api/{name}`: give the rule both patterns"
    if bare == own and below == 404:
        return f"`/api/{name}` matches this one path only: `/api/{name}/*` is what is below it"
    others = [each for each in landed if isinstance(each, str) and each != own]
    if others:
        return f"{others[0]} answers: a rule with a lower number and a broader pattern takes the request"
    if set(landed) == {404} and on_443 == 0:
        return "no request over HTTPS meets your rules: they belong to the listener on port 443"
    if set(landed) <= {502, 503, 504}:
        return "the rule is right, but nobody answers behind it: look at the target group, and at the cell above"
    return ""


with score(6) as s:
    s.need(
        ask(f"https://{DOMAIN}/")["status"],
        f"https://{DOMAIN} does not answer: do exercises 1 to 4 first",
    )
    reader = boto3.client("elbv2")
    lb = reader.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
    rules = {
        each["Port"]: len(reader.describe_rules(ListenerArn=each["ListenerArn"])["Rules"]) - 1
        for each in reader.describe_listeners(LoadBalancerArn=lb)["Listeners"]
    }
    s.need(any(rules.values()), "the listeners have no rules but the default ones yet")
    on_443 = rules.get(443, 0)
    for name in ("users", "orders", "payments"):
        landed = [lands(f"/api/{name}"), lands(f"/api/{name}/"), lands(f"/api/{name}/7/photos")]
        s.met(
            1,
            f"/api/{name} and all below it",
            set(landed) == {f"{name[:-1]}-service"},
            found=landed,
            expected=f"{name[:-1]}-service, for the bare path, with a slash, and below",
            slip=slip_in_rules(name, landed, on_443),
            read="section 4 of the lesson",
        )
    strangers = {path: lands(path) for path in ("/", "/api", "/api/user", "/API/users", "/users/7")}
    s.met(
        1,
        "everything else stays with the default action",
        set(strangers.values()) == {404},
        found=strangers,
        expected=404,
        slip="a pattern is too wide" if set(strangers.values()) - {404, None} else "",
    )
    ### BEGIN HIDDEN TESTS
    tricky = {
        "/api/users?page=2": "user-service",
        "/api/users/7?next=/api/orders": "user-service",
        "/api/orders/12/api/users": "order-service",
        "/api/payments/a/b/c/d": "payment-service",
    }
    got = {path: lands(path) for path in tricky}
    s.met(1, "query strings and deep paths", got == tricky, found=got, expected=tricky)
    near = {
        path: lands(path)
        for path in ("/api/usersettings", "/api/orders-old/1", "/v2/api/payments", "/api/payment")
    }
    s.met(
        1,
        "names that only look alike are nobody's",
        set(near.values()) == {404},
        found=near,
        expected=404,
        slip="`/api/users*` matches /api/usersettings too: write the two patterns"
        if near["/api/usersettings"] != 404
        else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 6. Be the load balancer (5 points)

Complete the function. It returns the name of the target group that a request goes to.

`rules` is a list of dictionaries in no particular order:

```python
{"Priority": "20", "Paths": ["/api/users", "/api/users/*"], "Hosts": ["*.shop.example"], "TargetGroup": "users"}
```

- `Priority` is a text: a number, or `"default"` for the one rule that takes what is left.
- `Paths` and `Hosts` are lists of patterns; each may be missing or empty, and is then no condition.
- `matches(pattern, text)`, in the next cell, knows what `*` and `?` stand for.
- Paths are case-sensitive, hosts are not. `path` may have a query string, which does not count.
"""

# %% given="matches"
import re


def matches(pattern, text):
    """Say whether a text matches a pattern: `*` is any number of characters, `?` is exactly one."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text) is not None


# %% [markdown] hints="choose"
"""
1. Sort first: `sorted(rules, key=...)`. As texts, `"100"` comes before `"20"`; and `"default"` is no number, it comes last.
2. For each rule in order: if there are paths, one of them must match; if there are hosts, one of them must match. The first rule that passes wins.
3. `if paths and not any(matches(each, path) for each in paths): continue`, and the same for the hosts, in lower case on both sides.
"""


# %% solution="choose" needs=[]
def choose(rules, host, path):
    """Return the target group of the first rule, by priority, that matches host and path."""
    ### BEGIN SOLUTION
    path = path.partition("?")[0]
    host = host.lower()
    numbered = [rule for rule in rules if rule["Priority"] != "default"]
    for rule in sorted(numbered, key=lambda each: int(each["Priority"])):
        paths, hosts = rule.get("Paths"), rule.get("Hosts")
        if paths and not any(matches(each, path) for each in paths):
            continue
        if hosts and not any(matches(each.lower(), host) for each in hosts):
            continue
        return rule["TargetGroup"]
    return next(rule["TargetGroup"] for rule in rules if rule["Priority"] == "default")
    ### END SOLUTION


# %% hide check="choose" points=5
"""Order, wildcards, capitals, several conditions, on rules that you have not seen."""
with score(5) as s:
    rules = [
        {"Priority": "default", "TargetGroup": "nobody"},
        {"Priority": "100", "Paths": ["/api/*"], "TargetGroup": "api"},
        {"Priority": "20", "Paths": ["/api/users", "/api/users/*"], "TargetGroup": "users"},
        {"Priority": "9", "Hosts": ["admin.shop.example"], "TargetGroup": "admin"},
    ]

    def picked(cases, given=rules):
        """Return what the function says to each pair of host and path."""
        return [learner.call("choose", given, host, path) for host, path in cases]

    host = "www.shop.example"
    order = picked(
        [(host, "/api/users/7"), (host, "/api/orders"), ("admin.shop.example", "/api/users/7")]
    )
    s.met(
        1,
        "the lowest number that matches wins",
        order == ["users", "api", "admin"],
        found=order,
        expected=["users", "api", "admin"],
        slip="priorities are texts: '100' sorts before '20'; compare them as numbers"
        if order[0] == "api"
        else "the rule 9 asks for the host only, whatever the path"
        if order[2] != "admin"
        else "",
    )
    rest = picked([(host, "/"), (host, "/api"), (host, "/API/users")])
    s.met(
        1,
        "what nothing matches goes to the default rule",
        rest == ["nobody"] * 3,
        found=rest,
        expected=["nobody"] * 3,
        slip="`/api/*` needs the slash: it does not match /api"
        if rest[1] == "api"
        else "paths are case-sensitive"
        if rest[2] != "nobody"
        else "",
    )
    upper = picked(
        [("ADMIN.Shop.Example", "/"), (host, "/api/users?x=/admin"), (host, "/api/users/7?a=b")]
    )
    s.met(
        1,
        "hosts in capitals, and query strings",
        upper == ["admin", "users", "users"],
        found=upper,
        expected=["admin", "users", "users"],
        slip="the query string is not part of the path"
        if upper[1] != "users"
        else "host names are the same in capitals"
        if upper[0] != "admin"
        else "",
    )
    ### BEGIN HIDDEN TESTS
    more = [
        {
            "Priority": "7",
            "Paths": ["/img/v?/*"],
            "Hosts": ["*.shop.example"],
            "TargetGroup": "images",
        },
        {"Priority": "30", "Paths": ["/files/[a]*"], "Hosts": [], "TargetGroup": "files"},
        {"Priority": "4000", "Paths": ["*.html"], "TargetGroup": "pages"},
        {"Priority": "default", "TargetGroup": "nobody"},
    ]
    both = picked(
        [
            (host, "/img/v1/x"),
            (host, "/img/v10/x"),
            ("shop.example", "/img/v1/x"),
            ("a.b.shop.example", "/img/v2/"),
        ],
        more,
    )
    s.met(
        1,
        "all conditions of a rule must hold; ? is exactly one character",
        both == ["images", "nobody", "nobody", "images"],
        found=both,
        expected=["images", "nobody", "nobody", "images"],
        slip="conditions of one rule are joined by and" if both[2] == "images" else "",
    )
    literal = picked(
        [(host, "/files/[a]b"), (host, "/files/ab"), (host, "/a/b.html"), (host, "/a/bxhtml")], more
    )
    s.met(
        1,
        "every other character stands for itself",
        literal == ["files", "nobody", "pages", "nobody"],
        found=literal,
        expected=["files", "nobody", "pages", "nobody"],
        slip="in ELB's patterns only * and ? are special: not [ ], not the dot",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 7. A canary (5 points)

Version 2 of the order service is ready. The next cell runs it in a target group of its own, `orders-v2`.

- Of the requests for `/api/orders` and below, `CANARY` percent go to `orders-v2`, the rest to `orders`.
- Testers send the header `X-Canary: always`. **Their** requests for orders always go to `orders-v2`.
- The other services notice nothing.
"""

# %% given="second-version"
alb_faults.second_version(shop, HEALTH_PATH, PORT)

# %% [markdown] hints="canary"
"""
1. Change the rule that you have (`modify_rule`), and add one (`create_rule`). Which of the two needs the lower number? If none is free, `elb.set_rule_priorities` moves a rule.
2. A weighted action is `{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ..., "Weight": ...}, ...]}}`. Weights are shares of their sum.
3. The testers' rule has two conditions: the paths, and `{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["always"]}}`.
"""

# %% solution="canary" needs=["rules"]
### BEGIN SOLUTION
weights = [
    {"TargetGroupArn": group_arn("orders"), "Weight": 100 - CANARY},
    {"TargetGroupArn": group_arn("orders-v2"), "Weight": CANARY},
]
elb.modify_rule(
    RuleArn=rule_arn(443, "orders"),
    Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
)
header = {"HttpHeaderName": "X-Canary", "Values": ["always"]}
paths = {"Values": ["/api/orders", "/api/orders/*"]}
elb.create_rule(
    ListenerArn=listener_arn(443),
    Priority=50,
    Conditions=[
        {"Field": "http-header", "HttpHeaderConfig": header},
        {"Field": "path-pattern", "PathPatternConfig": paths},
    ],
    Actions=[{"Type": "forward", "TargetGroupArn": group_arn("orders-v2")}],
)
### END SOLUTION

# %% hide check="canary" points=5
"""Sixty requests of customers, some of testers, some to other services."""


def version(path, **headers):
    """Return the version of the order service that answers, or the status."""
    got = ask(f"https://{DOMAIN}{path}", **headers)
    return got.get("image", "").rpartition(":")[2] or got["status"]


with score(5) as s:
    reader = boto3.client("elbv2")
    found = reader.describe_target_groups()["TargetGroups"]
    groups = {each["TargetGroupName"]: each for each in found}
    s.need("orders-v2" in groups, "the target group orders-v2 is missing: run the cell above")
    s.need(groups["orders-v2"]["LoadBalancerArns"], "no rule sends anything to orders-v2 yet")
    for _ in range(30):
        states = reader.describe_target_health(TargetGroupArn=groups["orders-v2"]["TargetGroupArn"])
        if all(t["TargetHealth"]["State"] == "healthy" for t in states["TargetHealthDescriptions"]):
            break
    customers = [version("/api/orders/12") for _ in range(60)]
    share, due = customers.count("v2"), 0.6 * CANARY
    others = sorted({str(each) for each in customers} - {"v1", "v2"})
    s.met(
        2,
        f"{CANARY} percent of 60 customers get version 2",
        abs(share - due) <= 1 and not others,
        found={"v1": customers.count("v1"), "v2": share, "else": others},
        expected={"v1": 60 - due, "v2": due},
        slip="the weights are swapped"
        if abs(share - (60 - due)) <= 1
        else "weights are shares of their sum: with 100 for the old group, the new one gets less than you meant"
        if abs(share - 60 * CANARY / (100 + CANARY)) <= 1
        else "two rules do not share requests: the first that matches takes all"
        if share == 60
        else "",
        read="section 5 of the lesson",
    )
    testers = {version("/api/orders/12", x_canary="always") for _ in range(5)}
    testers |= {version("/api/orders", x_canary="always") for _ in range(3)}
    s.met(
        1,
        "testers always get version 2",
        testers == {"v2"},
        found=sorted(map(str, testers)),
        expected=["v2"],
        slip="the rule of the testers comes too late: a rule with a lower number takes their requests first"
        if testers == {"v1", "v2"}
        else "the bare path /api/orders needs a pattern of its own"
        if "v2" in testers
        else "",
    )
    ### BEGIN HIDDEN TESTS
    elsewhere = {
        name: ask(f"https://{DOMAIN}/api/{name}/7", x_canary="always")
        for name in ("users", "payments", "nothing")
    }
    reached = {name: got.get("service") or got["status"] for name, got in elsewhere.items()}
    s.met(
        1,
        "the testers' header changes nothing for other services",
        reached == {"users": "user-service", "payments": "payment-service", "nothing": 404},
        found=reached,
        slip="the rule of the testers asks for the header only: add the paths as a second condition"
        if reached["users"] not in ("user-service", 404)
        else "the rules of exercise 5 are missing"
        if reached["users"] == 404
        else "",
    )
    shy = [version("/api/orders", x_canary="no") for _ in range(20)]
    s.met(
        1,
        "another value of the header is no tester, and the bare path is shared too",
        set(shy) == {"v1", "v2"} and abs(shy.count("v2") - 0.2 * CANARY) <= 1,
        found={"v1": shy.count("v1"), "v2": shy.count("v2")},
        expected=f"{CANARY} percent of 20",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 8. How long does it take? (3 points)

Complete the function. A target answers its health checks well from now on. After how many seconds, **at most**, does the load balancer call it healthy?

`state` is what `describe_target_health` says now: `"initial"` for a target that has just been registered, `"unhealthy"`, or `"healthy"`.
`interval` is the seconds between two checks, `healthy_threshold` the group's threshold. Leave the few seconds of registration and the answer's own time out.
"""

# %% [markdown] hints="longest-wait"
"""
1. A target that is healthy already needs no time at all. What is left are two cases.
2. Section 7 of the lesson measured both, with the same settings: 10 seconds and 145 seconds.
3. A new target needs one success, whatever the threshold.
"""


# %% solution="longest-wait" needs=[]
def longest_wait(state, interval, healthy_threshold):
    """Return the most seconds until a target that answers well is called healthy."""
    ### BEGIN SOLUTION
    checks = {"healthy": 0, "initial": 1, "unhealthy": healthy_threshold}[state]
    return checks * interval
    ### END SOLUTION


# %% hide check="longest-wait" points=3
"""A new target, one that comes back, one that is well."""
with score(3) as s:
    back = learner.call("longest_wait", "unhealthy", 30, 5)
    s.met(
        1,
        "an unhealthy target comes back",
        back == 150,
        found=learner.returned(back, "longest_wait", "unhealthy", 30, 5),
        expected=150,
        read="section 7 of the lesson",
    )
    new = learner.call("longest_wait", "initial", 30, 5)
    s.met(
        1,
        "a new target",
        new == 30,
        found=new,
        expected=30,
        slip="the threshold is for the way back; a target that is new needs one success"
        if new == 150
        else "",
        why="a deployment's speed depends on it, and many texts have it wrong",
    )
    ### BEGIN HIDDEN TESTS
    asked = [
        ("unhealthy", 15, 2),
        ("initial", 15, 2),
        ("initial", 7, 10),
        ("unhealthy", 5, 10),
        ("healthy", 15, 2),
    ]
    got = [learner.call("longest_wait", *each) for each in asked]
    s.met(
        1,
        "other settings, and a healthy target",
        got == [30, 15, 7, 50, 0],
        found=got,
        expected=[30, 15, 7, 50, 0],
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 9. Two sick services (5 points)

The next cell takes you to a clinic: another load balancer with services that somebody else set up. `clinic["url"]` is its address; `clinic["reviews"]` and `clinic["search"]` are the ARNs of two of the target groups.

All targets of `reviews` and `search` are unhealthy, though the apps are fine: they listen on `PORT` and answer 200 on `HEALTH_PATH`.
Find out from the reason codes what is wrong with each, and heal them. The health check must stay able to notice an app that is ill.
(A third service, `reports`, is killed while it boots, as in assignment 6.3.b; leave it alone.)
"""

# %% given="clinic"
clinic = alb_faults.clinic(shop, HEALTH_PATH, PORT, 120)
cloud.advance("2 min")
for name in ("reviews", "search"):
    for each in elb.describe_target_health(TargetGroupArn=clinic[name])["TargetHealthDescriptions"]:
        print(name, each["Target"]["Id"], each["HealthCheckPort"], each["TargetHealth"])

# %% [markdown] hints="repair-checks"
"""
1. One group asks and gets a wrong answer, the other gets no connection. `describe_target_groups` shows what is asked, and where.
2. `modify_target_group` changes health check settings of a group that exists.
3. The check's port can be a number, or `traffic-port`: the port on which the target gets its requests.
"""

# %% solution="repair-checks" needs=["create-alb"]
### BEGIN SOLUTION
elb.modify_target_group(TargetGroupArn=clinic["reviews"], HealthCheckPath=HEALTH_PATH)
elb.modify_target_group(TargetGroupArn=clinic["search"], HealthCheckPort="traffic-port")
### END SOLUTION

# %% hide check="repair-checks" points=5
"""The targets get well, and a task that is really ill is still noticed."""


def target_states(arn, wanted, polls=60):
    """Return the states of a group's targets, when they are as wanted or after five minutes."""
    states = set()
    for _ in range(polls):
        found = boto3.client("elbv2").describe_target_health(TargetGroupArn=arn)[
            "TargetHealthDescriptions"
        ]
        states = {
            t["TargetHealth"]["State"] for t in found if t["TargetHealth"]["State"] != "draining"
        }
        if states == wanted:
            break
    return states


def ill_task_is(arn):
    """Register a task that answers 404 on its health path, return what becomes of it, and take it away."""
    client = boto3.client("elbv2")
    definition = alb_fixtures.publish("ill-service", port=PORT, health={"*": 404})
    address = alb_fixtures.tasks(shop, definition, 1)[0]
    ill = [{"Id": address, "Port": PORT}]
    client.register_targets(TargetGroupArn=arn, Targets=ill)
    state = "initial"
    for _ in range(60):
        found = client.describe_target_health(TargetGroupArn=arn, Targets=ill)[
            "TargetHealthDescriptions"
        ]
        state = found[0]["TargetHealth"]["State"]
        if state != "initial":
            break
    client.deregister_targets(TargetGroupArn=arn, Targets=ill)
    return state


with score(5) as s:
    names = [
        each["TargetGroupName"]
        for each in boto3.client("elbv2").describe_target_groups()["TargetGroups"]
    ]
    s.need("reviews" in names, "the clinic is not there: run the cell above")
    settings = {
        each["TargetGroupName"]: each
        for each in boto3.client("elbv2").describe_target_groups()["TargetGroups"]
        if each["TargetGroupName"] in ("reviews", "search")
    }
    asked = {
        name: (each["HealthCheckPath"], each["HealthCheckPort"], each["Matcher"]["HttpCode"])
        for name, each in settings.items()
    }
    s.need(
        asked
        != {"reviews": ("/", "traffic-port", "200"), "search": (HEALTH_PATH, str(PORT + 1), "200")},
        "both health checks are still as they were",
    )
    well = {}
    for name in ("reviews", "search"):
        arn = settings[name]["TargetGroupArn"]
        well[name] = target_states(arn, {"healthy"})
        s.met(
            1,
            f"the targets of {name} are healthy",
            well[name] == {"healthy"},
            found={"states": sorted(well[name]), "check": asked[name]},
            read="section 7 of the lesson",
        )
    ### BEGIN HIDDEN TESTS
    for name, points in (("reviews", 2), ("search", 1)):
        noticed = well[name] == {"healthy"} and ill_task_is(settings[name]["TargetGroupArn"])
        s.met(
            points,
            f"{name} still notices an app that answers 404",
            noticed == "unhealthy",
            found=f"the ill task is {noticed}"
            if noticed
            else "not tried: its targets are not healthy",
            slip="the matcher takes 404 for success: the check is green and worthless; give it the right path"
            if noticed == "healthy"
            else "",
        )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 10. Four errors (4 points)

One more load balancer, with four paths that all fail. Find the cause of each and fill in its letter.

- **A** The target group has no target.
- **B** Nothing listens on the port to which the target is registered.
- **C** The target's security group does not let the load balancer in.
- **D** The rule's target group has the weight 0.
"""

# %% given="errors"
# Which path has which cause is drawn from your name, and not shown.
secret_order = awslab.draw("6.3.c-alb").pick(
    "errors", list(itertools.permutations(alb_faults.CAUSES))
)
failing = alb_faults.errors(shop, PORT, secret_order)
failing

# %% [markdown] hints="diagnose-5xx"
"""
1. Begin with the status: `ask(failing["/one"])["status"]`. Two of the causes have a status of their own.
2. A closed port answers no, which is quick: 502. A security group answers nothing, and the load balancer waits: 504.
3. For the two 503s: `cloud.trace("GET", failing["/one"])` says what it did not find, `describe_target_health` who is registered, and `describe_rules` the weights.
"""

# %% solution="diagnose-5xx" needs=["create-alb"]
diagnosis = {"/one": None, "/two": None, "/three": None, "/four": None}
### BEGIN SOLUTION
for path, url in failing.items():
    why = cloud.trace("GET", url).why
    diagnosis[path] = (
        "A"
        if "no registered targets" in why
        else "B"
        if "refused" in why
        else "C"
        if "did not answer" in why
        else "D"
    )
### END SOLUTION

# %% hide check="diagnose-5xx" points=4
"""Each cause is compared with the one that was drawn for you."""
with score(4) as s:
    given = learner["diagnosis"]
    s.need(
        isinstance(given, dict), "diagnosis is not a dictionary any more: fill in the four letters"
    )
    s.need(any(given.get(path) for path in alb_faults.PATHS), "no letter is filled in yet")
    filled = {str(letter).strip().upper() for letter in given.values() if letter}
    unknown = sorted(filled - set("ABCD"))
    s.need(not unknown, f"not one of the letters A, B, C and D: {unknown}")
    ### BEGIN HIDDEN TESTS
    drawn = awslab.draw("6.3.c-alb").pick("errors", list(itertools.permutations(alb_faults.CAUSES)))
    letters = {"empty": "A", "port": "B", "closed": "C", "weight": "D"}
    status = {"empty": 503, "port": 502, "closed": 504, "weight": 503}
    for path, cause in zip(alb_faults.PATHS, drawn, strict=True):
        got = str(given.get(path) or "").strip().upper()
        s.met(
            1,
            f"the cause of {path}",
            got == letters[cause],
            found=given.get(path),
            slip=f"its status is {status[cause]}: that cause shows as another one"
            if status.get({v: k for k, v in letters.items()}.get(got)) not in (None, status[cause])
            else "the status is the same for both: look at who is registered, and at the weights"
            if got in "AD" and got
            else "",
            read="section 10 of the lesson",
        )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 11. Access logs (5 points)

Which request failed, for whom, and whose fault was it? Let your load balancer `LB_NAME` write its access logs to the S3 bucket `LOG_BUCKET`, under the prefix `LOG_PREFIX`.
The bucket must let Elastic Load Balancing put its objects, and nobody else: no `*` as the principal.
"""

# %% given="log-bucket"
LOG_BUCKET = f"{LB_NAME}-logs-{DOMAIN.partition('.')[0]}"
if LOG_BUCKET not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=LOG_BUCKET)


def bucket_policy(**statement):
    """Give the bucket a policy of one statement: Effect, Principal, Action, Resource."""
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=LOG_BUCKET, Policy=json.dumps(policy))


LOG_BUCKET

# %% [markdown] hints="access-logs"
"""
1. Two steps: a bucket policy, for which `bucket_policy` in the cell above does the wrapping, then attributes of the load balancer. In the other order AWS refuses, because it tries to write a test file.
2. The principal is `{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}`, the action `s3:PutObject`, the resource the bucket's ARN with `/*` or a narrower path behind it.
3. `modify_load_balancer_attributes` with `access_logs.s3.enabled`, `access_logs.s3.bucket` and `access_logs.s3.prefix`.
"""

# %% solution="access-logs" needs=["create-alb"]
### BEGIN SOLUTION
bucket_policy(
    Effect="Allow",
    Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    Action="s3:PutObject",
    Resource=f"arn:aws:s3:::{LOG_BUCKET}/{LOG_PREFIX}/AWSLogs/*",
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=balancer()["LoadBalancerArn"],
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
        {"Key": "access_logs.s3.prefix", "Value": LOG_PREFIX},
    ],
)
### END SOLUTION

# %% hide check="access-logs" points=5
"""A request is made, some minutes pass, and the request stands in a log file."""


def objects(bucket):
    """Return the keys of the log files in a bucket."""
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed if each["Key"].endswith(".gz")]


with score(5) as s:
    reader = boto3.client("elbv2")
    this = [
        b
        for b in reader.describe_load_balancers()["LoadBalancers"]
        if b["LoadBalancerName"] == LB_NAME
    ]
    s.need(this, f"there is no load balancer {LB_NAME} yet: do exercise 1 first")
    arn = this[0]["LoadBalancerArn"]
    bucket = f"{LB_NAME}-logs-{DOMAIN.partition('.')[0]}"
    found = reader.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    logs = {
        each["Key"].rpartition(".")[2]: each["Value"]
        for each in found
        if each["Key"].startswith("access_logs.s3")
    }
    try:
        text = boto3.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError:
        text = ""
    s.need(
        text or logs["enabled"] == "true" or logs["bucket"],
        "neither a bucket policy nor an attribute is set yet",
    )
    s.met(
        1,
        "access logs are switched on",
        logs["enabled"] == "true" and logs["bucket"] == bucket,
        found=logs,
        expected={"enabled": "true", "bucket": bucket},
        slip="a bucket alone does not switch them on"
        if logs["bucket"] and logs["enabled"] != "true"
        else "",
        hint="did AWS refuse? Then the policy that the bucket has lets another principal in, or another path, or the attribute names another bucket"
        if text
        else "did AWS refuse? The bucket policy comes first",
    )
    before = set(objects(bucket))
    lent = []
    if 80 not in [
        each["Port"] for each in reader.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    ]:  # exercise 4 is not done: this one lends a listener for one request
        answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        lent = reader.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[answer]
        )["Listeners"]
    reader.get_waiter("load_balancer_available").wait(Names=[LB_NAME])
    ask(f"http://{this[0]['DNSName']}/where/is/it?n=1")
    cloud.advance("11 min")
    for each in lent:
        reader.delete_listener(ListenerArn=each["ListenerArn"])
    written = [key for key in objects(bucket) if key not in before]
    s.met(
        1,
        "a log file arrives",
        written,
        found=written or sorted(before) or "no log file in the bucket",
        slip="the files go to another bucket" if logs["bucket"] not in ("", bucket) else "",
    )
    s.met(
        1,
        f"under the prefix {LOG_PREFIX}",
        written and all(key.startswith(f"{LOG_PREFIX}/AWSLogs/") for key in written),
        found=written,
        expected=f"{LOG_PREFIX}/AWSLogs/...",
        slip="the prefix is an attribute of its own; it is no part of the bucket's name"
        if written
        else "",
    )
    ### BEGIN HIDDEN TESTS
    import gzip

    lines = [
        line
        for key in written
        for line in gzip.decompress(
            boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        )
        .decode()
        .splitlines()
    ]
    s.met(
        1,
        "the request stands in it",
        any("/where/is/it?n=1" in line for line in lines),
        found=lines[:1] or "no line",
        why="without logs nobody can say what a client asked for yesterday",
    )
    statements = json.loads(text)["Statement"] if text else []
    statements = statements if isinstance(statements, list) else [statements]
    open_to = [
        st["Principal"]
        for st in statements
        if st["Effect"] == "Allow" and "*" in json.dumps(st["Principal"])
    ]
    s.met(
        1,
        "only Elastic Load Balancing may write",
        bool(written) and not open_to,
        found=open_to or [st["Principal"] for st in statements],
        slip="`*` lets the whole world write into your bucket" if open_to else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 12. Whose fault was it? (4 points)

Complete the function. It gets one line of an access log and returns

- `"target"` if the target answered with an error of the 500s,
- `"load balancer"` if the load balancer made up such an error itself, because no target answered,
- `"none"` for every other request.

The fields of a line are separated by spaces; texts that contain spaces stand between double quotes. In order, the first are: type, time, load balancer, client, target, three times in seconds, `elb_status_code`, `target_status_code`, received bytes, sent bytes, "request", "user agent".
`-` stands for what there was not.
"""

# %% [markdown] hints="blame"
"""
1. Two of the fields decide: the status that the client got, and the status that the target gave.
2. Count from 0: `elb_status_code` is field 8, `target_status_code` field 9. No field before them contains a space.
3. If the client got 5xx: is the target's status a number, or `-`?
"""


# %% solution="blame" needs=[]
def blame(line):
    """Return "target", "load balancer" or "none" for one line of an access log."""
    ### BEGIN SOLUTION
    fields = line.split()
    status, target_status = fields[8], fields[9]
    if not status.startswith("5"):
        return "none"
    return "load balancer" if target_status == "-" else "target"
    ### END SOLUTION


# %% hide check="blame" points=4
"""Lines with every kind of answer."""


def log_line(status, target_status, path="/api/users/7", agent="curl/8.5.0", kind="https"):
    """Write a line as Elastic Load Balancing does."""
    target = "10.30.10.4:3000" if target_status != "-" else "-"
    times = "0.001 0.044 0.000" if target_status != "-" else "-1 -1 -1"
    return (
        f"{kind} 2026-01-05T09:12:30.186641Z app/shop/50dc6c495c0c9188 203.0.113.10:2817 {target} {times} "
        f'{status} {target_status} 34 366 "GET https://shop.example:443{path} HTTP/1.1" "{agent}" '
        "TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/users/73e2d6bc24d8a067 "
        '"Root=1-58337364-23a8c76965a2ef7629b185e3" "shop.example" "-" 10 2026-01-05T09:12:30.140000Z "forward" "-" "-" '
        f'"{target}" "{target_status}" "-" "-" TID_1234abcd'
    )


with score(4) as s:
    app = learner.call("blame", log_line(500, 500))
    s.met(
        1,
        "the app failed",
        app == "target",
        found=learner.returned(app, "blame", log_line(500, 500)[:60] + "..."),
        expected="target",
    )
    made = learner.call("blame", log_line(503, "-"))
    s.met(
        1,
        "no target answered",
        made == "load balancer",
        found=made,
        expected="load balancer",
        slip="a hyphen as the target's status means that no target answered"
        if made in ("target", "none")
        else "",
        read="section 10 of the lesson",
    )
    fine = [learner.call("blame", log_line(*each)) for each in ((200, 200), (404, 404), (301, "-"))]
    s.met(
        1,
        "no error of the 500s",
        fine == ["none"] * 3,
        found=fine,
        expected=["none"] * 3,
        slip="a redirect has no target either, and is no error"
        if fine[2:] == ["load balancer"]
        else "",
    )
    ### BEGIN HIDDEN TESTS
    lines = [
        log_line(502, "-", agent="Mozilla 500 500"),
        log_line(504, "-", path="/status/500"),
        log_line(503, 503),
        log_line(200, 200, path="/api/orders/503", agent="a b c 502"),
        log_line(404, "-", kind="http"),
        log_line(599, 599, kind="h2"),
    ]
    got = [learner.call("blame", line) for line in lines]
    expected = ["load balancer", "load balancer", "target", "none", "none", "target"]
    s.met(
        1,
        "other lines, with numbers in unexpected places",
        got == expected,
        found=got,
        expected=expected,
        slip="503 can come from the app as well: look at the second status"
        if got[2] == "load balancer"
        else "look at the fields, not anywhere in the line",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 13. From memory (4 points)

Fill in the answers. Close the lesson first.
They are compared when your work is graded.
"""

# %% [markdown] hints="recall-alb"
"""
1. The first two are quick-fire questions of the interview.
2. The third is about a group whose targets are all unhealthy, and not about an empty one. What does the load balancer do then?
3. The fourth: section 7 of the lesson measured a new target and one that came back. Whose time depends on the healthy threshold?
"""

# %% solution="recall-alb" needs=[]
answers = {
    "OSI layer of an ALB (a number)": None,
    "target type for Fargate tasks": None,
    "all targets unhealthy: requests are still sent (True or False)": None,
    "health checks that a new target must pass (a number)": None,
}
### BEGIN SOLUTION
answers = {
    "OSI layer of an ALB (a number)": 7,
    "target type for Fargate tasks": "ip",
    "all targets unhealthy: requests are still sent (True or False)": True,
    "health checks that a new target must pass (a number)": 1,
}
### END SOLUTION

# %% hide check="recall-alb" points=4
"""Four facts, one point each."""
with score(4) as s:
    given = learner["answers"]
    s.need(isinstance(given, dict), "answers is not a dictionary any more: fill in the four values")
    s.need(any(value is not None for value in given.values()), "no answer is filled in yet")
    ### BEGIN HIDDEN TESTS
    layer, kind, open_, checks = (
        given.get("OSI layer of an ALB (a number)"),
        given.get("target type for Fargate tasks"),
        given.get("all targets unhealthy: requests are still sent (True or False)"),
        given.get("health checks that a new target must pass (a number)"),
    )
    s.met(
        1,
        "the layer",
        str(layer).lower().removeprefix("layer").strip() in ("7", "7.0"),
        found=layer,
        slip="layer 4 is the Network Load Balancer's" if str(layer) == "4" else "",
        read="section 1 of the lesson",
    )
    s.met(
        1,
        "the target type",
        str(kind).lower().strip("` ") == "ip",
        found=kind,
        slip="a Fargate task has no instance of yours" if "instance" in str(kind).lower() else "",
        read="section 3 of the lesson",
    )
    s.met(
        1,
        "all targets unhealthy",
        open_ is True,
        found=open_,
        slip="it fails open: all targets get requests"
        if open_ is False
        else "write True or False without quotes"
        if isinstance(open_, str)
        else "",
        read="section 7 of the lesson",
    )
    s.met(
        1,
        "a new target",
        str(checks) in ("1", "1.0"),
        found=checks,
        slip="that is a healthy threshold; it is for targets that were unhealthy"
        if str(checks) in ("2", "5")
        else "",
        read="section 7 of the lesson",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 14. In your own words (4 points)

An interviewer asks: *What is an Application Load Balancer, and what would you do without one?*
A candidate answers: *Without it, every microservice has to be open to the internet.*

Write the answer that you would give, in five to eight sentences. Say what the load balancer does for the clients of a shop with three services, what it does for the services, and what is wrong with the candidate's sentence.
This answer is read by a person.
"""

# %% [markdown] hints="why-alb"
"""
1. Definition, example, pitfall. One sentence on layer 7, then the three services.
2. What does it know of the targets, what does it do with one that is ill, and what does ECS do with it?
3. How do two services inside a cluster call each other? Must that pass through the public load balancer?
"""

# %% [markdown] answer="why-alb" points=4
"""
<!-- BEGIN SOLUTION -->
An Application Load Balancer works at layer 7: it reads each HTTP request and sends it by path or host to the target group of one service.
The clients of the shop see one name, one certificate and one HTTPS endpoint, though users, orders and payments are three services that are deployed separately.
It asks every task for its health and keeps requests away from those that fail; ECS, which sees the same, replaces them, and during a deployment new tasks get requests only after a successful check, while old ones drain.
TLS ends at the load balancer with a certificate from ACM, so that tasks stay in private subnets and take traffic from its security group only.
The candidate's sentence is a false choice: what comes from the internet needs some door, but it may also be an NLB or API Gateway, and services among themselves need none at all.
Inside, Service Connect, VPC Lattice or an internal load balancer give names and healthy endpoints without any exposure.

Rubric, one point each:

- layer 7, with routing by path or host to the target groups of the services;
- for the services: health checks and what follows from them (rotation, replacement, draining), or TLS ended in one place so that tasks stay private;
- for the clients: one name and certificate, whatever stands behind it;
- the false choice: at least one real alternative named (Service Connect, VPC Lattice, internal ALB, NLB, API Gateway). App Mesh does not count: it has ended.
<!-- END SOLUTION -->
"""
