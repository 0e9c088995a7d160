"""A running lab for the tests that need a real process."""

import pytest

import awslab
from awslab import guard


@pytest.fixture(scope="module")
def cloud():
    """A lab in its own process, which this process and its children are pointed at while the module runs."""
    yield awslab.start()
    awslab.stop()
    guard.uninstall()
