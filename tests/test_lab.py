"""The lab's life: started once a kernel, found again, gone with a clear sentence, ended with the kernel."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import boto3
import nbclient
import nbformat
import pytest

import awslab
from awslab import LabError, LabGone, fixtures, guard, lab

pytestmark = pytest.mark.slow

LIMIT = 30  # seconds until a test gives up; nothing waits that long


@pytest.fixture
def start(monkeypatch):
    """Return awslab.start; what it started is stopped afterwards, before monkeypatch takes its changes back."""
    yield awslab.start
    awslab.stop()
    guard.uninstall()


def client(service="ecr"):
    """Return a client as a learner makes one."""
    return boto3.session.Session().client(service)


def names(ecr):
    """Return the names of all repositories."""
    return [found["repositoryName"] for found in ecr.describe_repositories()["repositories"]]


def test_a_second_start_finds_the_same_lab(start):
    """Running the first cell again changes nothing: same address, same resources, same time."""
    first = start()
    client().create_repository(repositoryName="shop")
    first.advance("3 min")
    second = start()

    assert (second.endpoint, second.now) == (first.endpoint, first.now)
    assert names(client()) == ["shop"]


def test_stop_gives_everything_back():
    """The environment is what it was, and the lab's process and folder are gone."""
    before = dict(os.environ)
    awslab.start()
    running = lab.start()
    during = dict(os.environ)
    awslab.stop()
    guard.uninstall()

    assert during["AWS_ENDPOINT_URL"] == running.endpoint
    assert during["PATH"].startswith(str(running.home / "bin"))
    assert dict(os.environ) == before
    assert running.process.poll() == 0
    assert not running.home.exists()


def test_variables_that_lead_past_the_lab_are_set_aside(start, monkeypatch):
    """An employer's profile, role or endpoint does not apply while the lab runs, and is back afterwards."""
    theirs = {
        "AWS_PROFILE": "work",
        "AWS_ROLE_ARN": "arn:aws:iam::210987654321:role/work",
        "AWS_ENDPOINT_URL_ECR": "https://192.0.2.1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    start()
    during = [name for name in theirs if name in os.environ]
    client().create_repository(repositoryName="shop")
    found = names(client())
    awslab.stop()

    assert (during, found) == ([], ["shop"])
    assert {name: os.environ[name] for name in theirs} == theirs


def test_a_lab_whose_process_died_says_so_and_comes_back(start):
    """Old clients and `cloud` raise LabGone with what to do; doing it works, in the same kernel."""
    cloud = start()
    ecr = client()
    ecr.create_repository(repositoryName="shop")
    cloud._lab.process.kill()
    cloud._lab.process.wait()
    errors = []
    for use in (ecr.describe_repositories, lambda: cloud.now, cloud.reset):
        with pytest.raises(LabGone) as gone:
            use()
        errors.append(str(gone.value))
    again = start()
    with pytest.raises(LabGone) as still:
        ecr.describe_repositories()

    assert len(set(errors)) == 1
    assert errors[0].startswith(f"The lab at {cloud.endpoint} does not answer: its process has")
    assert "Run `cloud = awslab.start()` again" in errors[0]
    assert str(still.value) == errors[0]
    assert again.endpoint != cloud.endpoint
    assert names(client()) == []


def test_an_address_where_no_lab_answers_is_named(start, monkeypatch):
    """AWSLAB_ENDPOINT is somebody's decision: the error names it and both ways on."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(LabError) as refused:
        start()

    assert str(refused.value) == (
        "AWSLAB_ENDPOINT is set to http://127.0.0.1:1, but no lab answers there. "
        "Start that lab, or unset AWSLAB_ENDPOINT to get a lab of your own."
    )


def test_a_lab_that_cannot_start_shows_what_it_wrote(start, monkeypatch, tmp_path):
    """A broken installation is a LabError with the process's own words."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no moto here >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(lab.LabNotStarted, match=r"exit code 3\)(.|\n)*no moto here"):
        start()

    assert "AWS_ENDPOINT_URL" not in os.environ


ATTACH = """
import os, awslab
cloud = awslab.start()
import boto3
print(cloud.endpoint, boto3.client("ecr").describe_repositories()["repositories"][0]["repositoryName"])
print(os.environ["AWSLAB_HOME"])
"""


def test_a_child_attaches_to_the_lab_and_leaves_it_running(start):
    """`!python script.py` works on the notebook's AWS; its own folder goes when it ends."""
    cloud = start()
    client().create_repository(repositoryName="shop")
    done = subprocess.run([sys.executable, "-c", ATTACH], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, home = done.stdout.splitlines()

    assert first == f"{cloud.endpoint} shop"
    assert not Path(home).exists()
    assert names(client()) == ["shop"]


KERNEL = """
import sys, json, awslab
from awslab import lab
cloud = awslab.start()
running = lab.start()
import boto3
boto3.client("ecr").create_repository(repositoryName="mine")
print(json.dumps({"endpoint": cloud.endpoint, "pid": running.process.pid,
                  "home": str(running.home)}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def kernel():
    """Start a Python with a lab of its own; return its process and what it tells of the lab."""
    with contextlib.ExitStack() as stack:

        def kernel():
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", KERNEL],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            return process, json.loads(process.stdout.readline())

        yield kernel


@pytest.mark.parametrize("end", ["normally", "by SIGKILL"])
def test_the_lab_ends_with_its_kernel(kernel, end):
    """However the kernel ends, no process and no folder is left behind."""
    process, told = kernel()
    alive = os.pidfd_open(told["pid"])
    if end == "normally":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([alive], [], [], LIMIT)
    os.close(alive)

    assert ended
    assert not Path(told["home"]).exists()


def test_a_second_kernel_has_a_lab_of_its_own(kernel):
    """Two notebooks do not share an account."""
    kernels = [kernel() for _ in range(2)]
    for process, _ in kernels:
        process.stdin.close()
        process.wait(LIMIT)
    told = [lab for _, lab in kernels]

    # Both made a repository of the same name, which one account would have refused.
    assert [process.returncode for process, _ in kernels] == [0, 0]
    assert told[0]["endpoint"] != told[1]["endpoint"]
    assert told[0]["home"] != told[1]["home"]


def test_waiters_take_simulated_time(start):
    """boto3's waiter and `aws ... wait` move the lab's clock by their delay, and return."""
    cloud = start()
    ecr = client()
    ecr.create_repository(repositoryName="shop")
    fixtures.push_image("shop", "v1")
    begun = cloud.now
    ecr.start_image_scan(repositoryName="shop", imageId={"imageTag": "v1"})
    ecr.get_waiter("image_scan_complete").wait(
        repositoryName="shop", imageId={"imageTag": "v1"}, WaiterConfig={"Delay": 5}
    )
    waited = cloud.now - begun
    fixtures.push_image("shop", "v2", content="2")
    ecr.start_image_scan(repositoryName="shop", imageId={"imageTag": "v2"})
    command = ["aws", "ecr", "wait", "image-scan-complete", "--repository-name", "shop"]
    done = subprocess.run([*command, "--image-id", "imageTag=v2"], capture_output=True, text=True)

    assert waited > timedelta(0)
    assert waited % timedelta(seconds=5) == timedelta(0)
    assert (done.returncode, done.stderr) == (0, "")
    assert cloud.now > begun + waited


CELLS = [
    "import awslab, boto3\ncloud = awslab.start()\necr = boto3.client('ecr')",
    "!aws ecr create-repository --repository-name shop --query repository.repositoryName",
    "%%bash\naws ecr describe-repositories --query 'repositories[].repositoryName' --output text",
    "print([r['repositoryName'] for r in ecr.describe_repositories()['repositories']])",
    "name = 'nope'\necr.list_images(repositoryName=name)",
    "boto3.client('ecr', endpoint_url='https://192.0.2.1').describe_repositories()",
    "1 / 0",
    "cloud._lab.process.kill()\ncloud._lab.process.wait()",
    "ecr.describe_repositories()",
    "cloud = awslab.start()\nboto3.client('ecr').describe_repositories()['repositories']",
]


@pytest.fixture(scope="module")
def outputs():
    """The outputs of CELLS, run in a real kernel."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbclient.NotebookClient(
        notebook, kernel_name="python3", allow_errors=True, timeout=LIMIT
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def text_of(cell):
    """Return what a cell printed."""
    return "".join(output.get("text", "") for output in cell)


def test_commands_and_boto3_see_one_aws_in_a_notebook(outputs):
    """`!aws`, `%%bash` and boto3 all talk to the kernel's lab."""
    assert text_of(outputs[1]).strip() == '"shop"'
    assert text_of(outputs[2]).strip() == "shop"
    assert text_of(outputs[3]).strip() == "['shop']"


@pytest.mark.parametrize(
    ("cell", "begins", "line"),
    [
        (4, "RepositoryNotFoundException: An error occurred", "at line 2 of the cell: ecr.list"),
        (5, "RealAWSRefused: The lab refused a connection", None),
        (8, "LabGone: The lab at http://127.0.0.1", "at line 1 of the cell: ecr.describe"),
    ],
)
def test_an_aws_error_in_a_notebook_is_two_lines(outputs, cell, begins, line):
    """What was wrong and the learner's own line, without pages of botocore."""
    [error] = [output for output in outputs[cell] if output.output_type == "error"]
    shown = error.traceback if line else error.traceback[:1]

    assert shown[0].startswith(begins)
    assert line is None or (len(shown) == 2 and shown[1].startswith(line))


def test_other_errors_keep_their_traceback(outputs):
    """Only AWS's errors are shortened."""
    [error] = outputs[6]

    assert error.ename == "ZeroDivisionError"
    assert len(error.traceback) > 2


def test_a_notebook_goes_on_after_its_lab_died(outputs):
    """Running the first cell again gives a new, empty AWS."""
    assert outputs[9][-1]["data"]["text/plain"] == "[]"
