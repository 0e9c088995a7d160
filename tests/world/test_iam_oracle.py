"""The evaluator against an independent one, on thousands of random cases.

The second opinion is the npm package that tests/iam_oracle pins; `npm ci` in that folder installs it.
"""

import importlib.util
import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from awslab.world.iam import Policies, Request, evaluate
from awslab.world.iam_match import lookup
from awslab.world.iam_policy import parse
from awslab.world.iam_principal import Principal
from tests.tools import missing, need

ORACLE = Path(__file__).parents[1] / "iam_oracle"
NUMBER = 4000
VERDICTS = {
    "Allowed": "allowed",
    "ExplicitlyDenied": "explicit",
    "ImplicitlyDenied": "implicit",
}


def _cases():
    spec = importlib.util.spec_from_file_location("iam_oracle_cases", ORACLE / "cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simulation(case):
    """Return a case as the second opinion wants it."""
    named = lambda document: [{"name": "p", "policy": document}] if document else None  # noqa: E731
    return {
        "request": {
            "principal": case["principal"],
            "action": case["action"],
            "resource": {"resource": case["resource"], "accountId": case["account"]},
            "contextVariables": case["context"],
        },
        "identityPolicies": [
            {"name": f"p{n}", "policy": document} for n, document in enumerate(case["identity"])
        ],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "resourcePolicy": case["resource_policy"],
        "permissionBoundaryPolicies": named(case["boundary"]),
        "sessionPolicy": case["session"],
    }


def decide(case, cases):
    """Return our decision on a case."""
    session = case["principal"] == cases.SESSION
    principal = Principal(
        case["principal"], cases.HERE, "role" if session else "user", cases.ROLE if session else ""
    )
    optional = lambda name: parse(case[name]) if case[name] else None  # noqa: E731
    request = Request(
        principal,
        case["action"],
        case["resource"],
        "" if case["account"] == cases.HERE else case["account"],
        lookup(case["context"]),
    )
    policies = Policies(
        tuple(parse(document, f"p{n}") for n, document in enumerate(case["identity"])),
        optional("resource_policy"),
        optional("boundary"),
        (parse(case["session"]),) if case["session"] else None,
        case["action"].startswith("kms:"),
    )
    return evaluate(request, policies)


def _statements(case):
    """Yield (version, statement) of every policy of a case."""
    documents = [*case["identity"], case["boundary"], case["session"], case["resource_policy"]]
    for document in filter(None, documents):
        for statement in document["Statement"]:
            yield document["Version"], statement


def not_principal(case, ours, theirs):
    """NotPrincipal: AWS says the account must be named beside the user or role, and that a boundary always loses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    The other takes any entry as enough; its source says "we need to test this".
    """
    return any("NotPrincipal" in statement for _, statement in _statements(case))


def old_version(case, ours, theirs):
    """Variables: AWS takes `${...}` in a document of before 2012-10-17 for plain text; the other replaces it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return any(v == "2008-10-17" and "${" in json.dumps(s) for v, s in _statements(case))


def missing_variable(case, ours, theirs):
    """Variables without a value: AWS says that they match nothing, so NotResource and StringNotEquals do apply.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    For the other such a statement never applies.
    """
    inverted = [
        json.dumps(
            [s.get("NotResource"), {k: v for k, v in s.get("Condition", {}).items() if "Not" in k}]
        )
        for _, s in _statements(case)
    ]
    return any("${aws:" in text for text in inverted)


def epoch(case, ours, theirs):
    """Dates: AWS takes seconds since 1970 as well as ISO 8601; the other only ISO 8601.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
    """
    return any("1767603600" in json.dumps(s.get("Condition")) for _, s in _statements(case))


def name_of_the_deny(case, ours, theirs):
    """Both refuse, and name it differently: AWS calls every matching Deny statement explicit.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    The other looks at a session policy's only after the identity policies allowed.
    """
    return not ours.allowed and theirs != "Allowed" and case["session"] is not None


def other_address_family(case, ours, theirs):
    """NotIpAddress: AWS says all addresses but those given; for the other an IPv6 address fails beside IPv4 ranges.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
    """
    return any("NotIpAddress" in json.dumps(s.get("Condition")) for _, s in _statements(case)) and (
        ":" in str(case["context"].get("aws:SourceIp"))
    )


def granted_to_the_session(case, ours, theirs):
    """Session policies: AWS says they do not limit what a resource-based policy grants to the session itself or to `*`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    The other lets them limit it.
    """
    return ours.allowed and ours.source == "resource" and case["session"] is not None


REASONS = (
    name_of_the_deny,
    granted_to_the_session,
    not_principal,
    old_version,
    missing_variable,
    epoch,
    other_address_family,
)


@pytest.fixture(scope="module")
def verdicts():
    """Every case with our decision and the other's verdict."""
    need("node", "apt install nodejs npm")
    if not (ORACLE / "node_modules").is_dir():
        missing(
            "no second opinion: run `npm ci --ignore-scripts` in tests/iam_oracle (.ci/run does it)"
        )
    cases = _cases()
    drawn = [cases.case(seed) for seed in range(NUMBER)]
    lines = "".join(json.dumps(simulation(case)) + "\n" for case in drawn)
    answer = subprocess.run(
        ["node", "judge.mjs"], cwd=ORACLE, input=lines, capture_output=True, text=True, check=True
    )
    theirs = answer.stdout.splitlines()
    return [
        (case, decide(case, cases), verdict) for case, verdict in zip(drawn, theirs, strict=True)
    ]


@pytest.mark.slow
def test_a_second_evaluator_agrees_but_for_reasons_with_a_source(verdicts):
    """Two evaluators written apart agree; where they differ, AWS's own text stands on our side."""
    unexplained = [
        (case, ours.why, theirs)
        for case, ours, theirs in verdicts
        if VERDICTS[theirs] != ours.kind
        and not any(reason(case, ours, theirs) for reason in REASONS)
    ]

    assert unexplained == []


@pytest.mark.slow
def test_the_reasons_explain_few_cases(verdicts):
    """A reason is no excuse for everything: it is needed for one case in fifty, and each of them for some."""
    needed = [
        next(reason.__name__ for reason in REASONS if reason(case, ours, theirs))
        for case, ours, theirs in verdicts
        if VERDICTS[theirs] != ours.kind
    ]

    assert len(needed) < NUMBER / 50
    assert set(needed) == {reason.__name__ for reason in REASONS}


@pytest.mark.slow
def test_the_cases_are_worth_judging(verdicts):
    """Each verdict comes often enough for agreement to mean something."""
    counts = Counter(ours.kind for _, ours, _ in verdicts)

    assert min(counts[kind] for kind in VERDICTS.values()) > NUMBER / 10
