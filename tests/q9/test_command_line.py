"""The same shop, built with the real `aws` command in a real lab process, and asked by `requests` and curl."""

import json
import os
import re
import subprocess

import pytest
import requests

from awslab import guard, lab
from tests.q9 import architecture
from tests.q9.architecture import DOMAIN, SERVICES
from tests.tools import need

pytestmark = pytest.mark.slow


class CommandLine:
    """Look like a boto3 session and run `aws` for every call."""

    def __init__(self, folder):
        self.folder = folder

    def client(self, service):
        """Return an object whose methods are the service's commands."""
        return Commands({"s3": "s3api"}.get(service, service), self.folder)


class Commands:
    """The commands of one service: `create_service(cluster=...)` is `aws ecs create-service --cluster ...`."""

    def __init__(self, service, folder):
        self.service, self.folder = service, folder

    def __getattr__(self, operation):
        def run(**parameters):
            return self.run(operation.replace("_", "-"), parameters)

        return run

    def get_waiter(self, name):
        """Return a waiter: `aws ecs wait services-stable`."""
        commands = self

        class Waiter:
            def wait(self, **parameters):
                return commands.run(f"wait {name.replace('_', '-')}", parameters)

        return Waiter()

    def run(self, operation, parameters):
        """Run one command and return its JSON answer."""
        blobs = []
        for name in [n for n, value in parameters.items() if isinstance(value, bytes)]:
            path = self.folder / name
            path.write_bytes(parameters.pop(name))
            option = "--" + re.sub("([A-Z])", r"-\1", name).lower().lstrip("-")
            blobs += [option, str(path) if name == "Body" else f"fileb://{path}"]
        request = self.folder / "request.json"
        request.write_text(json.dumps(parameters))
        command = ["aws", self.service, *operation.split(), *blobs]
        done = subprocess.run(
            [*command, "--cli-input-json", f"file://{request}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)} {parameters}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop in a lab process, steady; the process's environment is the lab's meanwhile."""
    lab.start()
    try:
        commands = CommandLine(tmp_path_factory.mktemp("requests"))
        built = architecture.build(commands)
        for service in SERVICES:
            commands.client("ecs").get_waiter("services_stable").wait(
                cluster="shop", services=[service]
            )
        yield built
    finally:
        lab.stop()
        guard.uninstall()


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_answers_over_https(shop, service):
    """A plain HTTPS client accepts the certificate for the name and gets the service's answer."""
    answer = requests.get(f"https://{DOMAIN}/api/{service}s/7", timeout=30)

    assert answer.status_code == 200
    assert answer.json()["service"] == service


def test_http_redirects_to_https(shop):
    """The redirect is followed to the answer."""
    answer = requests.get(f"http://{shop.dns_name}/api/users/7", timeout=30, allow_redirects=False)
    followed = requests.get(f"http://{DOMAIN}/api/users/7", timeout=30)

    assert answer.status_code == 301
    assert followed.url.startswith("https://")
    assert followed.status_code == 200


def test_the_certificate_is_for_its_own_name_only(shop):
    """By the load balancer's own DNS name the certificate does not fit, and the client refuses."""
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{shop.dns_name}/api/users/7", timeout=30)


def test_curl_gets_an_answer_too(shop):
    """curl finds proxy and certificate authority in the environment."""
    done = subprocess.run(
        [need("curl", "apt install curl"), "-sS", f"https://{DOMAIN}/api/orders/1"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["service"] == "order"


def test_the_shop_is_steady(shop):
    """What the real command says of the services."""
    done = subprocess.run(
        "aws ecs describe-services --cluster shop --services user order payment "
        "--query 'services[].[runningCount,deployments[0].rolloutState]'",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == [[2, "COMPLETED"]] * 3
