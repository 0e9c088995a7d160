"""Random calls of a whole lab, from one seed: what a learner could do to the shop of Q9, in any order.

`Caller(core, session, shop, seed).step()` makes one call and writes it into `history`.
Arguments come from what the lab has had so far, so a call may name a thing that is gone.
"""

import copy
import json
import random
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from awslab.server import inprocess
from awslab.server.names import Unreachable
from tests.q9 import architecture
from tests.q9.architecture import SERVICES, ZONES
from tests.server.random_deployments import Deployments
from tests.server.random_network import Ec2, Elb
from tests.server.random_services import Ecr, Ecs, Iam

# Codes that say that the lab is at fault, or has not got what every client may ask for.
FAULTS = ("InternalFailure", "InternalError", "NotImplemented", "500")


@dataclass
class Known:
    """What the caller knows of the lab, by kind; brought back with a snapshot."""

    ids: dict = field(default_factory=dict)  # kind -> everything made so far, gone or not
    gone: set = field(default_factory=set)  # (kind, id) of what was deleted
    by_hand: set = field(default_factory=set)  # (target group, address, port)
    reasons: dict = field(default_factory=dict)  # task -> why it stopped
    progress: dict = field(default_factory=dict)  # task -> how far it was


class Caller(Ec2, Elb, Ecs, Deployments, Ecr, Iam):
    """One seeded caller of one lab."""

    def __init__(self, core, session, shop, seed, only=None):
        self.weights = {name: WEIGHTS[name] for name in only or WEIGHTS}
        self.core, self.session, self.shop = core, session, shop
        self.random = random.Random(seed)
        self.clients, self.history, self.snapshots = {}, [], []
        self.known = Known(ids=first_ids(shop))
        self.number = 0
        self.free = {}  # what describe_subnets has just said

    # --- how a call is made --------------------------------------------------------------------

    def step(self):
        """Make one random call."""
        name = self.random.choices(list(self.weights), list(self.weights.values()))[0]
        self.number += 1
        getattr(self, name)()

    def call(self, service, operation, /, **arguments):
        """Call AWS and return the answer, or None when it refuses; a fault of the lab is an AssertionError."""
        client = self.clients.get(service) or self.session.client(service)
        self.clients[service] = client
        try:
            answer = getattr(client, operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            said = f"{service}.{operation}({arguments}): {error}"
            assert code not in FAULTS and status < 500, said
            self.history.append([service, operation, arguments, str(error)])
            return None
        answer.pop("ResponseMetadata", None)
        self.history.append([service, operation, arguments, answer])
        return answer

    def control(self, action, **arguments):
        """Ask the lab's own control; return the status and the answer."""
        body = json.dumps(arguments).encode()
        status, _, content = inprocess.call(
            self.core, "POST", f"{inprocess.ADDRESS}/_lab/{action}", body
        )
        said = f"{action}({arguments}): {status} {content[:300]!r}"
        assert status in (200, 400), said
        self.history.append([action, arguments, status, content.decode()])
        return json.loads(content) if status == 200 else None

    def any(self, kind):
        """Return one thing of a kind, the newer ones more often; "none" when there never was one."""
        found = self.known.ids.get(kind)
        if not found:
            return "none"
        return self.random.choice(found[-8:] if self.random.random() < 0.8 else found)

    def made(self, kind, thing):
        """Remember something that now exists, perhaps again."""
        found = self.known.ids.setdefault(kind, [])
        if thing not in found:
            found.append(thing)
        self.known.gone.discard((kind, thing))

    def deleted(self, kind, thing):
        """Remember that something was deleted."""
        self.known.gone.add((kind, thing))

    def maybe(self, chance=0.5):
        """Return True as often as `chance` says."""
        return self.random.random() < chance

    # --- time, faults, snapshots ---------------------------------------------------------------

    def advance(self):
        """Let up to half an hour pass, mostly seconds."""
        seconds = self.random.choice((1, 5, 15, 30, 60, 300, 1800))
        assert self.control("advance", seconds=seconds), self.history[-1]

    def fail_zone(self):
        """Lose a zone."""
        self.control("fail", az=self.random.choice((*ZONES, "us-east-1c")))

    def fail_task(self):
        """Crash a task."""
        self.control("fail", task=self.any("task").rpartition("/")[2])

    def recover(self):
        """Bring the zones back."""
        self.control("recover", **({} if self.maybe() else {"az": self.random.choice(ZONES)}))

    def take_snapshot(self):
        """Keep the lab, and what is known of it."""
        number = self.control("snapshot")["snapshot"]
        self.history[-1] = ["snapshot"]  # its number counts the snapshots of the whole process
        self.snapshots.append((number, copy.deepcopy(self.known)))

    def restore(self):
        """Go back to a snapshot."""
        if self.snapshots:
            number, known = self.random.choice(self.snapshots)
            self.control("restore", snapshot=number)
            self.history[-1][1] = {}
            self.known = copy.deepcopy(known)

    def request(self):
        """Make a request of the load balancer from the internet."""
        service = self.random.choice(SERVICES)
        url = f"https://{architecture.DOMAIN}/api/{service}s/7"
        try:
            status, _, body = inprocess.call(self.core, "GET", url)
        except Unreachable as error:
            status, body = "unreachable", str(error).encode()
        self.history.append(["GET", url, status, body.decode()])
        assert status == "unreachable" or b"Traceback" not in body, body


def first_ids(shop):
    """Return what the shop consists of, by kind."""
    return {
        "vpc": [shop.vpc],
        "subnet": [*shop.public.values(), *shop.private.values(), *shop.data.values()],
        "group": list(shop.groups.values()),
        "table": list(shop.routes.values()),
        "endpoint": list(shop.endpoints.values()),
        "nat": list(shop.nat.values()),
        "igw": [shop.internet_gateway],
        "target group": list(shop.targets.values()),
        "listener": list(shop.listeners.values()),
        "rule": list(shop.rules.values()),
        "balancer": [shop.load_balancer],
        "service": list(SERVICES),
        "definition": list(SERVICES),
        "repository": [f"{service}-service" for service in SERVICES],
    }


# How often each call is made. What breaks the whole shop is rare, or nothing would run for long.
WEIGHTS = {
    "advance": 10,
    "fail_zone": 1,
    "fail_task": 3,
    "recover": 3,
    "take_snapshot": 0.5,
    "restore": 0.5,
    "request": 6,
    "look": 1,
    "create_subnet": 2,
    "delete_subnet": 1,
    "create_vpc": 0.3,
    "delete_vpc": 0.3,
    "route": 1,
    "create_table": 0.5,
    "delete_table": 0.5,
    "nat_gateway": 0.5,
    "internet_gateway": 0.5,
    "endpoint": 1,
    "create_group": 1,
    "delete_group": 1,
    "group_rule": 2,
    "interface": 3,
    "describe_interfaces": 1,
    "create_target_group": 2,
    "modify_target_group": 2,
    "delete_target_group": 1,
    "create_rule": 2,
    "modify_rule": 1,
    "delete_rule": 1,
    "create_listener": 1,
    "delete_listener": 0.5,
    "create_balancer": 0.5,
    "modify_balancer": 0.5,
    "delete_balancer": 0.2,
    "targets": 3,
    "describe_health": 4,
    "register_task_definition": 3,
    "deregister_task_definition": 1,
    "delete_task_definitions": 0.5,
    "run_task": 3,
    "stop_task": 3,
    "create_service": 2,
    "update_service": 6,
    "delete_service": 1,
    "describe_services": 8,
    "describe_tasks": 6,
    "describe_service_deployments": 2,
    "create_repository": 1,
    "delete_repository": 0.3,
    "push": 3,
    "delete_image": 0.5,
    "lifecycle": 0.5,
    "describe_images": 1,
    "attach_policy": 2,
    "detach_policy": 0.7,
    "put_policy": 0.7,
    "delete_policy": 0.3,
    "delete_role": 0.3,
    "logs_and_secrets": 0.3,
    "cluster": 1,
    "pair": 1.5,
    "create_shifting_service": 2,
    "update_strategy": 5,
    "decide": 3,
    "fail_spot": 0.7,
}

# What a service must get over by itself, or with its own settings: nothing here breaks what it stands on.
MENDABLE = (
    "advance",
    "fail_zone",
    "fail_task",
    "recover",
    "take_snapshot",
    "restore",
    "request",
    "targets",
    "run_task",
    "stop_task",
    "update_service",
    "describe_services",
    "describe_tasks",
    "describe_service_deployments",
)
