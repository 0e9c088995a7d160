"""The real `aws cloudformation deploy` in a real lab process, and the service asked over HTTP."""

import json
import subprocess
from pathlib import Path

import boto3
import pytest
import requests

from awslab import lab
from tests.server.ecs_world import World

pytestmark = pytest.mark.slow
TEMPLATE = Path(__file__).parent / "templates" / "fargate.yml"


@pytest.fixture(scope="module")
def world():
    """A lab process, and clients of its empty account."""
    lab.start()
    try:
        yield World(boto3.session.Session(region_name="us-east-1"))
    finally:
        lab.stop()


def cloudformation(command):
    """Run `aws cloudformation ...` and return the finished process."""
    return subprocess.run(
        f"aws cloudformation {command}", shell=True, capture_output=True, text=True, check=False
    )


def deploy(name, parameters):
    """Run `aws cloudformation deploy` of the template."""
    return cloudformation(
        f"deploy --stack-name {name} --template-file {TEMPLATE} --capabilities CAPABILITY_IAM "
        f"--parameter-overrides {parameters}"
    )


def test_deploy_ends_in_a_service_that_answers(world):
    """`deploy` waits until the URL answers, again for a new image, and says when nothing changed."""
    profile = {"port": 3000, "health": {"*": 200}}
    first = deploy("shop", f"Image={world.image(app=profile)}")
    answered = requests.get(url(), timeout=30)
    changed = world.image(tag="v2", app=profile, content="two")
    second = deploy("shop", f"Image={changed}")
    again = requests.get(url(), timeout=30)
    same = deploy("shop", f"Image={changed}")

    assert first.returncode == 0, first.stderr
    assert answered.status_code == 200
    assert second.returncode == 0, second.stderr
    assert again.status_code == 200
    assert "No changes to deploy" in same.stdout + same.stderr


def test_deploy_says_why_not(world):
    """A deployment that fails exits with an error, and the events say why."""
    done = deploy("broken", f"Image={world.image()} Cpu=300")
    failed = "StackEvents[?ResourceStatus=='CREATE_FAILED'].ResourceStatusReason"
    events = cloudformation(f'describe-stack-events --stack-name broken --query "{failed}"')

    assert done.returncode != 0
    assert "Failed to create/update the stack" in done.stderr
    assert "cpu" in json.loads(events.stdout)[0].lower()


def url():
    """Return the URL among the stack's outputs."""
    stack = boto3.client("cloudformation").describe_stacks(StackName="shop")["Stacks"][0]
    return next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == "Url")
