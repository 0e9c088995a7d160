"""Pictures of permissions: what was asked, what was decided, and which layer of policies decided it."""

from __future__ import annotations

from typing import Any

from awslab.show.picture import GREEN, GREY, RED, Picture, badge, code, escape, table

__all__ = ["DecisionPicture", "decision_picture"]

OUTCOMES = {  # of a step: word, tint, shape
    "allow": ("allow", GREEN, "tick"),
    "deny": ("deny", RED, "cross"),
    "no match": ("no match", GREY, "bar"),
    "not used": ("not used", GREY, "bar"),
}
VERDICTS = {
    "allowed": ("allowed", GREEN, "tick"),
    "explicit": ("explicit deny", RED, "cross"),
    "implicit": ("implicit deny", RED, "cross"),
}


class DecisionPicture(Picture):
    """Whether a request is allowed, and why."""

    @property
    def allowed(self) -> bool:
        """Whether AWS would let the request through."""
        return self.data["allowed"]

    @property
    def why(self) -> str:
        """The deciding statement, or what is missing, in one sentence."""
        return self.data["why"]

    @property
    def statement(self) -> str:
        """The statement that decided and its policy; empty when no statement did."""
        return self.data["statement"]

    @property
    def source(self) -> str:
        """The layer that decided: identity, resource, boundary or session."""
        return self.data["source"]

    @property
    def kind(self) -> str:
        """One of allowed, explicit (a Deny statement) and implicit (no Allow statement)."""
        return self.data["kind"]

    @property
    def steps(self) -> list[dict[str, str]]:
        """What each layer of policies says: layer, outcome, why."""
        return self.data["steps"]

    def __bool__(self) -> bool:
        return self.allowed


def decision_picture(decision: dict[str, Any]) -> DecisionPicture:
    """Show one decision of IAM: the verdict, then what every layer of policies says.

    >>> picture = decision_picture({
    ...     "allowed": False, "kind": "implicit", "source": "identity", "statement": "",
    ...     "principal": "arn:aws:iam::123456789012:role/order", "action": "s3:GetObject",
    ...     "resource": "arn:aws:s3:::photos/1", "why": "No identity-based policy allows it.",
    ...     "steps": [{"layer": "identity-based policy", "outcome": "no match", "why": "none"}]})
    """
    word, tint, shape = VERDICTS[decision["kind"]]
    asked = f"`{decision['action']}` on `{decision['resource']}`"
    lines = [
        f"{word.upper()}: {decision['principal']}",
        f"  {asked.replace('`', '')}",
        f"  {decision['why']}",
    ]
    lines += [
        f"    {step['layer']:<22} {step['outcome']:<9} {step['why']}" for step in decision["steps"]
    ]
    rows = [
        (escape(step["layer"]), badge(*OUTCOMES[step["outcome"]]), escape(step["why"]))
        for step in decision["steps"]
    ]
    html = (
        f'<div style="max-width:900px"><div>{badge(word, tint, shape)} '
        f"<code>{escape(decision['principal'])}</code></div><div>{code(asked)}</div>"
        f"<div style='margin:6px 0'>{escape(decision['why'])}</div>"
        + table(
            "A deny anywhere wins; what nothing allows is denied", ("policies", "say", "why"), rows
        )
        + "</div>"
    )
    return DecisionPicture(html, "\n".join(lines), decision)
