"""Cloud Map: namespaces, services, instances; ECS's service registries; private names inside a VPC."""

import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock, fabric, inprocess, snapshot
from awslab.server.ecs import engine
from awslab.world.http import Request
from tests.server.ecs_world import ACCOUNT, World

NAME = "http://orders.shop.internal:3000/"


class Directory(World):
    """A VPC with a private DNS namespace, in which ECS registers the tasks of `orders`."""

    def build(self):
        """Make network, roles, and the namespace with its service."""
        self.network().roles()
        self.map = self.session.client("servicediscovery")
        self.dns("enableDnsHostnames", True)
        self.ec2.authorize_security_group_ingress(
            GroupId=self.group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 3000,
                    "ToPort": 3000,
                    "UserIdGroupPairs": [{"GroupId": self.group}],
                }
            ],
        )
        self.namespace = self.private("shop.internal", self.vpc)
        self.entry = self.directory_service("orders", self.namespace)
        return self

    def dns(self, attribute, on):
        """Set one of the VPC's two DNS attributes."""
        member = attribute[0].upper() + attribute[1:]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, **{member: {"Value": on}})

    def private(self, name, vpc):
        """Create a private DNS namespace and return its id, found through the operation."""
        operation = self.map.create_private_dns_namespace(Name=name, Vpc=vpc)["OperationId"]
        done = self.map.get_operation(OperationId=operation)["Operation"]
        assert done["Status"] == "SUCCESS"
        return done["Targets"]["NAMESPACE"]

    def directory_service(self, name, namespace):
        """Create a Cloud Map service with A records."""
        return self.map.create_service(
            Name=name,
            NamespaceId=namespace,
            DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 15}], "RoutingPolicy": "MULTIVALUE"},
            HealthCheckCustomConfig={"FailureThreshold": 1},
        )["Service"]

    def deploy(self):
        """Run `orders`, registered, and `web`, which calls it by its private name."""
        self.definition(self.image(repository="orders", app={"port": 3000}), "orders")
        registry = [{"registryArn": self.entry["Arn"]}]
        self.service("orders", "orders", serviceRegistries=registry)
        web = self.image(repository="web", app={"port": 3000, "calls": [{"url": NAME}]})
        self.definition(web, "web")
        self.service("web", "web", 1)
        for name in ("orders", "web"):
            self.until(lambda s: s["deployments"][0]["rolloutState"] == "COMPLETED", name=name)
        return self

    def ask(self):
        """Send a request to web; return its status and the call that it made."""
        backend = engine.ecs_backends[ACCOUNT]["us-east-1"]
        tasks = backend.tasks["main"].values()
        run = next(t.lab for t in tasks if t.group == "service:web" and t.lab.address)
        host = fabric.host_at(run.vpc, run.address)
        answer = host.answer(3000, Request(path="/"), clock.current.now)
        return answer.status, json.loads(answer.body)["calls"][0]

    def found(self, **options):
        """Return the ids of the instances of orders."""
        answer = self.map.discover_instances(
            NamespaceName="shop.internal", ServiceName="orders", **options
        )
        return [each["InstanceId"] for each in answer["Instances"]]

    def records(self):
        """Return the addresses in the namespace's private hosted zone."""
        properties = self.map.get_namespace(Id=self.namespace)["Namespace"]["Properties"]
        zone = properties["DnsProperties"]["HostedZoneId"]
        sets = self.session.client("route53").list_resource_record_sets(HostedZoneId=zone)
        return {
            each["ResourceRecords"][0]["Value"]
            for each in sets["ResourceRecordSets"]
            if (each["Name"], each["Type"]) == ("orders.shop.internal.", "A")
        }


@pytest.fixture(scope="module")
def running(core):
    """The services, steady and frozen."""
    core.reset()
    world = Directory(inprocess.session(core)).build().deploy()
    return world, snapshot.freeze(core._extensions.values())


@pytest.fixture
def world(core, running):
    """The steady services, as if no test had touched them."""
    world, frozen = running
    fabric.reset()
    snapshot.thaw(frozen, core._extensions.values())
    return world


@pytest.fixture
def empty(app, session):
    """An empty account with a network and a namespace."""
    return Directory(session).build()


def code(call, **parameters):
    """Return the code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def addresses(tasks):
    """Return the private addresses of tasks."""
    return {t["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for t in tasks}


def test_ecs_registers_each_running_task_with_its_address(world):
    """The instance's id is the task's, its attributes say where it is, and the zone has its A record."""
    tasks = world.tasks("orders")
    instances = world.map.list_instances(ServiceId=world.entry["Id"])["Instances"]
    one = instances[0]["Attributes"]

    assert {each["Id"] for each in instances} == {t["taskArn"][-32:] for t in tasks}
    assert world.records() == addresses(tasks)
    assert (one["ECS_CLUSTER_NAME"], one["ECS_SERVICE_NAME"]) == ("main", "orders")
    assert one["AVAILABILITY_ZONE"] in ("us-east-1a", "us-east-1b")


def test_a_private_name_leads_to_a_task(world):
    """Another task of the VPC calls the service by its name."""
    status, call = world.ask()

    assert status == 200
    assert (call["by"], call["service"]) == ("Cloud Map", "orders")


def test_a_stopped_task_is_deregistered_at_once_and_its_replacement_registered(world):
    """Both the instance and its record go, and those of the new task come."""
    victim = world.tasks("orders")[0]
    world.ecs.stop_task(cluster="main", task=victim["taskArn"])
    left = world.found()
    world.until(lambda s: s["runningCount"] == 2 and s["pendingCount"] == 0, name="orders")

    assert victim["taskArn"][-32:] not in left
    assert len(left) == 1
    assert len(world.found()) == 2
    assert world.records() == addresses(world.tasks("orders"))


def test_a_name_without_instances_does_not_resolve(world):
    """Nobody is registered when the service has no tasks: the app's library finds no such name."""
    world.ecs.update_service(cluster="main", service="orders", desiredCount=0)
    world.until(lambda s: s["runningCount"] == 0, name="orders")
    status, call = world.ask()

    assert status == 502
    assert "getaddrinfo ENOTFOUND orders.shop.internal" in call["error"]
    assert "no registered instance" in call["why"]


@pytest.mark.parametrize("attribute", ["enableDnsHostnames", "enableDnsSupport"])
def test_private_names_need_both_dns_attributes_of_the_vpc(world, attribute):
    """Without one of them the name is unknown; with it again, the call succeeds."""
    world.dns(attribute, False)
    status, call = world.ask()
    world.dns(attribute, True)

    assert status == 502
    assert attribute in call["why"]
    assert world.ask()[0] == 200


def test_a_closed_security_group_is_a_timeout(world):
    """The name resolves, the packet is dropped."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 3000,
                "ToPort": 3000,
                "UserIdGroupPairs": [{"GroupId": world.group}],
            }
        ],
    )
    status, call = world.ask()

    assert status == 502
    assert "connect ETIMEDOUT" in call["error"]


def test_another_vpc_does_not_resolve_the_name(empty):
    """A private DNS namespace belongs to one VPC."""
    other = empty.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    empty.map.delete_service(Id=empty.entry["Id"])
    empty.map.delete_namespace(Id=empty.namespace)
    empty.namespace = empty.private("shop.internal", other)
    empty.entry = empty.directory_service("orders", empty.namespace)
    empty.deploy()
    status, call = empty.ask()

    assert status == 502
    assert "ENOTFOUND" in call["error"]
    assert len(empty.found()) == 2


def test_discover_instances_answers_healthy_ones_unless_none_is(empty):
    """Unhealthy instances are left out, and all are given when none is healthy; other states on request."""
    for number in (1, 2):
        empty.map.register_instance(
            ServiceId=empty.entry["Id"],
            InstanceId=f"i{number}",
            Attributes={"AWS_INSTANCE_IPV4": f"10.0.0.{number}"},
        )
    sick = {"ServiceId": empty.entry["Id"], "Status": "UNHEALTHY"}
    empty.map.update_instance_custom_health_status(InstanceId="i1", **sick)
    one = empty.found()
    bad = empty.found(HealthStatus="UNHEALTHY")
    empty.map.update_instance_custom_health_status(InstanceId="i2", **sick)

    assert one == ["i2"]
    assert bad == ["i1"]
    assert empty.found() == ["i1", "i2"]
    assert empty.found(HealthStatus="HEALTHY") == []


def test_registering_an_instance_again_replaces_it(empty):
    """The id is the key: the address changes, in the zone too."""
    for address in ("10.0.0.1", "10.0.0.2"):
        empty.map.register_instance(
            ServiceId=empty.entry["Id"],
            InstanceId="i",
            Attributes={"AWS_INSTANCE_IPV4": address},
        )

    assert empty.found() == ["i"]
    assert empty.records() == {"10.0.0.2"}


def test_a_vpc_may_have_several_namespaces(empty):
    """Only the same name is a conflict."""
    empty.private("second.internal", empty.vpc)
    twice = code(empty.map.create_private_dns_namespace, Name="second.internal", Vpc=empty.vpc)

    assert len(empty.map.list_namespaces()["Namespaces"]) == 2
    assert twice == "NamespaceAlreadyExists"


def test_what_cloud_map_refuses(empty):
    """Names that are taken or unknown, and what is still in use."""
    entry = empty.entry["Id"]
    empty.map.create_http_namespace(Name="api")
    empty.map.register_instance(
        ServiceId=entry, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"}
    )
    again = code(empty.map.create_service, Name="orders", NamespaceId=empty.namespace)
    lost = code(empty.map.create_service, Name="orders", NamespaceId="ns-unknown")
    bare = code(empty.map.register_instance, ServiceId=entry, InstanceId="j", Attributes={"a": "b"})

    assert code(empty.map.create_http_namespace, Name="api") == "NamespaceAlreadyExists"
    assert (again, lost, bare) == ("ServiceAlreadyExists", "NamespaceNotFound", "InvalidInput")
    assert code(empty.map.delete_service, Id=entry) == "ResourceInUse"
    assert code(empty.map.delete_namespace, Id=empty.namespace) == "ResourceInUse"
    assert code(empty.map.delete_service, Id="srv-unknown") == "ServiceNotFound"


def test_ecs_refuses_a_registry_that_is_not_there(empty):
    """The ARN has to be a Cloud Map service's, and a service has at most one."""
    empty.definition(empty.image(), "orders")
    gone = [{"registryArn": empty.entry["Arn"] + "x"}]
    two = [{"registryArn": empty.entry["Arn"]}] * 2

    for registries in (gone, two):
        assert (
            code(empty.service, definition="orders", serviceRegistries=registries)
            == "InvalidParameterException"
        )


def test_an_unhealthy_container_is_an_unhealthy_instance(empty):
    """What the container's health check finds, Cloud Map tells."""
    image = empty.image(
        repository="orders", app={"port": 3000, "health": {"/health": 500, "*": 200}}
    )
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:3000/health"], "retries": 1}
    empty.definition(image, "orders", container={"healthCheck": check})
    empty.service("orders", "orders", 1, serviceRegistries=[{"registryArn": empty.entry["Arn"]}])
    states = set()
    for _ in range(60):
        empty.describe("orders")
        status = empty.map.get_instances_health_status(ServiceId=empty.entry["Id"])["Status"]
        states |= set(status.values())

    assert "UNHEALTHY" in states
