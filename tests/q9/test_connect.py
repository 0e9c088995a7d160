"""The shop's services call each other through Service Connect: user asks order, order asks payment.

The chain of security groups holds for these calls too: payment takes calls from order only.
"""

import json

import pytest

from awslab.server import fabric, inprocess, snapshot
from awslab.show.routing import trace_picture
from tests.q9 import architecture
from tests.q9.architecture import APP_PORT, DOMAIN, SERVICES

NAMED = {"portMappings": [{"containerPort": APP_PORT, "name": "http", "appProtocol": "http"}]}
CALLS = {
    "user": ["http://order-service:3000/orders"],
    "order": ["http://payment-service:3000/payments"],
    "payment": [],
}


def offer(service):
    """Return a Service Connect configuration with one endpoint, `<service>-service:3000`."""
    alias = {"port": APP_PORT, "dnsName": f"{service}-service"}
    entry = {"portName": "http", "discoveryName": service, "clientAliases": [alias]}
    return {"enabled": True, "namespace": "shop", "services": [entry]}


def connect(world):
    """Give every service a second version that is in the namespace and calls the next one; callees first."""
    world.client("servicediscovery").create_http_namespace(Name="shop")
    for service in reversed(SERVICES):
        calls = [{"url": url} for url in CALLS[service]]
        architecture.push(world.session, service, "v2.0", {"calls": calls})
        architecture.register(world.session, world.shop, service, "v2.0", container=NAMED)
        world.deploy(service, taskDefinition=service, serviceConnectConfiguration=offer(service))
    world.settle()


@pytest.fixture(scope="module")
def connected(built):
    """The connected shop, frozen: nothing lets user into order yet."""
    world, frozen = built
    fabric.reset()
    snapshot.thaw(frozen, world.app._extensions.values())
    connect(world)
    return world, snapshot.freeze(world.app._extensions.values())


@pytest.fixture
def world(connected):
    """The connected shop, as if no test had touched it."""
    world, frozen = connected
    fabric.reset()
    snapshot.thaw(frozen, world.app._extensions.values())
    return world


def let(world, source, target):
    """Let the tasks of one service into those of another."""
    groups = world.shop.groups
    architecture.allow(world.client("ec2"), groups[target], APP_PORT, group=groups[source])


def call(world, service="user"):
    """Ask a service from the internet; return the status and the first call that it made."""
    status, body = world.get(f"/api/{service}s/7")
    return status, body["calls"][0]


def logged(world, service="user"):
    """Return what the service's tasks have logged as errors."""
    events = world.client("logs").filter_log_events(logGroupName=f"/ecs/{service}")["events"]
    return [each["message"] for each in events if each["message"].startswith("ERROR")]


def test_an_order_reaches_payment_through_the_chain(world):
    """Order may call payment, as the architecture's security groups say."""
    status, made = call(world, "order")

    assert status == 200
    assert (made["by"], made["service"], made["status"]) == ("Service Connect", "payment", 200)


def test_the_security_group_of_the_callee_has_to_let_the_caller_in(world):
    """User cannot call order before order's group lets user's group in: 503, and a line in user's log."""
    before, blocked = call(world)
    let(world, "user", "order")
    after, made = call(world)

    assert before == 503
    assert "connection timeout" in blocked["error"]
    assert any("order-service" in line for line in logged(world))
    assert after == 200
    assert made["service"] == "order"
    assert made["calls"][0]["service"] == "payment"


def test_payment_takes_no_calls_from_user(world):
    """The name resolves for everybody in the namespace, the packets pass only along the chain."""
    calls = [{"url": "http://payment-service:3000/payments"}]
    architecture.push(world.session, "user", "v3.0", {"calls": calls})
    architecture.register(world.session, world.shop, "user", "v3.0", container=NAMED)
    world.deploy("user", taskDefinition="user")
    world.settle("user")
    status, made = call(world)

    assert status == 503
    assert made["by"] == "Service Connect"
    assert "connection timeout" in made["error"]


def test_a_dead_callee_is_felt_two_services_away(world):
    """Without payment, order answers 503 and user 502; when payment is back, so are they."""
    let(world, "user", "order")
    world.deploy("payment", desiredCount=0)
    world.settle("payment")
    order, user = world.status("order"), world.status("user")
    world.deploy("payment", desiredCount=2)
    world.settle("payment")

    assert (order, user) == (503, 502)
    assert (world.status("order"), world.status("user")) == (200, 200)


def test_a_trace_shows_the_calls_within_the_request(world):
    """`cloud.trace` names each call, its way and its answer, in text and picture."""
    let(world, "user", "order")
    body = {"method": "GET", "url": f"https://{DOMAIN}/api/users/7"}
    address = f"{inprocess.ADDRESS}/_lab/trace"
    _, _, answer = inprocess.call(world.app, "POST", address, json.dumps(body).encode())
    picture = trace_picture(json.loads(answer))

    assert picture.status == 200
    assert picture.calls[0]["calls"][0]["url"] == "http://payment-service:3000/payments"
    assert "called GET http://order-service:3000/orders by Service Connect" in picture.text
    assert "200 from payment" in picture.text
    assert "Calls that the app made" in picture.html


def test_tasks_come_and_go_and_no_call_fails(world):
    """While payment is deployed anew, every order is answered."""
    world.deploy("payment")
    answers = []

    def done():
        answers.append(world.status("order"))
        deployments = world.service("payment")["deployments"]
        return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"

    world.poll_until(done, service="payment")

    assert set(answers) == {200}
    assert len(answers) > 5
