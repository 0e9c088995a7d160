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
# 6.3.c Application Load Balancer

**Time:** about 90 minutes of reading and doing. **Before:** [6.3.a](6.3.a-ecr.ipynb) and [6.3.b](6.3.b-ecs-fargate.ipynb), or some practice with ECS. **After:** the assignment [6.3.c-alb](../release/6.3.c-alb/6.3.c-alb.ipynb).

You will be able to

- choose between the three Elastic Load Balancing types, and say what layer 7 buys you;
- build an Application Load Balancer from its parts: listener, rule, target group, target;
- predict which rule takes a request, and name the five mistakes that send it elsewhere;
- end HTTPS at the load balancer with a certificate from ACM, and redirect HTTP to it;
- read a target's state and reason code, and calculate how long a change of health takes;
- tell a 502, a 503 and a 504 apart, and find each of them in the access logs.

Not here: ECS deployments as such ([6.3.b](6.3.b-ecs-fargate.ipynb)), routes, network ACLs and roles ([6.3.d](6.3.d-vpc-iam.ipynb)).
"""

# %%
import gzip
import json
import shlex
from collections import Counter

import boto3
import requests

import awslab
from awslab import alb_fixtures, learner, quiz, recall, score

cloud = awslab.start()
cloud.reset()
ec2, elb, ecs = boto3.client("ec2"), boto3.client("elbv2"), boto3.client("ecs")
shop = alb_fixtures.network("10.30.0.0/16")
cloud

# %% [markdown]
"""
`alb_fixtures.network` has built what this lesson takes for granted: a VPC, two public subnets for the load balancer, two private ones for the tasks, a NAT gateway, two security groups and an ECS cluster.
The dictionary `shop` holds their ids.

The words in short; [6.3.d](6.3.d-vpc-iam.ipynb) takes its time over them:

- A **VPC** is a private network of your own. A **subnet** is a part of it, in one Availability Zone.
- A subnet is **public** if its routes lead to an **internet gateway**. From a private one, a **NAT gateway** lets tasks call out, and lets nobody in.
- A **security group** is a firewall around a network interface: it lets in what its rules allow, from an address range (`0.0.0.0/0` is everybody) or from the members of another group.
- A **network ACL** is a firewall around a subnet. The default one lets everything pass.
"""

# %%
cloud.map(shop["vpc"])

# %% [markdown]
"""
## 1. Which layer, which load balancer

A load balancer takes a connection and passes it on to one of several targets.
What it can decide by depends on how much of the traffic it reads.

- At **layer 4** it sees addresses and ports. It knows that bytes arrive, not what they say.
- At **layer 7** it has read the HTTP request: method, host, path, headers, query string. It can choose by each of them, answer by itself, and write headers of its own.

| | Application (ALB) | Network (NLB) | Gateway (GWLB) |
|---|---|---|---|
| Layer | 7 | 4 | 3, with endpoints in front |
| Speaks | HTTP, HTTPS, gRPC, WebSocket | TCP, UDP, TLS | every IP packet, wrapped in GENEVE |
| Decides by | the content of the request | address and port | the flow |
| Its address | a DNS name; the IP addresses behind it change | one static IP address a zone | an endpoint in a route table |
| Made for | web applications, microservices | other protocols, fixed addresses, very high rates | firewalls and other inspection appliances |

You may still read that an NLB has no security groups.
It can have them since 2023, if they are attached when it is created.
"""

# %% [markdown]
"""
**Try it.** Four workloads need a load balancer. Write `"ALB"`, `"NLB"` or `"GWLB"` beside each.
"""

# %% tags=["try-it"]
choice = {
    "three HTTP services behind one domain, chosen by path": ...,
    "a game server that speaks UDP": ...,
    "a partner whose firewall lets only two fixed IP addresses through": ...,
    "all traffic of the VPC has to pass a fleet of virtual firewalls": ...,
}

# %% hide
# Run this cell to check your answer.
with score(4) as s:
    given = globals().get("choice")
    s.need(
        isinstance(given, dict) and any(isinstance(value, str) for value in given.values()),
        "no answer is filled in yet",
    )
    for (workload, got), right, why in zip(
        given.items(),
        ("ALB", "NLB", "NLB", "GWLB"),
        (
            "only layer 7 sees a path",
            "an ALB speaks HTTP and its relatives, and nothing else",
            "the addresses of an ALB change; an NLB has one static address a zone",
            "a GWLB hands every packet to the appliances and takes it back",
        ),
        strict=True,
    ):
        s.met(1, workload, str(got).upper() == right, found=str(got), expected=right, why=why)
s

# %% [markdown]
"""
## 2. A load balancer in two zones

A load balancer is not one machine.
It has a node in each subnet that you give it, and each node is a network interface with addresses of its own.
Give it one subnet only, and AWS refuses: the loss of one Availability Zone would take everything down.
"""

# %% tags=["raises-exception"]
elb.create_load_balancer(Name="shop", Subnets=shop["public"][:1])

# %% [markdown]
"""
So two public subnets, in two zones.
Each must be at least a /27 and have eight free addresses, because the load balancer adds nodes when it grows.
"""

# %%
balancer = elb.create_load_balancer(
    Name="shop",
    Type="application",
    Scheme="internet-facing",
    Subnets=shop["public"],
    SecurityGroups=[shop["alb_group"]],
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=["shop"])
URL = "http://" + balancer["DNSName"]
URL

# %% [markdown]
"""
Clients use this name, or a record of your own domain that points to it.
In Route 53 that is an **alias** record. A CNAME would do for `www.shop.example`, but DNS allows none for the bare `shop.example`; an alias can stand there.
Never write down the IP addresses behind it; they change without notice.

Is it reachable? `cloud.path` follows one packet, and says where it stops.
"""

# %%
cloud.path("internet", "shop", 80)

# %% [markdown]
"""
The route is there, the network ACL lets the packet pass, and the security group stops it: a group without inbound rules lets nothing in.
The load balancer's group must allow what its listeners listen on, **both** 80 and 443 if HTTP is to be redirected to HTTPS.
"""

# %%
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
cloud.path("internet", "shop", 80)

# %% [markdown]
"""
The tasks' security group is closed to the internet. It takes port 3000 from one source only: the load balancer's group.
This is the **security group chain**: internet → `alb_group` → `task_group`.

## 3. Target groups of type `ip`

A **target group** is a list of targets, and the way to check them.
Its most important property cannot be changed later: the **target type**.

| `TargetType` | A target is | For |
|---|---|---|
| `instance` (the default) | an EC2 instance id | services on EC2 with bridge or host networking |
| `ip` | an IP address | every task with the network mode `awsvpc`, so **all of Fargate** |
| `lambda` | a function | Lambda |
| `alb` | an ALB | an NLB in front of an ALB |

A Fargate task has no instance that you could name. It has a network interface, with an address.
"""


# %%
def target_group(name, **settings):
    """Make a target group for Fargate tasks on port 3000 and return its ARN."""
    made = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=3000,
        VpcId=shop["vpc"],
        TargetType="ip",
        HealthCheckPath="/health",
        **settings,
    )
    return made["TargetGroups"][0]["TargetGroupArn"]


def health(group):
    """Return the address, state and reason of each target of a group."""
    found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [
        (t["Target"]["Id"], t["TargetHealth"]["State"], t["TargetHealth"].get("Reason", ""))
        for t in found
    ]


users = target_group("users")

# %% [markdown]
"""
Two tasks of the user service start in the private subnets.
ECS will register tasks for you in section 9. Once, do it by hand, to see what there is to do.
"""

# %%
user_service = alb_fixtures.publish("user-service", health={"/health": 200, "/": 404, "*": 200})
addresses = alb_fixtures.tasks(shop, user_service, count=2)
elb.register_targets(TargetGroupArn=users, Targets=[{"Id": each} for each in addresses])
health(users)

# %% [markdown]
"""
`unused`, and the reason says why: no listener forwards to this group, so nothing checks it and nothing is sent to it.

A **listener** is a port and a protocol on which the load balancer listens, with rules that say where a request goes.
Every listener has a **default rule**; this one forwards everything to the group.
"""

# %%
listener = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "forward", "TargetGroupArn": users}],
)["Listeners"][0]["ListenerArn"]

for _ in range(3):
    print(f"{cloud.now:%H:%M:%S}", health(users))

# %% [markdown]
"""
Each call of `describe_target_health` lets five simulated seconds pass, as an impatient person would.
The targets are `initial` while they are registered and checked for the first time, then `healthy`.

Follow a request through all the parts, with `cloud.trace`:
"""

# %%
cloud.trace("GET", URL + "/api/users/7")

# %% [markdown]
"""
And what did the app get? It answers with what it saw.
"""

# %%
seen = requests.get(URL + "/api/users/7").json()
seen["path"], seen["headers"]

# %% [markdown]
"""
For the app, the client is the load balancer. Who really asked is in the headers:

- `X-Forwarded-For`: the client's address; with several proxies, a list.
- `X-Forwarded-Proto` and `X-Forwarded-Port`: how the client came. An app that builds links needs them.
- `X-Amzn-Trace-Id`: the same id in the access log and in the app's own log.

A client can send an `X-Forwarded-For` of its own. The load balancer appends, so trust the last entry, not the first.
"""

# %% hide
quiz(
    "A Fargate service cannot be created: its target group 'has target type instance, which is incompatible with the awsvpc network mode'. What do you do?",
    {
        "Change the target group's type to ip": "The target type is fixed when the group is created.",
        "Make a new target group of type ip, and let the listener forward to it": "A task with a network interface of its own is registered by its address.",
        "Change the task definition's network mode to bridge": "Fargate knows only `awsvpc`.",
    },
    right="Make a new target group of type ip, and let the listener forward to it",
)

# %% hide
recall(
    "Which target type does a target group for Fargate tasks have, and why?",
    "`ip`.",
    why="Each task has its own network interface (network mode `awsvpc`); there is no instance of yours to register.",
    tag="quick-fire 4",
)

# %% [markdown]
"""
## 4. Rules: who gets the request

Three services share the load balancer. Here are the other two, with their groups.
"""

# %%
orders, payments = target_group("orders"), target_group("payments")
for group, name in ((orders, "order-service"), (payments, "payment-service")):
    definition = alb_fixtures.publish(name)
    targets = [{"Id": each} for each in alb_fixtures.tasks(shop, definition, count=1)]
    elb.register_targets(TargetGroupArn=group, Targets=targets)


def forward(group):
    """Return an action that forwards to one target group."""
    return [{"Type": "forward", "TargetGroupArn": group}]


def answer(status, text):
    """Return an action that answers by itself."""
    fixed = {"StatusCode": str(status), "ContentType": "text/plain", "MessageBody": text}
    return [{"Type": "fixed-response", "FixedResponseConfig": fixed}]


def rule(priority, paths, action):
    """Make a rule for some paths and return its ARN."""
    made = elb.create_rule(
        ListenerArn=listener,
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=action,
    )
    return made["Rules"][0]["RuleArn"]


# %% [markdown]
"""
The default rule should not be one of the services: a mistyped path would land there.
Let it answer 404, and give each service a rule.
"""

# %%
elb.modify_listener(ListenerArn=listener, DefaultActions=answer(404, "no such page"))
user_rule = rule(10, ["/api/users/*"], forward(users))
order_rule = rule(20, ["/api/orders", "/api/orders/*"], forward(orders))
payment_rule = rule(30, ["/api/payments", "/api/payments/*"], forward(payments))
for group in (orders, payments):
    elb.get_waiter("target_in_service").wait(TargetGroupArn=group)

cloud.trace("GET", URL + "/api/orders/12")

# %% [markdown]
"""
The picture lists the rules in the order in which they were tried.

- Rules are tried from the **lowest priority number** to the highest. The default rule comes last, and has no condition.
- The **first** rule all of whose conditions are met takes the request. The rest is never looked at.
- Conditions of one rule are joined by *and*, the values of one condition by *or*.

### Trap 1: `/api/users/*` is not `/api/users`
"""

# %%
for path in ("/api/users/7", "/api/users/", "/api/users"):
    print(f"{path:14}", cloud.trace("GET", URL + path).status)

# %% [markdown]
"""
`*` stands for any number of characters, none included, but the slash before it has to be there.
Give the rule both patterns, as the other two have them. (`/api/users*` would do it too, and catch `/api/usersettings`.)
"""

# %%
paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/users", "/api/users/*"]}}
elb.modify_rule(RuleArn=user_rule, Conditions=[paths])
cloud.trace("GET", URL + "/api/users").status

# %% [markdown]
"""
### Trap 2: capitals, and trap 3: the query string

A path pattern is **case-sensitive**, and it is compared with the **path only**. What follows the `?` is not part of it.
(In a pattern, `?` stands for exactly one character.)
"""

# %%
for path in ("/API/users/7", "/api/users?page=2", "/api/users/7?x=/api/orders"):
    found = cloud.trace("GET", URL + path)
    print(f"{path:28} {found.status}  rule {found.rule}")

# %% [markdown]
"""
### Trap 4: the prefix stays

The order service was asked for `/api/orders/12` and sees `/api/orders/12`. The load balancer has not taken `/api/orders` away.
An app that knows only `/12` answers 404, and its author blames the rule.

It used to be true that an ALB cannot rewrite a path.
Since the end of 2025 a rule can carry a **transform**, which rewrites path and query string, or the host header, with a regular expression.
It works after the rule has been chosen, so the rule still matches what the client asked for.
`$1` in the replacement is what the first group in parentheses took.
"""

# %%
rewrite = {"Regex": "^/api/orders/(.*)$", "Replace": "/$1"}
transform = {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [rewrite]}}
elb.modify_rule(RuleArn=order_rule, Transforms=[transform])
requests.get(URL + "/api/orders/12").json()["path"]

# %% [markdown]
"""
Rule 20 has taken the request by its full path, and the service was asked for `/12`.
This shop's services know their full paths, so the transform goes again.
"""

# %%
elb.modify_rule(RuleArn=order_rule, ResetTransforms=True)
requests.get(URL + "/api/orders/12").json()["path"]

# %% [markdown]
"""
### Trap 5: a broad rule with a low number

A colleague wants everything else under `/api` to go to the payment service, and gives the rule priority 5.
"""

# %%
broad = rule(5, ["/api/*"], forward(payments))
cloud.trace("GET", URL + "/api/users/7")

# %% [markdown]
"""
The rule **shadows** the other three. Specific rules need lower numbers than broad ones.
Leave gaps between the numbers, so that there is room later; and if there is none, `set_rule_priorities` renumbers several rules at once.
"""

# %%
elb.set_rule_priorities(RulePriorities=[{"RuleArn": broad, "Priority": 900}])
print(cloud.trace("GET", URL + "/api/users/7").rule)
elb.delete_rule(RuleArn=broad)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
"""
**Try it.** The listener has the rules from above: 10 for `/api/users` and `/api/users/*`, 20 for orders, 30 for payments, and the default.
Which of these requests get the 404 of the default rule? Put their letters into `lost`, as a list.

- A `GET /api/users/7/orders`
- B `GET /api/user/7`
- C `DELETE /api/orders/12`
- D `GET /Api/orders`
- E `GET /api/payments?next=/api/users`
"""

# %% tags=["try-it"]
lost = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["lost"]
    letters = sorted(set(str(given).upper()) & set("ABCDE"))
    s.met(
        1,
        "which requests no rule takes",
        letters == ["B", "D"],
        found=given,
        slip="`*` matches slashes too, so /api/users/* covers everything below /api/users"
        if "A" in letters
        else "a path condition does not look at the method; that takes an `http-request-method` condition"
        if "C" in letters
        else "the query string is not part of the path"
        if "E" in letters
        else "path patterns are case-sensitive"
        if "D" not in letters
        else "",
        hint='ask the lab: cloud.trace("GET", URL + "/api/user/7").rule',
    )
s

# %% [markdown]
"""
### More than paths

| Condition | Matches | Case |
|---|---|---|
| `path-pattern` | the path, with `*` and `?` | sensitive |
| `host-header` | the host name, with `*` and `?` | insensitive |
| `http-header` | a header of any name, with `*` and `?` | value insensitive |
| `http-request-method` | the method, exactly | sensitive, capitals |
| `query-string` | pairs of key and value | insensitive |
| `source-ip` | the client's address in a CIDR block | |

Routing by host lets `admin.shop.example` and `www.shop.example` share one load balancer.
`*.shop.example` does not match `shop.example` itself; it is trap 1 again.

A condition takes up to three values, a rule up to five over all its conditions; there are 100 rules to a load balancer unless you ask for more.

**Try it.** Make a rule with priority 8: whoever asks for the host `admin.shop.example` gets status 403 from the load balancer itself, whatever the path.
The condition is `{"Field": "host-header", "HostHeaderConfig": {"Values": [...]}}`; `answer(403, "no entry")` is the action.
"""

# %% tags=["try-it"]
# elb.create_rule(ListenerArn=listener, Priority=8, ...)

# %% hide
# Run this cell to check your answer.
with score(2) as s:
    described = elb.describe_rules(ListenerArn=listener)["Rules"]
    s.need(
        any(each["Priority"] == "8" for each in described),
        "the listener has no rule of priority 8 yet",
    )
    asked = cloud.trace("GET", URL + "/api/users/7", {"Host": "admin.shop.example"})
    s.met(1, "admin.shop.example is refused", asked.status == 403, found=asked.status, expected=403)
    others = cloud.trace("GET", URL + "/api/users/7", {"Host": "www.shop.example"})
    s.met(
        1,
        "every other host still reaches the services",
        others.status == 200,
        found=others.status,
        expected=200,
        slip="the pattern is too wide" if others.status == 403 else "",
    )
s

# %% [markdown]
"""
## 5. Actions: what a rule can do

A rule ends in exactly one of three actions.

- **forward**: to one target group, or to up to five with weights.
- **redirect**: the client gets a 301 or 302 and asks again elsewhere.
- **fixed-response**: the load balancer answers by itself, no target involved. Good for a default 404, or a maintenance page.

### Weights

Version 2 of the order service should get a tenth of the traffic, while you watch the errors.
"""

# %%
orders_v2 = target_group("orders-v2")
definition = alb_fixtures.publish("order-service", "v2")
targets = [{"Id": each} for each in alb_fixtures.tasks(shop, definition, count=1)]
elb.register_targets(TargetGroupArn=orders_v2, Targets=targets)


def split(old, new):
    """Return an action that splits the order service's requests by weight."""
    groups = [
        {"TargetGroupArn": orders, "Weight": old},
        {"TargetGroupArn": orders_v2, "Weight": new},
    ]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


def versions(count):
    """Ask the order service several times and count the versions that answered."""
    answers = [requests.get(URL + "/api/orders/12").json() for _ in range(count)]
    return Counter(each["image"].rpartition(":")[2] for each in answers)


elb.modify_rule(RuleArn=order_rule, Actions=split(90, 10))
elb.get_waiter("target_in_service").wait(TargetGroupArn=orders_v2)
versions(40)

# %% [markdown]
"""
Weights are relative: 9 and 1 say the same as 90 and 10, and a weight of 0 sends nothing.
Each request is drawn anew, so a client may see both versions in turn.
Where that hurts, switch on **target group stickiness** in the rule: a cookie, `AWSALBTG`, keeps the client with its group.

Weights do not look at health. If all targets of the heavy group fail, its share of the requests still goes there.

**Try it.** The errors stay away. Give version 2 a quarter of the requests.
"""

# %% tags=["try-it"]
# elb.modify_rule(RuleArn=order_rule, Actions=...)

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    counted = versions(40)
    s.need(counted["v2"] != 4, "the weights are still 90 and 10")
    s.met(
        1,
        "a quarter of 40 requests",
        counted["v2"] == 10,
        found=dict(counted),
        expected={"v1": 30, "v2": 10},
        slip="1 to 4 is a fifth: the share is a weight divided by the sum of the weights"
        if counted["v2"] == 8
        else "v1 is the old version; the first argument of `split` is its weight"
        if counted["v1"] == 10
        else "",
    )
s

# %% [markdown]
"""
## 6. HTTPS ends here

Clients speak HTTPS with the load balancer; behind it the request goes on as HTTP through private subnets.
One certificate in one place, instead of one in each container.

### A certificate

AWS Certificate Manager (ACM) issues certificates for domains that you prove to own.
With DNS validation the proof is a CNAME record that ACM dictates.
"""

# %%
acm, route53 = boto3.client("acm"), boto3.client("route53")
zone = alb_fixtures.hosted_zone("shop.example")
certificate = acm.request_certificate(
    DomainName="shop.example",
    SubjectAlternativeNames=["*.shop.example"],
    ValidationMethod="DNS",
)["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
detail["Status"], proof

# %% [markdown]
"""
`PENDING_VALIDATION`, until the record is there. A listener does not take a certificate in this state:
"""


# %% tags=["raises-exception"]
def https_listener(certificate_arn):
    """Make the listener on 443, with a certificate and a default answer."""
    return elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate_arn}],
        DefaultActions=answer(404, "no such page"),
    )["Listeners"][0]["ListenerArn"]


https_listener(certificate)

# %% [markdown]
"""
Put the record into the zone, and wait. At the same time, point the domain at the load balancer with an alias record.
"""


# %%
def put(record):
    """Put one record into the zone."""
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


put(
    {
        "Name": proof["Name"],
        "Type": "CNAME",
        "TTL": 300,
        "ResourceRecords": [{"Value": proof["Value"]}],
    }
)
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
for name in ("shop.example", "admin.shop.example"):
    put({"Name": name, "Type": "A", "AliasTarget": alias})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)
acm.describe_certificate(CertificateArn=certificate)["Certificate"]["Status"]

# %% [markdown]
"""
Leave the CNAME record where it is: ACM uses it again for every renewal.

Now the listener. From here on the services are reached over HTTPS, so they get their rules here.
`listener` is the HTTPS listener from now on, and the one on port 80 keeps the name `http_listener`.
"""

# %%
http_listener = listener
listener = https_listener(certificate)
user_rule = rule(10, ["/api/users", "/api/users/*"], forward(users))
order_rule = rule(20, ["/api/orders", "/api/orders/*"], split(90, 10))
payment_rule = rule(30, ["/api/payments", "/api/payments/*"], forward(payments))

requests.get("https://shop.example/api/users/7").status_code

# %% [markdown]
"""
The request above really negotiated TLS, and `requests` verified the certificate. By the load balancer's own name it fails:
"""

# %%
cloud.trace("GET", f"https://{balancer['DNSName']}/api/users/7")

# %% [markdown]
"""
No certificate of yours is for `…elb.amazonaws.com`. Clients must use your domain.

### From 80 to 443

Port 80 stays open for one purpose: to send people to 443. All rules of the old listener go, and its default action becomes a redirect.
"""

# %%
for each in elb.describe_rules(ListenerArn=http_listener)["Rules"]:
    if not each["IsDefault"]:
        elb.delete_rule(RuleArn=each["RuleArn"])
redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.modify_listener(
    ListenerArn=http_listener, DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}]
)
followed = cloud.trace("GET", "http://shop.example/api/users/7?tab=2", follow=True)
followed.history[0]

# %%
followed

# %% [markdown]
"""
Host, path and query string survive, because a redirect keeps whatever it does not name.
That is true of the port as well: without `"Port": "443"` it would lead to `https://shop.example:80`, where nobody speaks HTTPS.

What has to be right for the certificate:

- **Same Region.** A certificate belongs to a Region, and the listener finds only those of its own. (CloudFront is the exception that people remember: it wants them in `us-east-1`.)
- **Renewal** is automatic for a certificate that ACM issued, that is **in use**, and whose DNS record is still there. With e-mail validation somebody must click. An **imported** certificate is never renewed for you.
- **The price** is nothing for public certificates on a load balancer. Exportable ones carry a fee.
- **Their life** has become shorter: older texts say 13 months; public certificates issued from 2026 on live about half as long. If renewal works, nobody notices. If it does not, you find out sooner.
"""

# %% hide
quiz(
    "Your ALB is in eu-west-1. create-listener says CertificateNotFound, though the console shows the certificate as issued. What is the likely reason?",
    {
        "The certificate was requested in another Region": "The console shows one Region at a time. Request it again where the load balancer is; it costs nothing.",
        "The certificate has not propagated yet": "Issued is issued. A pending one is answered with another error, UnsupportedCertificate.",
        "The listener must be created with Protocol TLS": "TLS listeners belong to Network Load Balancers.",
    },
    right="The certificate was requested in another Region",
)

# %% [markdown]
"""
## 7. Health checks

The load balancer asks each target at regular intervals, and sends requests only to those that answer well.

| Setting | Default for `ip` | Meaning |
|---|---|---|
| `HealthCheckPath` | `/` | what it asks for |
| `HealthCheckIntervalSeconds` | 30 | time between two checks of one target |
| `HealthCheckTimeoutSeconds` | a few seconds | how long it waits; less than the interval |
| `HealthyThresholdCount` | 5 | successes in a row, from `unhealthy` back to `healthy` |
| `UnhealthyThresholdCount` | 2 | failures in a row, to `unhealthy` |
| `Matcher` | 200 | the status codes that count as success |

Break it. The user service answers 404 on `/`. Let the check ask for that, as the default would:
"""

# %%
elb.modify_target_group(TargetGroupArn=users, HealthCheckPath="/")
before = cloud.now
while {state for _, state, _ in health(users)} != {"unhealthy"}:
    pass
print((cloud.now - before).seconds, "seconds until both are unhealthy")
elb.describe_target_health(TargetGroupArn=users)["TargetHealthDescriptions"][0]["TargetHealth"]

# %% [markdown]
"""
The **reason code** tells what to repair:

| State | Reason | What happened |
|---|---|---|
| `initial` | `Elb.RegistrationInProgress`, `Elb.InitialHealthChecking` | new; wait |
| `unhealthy` | `Target.ResponseCodeMismatch` | it answered, with a code that the matcher does not take: wrong path, or the app is ill |
| `unhealthy` | `Target.Timeout` | no answer in time: a security group, a network ACL, or an app that hangs |
| `unhealthy` | `Target.FailedHealthChecks` | the connection failed: nothing listens on that port |
| `unused` | `Target.NotInUse` | no listener forwards here, or the target's zone is not enabled on the load balancer |
| `unused` | `Target.NotRegistered` | it is not in the group |
| `draining` | `Target.DeregistrationInProgress` | it is leaving |

Both targets are unhealthy now. What does a client get?
"""

# %%
cloud.trace("GET", "https://shop.example/api/users/7")

# %% [markdown]
"""
200. When **no** target of a group is healthy, the load balancer **fails open**: it sends requests to all of them, because a target that may be ill is better than none.
So "all unhealthy means 503" is wrong. A 503 comes when the group has nobody to send to at all.

### How long until it is well again?

Repair the path and measure.
"""

# %%
elb.modify_target_group(TargetGroupArn=users, HealthCheckPath="/health")
before = cloud.now
while {state for _, state, _ in health(users)} != {"healthy"}:
    pass
print((cloud.now - before).seconds, "seconds until both are healthy again")

# %% [markdown]
"""
Five successes, 30 seconds apart: up to 150 seconds.
Now a **new** task, with the same settings:
"""

# %%
(late,) = alb_fixtures.tasks(shop, user_service, count=1)
elb.register_targets(TargetGroupArn=users, Targets=[{"Id": late}])
before = cloud.now
while ("healthy", late) not in {(state, address) for address, state, _ in health(users)}:
    pass
print((cloud.now - before).seconds, "seconds until the new target is healthy")

# %% [markdown]
"""
A target that has just been registered needs **one** successful check, whatever the threshold says.
Many texts, and one older sentence in AWS's own documentation, let a new task wait for interval × healthy threshold. It does not.

| Change | Takes about |
|---|---|
| new target that answers → `healthy` | registration, then the first check: at most one interval |
| `unhealthy` → `healthy` | interval × healthy threshold |
| `healthy` → `unhealthy` | interval × unhealthy threshold, plus the timeout if it hangs |

**Try it.** A group checks every 15 seconds, with a healthy threshold of 2 and an unhealthy threshold of 3. A target that answers at once with an error breaks, and is repaired later.
After how many seconds, at most, has the load balancer noticed the failure, and after how many the recovery?
"""

# %% tags=["try-it"]
noticed, recovered = ..., ...

# %% hide
# Run this cell to check your answer.
with score(2) as s:
    down, up = learner["noticed"], learner["recovered"]
    s.met(
        1,
        "the failure",
        down == 45,
        found=down,
        expected="interval × unhealthy threshold",
        slip="that is the healthy threshold" if down == 30 else "",
    )
    s.met(
        1,
        "the recovery",
        up == 30,
        found=up,
        expected="interval × healthy threshold",
        slip="one check is enough for a new target only" if up == 15 else "",
    )
s

# %% [markdown]
"""
Two rules for the path behind a health check.
It should answer 200 only when the task can do its work, and it should be quick.
It should not ask the database: if the database fails, all tasks of all services become unhealthy at once, and ECS replaces them all, which cures nothing.

A matcher of `200-499` makes every check green. It also makes the check worthless: a 404 now counts as healthy.

## 8. Leaving and arriving gently

### Draining

Deregister a target, and it does not vanish. It is `draining`: no new requests, while those under way may finish.
"""

# %%
elb.deregister_targets(TargetGroupArn=users, Targets=[{"Id": late}])
print(health(users))
answered_by = {cloud.trace("GET", "https://shop.example/api/users/7").target for _ in range(6)}
late + ":3000" in answered_by

# %% [markdown]
"""
The **deregistration delay** says for how long: 300 seconds unless you change it.
A deployment waits for it with every task that it replaces. If your requests take two seconds, five minutes are a waste.
"""


# %%
def attribute(group, key, value):
    """Set one attribute of a target group."""
    elb.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": key, "Value": str(value)}]
    )


attribute(orders_v2, "deregistration_delay.timeout_seconds", 30)
leaving = health(orders_v2)[0][0]
print(alb_fixtures.drained_after(orders_v2, leaving, 3000), "seconds")
elb.register_targets(TargetGroupArn=orders_v2, Targets=[{"Id": leaving}])
elb.get_waiter("target_in_service").wait(TargetGroupArn=orders_v2)

# %% [markdown]
"""
When ECS stops a task it deregisters it first, waits until it has drained, then sends `SIGTERM`, and after another 30 seconds (`stopTimeout`) `SIGKILL`.
An app that ignores `SIGTERM` uses up these 30 seconds each time.

### Slow start and stickiness

- **Slow start** (30 to 900 seconds, off by default) lets the share of a newly healthy target grow from nothing to a full one. Good for caches that must warm up.
- **Stickiness** sends a client to the same target again, by a cookie named `AWSALB`.
"""

# %%
attribute(users, "stickiness.enabled", "true")
attribute(users, "stickiness.lb_cookie.duration_seconds", 600)
client = requests.Session()
sticky = {client.get("https://shop.example/api/users/7").json()["task"][:8] for _ in range(8)}
without = {requests.get("https://shop.example/api/users/7").json()["task"][:8] for _ in range(8)}
print("with the cookie:", sticky, "   without:", without)
attribute(users, "stickiness.enabled", "false")

# %% [markdown]
"""
A session that lives in one task is lost with the task, and sticky clients do not spread over the tasks that autoscaling adds.
Keep sessions in a shared store, and stickiness off, unless there is no other way.

**Try it.** Requests to the payment service take at most 20 seconds. Set the deregistration delay of `payments` to a sensible value: long enough for every request, and not more than half a minute.
"""

# %% tags=["try-it"]
# attribute(payments, ...)

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    found = elb.describe_target_group_attributes(TargetGroupArn=payments)["Attributes"]
    delay = {each["Key"]: each["Value"] for each in found}["deregistration_delay.timeout_seconds"]
    s.need(delay != "300", "the delay is still the default, 300 seconds")
    s.met(
        1,
        "the deregistration delay of payments",
        20 <= int(delay) <= 30,
        found=delay,
        expected="20 to 30 seconds",
        slip="a request of 20 seconds would be cut off" if int(delay) < 20 else "",
    )
s

# %% [markdown]
"""
## 9. With an ECS service

Nobody registers tasks by hand. A service that names a target group does it: a task that starts is registered, a task that stops is deregistered.
The service says which container and port: `{"targetGroupArn": ..., "containerName": "app", "containerPort": 3000}`.

The group must be behind a listener already, or ECS refuses:
"""

# %% tags=["raises-exception"]
reports = target_group("reports", HealthCheckIntervalSeconds=15)
alb_fixtures.publish("report-service", health={"/health": 200, "*": 200}, boot=90)
alb_fixtures.serve(shop, "report-service", reports)

# %% [markdown]
"""
So: first the rule, then the service. The report service is slow; it boots for 90 seconds.
"""

# %%
rule(40, ["/api/reports", "/api/reports/*"], forward(reports))
attribute(reports, "deregistration_delay.timeout_seconds", 10)
alb_fixtures.serve(shop, "report-service", reports)
cloud.advance("3 min")
cloud.timeline("report-service", whole=True)

# %% [markdown]
"""
It will never work. The load balancer checks every 15 seconds and gives up after two failures; ECS sees an unhealthy target and replaces the task, long before it has booted. The next one fares no better.
"""

# %%
(service,) = ecs.describe_services(cluster="shop", services=["report-service"])["services"]
told = [event["message"] for event in service["events"]]
print(next(message for message in told if "unhealthy" in message))

# %% [markdown]
"""
The cure is the service's **health check grace period**: for so many seconds after a task has started, ECS ignores what the health checks say.

How long? The boot alone is not enough.
The load balancer knows no grace: by the time the app listens, its target has failed two checks and is `unhealthy`, and takes interval × healthy threshold to come back, here 15 × 5 = 75 seconds.
So 90 + 75, and some room for placing the task and pulling its image.
"""

# %%
ecs.update_service(
    cluster="shop",
    service="report-service",
    healthCheckGracePeriodSeconds=240,
    forceNewDeployment=True,
)
cloud.advance("4 min")
cloud.timeline("report-service")

# %% [markdown]
"""
Do not confuse it with `startPeriod`. That belongs to the container's own health check in the task definition, and the load balancer does not know it.
The default grace period is 0.

| Knob | Where | Delays what |
|---|---|---|
| `healthCheckGracePeriodSeconds` | service | ECS's reaction to load balancer checks (and to container checks) after a task's start |
| `startPeriod` | container health check | failures of the container's own check |
| slow start | target group | the full share of requests |
| deregistration delay | target group | the end of a leaving target |
"""

# %% hide
quiz(
    "A service with a 60-second boot is killed again and again with 'Task failed ELB health checks'. A teammate proposes startPeriod: 120 in the container's health check. Does it help?",
    {
        "Yes, the load balancer waits for the start period": "The load balancer knows nothing of the task definition.",
        "No; the service's healthCheckGracePeriodSeconds has to cover the boot, and the way back to healthy": "During the grace period ECS does not act on failed load balancer checks.",
        "No; the healthy threshold has to be lowered to 2": "A new target needs one success anyway. It has none while it boots.",
    },
    right="No; the service's healthCheckGracePeriodSeconds has to cover the boot, and the way back to healthy",
)

# %% [markdown]
"""
## 10. Reading failures: 502, 503, 504

An error with a 5 in front may come from the app or from the load balancer. The three that the load balancer most often makes itself:

| Status | The load balancer says | Look at |
|---|---|---|
| 502 Bad Gateway | I reached the target, and it refused or broke the connection | wrong port, app crashed, app closed an idle connection |
| 503 Service Unavailable | I have nobody to send it to | the rule's target group is empty, or all its targets are `unused`; all weights are 0 |
| 504 Gateway Timeout | the target did not answer in time | security group or network ACL (no connection within 10 s), app slower than the idle timeout (60 s) |

Make each of them, once. First, nobody to send to:
"""

# %%
empty = target_group("empty")
rule(50, ["/api/empty"], forward(empty))
cloud.trace("GET", "https://shop.example/api/empty")

# %% [markdown]
"""
A target on a port where nothing listens:
"""

# %%
wrong_port = target_group("wrong-port")
elb.register_targets(TargetGroupArn=wrong_port, Targets=[{"Id": addresses[0], "Port": 8080}])
ec2.authorize_security_group_ingress(
    GroupId=shop["task_group"],
    IpPermissions=[
        {
            "IpProtocol": "tcp",
            "FromPort": 8080,
            "ToPort": 8080,
            "UserIdGroupPairs": [{"GroupId": shop["alb_group"]}],
        }
    ],
)
rule(51, ["/api/wrong-port"], forward(wrong_port))
cloud.trace("GET", "https://shop.example/api/wrong-port")

# %% [markdown]
"""
And a target behind a security group that does not let the load balancer in:
"""

# %%
closed = ec2.create_security_group(GroupName="closed", Description="nobody", VpcId=shop["vpc"])
unreachable = target_group("unreachable")
alone = alb_fixtures.tasks(shop, user_service, count=1, group=closed["GroupId"])
elb.register_targets(TargetGroupArn=unreachable, Targets=[{"Id": alone[0]}])
rule(52, ["/api/unreachable"], forward(unreachable))
timed_out = cloud.trace("GET", "https://shop.example/api/unreachable")
timed_out

# %% [markdown]
"""
Refused is quick, dropped is slow. A closed port answers "no"; a security group answers nothing, and the load balancer waits until its time is up.

The map shows where the packet ended. The last mark stands in the target's subnet, not at one of the tasks:
"""

# %%
cloud.map(shop["vpc"], way=timed_out)

# %% [markdown]
"""
**Try it.** Ten seconds after a deployment clients get 502. A colleague says: "The security group is wrong." What would the status be if that were so? Set `status` to the number.
"""

# %% tags=["try-it"]
status = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    number = learner["status"]
    s.met(
        1,
        "the status behind a closed security group",
        str(number) == "504",
        found=number,
        why="a security group drops packets; the load balancer waits and gives up, which is 504. "
        "502 means that somebody answered the connection with a refusal: look at the port and the app",
    )
s

# %% [markdown]
"""
### Access logs

What did the client ask for yesterday at ten, who answered, and how long did it take?
Metrics count; only the **access logs** know single requests. They are off by default, cost nothing but the storage, and go to an S3 bucket every five minutes.

The bucket's policy has to let Elastic Load Balancing in. Without it AWS refuses at once, because it tries to write a test file:
"""

# %% tags=["raises-exception"]
s3 = boto3.client("s3")
s3.create_bucket(Bucket="shop-access-logs")
logging = {
    "access_logs.s3.enabled": "true",
    "access_logs.s3.bucket": "shop-access-logs",
    "access_logs.s3.prefix": "shop",
}
logging = [{"Key": key, "Value": value} for key, value in logging.items()]
elb.modify_load_balancer_attributes(
    LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=logging
)

# %% [markdown]
"""
The principal is a service, not an account: `logdelivery.elasticloadbalancing.amazonaws.com`.
(Older texts name an account number of Amazon's for each Region. That still works in the old Regions; the service principal works in all.)
"""

# %%
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::shop-access-logs/shop/AWSLogs/*",
        }
    ],
}
s3.put_bucket_policy(Bucket="shop-access-logs", Policy=json.dumps(policy))
elb.modify_load_balancer_attributes(
    LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=logging
)

for path in ("users/7", "users/8?tab=2", "empty", "wrong-port", "unreachable", "nothing"):
    requests.get(f"https://shop.example/api/{path}")
requests.get("http://shop.example/api/users/7", allow_redirects=False)
cloud.advance("6 min")

files = [
    each["Key"]
    for each in s3.list_objects_v2(Bucket="shop-access-logs")["Contents"]
    if each["Key"].endswith(".gz")
]
files

# %% [markdown]
"""
A file for each node of the load balancer. Here is one line, whole:
"""

# %%
def log_lines():
    """Return the lines of all log files."""
    for key in files:
        data = s3.get_object(Bucket="shop-access-logs", Key=key)["Body"].read()
        yield from gzip.decompress(data).decode().splitlines()


print(next(log_lines()))

# %% [markdown]
"""
Fields are separated by spaces, and texts with spaces stand in double quotes. The most useful ones:

| Field | Number from 0 | Says |
|---|---|---|
| `target` | 4 | which task got the request, `-` if none |
| `target_processing_time` | 6 | seconds until the task answered, -1 if it did not |
| `elb_status_code` | 8 | what the client got |
| `target_status_code` | 9 | what the task said, `-` if it said nothing |
| `request` | 12 | method, URL and protocol |
| `matched_rule_priority` | 20 | the rule that decided; 0 is the default rule |
| `actions_executed` | 22 | forward, redirect, fixed-response |

The two status codes side by side answer the question whose fault it was.
"""

# %%
print("client got  target said  rule  target            request")
for line in log_lines():
    field = shlex.split(line)
    print(f"{field[8]:<12}{field[9]:<13}{field[20]:<6}{field[4]:<18}{field[12]}")

# %% [markdown]
"""
**Try it.** Three lines of a log have these pairs of `elb_status_code` and `target_status_code`:

- A `500 500`
- B `503 -`
- C `301 -`

In which of them did the load balancer itself produce an error? Put the letters into `own`, as a list.
"""

# %% tags=["try-it"]
own = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["own"]
    letters = sorted(set(str(given).upper()) & set("ABC"))
    s.met(
        1,
        "errors of the load balancer's own",
        letters == ["B"],
        found=given,
        slip="a 500 that the target sent is the app's"
        if "A" in letters
        else "a redirect needs no target, and is no error"
        if "C" in letters
        else "",
        why="no target answered B: the search begins at the target group, not in the app's log",
    )
s

# %% [markdown]
"""
### Under load

Traffic flows to the user service for twenty minutes.
After five, one of its two tasks is deregistered, after ten the other one, and after fifteen both come back.
"""

# %%
cloud.traffic("https://shop.example/api/users/7", 4, "20 min", wait=False)
cloud.advance("5 min")
elb.deregister_targets(TargetGroupArn=users, Targets=[{"Id": addresses[0]}])
cloud.advance("5 min")
elb.deregister_targets(TargetGroupArn=users, Targets=[{"Id": addresses[1]}])
cloud.advance("5 min")
elb.register_targets(TargetGroupArn=users, Targets=[{"Id": each} for each in addresses])
cloud.advance("5 min")
cloud.traffic("https://shop.example/api/users/7")

# %% [markdown]
"""
The first deregistration costs nobody anything. After the second there is no target left, and every request is a 503 until one comes back.
In CloudWatch these are `HTTPCode_ELB_5XX_Count`, the load balancer's own. Errors that the app sent are `HTTPCode_Target_5XX_Count`. An alarm needs to know which.
"""

# %% [markdown]
"""
## 11. Is there life without an ALB?

Interview answers like to say: without a load balancer every microservice would have to be exposed to the internet.
That is a false choice. The sentence is about **clients from outside**; between your services there are other ways:

| For | You can use | It brings |
|---|---|---|
| clients from the internet, HTTP | ALB | one domain, one certificate, routing by path and host, health checks |
| clients from the internet, other protocols | NLB | static addresses, TCP and UDP |
| service to service, in ECS | **Service Connect** | short names, a managed proxy beside each task, retries, metrics, TLS between the proxies |
| service to service, across VPCs and accounts | **VPC Lattice** | routing, health checks, and access by IAM auth policies, without peering |
| service to service, plain DNS | service discovery with Cloud Map | addresses in DNS, nothing else |
| internal HTTP with rules | an **internal** ALB | the same as above, without an internet gateway |

Older answers name AWS App Mesh here. It ended on 30 September 2026; its successors in ECS are Service Connect and VPC Lattice.

An ALB is still a good answer to "how do clients reach three services through one door". Say that, and name the alternatives for what happens inside.
"""

# %% hide
quiz(
    "The order service calls the payment service, forty times a second, inside one ECS cluster. Nobody outside may call payment. What fits?",
    {
        "A rule for /api/payments on the public load balancer": "Then everybody outside can call it, and every call leaves through the front door to come in again.",
        "Service Connect, or an internal load balancer; no rule on the public one": "The payment service needs a name and healthy endpoints inside, and no way in from outside.",
        "A public IP address for each payment task, with a security group": "A door that nobody should use is a door to forget.",
    },
    right="Service Connect, or an internal load balancer; no rule on the public one",
)

# %% [markdown]
"""
## 12. Pitfalls

- **`/api/users/*` alone.** The bare path falls through. Write both patterns.
- **A service as the default action.** Typing errors of clients become its 404s. Let the default answer by itself.
- **Port 80 closed "for security".** The redirect can never be seen; people get a timeout.
- **`forward` on port 80.** Passwords travel in clear. Redirect.
- **HTTP on port 443.** `Protocol` decides, not the number.
- **A health check on `/`.** It tests a page that may redirect or not exist. Give the check a path of its own.
- **A matcher of `200-499`.** The check is green and proves nothing.
- **A shared target group for two services.** Each request goes to either. One service, one group.
- **The load balancer in private subnets, internet-facing.** Its nodes get public addresses, and there is no route to them.
- **A zone that the tasks use and the load balancer does not.** Its targets stay `unused`.
- **300 seconds of draining for requests of one second.** Deployments take five minutes longer than they need.

## 13. Recall

Answer aloud before you look.
"""

# %% hide
recall(
    "At which layer does an ALB work, and what does that allow?",
    "Layer 7: it reads HTTP.",
    why="So it can route by path, host, header, method and query string, redirect, answer by itself, and end TLS.",
    tag="quick-fire 3",
)

# %% hide
recall(
    "Explain an Application Load Balancer, and what microservices gain from one.",
    "A layer 7 load balancer: one domain and one certificate; rules send each request to the target group of the right service; health checks keep requests away from sick tasks.",
    why="Then add what is not obvious: a listener's default rule, fail-open, and that it is for traffic from outside; inside, Service Connect or Lattice do the job.",
    tag="Q4",
)

# %% hide
recall(
    "In which order are rules tried, and which one wins?",
    "From the lowest priority number upwards, the default rule last; the first one whose conditions are all met.",
    why="A broad rule with a low number shadows everything behind it.",
)

# %% hide
recall(
    "Which path does the target see for a request to /api/orders/12 under the pattern /api/orders/*?",
    "`/api/orders/12`, the whole of it.",
    why="A rule chooses; only a transform rewrites.",
)

# %% hide
recall(
    "A new task has registered. How many health checks must it pass before it gets requests?",
    "One.",
    why="The healthy threshold is for the way back from `unhealthy`.",
)

# %% hide
recall(
    "All targets of a group are unhealthy. What do clients get?",
    "Whatever the targets answer: the load balancer fails open.",
    why="A 503 from the load balancer means that the group has no target to send to.",
)

# %% hide
recall(
    "502, 503, 504 from the load balancer: what does each say?",
    "502: the target refused or broke the connection. 503: no target. 504: no answer in time.",
    why="Refused points to the port or the app; timed out points to a security group, a network ACL or a slow app.",
)

# %% hide
recall(
    "How do you serve HTTPS on an ALB?",
    "A certificate from ACM in the same Region, validated by DNS; a listener HTTPS 443 with it; a listener HTTP 80 that redirects with a 301.",
    why="The security group opens both ports, and the CNAME record stays for the renewals.",
)

# %% hide
recall(
    "When does ACM renew a certificate by itself?",
    "When ACM issued it, a service uses it, and its DNS validation record is still in place.",
    why="E-mail validation needs a person, and imported certificates are your own business.",
)

# %% hide
recall(
    "What happens to a task when its deployment is over?",
    "It is deregistered and drains, 300 seconds by default; then SIGTERM; 30 seconds later SIGKILL.",
    why="Shorten the deregistration delay to what your longest request needs, and let the app handle SIGTERM.",
)

# %% hide
recall(
    "Tasks boot for 90 seconds and are killed for failed ELB health checks. What do you set?",
    "`healthCheckGracePeriodSeconds` of the service: 90, plus interval × healthy threshold, plus some room.",
    why="By then the target has failed its first checks and must find its way back. `startPeriod` belongs to the container's own check.",
)

# %% hide
recall(
    "Name two ways for one ECS service to reach another without a public load balancer.",
    "Service Connect and VPC Lattice. An internal ALB is a third.",
    why="App Mesh is no answer any more: it ended in September 2026.",
)

# %% [markdown]
"""
## Clean up

A load balancer costs money by the hour, and by the capacity it uses. The listeners and rules go with it; target groups and certificates do not.
"""

# %%
ecs.delete_service(cluster="shop", service="report-service", force=True)
elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
for group in elb.describe_target_groups()["TargetGroups"]:
    elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
acm.delete_certificate(CertificateArn=certificate)
len(elb.describe_target_groups()["TargetGroups"])

# %% [markdown]
"""
**Next:** the assignment [6.3.c-alb](../release/6.3.c-alb/6.3.c-alb.ipynb).

**Read more at AWS:** [listener rules](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html),
[conditions](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html),
[transforms](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html),
[health checks](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html),
[attributes of target groups](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html),
[troubleshooting](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html),
[managed renewal](https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html),
[load balancing with ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html).
"""
