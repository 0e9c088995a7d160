"""The shop works: it answers, hides, heals, rolls, survives, and keeps its services apart."""

import json

import pytest
from botocore.exceptions import ClientError

from awslab.server import ec2, iam
from tests.q9.architecture import ACCESS, ACCOUNT, APP_PORT, REGION, SERVICES, ZONES, push, register


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_answers_on_its_path(world, service):
    """HTTPS ends at the load balancer, and the path chooses the service."""
    status, body = world.get(f"/api/{service}s/7")

    assert status == 200
    assert body["path"] == f"/api/{service}s/7"
    assert body["service"] == service
    assert world.get(f"/api/{service}s")[0] == 200


def test_http_is_redirected_and_other_paths_are_not_found(world):
    """Port 80 only redirects; what no rule matches gets the listener's own answer."""
    assert world.get("/api/users/7", scheme="http") == (
        301,
        "https://shop.example.com:443/api/users/7",
    )
    assert world.get("/admin")[0] == 404
    assert world.get("/api/userss")[0] == 404


def test_nothing_else_is_reachable_from_the_internet(world):
    """No task, no database subnet, no endpoint has a way in; the load balancer's other ports are shut."""
    interfaces = world.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    open_to_all = {
        (i["Description"], port)
        for i in interfaces
        for port in (22, 80, 443, APP_PORT, 5432)
        if ec2.reach(ACCOUNT, REGION, "internet", i["NetworkInterfaceId"], port).reachable
    }

    assert {port for _, port in open_to_all} == {80, 443}
    assert all(description.startswith("ELB app/shop/") for description, _ in open_to_all)


def test_a_killed_task_is_replaced_without_a_failed_request(world):
    """The service starts another task; meanwhile the other one answers."""
    victim = world.tasks()[0]["taskArn"]
    world.client("ecs").stop_task(cluster="shop", task=victim, reason="test")
    answers = set()

    def whole_again():
        answers.add(world.status())
        running = {task["taskArn"] for task in world.tasks() if task["lastStatus"] == "RUNNING"}
        return len(running) == 2 and victim not in running

    world.poll_until(whole_again)
    world.settle("user")

    assert answers == {200}
    assert any("UserInitiated" in reason for reason in world.reasons())


def test_a_bad_version_rolls_back_with_no_failed_request(world):
    """Version 2 answers 500 on its health path: the circuit breaker brings version 1 back."""
    push(world.session, "user", "v2.0", {"health": {"/health": 500, "*": 200}})
    before = world.service("user")["taskDefinition"]
    world.deploy(taskDefinition=register(world.session, world.shop, "user", "v2.0"))
    answers = set()

    def rolled_back():
        answers.add(world.status())
        service = world.service("user")
        return service["taskDefinition"] == before and len(service["deployments"]) == 1

    world.poll_until(rolled_back, polls=400)
    world.settle("user")

    assert answers == {200}
    messages = [event["message"] for event in world.service("user")["events"]]
    assert any("rolling back to" in message for message in messages)


def test_a_good_version_rolls_out_with_no_failed_request(world):
    """Version 2 replaces version 1, and the answers change."""
    push(world.session, "user", "v2.0")
    world.deploy(taskDefinition=register(world.session, world.shop, "user", "v2.0"))
    answers = set()

    def done():
        answers.add(world.status())
        service = world.service("user")
        return len(service["deployments"]) == 1 and service["taskDefinition"].endswith(":2")

    world.poll_until(done, polls=400)

    assert answers == {200}
    assert "v2.0" in json.dumps(world.get("/api/users/7")[1])


def test_the_loss_of_a_zone_is_survived(world):
    """Tasks of a failed zone are replaced in the other; after recovery both zones are used again."""
    from awslab.server import control

    control.ACTIONS["fail"](az=ZONES[0])
    answers = set()

    def in_the_other_zone():
        answers.add(world.status())
        tasks = [t for t in world.tasks() if t["lastStatus"] == "RUNNING"]
        return len(tasks) == 2 and {t["availabilityZone"] for t in tasks} == {ZONES[1]}

    world.poll_until(in_the_other_zone)
    world.settle("user")
    control.ACTIONS["recover"](az=ZONES[0])
    world.deploy()
    world.settle("user")

    assert answers <= {200, 502, 503, 504}
    assert world.status() == 200
    assert {t["availabilityZone"] for t in world.tasks()} == set(ZONES)


def test_payment_takes_calls_from_order_only(world):
    """The security group of payment names the load balancer's and order's, and no other."""
    eni = {service: world.tasks(service)[0]["attachments"][0]["details"] for service in SERVICES}
    ids = {
        service: next(d["value"] for d in details if d["name"] == "networkInterfaceId")
        for service, details in eni.items()
    }

    def reaches_payment(source):
        return ec2.reach(ACCOUNT, REGION, ids[source], ids["payment"], APP_PORT).reachable

    assert reaches_payment("order")
    assert not reaches_payment("user")


@pytest.mark.parametrize("service", SERVICES)
def test_each_task_role_reaches_its_own_data_and_nothing_else(world, service):
    """One action on one resource; the data of the others is denied."""
    role = world.shop.roles[service]
    decided = {
        other: iam.decide(ACCOUNT, role, action, resource.replace("*", "ada.png")).allowed
        for other, (action, resource) in ACCESS.items()
    }

    assert decided == {other: other == service for other in SERVICES}


def test_the_user_role_really_reads_its_photo_and_no_order(world):
    """The same through boto3 with the role's credentials: AWS's own AccessDenied."""
    role = world.shop.roles["user"]
    given = iam.session(ACCOUNT, role, "test")
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["Token"],
    }
    photo = world.session.client("s3", **keys).get_object(Bucket="user-photos", Key="ada.png")
    with pytest.raises(ClientError) as denied:
        world.session.client("dynamodb", **keys).get_item(
            TableName="orders", Key={"id": {"S": "1"}}
        )

    assert photo["Body"].read() == b"picture"
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
