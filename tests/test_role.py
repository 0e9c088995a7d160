"""A cell run as a task's role, in a real lab: boto3 and child processes get the role's credentials."""

import json
import os
import subprocess
import sys

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture
def cloud():
    """A running lab, stopped afterwards."""
    import awslab
    from awslab import lab

    yield awslab.start()
    lab.stop()


@pytest.mark.slow
def test_code_runs_as_the_role_and_then_as_before(cloud):
    """Inside the block calls are the role's, in this process and in children; after it they are the administrator's."""
    import boto3

    iam = boto3.client("iam")
    iam.create_role(RoleName="order", AssumeRolePolicyDocument=json.dumps(TRUST))
    before = dict(os.environ)
    with cloud.as_role("order"):
        inside = boto3.client("sts").get_caller_identity()["Arn"]
        child = subprocess.run([sys.executable, "-c", WHO], capture_output=True, text=True)
        with pytest.raises(boto3.client("iam").exceptions.ClientError, match="not authorized"):
            boto3.client("iam").list_roles()

    assert inside.endswith(":assumed-role/order/task")
    assert child.stdout.strip() == inside
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":user/administrator")
    assert dict(os.environ) == before


@pytest.mark.slow
def test_can_and_as_role_name_what_is_missing(cloud):
    """A role that is not there gets a sentence that helps."""
    with pytest.raises(ValueError) as can:
        cloud.can("none", "s3:GetObject")
    with pytest.raises(ValueError) as become, cloud.as_role("none"):
        pass

    assert str(can.value) == str(become.value)
    assert str(can.value) == "there is no role or user 'none'; the account has no role yet"


@pytest.mark.slow
def test_the_address_inside_a_task_answers_too(cloud, monkeypatch):
    """With AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, as ECS sets it, boto3 and `aws` get the role's credentials."""
    import boto3

    boto3.client("iam").create_role(RoleName="order", AssumeRolePolicyDocument=json.dumps(TRUST))
    with cloud.as_role("order") as uri:
        monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        relative = uri.removeprefix(cloud.endpoint)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", relative)
        here = boto3.session.Session().client("sts").get_caller_identity()["Arn"]
        command = ["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
        there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        monkeypatch.undo()

    assert relative.startswith("/")
    assert here == there
    assert here.endswith(":assumed-role/order/task")
