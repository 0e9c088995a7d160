"""Service Connect: endpoints in a namespace, clients that find them, and what breaks the way between them."""

import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import fabric, inprocess, snapshot
from awslab.server.ecs import engine
from awslab.world.http import Request
from tests.server.ecs_world import ACCOUNT, World

LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "app",
    },
}
CALL = {"url": "http://orders:3000/orders"}


class Mesh(World):
    """Two services in one namespace: `orders` offers an endpoint, `web` calls it."""

    def build(self):
        """Make network, roles, images and the cluster with its default namespace."""
        self.network().roles()
        self.sc = self.session.client("servicediscovery")
        self.logs.create_log_group(logGroupName="/ecs/web")
        self.ecs.create_cluster(clusterName="main", serviceConnectDefaults={"namespace": "shop"})
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.open(self.group)
        return self

    def open(self, source):
        """Let TCP 3000 into the tasks' security group from a group."""
        self.ec2.authorize_security_group_ingress(
            GroupId=self.group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 3000,
                    "ToPort": 3000,
                    "UserIdGroupPairs": [{"GroupId": source}],
                }
            ],
        )

    def close(self, source):
        """Take the permission away."""
        self.ec2.revoke_security_group_ingress(
            GroupId=self.group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 3000,
                    "ToPort": 3000,
                    "UserIdGroupPairs": [{"GroupId": source}],
                }
            ],
        )

    def orders(self, desired=2, port_name="http", **entry):
        """Create the service `orders` with an endpoint `orders:3000`."""
        image = self.image(repository="orders", app={"port": 3000})
        mapping = {"portMappings": [{"containerPort": 3000, "name": "http", "appProtocol": "http"}]}
        self.definition(image, "orders", container=mapping)
        offer = {
            "portName": port_name,
            "discoveryName": "orders",
            "clientAliases": [{"port": 3000, "dnsName": "orders"}],
            **entry,
        }
        return self.service(
            "orders",
            "orders",
            desired,
            serviceConnectConfiguration={"enabled": True, "services": [offer]},
        )

    def web(self, *calls, desired=1, connected=True, **changes):
        """Create the service `web`, which makes the calls at every request."""
        image = self.image(repository="web", app={"port": 3000, "calls": list(calls or [CALL])})
        self.definition(image, "web", container={"logConfiguration": LOGS, **changes})
        extra = {"serviceConnectConfiguration": {"enabled": True}} if connected else {}
        return self.service("web", "web", desired, **extra)

    def steady(self, *names):
        """Wait until the services run what they want on one deployment."""
        for name in names:
            self.until(
                lambda s: (
                    s["runningCount"] == s["desiredCount"]
                    and len(s["deployments"]) == 1
                    and s["deployments"][0]["rolloutState"] == "COMPLETED"
                ),
                name=name,
            )

    def redeploy(self, name):
        """Force a new deployment and wait for it."""
        self.ecs.update_service(cluster="main", service=name, forceNewDeployment=True)
        self.steady(name)

    def ask(self, path="/", name="web"):
        """Send a request straight to a task of a service; return status and JSON body."""
        backend = engine.ecs_backends[ACCOUNT]["us-east-1"]
        run = next(
            task.lab
            for task in backend.tasks["main"].values()
            if task.group == f"service:{name}" and task.desired_status == "RUNNING"
        )
        host = fabric.host_at(run.vpc, run.address)
        answer = host.answer(3000, Request(path=path), inprocess_now())
        return answer.status, json.loads(answer.body)

    def call(self, name="web"):
        """Return the only call that a request to a service makes."""
        return self.ask(name=name)[1]["calls"][0]

    def log(self):
        """Return what web's tasks have logged."""
        events = self.logs.filter_log_events(logGroupName="/ecs/web")["events"]
        return [event["message"] for event in events]


def inprocess_now():
    """Return the simulated time."""
    from awslab.server import clock

    return clock.current.now


@pytest.fixture(scope="module")
def running(core):
    """Orders first, then web, both steady; frozen."""
    core.reset()
    world = Mesh(inprocess.session(core)).build()
    world.orders()
    world.web()
    world.steady("orders", "web")
    return world, snapshot.freeze(core._extensions.values())


@pytest.fixture
def mesh(core, running):
    """The steady mesh, as if no test had touched it."""
    world, frozen = running
    fabric.reset()
    snapshot.thaw(frozen, core._extensions.values())
    return world


@pytest.fixture
def empty(app, session):
    """An empty account with network, roles and cluster."""
    return Mesh(session).build()


def test_a_client_service_reaches_a_healthy_task_of_the_endpoint(mesh):
    """The request to web really calls orders, in turn at both of its tasks."""
    status, body = mesh.ask()
    tasks = {body["calls"][0]["task"], mesh.call()["task"]}

    assert status == 200
    assert body["calls"][0]["service"] == "orders"
    assert body["calls"][0]["by"] == "Service Connect"
    assert body["calls"][0]["encrypted"] is False
    assert len(tasks) == 2


def test_the_endpoint_is_a_cloud_map_service_in_the_clusters_namespace(mesh):
    """The cluster's default namespace was made, of type HTTP; DiscoverInstances finds the tasks by address."""
    namespace = mesh.sc.list_namespaces()["Namespaces"][0]
    found = mesh.sc.discover_instances(NamespaceName="shop", ServiceName="orders")["Instances"]
    shown = mesh.describe("orders")["deployments"][0]
    addresses = {c["privateIpv4Address"] for t in mesh.tasks("orders") for c in interfaces(t)}

    assert (namespace["Name"], namespace["Type"]) == ("shop", "HTTP")
    assert {each["Attributes"]["AWS_INSTANCE_IPV4"] for each in found} == addresses
    assert {each["Attributes"]["AWS_INSTANCE_PORT"] for each in found} == {"3000"}
    assert shown["serviceConnectResources"][0]["discoveryName"] == "orders"


def interfaces(task):
    """Return the network interfaces of a task's first container."""
    return task["containers"][0]["networkInterfaces"]


def test_a_closed_security_group_becomes_503_with_a_log_line(mesh):
    """The proxied connection is subject to the server's security group; opening it heals the call."""
    mesh.close(mesh.group)
    status, body = mesh.ask()
    line = mesh.log()[-2:]
    mesh.open(mesh.group)
    healed, _ = mesh.ask()

    assert status == 503
    assert (
        "security group" in body["calls"][0]["why"].lower() or mesh.group in body["calls"][0]["why"]
    )
    assert any("reset reason: connection timeout" in each for each in line)
    assert healed == 200


def test_an_endpoint_without_tasks_becomes_503(mesh):
    """The proxy has no healthy upstream."""
    mesh.ecs.update_service(cluster="main", service="orders", desiredCount=0)
    mesh.steady("orders")
    status, body = mesh.ask()

    assert status == 503
    assert "no healthy upstream" in body["calls"][0]["error"]
    assert mesh.sc.discover_instances(NamespaceName="shop", ServiceName="orders")["Instances"] == []


def test_a_stopped_task_leaves_the_endpoint_at_once(mesh):
    """While one task is replaced, requests go to the other one."""
    victim = mesh.tasks("orders")[0]
    mesh.ecs.stop_task(cluster="main", task=victim["taskArn"])
    found = mesh.sc.discover_instances(NamespaceName="shop", ServiceName="orders")["Instances"]

    assert [each["InstanceId"] for each in found] != []
    assert victim["taskArn"].rpartition("/")[2] not in [each["InstanceId"] for each in found]
    assert mesh.ask()[0] == 200


def test_a_deleted_service_takes_its_endpoint_along(mesh):
    """The Cloud Map service is gone; the client's proxy still knows the name and has nobody behind it."""
    mesh.ecs.delete_service(cluster="main", service="orders", force=True)

    assert mesh.sc.list_services()["Services"] == []
    assert mesh.ask()[0] == 503


def test_only_tasks_of_later_deployments_know_a_new_endpoint(empty):
    """A client that was deployed first does not resolve the name, nor do its replacements; a new deployment does."""
    empty.web()
    empty.steady("web")
    empty.orders()
    empty.steady("orders")
    before = empty.ask()
    empty.ecs.stop_task(cluster="main", task=empty.tasks("web")[0]["taskArn"])
    empty.steady("web")
    replaced = empty.ask()
    empty.redeploy("web")
    after = empty.ask()

    assert before[0] == 502
    assert "getaddrinfo ENOTFOUND orders" in before[1]["calls"][0]["error"]
    assert "when it began" in before[1]["calls"][0]["why"]
    assert replaced[0] == 502
    assert after[0] == 200


def test_a_service_without_service_connect_resolves_nothing(empty):
    """The name exists only for services that take part."""
    empty.orders()
    empty.web(connected=False)
    empty.steady("orders", "web")
    status, body = empty.ask()

    assert status == 502
    assert "takes no part in Service Connect" in body["calls"][0]["why"]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://orders:80/", "connect ECONNREFUSED orders:80"),
        ("http://order:3000/", "getaddrinfo ENOTFOUND order"),
        ("http://10.0.0.250:3000/", "connect ETIMEDOUT 10.0.0.250:3000"),
    ],
)
def test_a_wrong_port_name_or_address_becomes_502(empty, url, error):
    """The log says what a client library says."""
    empty.orders()
    empty.web({"url": url})
    empty.steady("orders", "web")
    status, body = empty.ask()

    assert status == 502
    assert error in body["calls"][0]["error"]
    assert any(error in line for line in empty.log())


def test_the_callee_may_come_from_the_environment(empty):
    """`$NAME` in a call is the variable of the container."""
    empty.orders()
    empty.web(
        {"url": "$ORDERS_URL/list"},
        environment=[{"name": "ORDERS_URL", "value": "http://orders:3000"}],
    )
    empty.steady("orders", "web")

    assert empty.call()["url"] == "http://orders:3000/list"
    assert empty.ask()[0] == 200


def test_tls_between_the_proxies_is_shown(empty):
    """The configuration is kept, and the call is encrypted although the app speaks plain HTTP."""
    authority = f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/1"
    tls = {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": authority},
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/ecsInfrastructureRole",
    }
    empty.orders(tls=tls)
    empty.web()
    empty.steady("orders", "web")
    shown = empty.describe("orders")["deployments"][0]["serviceConnectConfiguration"]

    assert empty.call()["encrypted"] is True
    assert shown["services"][0]["tls"] == tls


def test_an_endpoint_without_alias_is_named_after_the_namespace(empty):
    """The default name is `<discovery name>.<namespace>`, on the container's port."""
    empty.orders(clientAliases=[])
    empty.web({"url": "http://orders.shop:3000/"})
    empty.steady("orders", "web")

    assert empty.ask()[0] == 200


def test_apps_that_call_each_other_in_a_circle_end(empty):
    """Each of the calls passes the failure on."""
    empty.orders()
    empty.web({"url": "http://web:3000/"})
    empty.ecs.update_service(cluster="main", service="web", desiredCount=1)
    mapping = {"portMappings": [{"containerPort": 3000, "name": "web"}], "logConfiguration": LOGS}
    image = empty.image("v2", "web", app={"port": 3000, "calls": [{"url": "http://web:3000/"}]})
    empty.definition(image, "web", container=mapping)
    offer = {"portName": "web", "clientAliases": [{"port": 3000, "dnsName": "web"}]}
    empty.ecs.update_service(
        cluster="main",
        service="web",
        taskDefinition="web",
        serviceConnectConfiguration={"enabled": True, "services": [offer]},
    )
    empty.steady("web")
    status, _ = empty.ask()

    assert status == 502
    assert any(" 508" in line for line in empty.log())


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"port_name": "grpc"}, "InvalidParameterException", "does not match a port mapping name"),
        ({"discoveryName": "Orders"}, "InvalidParameterException", "discovery name 'Orders'"),
        ({"tls": {"issuerCertificateAuthority": {}}}, "InvalidParameterException", "TLS needs"),
    ],
)
def test_what_ecs_refuses(empty, changes, code, words):
    """A port name that the task definition lacks, and other slips, are refused when the service is created."""
    with pytest.raises(ClientError) as caught:
        empty.orders(**changes)

    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def test_an_unknown_namespace_and_a_taken_name_are_refused(mesh):
    """Each discovery name belongs to one service of its namespace."""
    offer = {"portName": "http", "discoveryName": "orders"}
    errors = []
    for namespace in ("nowhere", "shop"):
        with pytest.raises(ClientError) as caught:
            mesh.service(
                "orders",
                "second",
                serviceConnectConfiguration={
                    "enabled": True,
                    "namespace": namespace,
                    "services": [offer],
                },
            )
        errors.append(caught.value.response["Error"])

    assert errors[0]["Code"] == "NamespaceNotFoundException"
    assert "already in use" in errors[1]["Message"]


def test_a_revision_that_loses_the_port_name_is_refused(mesh):
    """UpdateService looks at the configuration that the service has."""
    mesh.definition(mesh.image(repository="orders"), "orders")
    with pytest.raises(ClientError) as caught:
        mesh.ecs.update_service(cluster="main", service="orders", taskDefinition="orders")

    assert "does not match a port mapping name" in caught.value.response["Error"]["Message"]
