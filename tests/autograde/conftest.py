"""One warm process for the tests of a run, and a tiny assignment that is graded in a fraction of a second."""

import os

import pytest

from autograde.processes import Zygote
from autograde.sandbox import tiers


@pytest.fixture(scope="session")
def zygote():
    """A warm process in its sandbox: the best tier, or the one that `test_tiers.py` asks for."""
    name = os.environ.get("AUTOGRADE_TEST_TIER")
    with Zygote(getattr(tiers, name) if name else None) as warm:
        yield warm
