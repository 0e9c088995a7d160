"""What the assignment of lesson 6.3.c puts before the learner: services, sick targets, errors to explain.

`ask` makes one request as a client on the internet does, and returns what is worth comparing.
"""

from collections.abc import Sequence
from typing import Any

from awslab import alb_fixtures
from awslab.alb_fixtures import _client

__all__ = ["CAUSES", "ask", "clinic", "errors", "second_version", "start_services"]

SERVICES = ("users", "orders", "payments")
CAUSES = ("port", "closed", "empty", "weight")
PATHS = ("/one", "/two", "/three", "/four")


def ask(url: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Make one request, follow no redirect, and return `status`, and what the answer says.

    Keys: `status` (None without an answer), `why` there is none, `service`, `image` and `path` of a task that answered,
    `location` of a redirect, `text` of any other answer.
    A keyword such as `x_canary="always"` is a header.
    """
    import requests

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = requests.request(method, url, headers=sent, allow_redirects=False, timeout=30)
    except requests.RequestException as error:
        return {"status": None, "why": _short(error, url)}
    found: dict[str, Any] = {"status": answer.status_code}
    if "location" in answer.headers:
        return found | {"location": answer.headers["location"]}
    try:
        said = answer.json()
    except ValueError:
        return found | {"text": answer.text[:200]}
    return found | {
        "service": said.get("service"),
        "image": str(said.get("image", "")).rpartition("/")[2],
        "path": said.get("path"),
    }


def _short(error: Exception, url: str) -> str:
    import requests

    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "the certificate is not for this name"
    if isinstance(error, requests.exceptions.SSLError):
        return "no TLS on this port"
    if isinstance(error, requests.exceptions.ConnectionError):
        return f"no connection to {url}: no record of the name, no listener on the port, or a security group"
    return "no connection: " + (text if len(text) < 160 else text[:160] + " ...")


def start_services(place: dict[str, Any], health_path: str, port: int) -> str:
    """Start the three services behind their target groups, wait for their targets, and say how it went.

    The target groups are called `users`, `orders` and `payments`; a service that runs already stays as it is.
    A group that is missing or behind no listener is named, and nothing is raised.
    """
    groups = _groups()
    services = _client("ecs").list_services(cluster=place["cluster"])["serviceArns"]
    running = {arn.rpartition("/")[2] for arn in services}
    said = [_start(place, groups, name, running, health_path, port) for name in SERVICES]
    return "\n".join(said)


def _start(
    place: dict[str, Any],
    groups: dict[str, str],
    name: str,
    running: set[str],
    health_path: str,
    port: int,
) -> str:
    service = f"{name[:-1]}-service"
    if name not in groups:
        return f"{service}: there is no target group {name} yet (exercise 2)"
    if service not in running:
        alb_fixtures.publish(service, port=port, health={health_path: 200, "/": 404, "*": 200})
        try:
            alb_fixtures.serve(place, service, groups[name], port=port)
        except Exception as error:
            return f"{service}: {error}"
    states = _settled(groups[name])
    return f"{service}: its targets are {', '.join(sorted(states)) or 'none'}"


def _settled(group: str) -> set[str]:
    """Return the states of a group's targets once two are healthy, or after five minutes."""
    elb, states = _client("elbv2"), []
    for _ in range(60):
        found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        states = [each["TargetHealth"]["State"] for each in found]
        if states.count("healthy") >= 2:
            break
    return set(states)


def _groups() -> dict[str, str]:
    """Return the ARN of every target group by its name."""
    pages = _client("elbv2").get_paginator("describe_target_groups").paginate()
    return {
        each["TargetGroupName"]: each["TargetGroupArn"]
        for page in pages
        for each in page["TargetGroups"]
    }


def _url(name: str) -> str | None:
    """Return the URL of a load balancer, None when there is none of that name."""
    for each in _client("elbv2").describe_load_balancers()["LoadBalancers"]:
        if each["LoadBalancerName"] == name:
            return f"http://{each['DNSName']}"
    return None


def second_version(place: dict[str, Any], health_path: str, port: int) -> str:
    """Run version 2 of the order service in a target group `orders-v2`, unless it is there; return the group's ARN."""
    if known := _groups().get("orders-v2"):
        return known
    definition = alb_fixtures.publish(
        "order-service", "v2", port=port, health={health_path: 200, "*": 200}
    )
    group = _group(place, "orders-v2", port, HealthCheckPath=health_path)
    _register(group, alb_fixtures.tasks(place, definition, 1))
    return group


def _group(place: dict[str, Any], name: str, port: int, **settings: Any) -> str:
    made = _client("elbv2").create_target_group(
        Name=name, Protocol="HTTP", Port=port, VpcId=place["vpc"], TargetType="ip", **settings
    )
    return made["TargetGroups"][0]["TargetGroupArn"]


def _register(group: str, addresses: Sequence[str], **more: int) -> None:
    targets = [{"Id": address, **more} for address in addresses]
    _client("elbv2").register_targets(TargetGroupArn=group, Targets=targets)


def _balancer(place: dict[str, Any], name: str) -> tuple[str, str, str]:
    """Make a load balancer that anybody reaches on port 80; return the ARN of its listener, its URL, its group."""
    elb, ec2 = _client("elbv2"), _client("ec2")
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=place["vpc"])
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    balancer = elb.create_load_balancer(
        Name=name, Subnets=place["public"], SecurityGroups=[group["GroupId"]]
    )["LoadBalancers"][0]
    elb.get_waiter("load_balancer_available").wait(Names=[name])
    answer = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
    )["Listeners"][0]["ListenerArn"]
    return listener, f"http://{balancer['DNSName']}", group["GroupId"]


def _rule(listener: str, priority: int, path: str, action: dict[str, Any]) -> None:
    _client("elbv2").create_rule(
        ListenerArn=listener,
        Priority=priority,
        Conditions=[
            {"Field": "path-pattern", "PathPatternConfig": {"Values": [path, f"{path}/*"]}}
        ],
        Actions=[{"Type": "forward", **action}],
    )


def _let_in(group: str, first: int, last: int, source: str) -> None:
    pair = {"UserIdGroupPairs": [{"GroupId": source}]}
    _client("ec2").authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **pair}],
    )


def clinic(place: dict[str, Any], health_path: str, port: int, boot: int) -> dict[str, str]:
    """Make a load balancer `clinic` with three sick services, and return its URL and the ARNs of their target groups.

    `reviews` is checked on a path that the app does not know, `search` on a port where nothing listens; the tasks
    of `reports` boot for `boot` seconds, for which the service does not wait.
    Called again, it finds what it made.
    """
    if known := _url("clinic"):
        groups = _groups()
        return {"url": known, **{name: groups[name] for name in ("reviews", "search", "reports")}}
    listener, url, group = _balancer(place, "clinic")
    _let_in(place["task_group"], port, port + 1, group)
    check = {
        "HealthCheckIntervalSeconds": 15,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
    }
    sick = {
        "reviews": {"HealthCheckPath": "/"},
        "search": {"HealthCheckPath": health_path, "HealthCheckPort": str(port + 1)},
        "reports": {"HealthCheckPath": health_path},
    }
    arns = {"url": url}
    for number, (name, settings) in enumerate(sick.items(), 1):
        arns[name] = _group(place, name, port, **check, **settings)
        _rule(listener, number, f"/{name}", {"TargetGroupArn": arns[name]})
        slow = boot if name == "reports" else 5
        health = {health_path: 200, "/": 404, "*": 200}
        alb_fixtures.publish(f"{name}-service", port=port, health=health, boot=slow)
        # Where nothing but the health check is wrong, ECS should not replace the patient meanwhile.
        grace = {} if name == "reports" else {"healthCheckGracePeriodSeconds": 86400}
        alb_fixtures.serve(place, f"{name}-service", arns[name], port=port, **grace)
    return arns


def errors(place: dict[str, Any], port: int, order: Sequence[str]) -> dict[str, str]:
    """Make a load balancer `errors` whose paths fail, `/one` for the first cause of `order`, and return path and URL.

    The causes: `port`, nothing listens there; `closed`, a security group; `empty`, no target; `weight`, all weights 0.
    Called again, it finds what it made.
    """
    if known := _url("errors"):
        return {path: known + path for path in PATHS}
    listener, url, group = _balancer(place, "errors")
    _let_in(place["task_group"], port, port + 1, group)
    closed = _client("ec2").create_security_group(
        GroupName="closed", Description="lets nobody in", VpcId=place["vpc"]
    )["GroupId"]
    definition = alb_fixtures.publish("broken-service", port=port)
    paths = {}
    for number, (path, cause) in enumerate(zip(PATHS, order, strict=True), 1):
        arn = _group(place, f"group-{path[1:]}", port)
        if cause != "empty":
            where = closed if cause == "closed" else None
            addresses = alb_fixtures.tasks(place, definition, 1, where)
            _register(arn, addresses, Port=port + 1 if cause == "port" else port)
        weighed = [{"TargetGroupArn": arn, "Weight": 0 if cause == "weight" else 1}]
        _rule(listener, number, path, {"ForwardConfig": {"TargetGroups": weighed}})
        paths[path] = url + path
    return paths
