"""The lab's front: what it answers as AWS, what it refuses, and that nothing raw comes through."""

import concurrent.futures
import json
import sys
import threading
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.ecr.models import ECRBackend
from moto.iam.models import IAMBackend
from moto.route53.models import Route53Backend
from moto.s3.models import S3Backend

from awslab.server import door, inprocess
from awslab.world.account import ADMINISTRATOR

ADDRESS = inprocess.ADDRESS
REFUSED = {
    "unknown host": ("GET", "http://example.com/", "example.com by that name"),
    "AWS by its name": ("POST", "http://ecs.us-east-1.amazonaws.com/", "ecs.us-east-1.amazonaws"),
    "looks like loopback": ("GET", "http://127.0.0.1.example.com/", "127.0.0.1.example.com"),
    "CONNECT": ("CONNECT", "http://example.com:443/", "over TLS"),
    "moto's control": ("POST", f"{ADDRESS}/moto-api/reset", "moto's own control is closed"),
    "unknown control": ("POST", f"{ADDRESS}/_lab/nope", "/_lab/nope"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_in_the_lab_is_refused(app, what):
    """403 and a sentence; nothing is ever forwarded."""
    method, url, words = REFUSED[what]
    status, _, body = inprocess.call(app, method, url)

    assert status == 403
    assert words in body.decode()


def test_control_tells_advances_and_resets_the_time(app):
    """The three things that AWS does not have."""

    def ask(action, **body):
        answer = inprocess.call(app, "POST", f"{ADDRESS}/_lab/{action}", json.dumps(body).encode())
        return json.loads(answer[2])["now"]

    before = ask("status")
    later = ask("advance", seconds=90)

    assert (before, later) == ("2026-01-05T09:00:00+00:00", "2026-01-05T09:01:30+00:00")
    assert ask("reset") == before


def boom(self, *args, **kwargs):
    """Fail as moto does on what it did not foresee."""
    raise KeyError("boom")


BROKEN = {
    "JSON": ("ecr", ECRBackend, "describe_repositories", {}),
    "query": ("iam", IAMBackend, "list_roles", {}),
    "REST-XML": ("route53", Route53Backend, "list_hosted_zones", {}),
    "S3": ("s3", S3Backend, "list_buckets", {}),
}


@pytest.mark.parametrize("protocol", BROKEN)
def test_a_fault_inside_the_lab_is_an_internal_failure(app, session, monkeypatch, protocol):
    """A raw Python exception reaches boto3 in the service's protocol, and says that it is not the learner's."""
    service, backend, operation, arguments = BROKEN[protocol]
    client = session.client(service, config=Config(retries={"total_max_attempts": 1}))
    monkeypatch.setattr(backend, operation, boom)
    with pytest.raises(ClientError) as failed:
        getattr(client, operation)(**arguments)

    assert failed.value.response["Error"]["Code"] == "InternalFailure"
    assert "(KeyError: 'boom')" in str(failed.value)
    assert "a fault of the lab, not of your request" in str(failed.value)


NOT_SIMULATED = {
    "JSON operation": lambda s: s.client("ecr").describe_pull_through_cache_rules(),
    "query operation": lambda s: s.client("iam").generate_service_last_accessed_details(
        Arn="x" * 20
    ),
    "REST path": lambda s: s.client("guardduty").list_members(DetectorId="x"),
    "service": lambda s: s.client("outposts").list_outposts(),
}


@pytest.mark.parametrize("what", NOT_SIMULATED)
def test_what_the_lab_does_not_simulate_says_so(app, session, what):
    """One error code and one sentence for operations, paths and services that nobody wrote."""
    with pytest.raises(ClientError) as failed:
        NOT_SIMULATED[what](session)

    assert failed.value.response["Error"]["Code"] == "NotImplemented"
    assert "The lab does not simulate" in str(failed.value)


@pytest.mark.parametrize("service", ["ecr", "ec2", "s3"])
def test_an_invented_region_is_named(app, service):
    """A slip in the region's name is not a fault of the lab."""
    calls = {"ecr": "describe_repositories", "ec2": "describe_vpcs", "s3": "list_buckets"}
    client = inprocess.session(app, "us-esat-1").client(service)
    try:
        getattr(client, calls[service])()
        error = None
    except ClientError as raised:
        error = raised.response["Error"]

    # S3's buckets are one list for all regions.
    assert error is None if service == "s3" else error["Code"] == "InvalidSignatureException"
    assert service == "s3" or "'us-esat-1'" in error["Message"]


@pytest.fixture
def address(app):
    """The core behind the door, on a port of its own."""
    server = door.open_door(app)
    serving = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def clients(address):
    """Eight ECR clients at the door."""
    config = Config(proxies={}, retries={"total_max_attempts": 1})
    session = boto3.session.Session(ADMINISTRATOR, "x", "x", region_name="us-east-1")
    made = [session.client("ecr", endpoint_url=address, config=config) for _ in range(8)]
    yield made
    for client in made:
        client.close()


def test_eight_clients_at_once_get_what_they_asked_for(clients):
    """moto's dictionaries race; the door lets one request in at a time, and no answer is another's."""

    def work(client, worker):
        names = [f"w{worker}-{number}" for number in range(20)]
        answers = [client.create_repository(repositoryName=name) for name in names]
        return [answer["repository"]["repositoryName"] for answer in answers] == names

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        right = list(pool.map(work, clients, range(8)))
    found = clients[0].get_paginator("describe_repositories").paginate()
    names = {repository["repositoryName"] for page in found for repository in page["repositories"]}

    assert right == [True] * 8
    assert len(names) == 160


def test_the_core_needs_no_thread_and_no_socket():
    """Only the door opens a port: the core may run where there is none, as in a browser."""
    names = ("awslab.server.app", "awslab.server.registry")
    texts = [Path(sys.modules[name].__file__).read_text() for name in names]
    lines = [line for text in texts for line in text.splitlines()]
    imported = [line for line in lines if line.startswith(("import", "from"))]

    assert imported
    assert not [line for line in imported if "socket" in line or "threading" in line]
