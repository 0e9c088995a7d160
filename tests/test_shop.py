"""The prepared shop: built by one call, steady, and told as plain JSON."""

import json

import pytest

from awslab import shop
from awslab.server import inprocess
from awslab.server.app import LabApp


@pytest.fixture(scope="module")
def built():
    """Build the shop in a lab without a process; return the lab, the session and the ids."""
    app = LabApp()
    session = inprocess.session(app)
    return app, session, shop.build(session)


def test_the_ids_are_plain_json(built):
    """A check in another process can be told the ids as JSON."""
    _, _, ids = built

    assert json.loads(json.dumps(ids)) == ids
    assert set(ids["targets"]) == {"user", "order", "payment"}


@pytest.mark.parametrize("service", shop.SERVICES)
def test_every_service_answers_as_soon_as_it_is_built(built, service):
    """The shop is steady when `build` returns: each path answers 200."""
    app, _, _ = built
    status, _, body = inprocess.call(app, "GET", f"https://{shop.DOMAIN}/api/{service}s/7")

    assert (status, json.loads(body)["service"]) == (200, service)


def test_the_deployments_are_completed(built):
    """Every service runs two tasks on one completed deployment."""
    _, session, _ = built
    found = session.client("ecs").describe_services(cluster="shop", services=list(shop.SERVICES))

    states = [
        (s["runningCount"], [d["rolloutState"] for d in s["deployments"]])
        for s in found["services"]
    ]
    assert states == [(2, ["COMPLETED"])] * 3
