"""The `aws` command of a notebook: the real one, guarded, on the lab's clock."""

import json
import subprocess
import sys
from types import SimpleNamespace

import awscli.clidriver
import botocore.httpsession
import botocore.waiter
import pytest

from awslab import guard, lab, waiting
from awslab.cli import aws

ENDPOINT = "http://127.0.0.1:1"


@pytest.fixture
def wired(monkeypatch):
    """A process that believes in a lab, whose AWS CLI only notes how it was called."""
    calls = []

    def main(arguments):
        patched = botocore.httpsession.URLLib3Session.send is not guard._original_send
        calls.append((patched, botocore.waiter.time.__class__.__name__, arguments))
        return 254

    monkeypatch.setenv("AWSLAB_ENDPOINT", ENDPOINT)
    monkeypatch.setattr(sys, "argv", ["aws", "sqs", "list-queues"])
    monkeypatch.setattr(awscli.clidriver, "create_clidriver", lambda: SimpleNamespace(main=main))
    yield calls
    guard.uninstall()
    waiting.uninstall()


def test_without_a_lab_it_says_which_cell_to_run(monkeypatch, capsys):
    """The learner opened a terminal, or skipped the first cell."""
    monkeypatch.delenv("AWSLAB_ENDPOINT", raising=False)
    code = aws.main()

    assert code == 1
    assert capsys.readouterr().err == (
        "aws: no lab is running in this kernel. Run `cloud = awslab.start()` first.\n"
    )


def test_the_real_command_runs_guarded_and_on_the_labs_clock(wired):
    """Guard and waiters are in place before the CLI starts; its exit code is passed on."""
    code = aws.main()

    assert code == 254
    assert wired == [(True, "SimpleNamespace", ["--endpoint-url", ENDPOINT, "sqs", "list-queues"])]


def run(*arguments):
    """Run the `aws` of PATH and return the finished process."""
    return subprocess.run(["aws", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_it_answers_as_the_aws_cli_does(cloud):
    """JSON on success; AWS's own code, on standard error, with exit code 254 or 252 otherwise."""
    made = run("ecr", "create-repository", "--repository-name", "shop")
    refused = run("ecr", "create-repository", "--repository-name", "shop")
    wrong = run("ecr", "create-repositry")

    assert json.loads(made.stdout)["repository"]["repositoryName"] == "shop"
    assert refused.returncode in (254, 255)
    assert "(RepositoryAlreadyExistsException)" in refused.stderr
    assert wrong.returncode in (2, 252)
    assert "Traceback" not in made.stderr + refused.stderr + wrong.stderr


@pytest.mark.slow
def test_without_its_lab_it_says_what_to_do(cloud, monkeypatch):
    """The kernel's lab has died: one sentence, no traceback."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", ENDPOINT)
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    done = run("ecr", "describe-repositories")

    assert done.returncode != 0
    assert f"The lab at {ENDPOINT} does not answer: its process has ended" in done.stderr
    assert "Run `cloud = awslab.start()` again" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_is_what_start_puts_on_path():
    """`awslab.lab` writes a script that runs this module."""
    assert lab._COMMANDS["aws"] == aws.__name__
