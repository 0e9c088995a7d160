"""`cloud.fail` in the shop: what AWS would show appears, and `cloud.recover`, or a repair, heals it."""

import pytest

from tests.q9 import architecture as shop_of
from tests.q9.architecture import SERVICES, ZONES
from tests.q9.healing import fail, heals, logged, recover, statuses

HERE, THERE = ZONES
IMAGE = "user-service:v1.0"


def zone_lost(w):
    """A zone is lost with a task of each service: the other one goes on, and gets the replacements."""
    stopped = fail(az=HERE)

    assert len(stopped) == len(SERVICES)
    assert statuses(w, "user") == {200}
    w.stopped_saying("InfrastructureHealth")
    w.settle(*SERVICES)
    assert {task["availabilityZone"] for task in w.tasks()} == {THERE}
    yield
    assert recover(az=HERE) == [HERE]


def zone_lost_with_the_only_nat_gateway(w):
    """Both private subnets leave through one NAT gateway: when its zone is lost, the other zone has no way out."""
    ec2 = w.client("ec2")
    route = {"RouteTableId": w.shop.routes[THERE], "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.replace_route(**route, NatGatewayId=w.shop.nat[HERE])
    fail(az=HERE)
    w.settle(*SERVICES)

    assert statuses(w, "order") == {500}
    assert logged(w, "Connect timeout on endpoint URL", "order")
    assert statuses(w, "user") == {200}, "S3 has a gateway endpoint"
    yield
    ec2.replace_route(**route, NatGatewayId=w.shop.nat[THERE])
    w.settle(*SERVICES)
    assert statuses(w, "order") == {200}
    recover(az=HERE)


def nat_gateway_fails(w):
    """One of two NAT gateways fails: half of the requests that need the internet fail; it still is "available"."""
    fail(nat=w.shop.nat[HERE])
    found = w.client("ec2").describe_nat_gateways(NatGatewayIds=[w.shop.nat[HERE]])

    assert found["NatGateways"][0]["State"] == "available"
    assert statuses(w, "payment") == {200, 500}
    assert logged(w, "Connect timeout", "payment")
    assert set(w.health("payment")) == {("healthy", None)}
    yield
    assert recover(nat=w.shop.nat[HERE]) == [w.shop.nat[HERE]]


def nat_gateway_avoided(w):
    """A failed NAT gateway is repaired by sending its subnet's packets through the other one."""
    fail(nat=w.shop.nat[HERE])

    assert 500 in statuses(w, "order")
    yield
    w.client("ec2").replace_route(
        RouteTableId=w.shop.routes[HERE],
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=w.shop.nat[THERE],
    )


def image_damaged(w):
    """An image's layers are gone: no new task can pull it, those that run go on."""
    fail(image=IMAGE)
    w.deploy()
    w.stopped_saying("CannotPullContainerError", "404 Not Found")

    assert w.status() == 200
    yield
    assert recover(image=IMAGE) == [IMAGE]


def image_pushed_again(w):
    """A damaged image is repaired by deleting it and pushing it once more."""
    fail(image=IMAGE)
    w.deploy()
    w.stopped_saying("CannotPullContainerError")
    yield
    image = {"repositoryName": "user-service", "imageIds": [{"imageTag": "v1.0"}]}
    w.client("ecr").batch_delete_image(**image)
    shop_of.push(w.session, "user", "v1.0")


def secrets_manager_fails(w):
    """Secrets Manager answers errors: no task starts that needs a secret."""
    fail(dependency="secretsmanager")
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "from asm", "ServiceUnavailable")

    assert w.status() == 200
    yield
    assert recover(dependency="secretsmanager") == ["secretsmanager"]


def ecr_does_not_answer(w):
    """ECR does not answer: the registry token cannot be had."""
    fail(dependency="ecr", how="timeout")
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "pull registry auth", "i/o timeout")
    yield
    assert recover(dependency="ecr") == ["ecr.api", "ecr.dkr"]


def registry_fails(w):
    """The registry answers errors while ECR's API works: the manifest cannot be pulled."""
    fail(dependency="ecr.dkr")
    w.deploy()
    w.stopped_saying("CannotPullContainerError", "503 Service Unavailable")
    yield
    recover()


def storage_fails(w):
    """S3 answers errors: the app that reads from it fails each request and says so, the others go on."""
    fail(dependency="s3")

    assert statuses(w, "user") == {500}
    assert statuses(w, "order") == {200}
    assert logged(w, "ServiceUnavailable) when calling the GetObject operation")
    assert set(w.health()) == {("healthy", None)}, "the health check does not ask S3"
    yield
    recover(dependency="s3")


def database_does_not_answer(w):
    """DynamoDB does not answer: the load balancer waits in vain, 504."""
    fail(dependency="dynamodb", how="timeout")

    assert statuses(w, "order") == {504}
    assert logged(w, "Read timeout on endpoint URL", "order")
    yield
    recover(dependency="dynamodb")


def logs_fail(w):
    """CloudWatch Logs answers errors: the log driver cannot start."""
    fail(dependency="logs")
    w.deploy()
    w.stopped_saying("failed to validate logger args", "ServiceUnavailable")
    yield
    recover(dependency="logs")


def partner_fails(w):
    """A host outside AWS answers errors: the version that calls it answers 500, a rollback heals it."""
    call = {"host": "db.example", "port": 5432}
    shop_of.push(w.session, "user", "v2.0", {"calls": [call]})
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.settle("user")

    assert statuses(w, "user") == {200}
    fail(dependency="db.example")
    assert statuses(w, "user") == {500}
    assert logged(w, "db.example:5432 answered an error")
    yield
    w.deploy(taskDefinition="user:1")


def task_crashes(w):
    """A task crashes: its service replaces it, and nobody has to do anything."""
    victim = w.tasks()[0]["taskArn"]
    fail(task=victim)
    w.stopped_saying("EssentialContainerExited")

    assert logged(w, "made to crash")
    yield


FAULTS = [
    zone_lost,
    zone_lost_with_the_only_nat_gateway,
    nat_gateway_fails,
    nat_gateway_avoided,
    image_damaged,
    image_pushed_again,
    secrets_manager_fails,
    ecr_does_not_answer,
    registry_fails,
    storage_fails,
    database_does_not_answer,
    logs_fail,
    partner_fails,
    task_crashes,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_on_purpose_shows_its_symptom_and_heals(world, fault):
    """What AWS would show appears; after the repair the shop is whole again."""
    whole = heals(world, fault)

    assert whole
