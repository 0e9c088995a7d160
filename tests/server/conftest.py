"""One lab core in this process, emptied before every test."""

import json

import pytest

from awslab.server import inprocess
from awslab.server.app import LabApp


@pytest.fixture(scope="session")
def core():
    """The lab's WSGI core."""
    return LabApp()


@pytest.fixture
def app(core):
    """The lab's core, empty, its clock at the start."""
    core.reset()
    return core


@pytest.fixture(scope="session")
def session(core):
    """A boto3 session of the lab; making one costs more than most tests."""
    return inprocess.session(core)


@pytest.fixture
def ecr(app, session):
    """An ECR client of the empty lab."""
    return session.client("ecr")


@pytest.fixture
def advance(app):
    """Let simulated seconds pass."""

    def advance(seconds):
        body = json.dumps({"seconds": seconds}).encode()
        status, _, _ = inprocess.call(app, "POST", f"{inprocess.ADDRESS}/_lab/advance", body)
        assert status == 200

    return advance
