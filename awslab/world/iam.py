"""Who may do what: AWS's evaluation of identity, resource, boundary and session policies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One layer of the evaluation: `layer` names it, `outcome` is "allow", "deny", "no match" or "not used"."""

    layer: str
    outcome: str
    why: str


@dataclass(frozen=True)
class Decision:
    """What was decided: `kind` is "allowed", "explicit" (a deny statement) or "implicit" (no allow statement).

    `why` is one sentence, `statement` names the deciding statement and its policy (empty for an implicit deny),
    `source` is the layer that decided: identity, resource, boundary, session or trust.
    """

    allowed: bool
    why: str
    statement: str = ""
    source: str = ""
    kind: str = "implicit"
    steps: tuple[Step, ...] = ()
