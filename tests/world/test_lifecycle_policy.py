"""What ECR accepts as a lifecycle policy, and how it names what it refuses."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awslab.world.lifecycle import ARCHIVE, LifecyclePolicyError, Rule, validate

PREFIX = (
    "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
    "'Lifecycle policy validation failure: "
)
DELETE = object()

KEEP_TEN = {
    "rulePriority": 1,
    "description": "keep ten releases",
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["v*"],
        "countType": "imageCountMoreThan",
        "countNumber": 10,
    },
    "action": {"type": "expire"},
}
DROP_UNTAGGED = {
    "rulePriority": 5,
    "selection": {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 1,
    },
    "action": {"type": "expire"},
}
ARCHIVE_UNUSED = {
    "rulePriority": 7,
    "selection": {
        "tagStatus": "any",
        "countType": "sinceImagePulled",
        "countUnit": "days",
        "countNumber": 90,
    },
    "action": {"type": "transition", "targetStorageClass": "archive"},
}
EMPTY_ARCHIVE = {
    "rulePriority": 8,
    "selection": {
        "tagStatus": "any",
        "storageClass": "archive",
        "countType": "sinceImageTransitioned",
        "countUnit": "days",
        "countNumber": 365,
    },
    "action": {"type": "expire"},
}
ALL = [KEEP_TEN, DROP_UNTAGGED, ARCHIVE_UNUSED, EMPTY_ARCHIVE]


def text(*rules):
    """Write a policy of these rules."""
    return json.dumps({"rules": list(rules)})


def changed(rule, path, value):
    """Return a copy of the rule with the value at a dotted path set or deleted."""
    result = copy.deepcopy(rule)
    *parents, last = path.split(".")
    target = result
    for name in parents:
        target = target[name]
    if value is DELETE:
        del target[last]
    else:
        target[last] = value
    return result


def refusal(policy_text):
    """Return the message with which the policy is refused."""
    with pytest.raises(LifecyclePolicyError) as caught:
        validate(policy_text)
    return str(caught.value)


def test_rules_come_back_by_priority():
    """A valid policy gives its rules, lowest priority number first."""
    actual = validate(text(*reversed(ALL))).rules

    assert actual[0] == Rule(
        1, "tagged", "imageCountMoreThan", 10, patterns=("v*",), description="keep ten releases"
    )
    assert [rule.priority for rule in actual] == [1, 5, 7, 8]
    assert [rule.action for rule in actual] == ["expire", "expire", ARCHIVE, "expire"]
    assert [rule.storage_class for rule in actual] == ["standard"] * 3 + ["archive"]


@pytest.mark.parametrize(
    ("policy_text", "expected"),
    [
        ("not JSON", "not valid JSON"),
        ("[" * 20000, "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "rules missing"),
        ('{"rules": []}', "1 to 50"),
        ('{"rules": {}}', "1 to 50"),
        ('{"rules": [1]}', "rules[0]: must be a JSON object"),
        (json.dumps({"rules": [KEEP_TEN], "version": 1}), "version not allowed"),
        (text(*[KEEP_TEN] * 51), "1 to 50"),
        (text(KEEP_TEN) + " " * 30720, "maximum is 30720"),
    ],
)
def test_text_that_is_no_policy(policy_text, expected):
    """What is not a policy at all is refused in ECR's form, with the reason."""
    actual = refusal(policy_text)

    assert actual.startswith(PREFIX)
    assert expected in actual


MUTATIONS = [
    (KEEP_TEN, "rulePriority", DELETE),
    (KEEP_TEN, "rulePriority", 0),
    (KEEP_TEN, "rulePriority", "1"),
    (KEEP_TEN, "rulePriority", True),
    (KEEP_TEN, "description", 5),
    (KEEP_TEN, "selection", DELETE),
    (KEEP_TEN, "selection", []),
    (KEEP_TEN, "action", DELETE),
    (KEEP_TEN, "action", "expire"),
    (KEEP_TEN, "action.type", DELETE),
    (KEEP_TEN, "action.type", "delete"),
    (KEEP_TEN, "action.type", "transition"),
    (KEEP_TEN, "action.days", 1),
    (KEEP_TEN, "action.targetStorageClass", "archive"),
    (KEEP_TEN, "enabled", True),
    (KEEP_TEN, "selection.tagStatus", DELETE),
    (KEEP_TEN, "selection.tagStatus", "TAGGED"),
    (KEEP_TEN, "selection.tagStatus", "untagged"),
    (KEEP_TEN, "selection.tagStatus", "any"),
    (KEEP_TEN, "selection.tagPatternList", DELETE),
    (KEEP_TEN, "selection.tagPatternList", []),
    (KEEP_TEN, "selection.tagPatternList", "v*"),
    (KEEP_TEN, "selection.tagPatternList", [""]),
    (KEEP_TEN, "selection.tagPatternList", [1]),
    (KEEP_TEN, "selection.tagPatternList", ["v*", "*1*2*3*4*"]),
    (KEEP_TEN, "selection.tagPrefixList", ["v"]),
    (KEEP_TEN, "selection.countType", DELETE),
    (KEEP_TEN, "selection.countType", "imageCount"),
    (KEEP_TEN, "selection.countType", "sinceImagePushed"),
    (KEEP_TEN, "selection.countUnit", "days"),
    (KEEP_TEN, "selection.countNumber", DELETE),
    (KEEP_TEN, "selection.countNumber", 0),
    (KEEP_TEN, "selection.countNumber", "10"),
    (KEEP_TEN, "selection.countNumber", 1.5),
    (KEEP_TEN, "selection.storageClass", "archive"),
    (KEEP_TEN, "selection.storageClass", None),
    (KEEP_TEN, "selection.tags", ["v"]),
    (DROP_UNTAGGED, "selection.countUnit", DELETE),
    (DROP_UNTAGGED, "selection.countUnit", "hours"),
    (DROP_UNTAGGED, "selection.countUnit", None),
    (DROP_UNTAGGED, "selection.tagPrefixList", []),
    (ARCHIVE_UNUSED, "action.type", "expire"),
    (ARCHIVE_UNUSED, "action.targetStorageClass", DELETE),
    (ARCHIVE_UNUSED, "action.targetStorageClass", "glacier"),
    (ARCHIVE_UNUSED, "selection.tagPatternList", ["*"]),
    (EMPTY_ARCHIVE, "selection.storageClass", DELETE),
    (EMPTY_ARCHIVE, "selection.storageClass", "standard"),
    (EMPTY_ARCHIVE, "selection.countNumber", 89),
    (EMPTY_ARCHIVE, "action.type", "transition"),
]


@pytest.mark.parametrize(
    ("rule", "path", "value"),
    MUTATIONS,
    ids=[f"{m[1]}={'deleted' if m[2] is DELETE else m[2]}" for m in MUTATIONS],
)
def test_each_single_mutation_is_refused_by_name(rule, path, value):
    """One wrong field in a good rule is refused, and the message names rule and field."""
    actual = refusal(text(changed(rule, path, value)))

    assert actual.startswith(PREFIX + "rules[0]")
    assert path.split(".")[0] in actual or "tagStatus" in actual


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([KEEP_TEN, changed(DROP_UNTAGGED, "rulePriority", 1)], "rulePriority must be unique"),
        ([ARCHIVE_UNUSED, changed(KEEP_TEN, "rulePriority", 9)], "highest rulePriority"),
        ([DROP_UNTAGGED, changed(DROP_UNTAGGED, "rulePriority", 6)], "tagStatus 'untagged'"),
        ([ARCHIVE_UNUSED, changed(ARCHIVE_UNUSED, "rulePriority", 9)], "tagStatus 'any'"),
        (
            [
                changed(
                    changed(
                        changed(KEEP_TEN, "selection.tagPatternList", DELETE),
                        "selection.tagPrefixList",
                        prefixes,
                    ),
                    "rulePriority",
                    priority,
                )
                for priority, prefixes in ((1, ["a", "b"]), (2, ["b", "a"]))
            ],
            "own set of prefixes",
        ),
    ],
    ids=["priority", "any-not-last", "two-untagged", "two-any", "same-prefixes"],
)
def test_rules_that_do_not_go_together(rules, expected):
    """Rules that are good alone but clash are refused, with what they share."""
    actual = refusal(text(*rules))

    assert expected in actual
    assert str(rules[0]["rulePriority"]) in actual


def test_any_is_last_within_its_storage_class_only():
    """An `any` rule of the standard class may come before rules on the archive."""
    actual = validate(text(ARCHIVE_UNUSED, EMPTY_ARCHIVE)).rules

    assert [rule.tag_status for rule in actual] == ["any", "any"]


_AGES = st.sampled_from(["sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"])


@st.composite
def rules_of(draw, priority, status):
    """Draw one valid rule of a tag status."""
    selection = {"tagStatus": status, "countNumber": draw(st.integers(1, 1000))}
    if status == "tagged":
        selection["tagPatternList"] = draw(
            st.lists(st.from_regex(r"[a-z0-9.]{1,5}\*?", fullmatch=True), min_size=1, max_size=3)
        )
    kind = draw(st.just("imageCountMoreThan") | _AGES)
    selection["countType"] = kind
    if kind != "imageCountMoreThan":
        selection["countUnit"] = "days"
    action = draw(st.sampled_from(["expire", "transition"]))
    if kind == "sinceImagePulled":
        action = "transition"
    if kind == "sinceImageTransitioned":
        action = "expire"
        selection["storageClass"] = "archive"
        selection["countNumber"] += 90
    elif draw(st.booleans()):
        selection["storageClass"] = "standard"
    target = {"targetStorageClass": "archive"} if action == "transition" else {}
    rule = {"rulePriority": priority, "selection": selection, "action": {"type": action, **target}}
    if draw(st.booleans()):
        rule["description"] = draw(st.text(max_size=20))
    return rule


@st.composite
def policies(draw):
    """Draw a valid policy: tagged rules, then at most one untagged, then at most one any."""
    statuses = ["tagged"] * draw(st.integers(1, 3))
    statuses += draw(st.sampled_from([[], ["untagged"], ["any"], ["untagged", "any"]]))
    step = draw(st.integers(1, 10))
    rules = [draw(rules_of(n * step, status)) for n, status in enumerate(statuses, start=1)]
    return draw(st.permutations(rules))


@settings(derandomize=True)
@given(policies())
def test_every_valid_policy_is_accepted(rules):
    """Whatever keeps the documented rules passes, and keeps its numbers."""
    actual = validate(text(*rules)).rules

    assert [(rule.priority, rule.count_number) for rule in actual] == sorted(
        (rule["rulePriority"], rule["selection"]["countNumber"]) for rule in rules
    )


@settings(derandomize=True)
@given(policies(), st.data())
def test_every_lost_or_strange_field_is_refused(rules, data):
    """A valid policy with one required field lost, or one unknown field more, is refused."""
    where = data.draw(st.integers(0, len(rules) - 1))
    required = ["rulePriority", "selection", "action", "selection.tagStatus"]
    required += ["selection.countType", "selection.countNumber", "action.type"]
    unknown = ["x", "selection.x", "action.x"]
    path = data.draw(st.sampled_from(required + unknown))
    broken = list(rules)
    broken[where] = changed(rules[where], path, 1 if path in unknown else DELETE)

    assert f"rules[{where}]" in refusal(text(*broken))
