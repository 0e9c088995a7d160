"""One warm process for the tests of a run, and a tiny assignment that is graded in a fraction of a second."""

import pytest

from autograde.processes import Zygote


@pytest.fixture(scope="session")
def zygote():
    """A warm process in its sandbox."""
    with Zygote() as warm:
        yield warm
