"""Nothing in a notebook with a lab reaches the real AWS: every way out that plain moto leaves open, tried.

No host here is real: AWS's names do not resolve where tests run, 192.0.2.0/24 and 2001:db8::/32 are for documentation.
Each test asserts that the guard answered, not that the network failed.
"""

import asyncio
import concurrent.futures
import http.client
import socket
import subprocess
import sys
import urllib.request

import boto3
import httpx
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from awslab import RealAWSRefused
from awslab.guard import hook
from tests.tools import need

pytestmark = pytest.mark.slow

AWS = "ecs.us-east-1.amazonaws.com"
NOWHERE = "192.0.2.1"
NOWHERE_6 = "2001:db8::1"
REFUSED = "The lab refused a connection to"
DOOR = "It never forwards a request"


@pytest.fixture(scope="module")
def early():
    """A client and a resource made before there was a lab, with credentials that might be real."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "an-employer-s-key")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        session = boto3.session.Session(region_name="us-east-1")
        return {"client": session.client("ecs"), "resource": session.resource("s3")}


@pytest.fixture(scope="module", autouse=True)
def lab(early, cloud):
    """The lab, started after the early clients."""
    return cloud


def ecs(**options):
    """Return a client as a learner makes one."""
    return boto3.session.Session().client("ecs", **options)


CLIENTS = {
    "made before start()": lambda early: early["client"].list_clusters(),
    "resource made before start()": lambda early: list(early["resource"].buckets.all()),
    "endpoint_url of AWS": lambda _: ecs(endpoint_url=f"https://{AWS}").list_clusters(),
    "endpoint_url, dualstack": lambda _: ecs(
        endpoint_url="https://ecs.us-east-1.api.aws"
    ).list_clusters(),
    "endpoint_url, China": lambda _: ecs(
        endpoint_url="https://ecs.cn-north-1.amazonaws.com.cn"
    ).list_clusters(),
    "endpoint_url, an address": lambda _: ecs(endpoint_url=f"http://{NOWHERE}").list_clusters(),
    "endpoint_url like loopback": lambda _: ecs(
        endpoint_url="http://127.0.0.1.example.com"
    ).list_clusters(),
    "ignore_configured_endpoint_urls": lambda _: ecs(
        config=Config(ignore_configured_endpoint_urls=True)
    ).list_clusters(),
    "ignore and FIPS": lambda _: ecs(
        config=Config(ignore_configured_endpoint_urls=True, use_fips_endpoint=True)
    ).list_clusters(),
    "ignore and dualstack": lambda _: ecs(
        config=Config(ignore_configured_endpoint_urls=True, use_dualstack_endpoint=True)
    ).list_clusters(),
    "ignore and an invented region": lambda _: ecs(
        region_name="xx-nowhere-1", config=Config(ignore_configured_endpoint_urls=True)
    ).list_clusters(),
}


@pytest.mark.parametrize("way", CLIENTS)
def test_botocore_refuses_every_endpoint_but_the_lab(early, way):
    """A client that would reach AWS gets an error that says where it was going and what to do instead."""
    with pytest.raises(RealAWSRefused) as refused:
        CLIENTS[way](early)

    assert REFUSED in str(refused.value)
    assert "create clients after cloud = awslab.start()" in str(refused.value)


VARIABLES = {
    "AWS_ENDPOINT_URL unset": ("AWS_ENDPOINT_URL", None),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    "AWS_ENDPOINT_URL_ECS": ("AWS_ENDPOINT_URL_ECS", f"https://{AWS}"),
}


@pytest.mark.parametrize("way", VARIABLES)
def test_a_changed_variable_does_not_open_a_way_out(monkeypatch, way):
    """What a learner pastes into a cell (`%env ...`) after start() is refused at the first call."""
    name, value = VARIABLES[way]
    monkeypatch.delenv(name, raising=False)
    if value:
        monkeypatch.setenv(name, value)
    with pytest.raises(RealAWSRefused) as refused:
        ecs().list_clusters()

    assert f"{REFUSED} https://{AWS}/" in str(refused.value)


def test_a_proxy_of_ones_own_is_refused():
    """botocore's own proxy setting would carry a call to the lab off the machine."""
    client = ecs(config=Config(proxies={"http": f"http://{NOWHERE}:3128"}))
    with pytest.raises(Exception, match=f"{REFUSED} {NOWHERE}"):
        client.list_clusters()


def test_a_client_in_a_thread_is_refused(early):
    """The guard is the process's, not the thread's."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        errors = [pool.submit(early["client"].list_clusters).exception() for _ in range(4)]

    assert [type(error) for error in errors] == [RealAWSRefused] * 4


ANSWERED = {
    "FIPS": lambda: ecs(config=Config(use_fips_endpoint=True)).list_clusters(),
    "dualstack": lambda: ecs(config=Config(use_dualstack_endpoint=True)).list_clusters(),
    "China": lambda: ecs(region_name="cn-north-1").list_clusters(),
    "European sovereign": lambda: ecs(region_name="eusc-de-east-1").list_clusters(),
    "a service that moto has not": lambda: (
        boto3.session.Session().client("outposts").list_outposts()
    ),
    "invented region": lambda: ecs(region_name="xx-nowhere-1").list_clusters(),
}


@pytest.mark.parametrize("way", ANSWERED)
def test_other_partitions_and_unknown_services_are_answered_by_the_lab(way):
    """What has another host name at AWS is the lab's business too."""
    try:
        answer = ANSWERED[way]()
    except ClientError as error:
        answer = error.response
    server = answer["ResponseMetadata"]["HTTPHeaders"]["server"]

    assert server.startswith("Werkzeug/")


async def _open_connection():
    await asyncio.open_connection(NOWHERE, 443)


async def _open_datagram():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(NOWHERE, 53))


async def _resolve():
    await asyncio.get_running_loop().getaddrinfo(AWS, 443)


def _on_socket(kind, family, use):
    with socket.socket(family, kind) as opened:
        use(opened)


def _tcp(use, family=socket.AF_INET):
    _on_socket(socket.SOCK_STREAM, family, use)


def _udp(use):
    _on_socket(socket.SOCK_DGRAM, socket.AF_INET, use)


DIRECT = {
    "urllib": lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"http://{AWS}"
    ),
    "http.client": lambda: http.client.HTTPSConnection(AWS).request("GET", "/"),
    "httpx": lambda: httpx.get(f"http://{AWS}", trust_env=False),
    "requests": lambda: requests.get(f"http://{AWS}", proxies={"http": None, "no_proxy": "*"}),
    "create_connection": lambda: socket.create_connection((NOWHERE, 443)),
    "connect": lambda: _tcp(lambda s: s.connect((NOWHERE, 443))),
    "connect_ex": lambda: _tcp(lambda s: s.connect_ex((NOWHERE, 443))),
    "connect, IPv6": lambda: _tcp(lambda s: s.connect((NOWHERE_6, 443)), socket.AF_INET6),
    "UDP sendto": lambda: _udp(lambda s: s.sendto(b"x", (NOWHERE, 53))),
    "UDP sendmsg": lambda: _udp(lambda s: s.sendmsg([b"x"], [], 0, (NOWHERE, 53))),
    "UDP connect": lambda: _udp(lambda s: s.connect((NOWHERE, 53))),
    "getaddrinfo": lambda: socket.getaddrinfo(AWS, 443),
    "gethostbyname": lambda: socket.gethostbyname(AWS),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex(AWS),
    "gethostbyaddr": lambda: socket.gethostbyaddr(NOWHERE),
    "getnameinfo": lambda: socket.getnameinfo((NOWHERE, 443), 0),
    "instance metadata": lambda: socket.create_connection(("169.254.169.254", 80)),
    "asyncio connection": lambda: asyncio.run(_open_connection()),
    "asyncio datagram": lambda: asyncio.run(_open_datagram()),
    "asyncio getaddrinfo": lambda: asyncio.run(_resolve()),
}


@pytest.mark.parametrize("way", DIRECT)
def test_a_direct_connection_is_refused(way):
    """Whatever library opens it, a connection or a look-up of this process ends at the audit hook."""
    with pytest.raises(RealAWSRefused, match=REFUSED):
        DIRECT[way]()


def test_plain_http_through_the_proxy_gets_the_doors_answer(lab):
    """A library that obeys HTTP_PROXY is told by the lab that nothing is forwarded."""
    answers = [requests.get(f"http://{AWS}"), httpx.get(f"http://{AWS}")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert all(f"The lab has nothing at {AWS}" in answer.text for answer in answers)
    assert all(DOOR in answer.text for answer in answers)


@pytest.mark.parametrize(
    "get", [urllib.request.urlopen, requests.get, httpx.get], ids=["urllib", "requests", "httpx"]
)
def test_tls_through_the_proxy_gets_no_tunnel(get):
    """CONNECT is answered 403: no byte of a TLS connection is carried.

    An opener that urllib built before the lab was there knows no proxy, and meets the hook instead.
    """
    with pytest.raises(Exception, match=r"403 Forbidden|The lab refused"):
        get(f"https://{AWS}")


PYTHON = sys.executable
DIRECTLY = ["env", "-u", "https_proxy", "-u", "HTTPS_PROXY"]
CALL = "import boto3; boto3.client('ecs').list_clusters()"
URLLIB = f"import urllib.request as u; u.urlopen('https://{AWS}')"
# Name -> command line, what of the refusal is seen. `lab` is the lab's own address.
CHILDREN = {
    "python": ([PYTHON, "-c", f"import socket; socket.getaddrinfo('{AWS}', 443)"], REFUSED),
    "python without proxies": (
        [*DIRECTLY, PYTHON, "-c", URLLIB],
        REFUSED,
    ),
    "python without PYTHONPATH": (["env", "-u", "PYTHONPATH", PYTHON, "-c", URLLIB], "403"),
    "boto3 without AWS_ENDPOINT_URL": (
        ["env", "-u", "AWS_ENDPOINT_URL", PYTHON, "-c", CALL],
        'Failed to connect to proxy URL: "{lab}',
    ),
    "boto3 without AWS_ENDPOINT_URL and proxies": (
        [*DIRECTLY, "-u", "AWS_ENDPOINT_URL", PYTHON, "-c", CALL],
        REFUSED,
    ),
    "boto3 with its own endpoint": (
        [PYTHON, "-c", CALL.replace("'ecs'", f"'ecs', endpoint_url='http://{AWS}'")],
        DOOR,
    ),
    "aws --endpoint-url": (
        ["aws", "--endpoint-url", f"https://{AWS}", "ecs", "list-clusters"],
        REFUSED,
    ),
    "the venv's aws by its module, without AWS_ENDPOINT_URL": (
        ["env", "-u", "AWS_ENDPOINT_URL", PYTHON, "-m", "awscli", "ecs", "list-clusters"],
        'Failed to connect to proxy URL: "{lab}',
    ),
    "curl": (["curl", "-sS", f"http://{AWS}"], DOOR),
    "curl, TLS": (["curl", "-sS", f"https://{AWS}"], "403"),
    "curl, an address": (["curl", "-sS", f"http://{NOWHERE}"], DOOR),
}


@pytest.mark.parametrize("way", CHILDREN)
def test_a_child_process_is_refused(lab, way):
    """`!command`, `%%bash` and subprocesses inherit the hook, the proxy and the guarded `aws`."""
    command, refusal = CHILDREN[way]
    need(command[0], f"apt install {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert refusal.format(lab=lab.endpoint) in done.stdout + done.stderr
    assert done.returncode != 0 or DOOR in done.stdout


@pytest.mark.parametrize(
    "changed",
    [
        ["-u", "AWS_ENDPOINT_URL"],
        ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"],
        [f"AWS_ENDPOINT_URL_ECS=https://{AWS}"],
    ],
    ids=["no endpoint", "endpoints ignored", "an endpoint for one service"],
)
def test_the_aws_command_finds_the_lab_whatever_the_environment_says(lab, changed):
    """The wrapper names the lab on the command line, which beats every variable."""
    command = ["env", *changed, "aws", "ecs", "list-clusters"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "clusterArns" in done.stdout


# What moto alone loses: the order of imports, and a stop too many.
SCRIPTS = {
    "session made before import moto": """
        import boto3
        session = boto3.session.Session(region_name="us-east-1")
        early = session.client("ecs", endpoint_url="https://ecs.us-east-1.amazonaws.com")
        import moto
        import awslab
        awslab.start()
        early.list_clusters()
        """,
    "client made before the first moto start": """
        from moto import mock_aws
        import boto3
        early = boto3.client("ecs", endpoint_url="https://ecs.us-east-1.amazonaws.com")
        import awslab
        awslab.start()
        early.list_clusters()
        """,
    "an extra stop": """
        import awslab
        awslab.start()
        from moto import mock_aws
        import boto3
        mock = mock_aws()
        try:
            mock.stop()
        except RuntimeError:
            pass
        mock.start()
        boto3.client("ecs", endpoint_url="https://ecs.us-east-1.amazonaws.com").list_clusters()
        """,
    "after awslab.stop()": """
        import os
        import awslab
        awslab.start()
        awslab.stop()
        import boto3
        os.environ.pop("AWS_ENDPOINT_URL", None)
        boto3.client("ecs", region_name="us-east-1", aws_access_key_id="a",
                     aws_secret_access_key="b").list_clusters()
        """,
}


@pytest.mark.parametrize("way", SCRIPTS)
def test_the_order_of_imports_starts_and_stops_does_not_matter(way):
    """A kernel whose cells ran in another order, or once too often, is refused as well."""
    lines = [line.removeprefix(" " * 8) for line in SCRIPTS[way].splitlines()]
    done = subprocess.run(
        [PYTHON, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"RealAWSRefused: {REFUSED} https://{AWS}/" in done.stderr


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        (b"localhost", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        (None, True),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        (NOWHERE, False),
        (f"::ffff:{NOWHERE}", False),
        (AWS, False),
    ],
)
def test_only_this_machine_is_loopback(host, here):
    """A name that looks like loopback is not."""
    assert hook.is_loopback(host) == here


def test_loopback_stays_open(lab):
    """Jupyter's own channels and the lab are not disturbed."""
    answers = [get(f"{lab.endpoint}/_lab/status") for get in (requests.get, httpx.get)]

    assert [answer.status_code for answer in answers] == [200, 200]
