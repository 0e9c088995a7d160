"""moto's backends, found fast: the same objects as before, and gone with a reset as before."""

from moto.core.base_backend import BackendDict
from moto.ecs.models import ecs_backends

from awslab.server import backends, ec2
from awslab.world.account import ACCOUNT, REGION
from tests.server.ecs_world import World


def test_an_account_is_found_again_and_made_when_it_is_new(app):
    """Both ways give one object, and moto knows that there is something to reset."""
    made = ecs_backends["999999999999"]

    assert BackendDict.__getitem__ is backends.get
    assert ecs_backends["999999999999"] is made
    assert backends._original(ecs_backends, "999999999999") is made
    assert ecs_backends in BackendDict._instances


def test_a_reset_forgets_accounts(app, session):
    """What was in one is gone, and a new one takes its place."""
    session.client("ecs").create_cluster(clusterName="main")
    before = ecs_backends[ACCOUNT][REGION]
    app.reset()
    after = ecs_backends[ACCOUNT][REGION]

    assert "main" not in after.clusters
    assert after is not before


def test_a_reset_forgets_what_another_service_made_anew(app, session):
    """Application Auto Scaling takes ECS's account again while moto resets it."""
    for _ in range(2):
        session.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
        session.client("ecs").create_cluster(clusterName="main")
        app.reset()

    assert not dict.get(ecs_backends, ACCOUNT)
    assert not session.client("ecs").list_clusters()["clusterArns"]


def test_a_way_is_walked_once_until_something_changes(app, session):
    """The same answer object comes back; a new interface or a changed rule makes a new one."""
    world = World(session).network()
    one, two = (
        ec2.create_eni(ACCOUNT, REGION, world.subnets[0], [world.group], "").id for _ in "ab"
    )
    first = ec2.reach(ACCOUNT, REGION, one, two, 3000)
    again = ec2.reach(ACCOUNT, REGION, one, two, 3000)
    network = ec2.network(ACCOUNT, REGION)
    known = len(network.ways)
    ec2.create_eni(ACCOUNT, REGION, world.subnets[1], [world.group], "")
    forgotten = len(network.ways)
    rule = {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000}
    rule["IpRanges"] = [{"CidrIp": "10.0.0.0/16"}]
    world.ec2.authorize_security_group_ingress(GroupId=world.group, IpPermissions=[rule])
    opened = ec2.reach(ACCOUNT, REGION, one, two, 3000)

    assert again is first
    assert not first.reachable
    assert (known, forgotten) == (1, 0)
    assert opened.reachable
