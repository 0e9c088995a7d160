"""Clients for the course's own code."""

import pytest

from awslab.clients import client


@pytest.fixture
def keys(monkeypatch):
    """A function that puts credentials into the environment."""

    def put(name: str) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", name)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    return put


def test_a_client_has_the_credentials_of_now(keys):
    """A block under another role is not answered as the one before it."""
    keys("AKIAFIRST")
    first = client("ecr")
    keys("AKIASECOND")
    second = client("ecr")

    assert first._get_credentials().access_key == "AKIAFIRST"
    assert second._get_credentials().access_key == "AKIASECOND"


def test_clients_share_the_descriptions_of_services(keys):
    """Reading them is most of what a client costs."""
    keys("AKIAFIRST")
    models = [client("sns", region).meta.service_model for region in (None, "eu-west-1")]

    assert models[0]._service_description is models[1]._service_description


def test_a_region_of_choice(keys):
    """The environment's region is the default only."""
    keys("AKIAFIRST")

    assert [client("sns").meta.region_name, client("sns", "eu-west-1").meta.region_name] == [
        "us-east-1",
        "eu-west-1",
    ]
