"""Clusters as boto3 sees them, from an empty account."""

import pytest

from tests.server.elb import refused

ARN = "arn:aws:ecs:us-east-1:123456789012"


@pytest.fixture
def ecs(app, session):
    """An ECS client of the empty lab."""
    return session.client("ecs")


def test_a_cluster_is_not_replaced_by_creating_it_again(ecs):
    """moto loses its settings."""
    first = ecs.create_cluster(
        clusterName="shop",
        capacityProviders=["FARGATE"],
        settings=[{"name": "containerInsights", "value": "enabled"}],
        tags=[{"key": "team", "value": "web"}],
    )["cluster"]
    again = ecs.create_cluster(clusterName="shop")["cluster"]

    assert again == first
    assert ecs.list_clusters()["clusterArns"] == [f"{ARN}:cluster/shop"]


def test_a_cluster_without_capacity_providers_has_empty_lists(ecs):
    """In CreateCluster and in DescribeClusters; moto leaves the lists out."""
    made = ecs.create_cluster(clusterName="shop")["cluster"]
    found = ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    lists = ("capacityProviders", "defaultCapacityProviderStrategy")

    assert [made[name] for name in (*lists, "statistics", "tags")] == [[], [], [], []]
    assert [found[name] for name in lists] == [[], []]


def test_settings_and_tags_of_a_cluster_are_shown_when_asked_for(ecs):
    """Without `include` the lists are there and empty; asking changes nothing for the next one."""
    tags = [{"key": "team", "value": "web"}]
    ecs.create_cluster(clusterName="shop", tags=tags)
    plain, asked, again = (
        ecs.describe_clusters(clusters=["shop"], include=include)["clusters"][0]
        for include in ([], ["SETTINGS", "TAGS"], [])
    )

    assert (plain["settings"], plain["tags"], plain["statistics"]) == ([], [], [])
    assert asked["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    assert asked["tags"] == tags
    assert again == plain


def test_a_deleted_cluster_is_not_listed(ecs):
    """It can still be described, as INACTIVE."""
    ecs.create_cluster(clusterName="shop")
    ecs.delete_cluster(cluster="shop")

    assert ecs.list_clusters()["clusterArns"] == []
    assert ecs.describe_clusters(clusters=["shop"])["clusters"][0]["status"] == "INACTIVE"


@pytest.mark.parametrize("kind", ["services", "tasks"])
def test_an_empty_list_describes_nothing(ecs, kind):
    """What list_services or list_tasks found has to be looked at first."""
    ecs.create_cluster(clusterName="shop")
    answer = refused(getattr(ecs, f"describe_{kind}"), cluster="shop", **{kind: []})

    assert answer == ("InvalidParameterException", f"{kind.capitalize()} cannot be empty.")
