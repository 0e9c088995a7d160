"""The picture of a permission decision."""

import pytest

from awslab.show.iam import decision_picture

STEPS = [
    {
        "layer": "identity-based policy",
        "outcome": "allow",
        "why": "statement Read of data allows it",
    },
    {
        "layer": "permissions boundary",
        "outcome": "deny",
        "why": "statement <Stop> of limit denies it",
    },
    {"layer": "resource-based policy", "outcome": "not used", "why": "there is none"},
    {"layer": "session policy", "outcome": "no match", "why": "no statement allows it"},
]


def picture(kind="explicit"):
    """Return a picture of one decision."""
    return decision_picture(
        {
            "allowed": kind == "allowed",
            "kind": kind,
            "source": "boundary",
            "statement": "statement <Stop> of limit",
            "principal": "arn:aws:iam::123456789012:role/order",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::photos/1",
            "why": "Permissions boundary: statement <Stop> of limit denies s3:GetObject.",
            "steps": STEPS,
        }
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [("allowed", "ALLOWED"), ("explicit", "EXPLICIT DENY"), ("implicit", "IMPLICIT DENY")],
)
def test_the_text_starts_with_the_verdict(kind, words):
    """Without a picture the repr says it all: verdict, request, reason, every layer."""
    lines = repr(picture(kind)).splitlines()

    assert lines[0] == f"{words}: arn:aws:iam::123456789012:role/order"
    assert lines[1].strip() == "s3:GetObject on arn:aws:s3:::photos/1"
    assert len(lines) == 3 + len(STEPS)


def test_the_html_escapes_what_a_learner_named():
    """A Sid may hold anything; it must not become markup."""
    html = picture().html

    assert "&lt;Stop&gt;" in html
    assert "<Stop>" not in html


def test_a_decision_reads_as_an_object():
    """Checks and notebooks ask it by name, and as a condition."""
    decision = picture()

    assert (decision.allowed, bool(decision), decision.kind, decision.source) == (
        False, False, "explicit", "boundary",
    )  # fmt: skip
    assert decision.statement == "statement <Stop> of limit"
    assert [step["outcome"] for step in decision.steps] == ["allow", "deny", "not used", "no match"]
    assert decision.why.startswith("Permissions boundary")
