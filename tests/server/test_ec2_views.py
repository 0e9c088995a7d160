"""What `cloud.path` and `cloud.map` are told, by the lab's own control."""

import json
from types import SimpleNamespace

import pytest

from awslab.server import inprocess
from awslab.server.ec2 import views
from tests.server.vpcs import build, create_eni, subnet


@pytest.fixture
def shop(app, session):
    """A VPC with a public and a private subnet, named."""
    shop = build(session.client("ec2"))
    names = {shop.vpc: "shop", shop.public: "public-a", shop.private: "private-a"}
    for resource, name in names.items():
        shop.ec2.create_tags(Resources=[resource], Tags=[{"Key": "Name", "Value": name}])
    return shop


@pytest.fixture
def ask(app):
    """Ask the lab's control, and return the status and the answer."""

    def ask(action, **body):
        url = f"{inprocess.ADDRESS}/_lab/{action}"
        status, _, data = inprocess.call(app, "POST", url, json.dumps(body).encode())
        return status, json.loads(data)

    return ask


@pytest.fixture
def task(shop, monkeypatch):
    """A running task of the service `user`, as ECS keeps it."""
    eni = create_eni(shop.private, shop.app, description="arn:aws:ecs:us-east-1:1:attachment/1")
    running = SimpleNamespace(id="0123456789abcdef0123456789abcdef", group="service:user")
    monkeypatch.setattr(views, "_tasks", lambda account, region: [(running, eni)])
    return running


ARN = "arn:aws:ecs:us-east-1:123456789012:task/shop/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("place", [ARN, "0123456789abcdef0123456789abcdef", "user", "10.0.10.4"])
def test_a_task_is_found_by_what_a_learner_has(shop, ask, task, place):
    """Its ARN, its id, its service's name, its address."""
    create_eni(shop.public, shop.lb, public_ip=True, description="ELB app/shop/50dc6c495c0c9188")
    status, found = ask("path", source="shop", destination=place, port=3000)

    assert status == 200
    assert found["reachable"] is True
    assert found["why"] == f"shop reaches {place} on tcp port 3000."
    assert found["hops"][0]["name"] == "load balancer shop"
    assert "task 01234567 (user)" in [hop["name"] for hop in found["hops"]]


def test_the_way_to_an_aws_service_starts_with_its_name(shop, ask, task):
    """By HTTPS, whatever port was given."""
    _, found = ask("path", source="user", destination="ecr.api", port=80)

    assert found["port"] == 443
    assert found["hops"][0]["kind"] == "DNS"
    assert found["reachable"] is True


def test_a_path_names_where_it_stops(shop, ask, task):
    """The hop carries its code, and the place by the name that the learner gave."""
    _, found = ask("path", source="internet", destination="user", port=3000)
    stopped = found["hops"][-1]

    assert found["reachable"] is False
    assert stopped["ok"] is False
    assert stopped["code"] == "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
    assert found["why"] == stopped["why"]


@pytest.mark.parametrize(
    "asked",
    [
        {"source": "banana", "destination": "internet"},
        {"source": "internet", "destination": "banana"},
        {"source": "internet", "destination": "ecr.api"},
        {"source": "10.0.10.4.5", "destination": "internet"},
        {"source": "10.0.10.999", "destination": "internet"},
        {"source": "internet", "destination": "10.0.10.4", "port": 70_000},
    ],
)
def test_a_place_that_is_none_is_refused_with_a_reason(shop, ask, asked):
    """The learner reads what can be given."""
    status, answer = ask("path", **asked)

    assert status == 400
    assert len(answer["error"]) > 30


def test_a_map_tells_each_subnet_s_tier_and_what_is_in_it(shop, ask, task):
    """The default VPC is left out as soon as there is another one."""
    data = subnet(shop.ec2, shop.vpc, "10.0.20.0/28", "us-east-1b")
    _, found = ask("map")
    (vpc,) = found["vpcs"]
    tiers = {each["id"]: each["kind"] for each in vpc["subnets"]}
    private = next(each for each in vpc["subnets"] if each["id"] == shop.private)

    assert (vpc["id"], vpc["name"]) == (shop.vpc, "shop")
    assert vpc["internet_gateway"] == shop.igw
    assert vpc["zones"] == ["us-east-1a", "us-east-1b"]
    assert tiers == {shop.public: "public", shop.private: "private", data: "isolated"}
    assert private["free"] == 250
    assert [each["owner"] for each in private["interfaces"]] == ["task 01234567 (user)"]
    assert private["routes"] == [{"destination": "0.0.0.0/0", "target": shop.nat, "active": True}]


def test_a_map_of_endpoints_and_peerings(shop, ask):
    """Both are listed with what makes them work."""
    shop.ec2.create_vpc_endpoint(VpcId=shop.vpc, ServiceName="com.amazonaws.us-east-1.s3")
    other = shop.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    shop.ec2.create_vpc_peering_connection(VpcId=shop.vpc, PeerVpcId=other)
    _, found = ask("map", vpc_id=shop.vpc)

    assert [each["type"] for each in found["vpcs"][0]["endpoints"]] == ["gateway"]
    assert [(each["other"], each["active"]) for each in found["vpcs"][0]["peerings"]] == [
        (other, False)
    ]


def test_the_default_vpc_is_shown_when_there_is_no_other(app, session, ask):
    """A new account has one."""
    session.client("ec2").describe_vpcs()
    _, found = ask("map")

    assert [each["cidrs"] for each in found["vpcs"]] == [["172.31.0.0/16"]]


def test_a_vpc_that_is_not_there_is_refused(shop, ask):
    """With the command that lists those that are."""
    status, answer = ask("map", vpc_id="vpc-none")

    assert status == 400
    assert "describe-vpcs" in answer["error"]


def test_a_stopped_task_is_no_place(shop, session, monkeypatch):
    """Tasks are read from what ECS keeps, the stopped ones left out."""
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName="shop")
    from moto.ecs.models import ecs_backends

    backend = ecs_backends[views.ACCOUNT][views.REGION]
    eni = [{"name": "networkInterfaceId", "value": "eni-1"}]
    running = SimpleNamespace(
        id="a", group="service:user", attachments=[{"details": eni}], last_status="RUNNING"
    )
    stopped = SimpleNamespace(
        id="b", group="service:user", attachments=[{"details": eni}], last_status="STOPPED"
    )
    monkeypatch.setitem(backend.tasks, "shop", {"a": running, "b": stopped})

    assert views._tasks(views.ACCOUNT, views.REGION) == [(running, "eni-1")]
