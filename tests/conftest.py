"""A running lab for the tests that need a real process, and the order in which two processes share the tests."""

import pytest
from xdist.scheduler import LoadFileScheduling

import awslab
from awslab import guard


@pytest.fixture(scope="module")
def cloud():
    """A lab in its own process, which this process and its children are pointed at while the module runs."""
    yield awslab.start()
    awslab.stop()
    guard.uninstall()


# Files that take half a minute or more, the longest first, so that no process is left with one at the end.
LONGEST = (
    "tests/browser/",
    "tests/test_grading_",
    "tests/test_nbgrader_end_to_end.py",
    "tests/q9/test_command_line.py",
    "tests/autograde/test_class_of_200.py",
    "tests/autograde/test_tiers.py",
    "tests/autograde/test_limits.py",
    "tests/autograde/test_attacks.py",
    "tests/authoring/test_check.py",
)


def pytest_collection_modifyitems(items):
    """Run the longest files first; the rest keeps its order."""
    items.sort(
        key=lambda item: next(
            (n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)
        )
    )


class _Sharing(LoadFileScheduling):
    """One process runs all of a file, and all that needs the one JupyterLab of tests/browser."""

    def _split_scope(self, nodeid):
        return (
            "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the order above: xdist would begin with the files that have the most tests."""
    config.option.loadscopereorder = False
    return _Sharing(config, log)
