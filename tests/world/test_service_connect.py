"""Service Connect's endpoints: their names, ports and defaults, and the tasks that a proxy tries."""

import pytest

from awslab.world import service_connect
from awslab.world.request_error import RequestError
from awslab.world.service_connect import Endpoint

CONTAINERS = [{"portMappings": [{"containerPort": 3000, "name": "http"}, {"containerPort": 9000}]}]


def offered(enabled=True, **entry):
    """Return the endpoints of a configuration with one entry."""
    configuration = {"enabled": enabled, "services": [{"portName": "http", **entry}]}
    return service_connect.endpoints(configuration, CONTAINERS, "shop")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, Endpoint("http", "http.shop", 3000, 3000)),
        ({"discoveryName": "orders"}, Endpoint("orders", "orders.shop", 3000, 3000)),
        (
            {"discoveryName": "orders", "clientAliases": [{"port": 80, "dnsName": "orders"}]},
            Endpoint("orders", "orders", 80, 3000),
        ),
        ({"clientAliases": [{"port": 80}]}, Endpoint("http", "http.shop", 80, 3000)),
        ({"ingressPortOverride": 4000}, Endpoint("http", "http.shop", 3000, 4000)),
        ({"tls": {"roleArn": "r"}}, Endpoint("http", "http.shop", 3000, 3000, encrypted=True)),
    ],
)
def test_names_and_ports_have_defaults(entry, expected):
    """The port mapping's name and port, and the namespace, fill in what the entry leaves out."""
    assert offered(**entry) == (expected,)


@pytest.mark.parametrize("entry", [{"enabled": False}, {"portName": "grpc"}])
def test_what_is_off_or_has_no_port_offers_nothing(entry):
    """A client service has no endpoints either."""
    assert offered(**entry) == ()
    assert service_connect.endpoints({"enabled": True}, CONTAINERS, "shop") == ()
    assert service_connect.endpoints(None, CONTAINERS, "shop") == ()


def test_a_name_is_found_whatever_its_case():
    """Host names have none."""
    known = [("srv-1", Endpoint("orders", "orders", 80, 3000))]

    assert service_connect.find(known, "Orders") == known
    assert service_connect.find(known, "order") == []


@pytest.mark.parametrize(
    ("addresses", "turn", "expected"),
    [
        (["a", "b"], 0, ["a", "b"]),
        (["a", "b"], 1, ["b", "a"]),
        (["a", "b", "c", "d"], 5, ["b", "c", "d"]),
        ([], 3, []),
    ],
)
def test_tasks_are_tried_in_turn_and_at_most_three(addresses, turn, expected):
    """Round robin, with two retries at other tasks."""
    assert service_connect.attempts(addresses, turn) == expected


@pytest.mark.parametrize(
    "entry",
    [
        {"clientAliases": [{"port": 80}, {"port": 81}]},
        {"clientAliases": [{"port": 0}]},
        {"ingressPortOverride": 70000},
        {"discoveryName": "-orders"},
        {"discoveryName": "o" * 65},
        {"tls": {"issuerCertificateAuthority": {"awsPcaAuthorityArn": "arn"}}},
    ],
)
def test_what_makes_no_sense_is_refused(entry):
    """With ECS's code for a wrong parameter."""
    with pytest.raises(RequestError) as caught:
        service_connect.check({"portName": "http", **entry})

    assert caught.value.code == "InvalidParameterException"
