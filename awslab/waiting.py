"""Waiting passes simulated time, never real time: botocore's waiters advance the lab's clock instead of sleeping."""

import time
from types import SimpleNamespace

import botocore.waiter

from awslab import control


def install(endpoint: str) -> None:
    """Make the waiters of boto3 and the `aws` command wait on the lab's clock."""
    botocore.waiter.time = SimpleNamespace(
        sleep=lambda seconds: control.ask(endpoint, "advance", seconds=seconds)
    )


def uninstall() -> None:
    """Give the waiters real time back."""
    botocore.waiter.time = time
