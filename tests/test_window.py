"""What `cloud` asks of the lab about deployments and Spot capacity."""

import pytest

from awslab.window import ServiceWindow


class Window(ServiceWindow):
    """A window that remembers what it asked."""

    def __init__(self):
        self.asked = []

    def _ask(self, action, **body):
        self.asked.append((action, {k: v for k, v in body.items() if v is not None}))
        return {"stopped": ["t1"], "recovered": ["us-east-1a"]}


@pytest.mark.parametrize(
    ("call", "asked", "answer"),
    [
        (
            lambda w: w.hook("verify", "FAILED"),
            ("hook", {"function": "verify", "status": "FAILED"}),
            None,
        ),
        (lambda w: w.fail(spot="t1"), ("fail", {"spot": "t1", "how": "error"}), ["t1"]),
        (
            lambda w: w.recover(spot="us-east-1a"),
            ("recover", {"spot": "us-east-1a"}),
            ["us-east-1a"],
        ),
    ],
    ids=["hook", "fail", "recover"],
)
def test_what_is_asked_and_answered(call, asked, answer):
    """One control action each."""
    window = Window()
    found = call(window)

    assert window.asked == [asked]
    assert found == answer
