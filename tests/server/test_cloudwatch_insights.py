"""Container Insights of a cluster, by public calls only."""

from datetime import timedelta

from awslab.server import clock
from tests.server.ecs_world import World


def world(session, value):
    """Two tasks in a cluster with a setting of Container Insights."""
    world = World(session).network().roles()
    world.ecs.create_cluster(
        clusterName="main", settings=[{"name": "containerInsights", "value": value}]
    )
    image = world.image(app={"port": 3000, "memory": 128})
    world.service(world.definition(image), desired=2)
    world.until(lambda service: service["runningCount"] == 2)
    return world


def metrics(session):
    """Return the metrics of Container Insights: name -> sets of the names of dimensions."""
    found = session.client("cloudwatch").list_metrics(Namespace="ECS/ContainerInsights")
    names = {}
    for each in found["Metrics"]:
        having = tuple(sorted(d["Name"] for d in each["Dimensions"]))
        names.setdefault(each["MetricName"], set()).add(having)
    return names


def read(session, name, statistic="Sum", **having):
    """Return the newest value of a metric."""
    found = session.client("cloudwatch").get_metric_statistics(
        Namespace="ECS/ContainerInsights",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in having.items()],
        StartTime=clock.EPOCH,
        EndTime=clock.current.now + timedelta(minutes=1),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return max(found, key=lambda point: point["Timestamp"])[statistic]


def test_a_service_is_measured_once_a_minute(app, session, advance):
    """Counts, and the sum over its tasks of what they have and use."""
    world(session, "enabled")
    advance(120)
    expected = {
        "DesiredTaskCount": 2,
        "RunningTaskCount": 2,
        "PendingTaskCount": 0,
        "DeploymentCount": 1,
        "CpuReserved": 512,
        "MemoryReserved": 1024,
        "MemoryUtilized": 256,
        "CpuUtilized": 0,
    }

    actual = {name: read(session, name, ClusterName="main", ServiceName="app") for name in expected}

    assert actual == expected


def test_a_cluster_and_a_family_are_measured(app, session, advance):
    """Each metric under AWS's dimensions, tasks not one by one."""
    world(session, "enabled")
    advance(60)
    found = metrics(session)

    assert found["CpuUtilized"] == {
        ("ClusterName",),
        ("ClusterName", "ServiceName"),
        ("ClusterName", "TaskDefinitionFamily"),
    }
    assert found["TaskCount"] == {("ClusterName",)}
    assert read(session, "TaskCount", ClusterName="main") == 2
    assert "TaskCpuUtilization" not in found


def test_enhanced_measures_every_task(app, session, advance):
    """The same, and each task by its id."""
    world(session, "enhanced")
    advance(60)

    found = metrics(session)

    assert ("ClusterName", "ServiceName", "TaskId") in found["CpuUtilized"]
    assert ("ClusterName", "ServiceName") in found["TaskCpuUtilization"]


def test_a_cluster_that_does_not_ask_is_not_measured(app, session, advance):
    """Off, and turned on later."""
    made = world(session, "disabled")
    advance(120)
    before = metrics(session)
    made.ecs.update_cluster_settings(
        cluster="main", settings=[{"name": "containerInsights", "value": "enabled"}]
    )
    advance(60)

    assert before == {}
    assert "RunningTaskCount" in metrics(session)
