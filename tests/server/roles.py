"""Roles for tests: make one, and get clients with its credentials."""

import json

from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TASKS = "ecs-tasks.amazonaws.com"


def document(*statements):
    """Return a policy document's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal=None, **more):
    """Return a trust policy's text; the account and ECS tasks by default."""
    principal = principal or {"AWS": ACCOUNT, "Service": TASKS}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def allow(action, resource="*", **more):
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


class Role:
    """A role that its maker can become."""

    def __init__(self, session, name="app", *statements, **create):
        self.session, self.name = session, name
        self.iam = session.client("iam")
        create.setdefault("AssumeRolePolicyDocument", trust())
        self.arn = self.iam.create_role(RoleName=name, **create)["Role"]["Arn"]
        if statements:
            self.may(*statements)

    def may(self, *statements, policy="own"):
        """Put an inline policy of these statements."""
        self.iam.put_role_policy(
            RoleName=self.name, PolicyName=policy, PolicyDocument=document(*statements)
        )

    def client(self, service, **assume):
        """Return a client that makes its calls as this role."""
        assume = {"RoleArn": self.arn, "RoleSessionName": "task", **assume}
        return as_session(self.session, self.session.client("sts").assume_role(**assume), service)


def as_session(session, answer, service):
    """Return a client with the credentials of an AssumeRole answer."""
    keys = answer["Credentials"]
    return session.client(
        service,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def outcome(call, **arguments):
    """Return "ok", or the code of the error that a call ends in."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"
