"""Programs that some tests need and Python does not bring: skipped where they are missing, except in CI."""

import os
import shutil

import pytest


def need(program: str, how: str) -> str:
    """Return the path of a program; without it skip the test and say how to get it, or fail under CI."""
    found = shutil.which(program)
    if found:
        return found
    missing(f"{program} is not installed: {how} (.ci/run does it)")
    raise AssertionError


def missing(what: str) -> None:
    """Skip the test, or fail it under CI, where every test must run."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
