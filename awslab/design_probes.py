"""What the assignments 6.3-interview-design and -2 give at their start, and what their checks try out.

Everything here goes through AWS's own API, and whatever a check breaks is brought back by `undone`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from awslab.alb_faults import ask
from awslab.alb_fixtures import hosted_zone
from awslab.clients import client
from awslab.draw import Draw
from awslab.fixtures import push_image
from awslab.vpc_iam_fixtures import interface, security_group, subnets_of, undone
from awslab.world.account import ACCOUNT, REGION

__all__ = [
    "Order",
    "ask",
    "handover",
    "interface",
    "nat_gateways",
    "new_revision",
    "order",
    "push_image",
    "running",
    "security_group",
    "steady",
    "subnets_of",
    "tiers",
    "undone",
    "while_asking",
]

OUTSIDE = (
    "203.0.113.10"  # a server on the internet: an address that RFC 5737 keeps for documentation
)
_SERVICES = [
    ["users", "orders", "payments"],
    ["guests", "bookings", "invoices"],
    ["members", "loans", "penalties"],
    ["riders", "trips", "fares"],
    ["patients", "visits", "bills"],
    ["authors", "books", "royalties"],
    ["students", "courses", "fees"],
    ["pilots", "flights", "tickets"],
]
POLLS = 240  # each lets five simulated seconds pass: twenty minutes


class Order(NamedTuple):
    """What the product team wants, in one learner's names and numbers; both sittings build the same."""

    services: list[str]
    vpc_cidr: str
    port: int
    prefix: str
    domain: str
    health_path: str
    cluster: str
    version: str
    secret: str
    keep: int


def order(mine: Draw) -> Order:
    """Draw the order of one learner."""
    names = ("harbour", "orchard", "quarry", "lantern", "meadow", "willow")
    paths = ("/healthz", "/ready", "/alive", "/ping", "/up", "/internal/health")
    clusters = ("granite", "copper", "amber", "cobalt", "marble", "cedar", "slate", "linen")
    stores = ("database", "db", "store", "ledger", "main", "core")
    cluster = mine.pick("CLUSTER", clusters)
    return Order(
        services=mine.pick("SERVICES", _SERVICES),
        vpc_cidr=mine.cidr("VPC_CIDR"),
        port=mine.number("PORT", 3100, 8900, 100),
        prefix=mine.pick("PREFIX", ["api", "v1", "app", "rest", "svc", "public", "edge"]),
        domain=mine.pick("DOMAIN", [f"{name}.example" for name in names]),
        health_path=mine.pick("HEALTH_PATH", paths),
        cluster=cluster,
        version=f"v1.{mine.number('MINOR', 2, 30)}",
        secret=f"{cluster}/{mine.pick('SECRET_NAME', stores)}",
        keep=mine.number("KEEP", 5, 12),
    )


def handover(
    services: Sequence[str], domain: str, port: int, health_path: str, prefix: str
) -> dict[str, Any]:
    """Make what other teams hand over, or find it: a hosted zone, a bucket, a table, a queue, and three apps.

    Keys: `zone`, the hosted zone's id; `access`, by service what its app calls, as action and resource;
    `apps`, by service how the app in its image behaves; `logs`, a bucket for access logs.
    """
    first, second, third = services
    s3, dynamodb, sqs = (client(name) for name in ("s3", "dynamodb", "sqs"))
    photos, logs = f"{first}-photos-{port}", f"{first}-access-logs-{port}"
    if photos not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        for bucket in (photos, logs):
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=photos, Key="1.png", Body=b"picture")
        dynamodb.create_table(
            TableName=second,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sqs.create_queue(QueueName=third)
    access = {
        first: ("s3:GetObject", f"arn:aws:s3:::{photos}/1.png"),
        second: ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{second}"),
        third: ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{third}"),
    }
    apps = {
        service: {
            "port": port,
            "boot": 5,
            "health": {health_path: 200, f"/{prefix}/*": 200, "*": 404},
            "env": ["DATABASE_PASSWORD"],
            "calls": [{"action": action, "resource": resource}],
        }
        for service, (action, resource) in access.items()
    }
    return {"zone": hosted_zone(domain), "access": access, "apps": apps, "logs": logs}


def tiers(cloud: Any, cidr: str) -> dict[str, dict[str, list[str]]]:
    """Sort a VPC's subnets by what packets do there: `{"public" | "private" | "data": {zone: [subnet, ...]}}`.

    Public is what the internet reaches, private is what only reaches the internet, data is neither.
    Each subnet gets two network interfaces: call it in an `undone` block.
    """
    found: dict[str, dict[str, list[str]]] = {"public": {}, "private": {}, "data": {}}
    for subnet in subnets_of(cidr)[1]:
        name = subnet["SubnetId"]
        try:
            front, back = _front(name), interface(name)
        except ClientError:  # no address left, or a VPC without an internet gateway
            tier = "data"
        else:
            inward = front and cloud.path("internet", front, 443).reachable
            outward = cloud.path(back, OUTSIDE, 443).reachable
            tier = "public" if inward else "private" if outward else "data"
        found[tier].setdefault(subnet["AvailabilityZone"], []).append(name)
    return found


def _front(subnet: str) -> str:
    """Return an interface with a public address, or nothing where the VPC takes none."""
    try:
        return interface(subnet, public=True)
    except ClientError:
        return ""


def nat_gateways(cidr: str) -> list[str]:
    """Return the ids of a VPC's available NAT gateways."""
    vpc, _ = subnets_of(cidr)
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "state", "Values": ["available"]}]
    found = client("ec2").describe_nat_gateways(Filters=filters)["NatGateways"] if vpc else []
    return [each["NatGatewayId"] for each in found]


def running(cluster: str, service: str) -> list[dict[str, Any]]:
    """Describe a service's running tasks, with `address`, `interface` and `subnet` taken out of their attachment."""
    ecs = client("ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return [task | _network(task) for task in tasks if task["lastStatus"] == "RUNNING"]


def _network(task: dict[str, Any]) -> dict[str, str]:
    details = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}
    return {
        "address": details.get("privateIPv4Address", ""),
        "interface": details["networkInterfaceId"],
        "subnet": details["subnetId"],
    }


def while_asking(
    cluster: str, services: Iterable[str], urls: Sequence[str], done: Callable[[], bool]
) -> tuple[bool, set[Any]]:
    """Let time pass until `done()`, twenty simulated minutes at most, and ask every URL each five seconds.

    Returns whether it came to that, and the set of statuses that were answered (None for no answer).
    """
    ecs, answers, names = client("ecs"), set(), list(services)
    for _ in range(POLLS):
        answers |= {ask(url)["status"] for url in urls}
        if done():
            return True, answers
        ecs.describe_services(cluster=cluster, services=names)
    return False, answers


def steady(cluster: str, services: Iterable[str]) -> bool:
    """Say whether services have what they want, on one completed deployment each."""
    try:
        found = client("ecs").describe_services(cluster=cluster, services=list(services))
    except ClientError:
        return False
    return bool(found["services"]) and all(
        len(each["deployments"]) == 1
        and each["deployments"][0].get("rolloutState") == "COMPLETED"
        and each["runningCount"] == each["desiredCount"]
        for each in found["services"]
    )


def new_revision(cluster: str, service: str, tag: str) -> str:
    """Register the service's task definition anew with another image tag and deploy it; return the revision before.

    Raises ECS's own errors.
    """
    ecs = client("ecs")
    before = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    old = ecs.describe_task_definition(taskDefinition=before["taskDefinition"])["taskDefinition"]
    container = old["containerDefinitions"][0]
    path, slash, name = container["image"].partition("@")[0].rpartition("/")
    repository = path + slash + name.partition(":")[0]  # a registry's port comes before the slash
    kept = ("family", "networkMode", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    made = ecs.register_task_definition(
        **{key: old[key] for key in kept if old.get(key)},
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=[container | {"image": f"{repository}:{tag}"}],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=cluster, service=service, taskDefinition=made)
    return before["taskDefinition"]
