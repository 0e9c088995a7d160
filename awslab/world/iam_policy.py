"""Policy documents as frozen data, and what AWS refuses to store.

PolicyError   a document that AWS calls malformed; the message is AWS's
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from awslab.world.iam_conditions import Condition, known
from awslab.world.iam_match import VARIABLE

ALLOW, DENY = "Allow", "Deny"
VERSION = "2012-10-17"
KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class PolicyError(ValueError):
    """A policy document that AWS refuses as MalformedPolicyDocument."""


@dataclass(frozen=True)
class Statement:
    """One statement; an element that the document does not have is None.

    `variables` is false in a document of before 2012-10-17, where `${...}` is plain text.
    """

    label: str
    effect: str
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: tuple[tuple[str, str], ...] | None = None
    not_principals: tuple[tuple[str, str], ...] | None = None
    conditions: tuple[Condition, ...] = ()
    variables: bool = True


@dataclass(frozen=True)
class Policy:
    """A parsed policy: the name a learner gave it, its ARN if it has one, its statements."""

    name: str
    statements: tuple[Statement, ...]
    arn: str = field(default="", compare=False)


def parse(document: str | Mapping[str, Any], name: str = "policy", arn: str = "") -> Policy:
    """Read a policy document, as JSON text or as a dictionary.

    Raises PolicyError for what is no JSON, no object, or has no statements.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    text = document if isinstance(document, str) else json.dumps(document)
    return Policy(name, _statements(text), arn)


@lru_cache(maxsize=1024)
def _statements(text: str) -> tuple[Statement, ...]:
    document = load(text)
    variables = document.get("Version") == VERSION
    return tuple(
        _statement(number, statement, variables)
        for number, statement in enumerate(listed(document.get("Statement", [])), start=1)
        if isinstance(statement, dict)
    )


def load(text: str) -> dict[str, Any]:
    """Return a document's JSON object; raises PolicyError."""
    try:
        document = json.loads(text)
    except ValueError:
        raise PolicyError("This policy contains invalid Json") from None
    if not isinstance(document, dict):
        raise PolicyError("Syntax errors in policy.")
    return document


def listed(value: Any) -> list[Any]:
    """Return a value that may stand alone or in a list as a list."""
    return value if isinstance(value, list) else [value]


def _texts(statement: Mapping[str, Any], element: str) -> tuple[str, ...] | None:
    if element not in statement:
        return None
    return tuple(str(value) for value in listed(statement[element]))


def principals(element: Any) -> tuple[tuple[str, str], ...]:
    """Return a Principal element as pairs: `{"Service": "x"}` is (("Service", "x"),), `"*"` is (("AWS", "*"),)."""
    if isinstance(element, dict):
        return tuple((kind, str(v)) for kind, values in element.items() for v in listed(values))
    return tuple(("AWS", str(value)) for value in listed(element))


def _statement(number: int, statement: Mapping[str, Any], variables: bool) -> Statement:
    pairs = {
        name: principals(statement[name]) if name in statement else None
        for name in ("Principal", "NotPrincipal")
    }
    return Statement(
        label=str(statement.get("Sid") or f"number {number}"),
        effect=str(statement.get("Effect", "")),
        actions=_texts(statement, "Action"),
        not_actions=_texts(statement, "NotAction"),
        resources=_texts(statement, "Resource"),
        not_resources=_texts(statement, "NotResource"),
        principals=pairs["Principal"],
        not_principals=pairs["NotPrincipal"],
        conditions=tuple(_conditions(statement.get("Condition") or {})),
        variables=variables,
    )


def _conditions(block: Any) -> Iterable[Condition]:
    if not isinstance(block, dict):
        return
    for operator, keys in block.items():
        for key, values in (keys if isinstance(keys, dict) else {}).items():
            yield Condition(operator, key, tuple(_scalar(value) for value in listed(values)))


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def context_keys(policies: Iterable[Policy]) -> list[str]:
    """Return the context keys that policies ask for, in conditions and as variables, sorted.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
    """
    keys: dict[str, str] = {}
    for statement in (s for policy in policies for s in policy.statements):
        texts = [*(statement.resources or ()), *(statement.not_resources or ())]
        for condition in statement.conditions:
            keys.setdefault(condition.key.lower(), condition.key)
            texts += condition.values
        for name in (n for text in texts if statement.variables for n in VARIABLE.findall(text)):
            name = name.partition(",")[0].strip()
            if name not in ("*", "?", "$"):
                keys.setdefault(name.lower(), name)
    return sorted(keys.values(), key=str.lower)


def validate_trust(text: str, services: Iterable[str] = (), arns: Iterable[str] = ()) -> None:
    """Check a role's trust policy as CreateRole and UpdateAssumeRolePolicy do.

    `services` are the service principals that exist and `arns` the missing users and roles among
    those that the document may name: an empty `services` accepts every well-formed one.
    Raises PolicyError with AWS's message.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#term_trust-policy
    """
    document = load(text)
    statements = listed(document.get("Statement"))
    if document.get("Version") not in (None, VERSION, "2008-10-17") or "Statement" not in document:
        raise PolicyError("Syntax errors in policy.")
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in (ALLOW, DENY):
            raise PolicyError("Syntax errors in policy.")
        for element in ("Resource", "NotResource"):
            if element in statement:
                raise PolicyError(f"Has prohibited field {element}")
        if "NotPrincipal" in statement:
            raise PolicyError("AssumeRolepolicy contained disallowed principal.")
        if "Principal" not in statement:
            raise PolicyError("Missing required field Principal")
        _check_trust_actions(statement)
        _check_operators(statement)
        _check_principals(statement["Principal"], set(services), set(arns))


def _check_trust_actions(statement: Mapping[str, Any]) -> None:
    actions = statement.get("Action", statement.get("NotAction"))
    if actions is None:
        raise PolicyError("Missing required field Action")
    for action in listed(actions):
        prefix, colon, _ = str(action).partition(":")
        if str(action) != "*" and (not colon or prefix.lower() != "sts"):
            raise PolicyError("AssumeRole policy may only specify STS AssumeRole actions.")


def _check_operators(statement: Mapping[str, Any]) -> None:
    for condition in _conditions(statement.get("Condition") or {}):
        if not known(condition.operator):
            raise PolicyError(f"Invalid Condition type : {condition.operator}.")


def _check_principals(element: Any, services: set[str], missing: set[str]) -> None:
    for kind, value in principals(element):
        bad_service = kind == "Service" and (
            not value.endswith((".amazonaws.com", ".amazonaws.com.cn"))
            or (services and value not in services)
        )
        if kind not in KINDS or bad_service or value in missing:
            raise PolicyError(f'Invalid principal in policy: "{kind.upper()}":"{value}"')


def validate_bucket(text: str, bucket: str, arns: Iterable[str] = ()) -> None:
    """Check a bucket policy as PutBucketPolicy does; `arns` are users and roles that do not exist.

    Raises PolicyError with S3's message.
    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    """
    if not text.startswith("{"):
        raise PolicyError("Policies must be valid JSON and the first byte must be '{'")
    document, missing = load(text), set(arns)
    own = f"arn:aws:s3:::{bucket}"
    for statement in listed(document.get("Statement") or []):
        pairs = statement.get("Principal", statement.get("NotPrincipal"))
        if pairs is None:
            raise PolicyError("Missing required field Principal")
        if any(kind not in KINDS or value in missing for kind, value in principals(pairs)):
            raise PolicyError("Invalid principal in policy")
        for action in listed(statement.get("Action", statement.get("NotAction", []))):
            if str(action) != "*" and not str(action).lower().startswith("s3:"):
                raise PolicyError("Policy has invalid action")
        names = listed(statement.get("Resource", statement.get("NotResource", [])))
        if not names or not all(n == own or n.startswith((f"{own}/", f"{own}*")) for n in names):
            raise PolicyError("Policy has invalid resource")
    if not document.get("Statement"):
        raise PolicyError("Could not parse the policy: Statement is empty!")
