"""The shop of Q9, built once, frozen when it is steady, thawed before every test."""

import json

import pytest

from awslab.server import fabric, inprocess, snapshot
from awslab.server.app import LabApp
from awslab.server.names import Unreachable
from tests.q9 import architecture
from tests.q9.architecture import DOMAIN, SERVICES
from tests.q9.load import TARGET


class World:
    """The shop seen from outside: requests to its name, and AWS's own calls."""

    def __init__(self, app, session, shop):
        self.app, self.session, self.shop = app, session, shop
        self.clients = {}

    def client(self, service):
        """Return one client a service; making one costs more than a call."""
        if service not in self.clients:
            self.clients[service] = self.session.client(service)
        return self.clients[service]

    def get(self, path, scheme="https", host=DOMAIN, **headers):
        """Make a request from the internet; return (status, JSON body or text), or ("unreachable", why)."""
        try:
            status, got, body = inprocess.call(
                self.app, "GET", f"{scheme}://{host}{path}", headers=headers
            )
        except Unreachable as error:
            return "unreachable", str(error)
        if status in (301, 302):
            return status, {k.lower(): v for k, v in got.items()}["location"]
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode()

    def status(self, service="user", **options):
        """Return the status that a service's path answers with."""
        return self.get(f"/api/{service}s/7", **options)[0]

    def service(self, name):
        """Describe a service; five simulated seconds pass."""
        found = self.client("ecs").describe_services(cluster="shop", services=[name])
        return found["services"][0]

    def settle(self, *names, polls=400):
        """Poll until the services are steady on one completed deployment."""
        for _ in range(polls):
            found = [self.service(name) for name in names or SERVICES]
            if all(steady(service) for service in found):
                return
        raise AssertionError([summary(service) for service in found])

    def poll_until(self, condition, polls=200, service="user"):
        """Poll a service until `condition()` holds; say what it looks like if it never does."""
        for _ in range(polls):
            if found := condition():
                return found
            last = self.service(service)
        raise AssertionError(f"never came: {condition.__name__}; {summary(last)}")

    def deploy(self, service="user", **changes):
        """Start a new deployment of a service."""
        self.client("ecs").update_service(
            cluster="shop", service=service, **(changes or {"forceNewDeployment": True})
        )

    def tasks(self, service="user", status="RUNNING"):
        """Describe the tasks of a service that are running, or stopped."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster="shop", serviceName=service, desiredStatus=status)["taskArns"]
        return ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []

    def reasons(self, service="user"):
        """Return why the service's stopped tasks and their containers stopped."""
        found = []
        for task in self.tasks(service, "STOPPED"):
            found.append(f"{task.get('stopCode')}: {task.get('stoppedReason')}")
            found += [
                f"{container.get('reason', '')} exit {container.get('exitCode')}"
                for container in task["containers"]
            ]
        return found

    def stopped_saying(self, *words, service="user"):
        """Poll until a task of the service has stopped for a reason that contains all the words."""

        def stopped():
            return [r for r in self.reasons(service) if all(word in r for word in words)]

        try:
            return self.poll_until(stopped, service=service)
        except AssertionError as error:
            raise AssertionError(f"{words} not in {set(self.reasons(service))}; {error}") from None

    def health(self, service="user"):
        """Return the states and reasons of a service's targets."""
        found = self.client("elbv2").describe_target_health(
            TargetGroupArn=self.shop.targets[service]
        )["TargetHealthDescriptions"]
        return [(t["TargetHealth"]["State"], t["TargetHealth"].get("Reason")) for t in found]

    def health_saying(self, state, reason, service="user"):
        """Poll until a target of the service is in a state for a reason."""

        def unhealthy():
            return (state, reason) in self.health(service)

        try:
            return self.poll_until(unhealthy, service=service)
        except AssertionError as error:
            raise AssertionError(f"{self.health(service)}; {error}") from None


def steady(service):
    """Tell whether a service has what it wants, on one completed deployment."""
    (first, *others) = service["deployments"]
    return (
        not others
        and first["rolloutState"] == "COMPLETED"
        and service["runningCount"] == service["desiredCount"]
        and service["pendingCount"] == 0
    )


def summary(service):
    """Return the facts about a service that explain a failing test."""
    return {
        "service": service["serviceName"],
        "running": service["runningCount"],
        "pending": service["pendingCount"],
        "deployments": [
            (d["status"], d["rolloutState"], d.get("rolloutStateReason"), d["runningCount"])
            for d in service["deployments"]
        ],
        "events": [event["message"] for event in service["events"][:3]],
    }


@pytest.fixture(scope="package")
def built():
    """Build the shop, wait until it is steady, and freeze it."""
    app = LabApp()
    session = inprocess.session(app)
    world = World(app, session, architecture.build(session))
    world.settle()
    return world, snapshot.freeze(app._extensions.values())


@pytest.fixture
def world(built):
    """The steady shop, as if no test had touched it."""
    world, frozen = built
    fabric.reset()
    snapshot.thaw(frozen, world.app._extensions.values())
    return world


@pytest.fixture
def scaling(world):
    """The user service as a scalable target of 2 to 8 tasks."""
    client = world.client("application-autoscaling")
    client.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=8)
    return client
