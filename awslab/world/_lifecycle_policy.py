"""The language of Amazon ECR lifecycle policies: the rules and what ECR accepts as a policy.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awslab.world.refs import wildcard_match

if TYPE_CHECKING:
    from awslab.world.lifecycle import Image

EXPIRE, ARCHIVE = "expire", "archive"
TAG_STATUSES = ("tagged", "untagged", "any")
COUNT_TYPES = (
    "imageCountMoreThan",
    "sinceImagePushed",
    "sinceImagePulled",
    "sinceImageTransitioned",
)
MAX_RULES, MAX_TEXT, MAX_WILDCARDS, MIN_ARCHIVE_DAYS = 50, 30720, 4, 90


class LifecyclePolicyError(ValueError):
    """Report a policy ECR refuses; `detail` is the part that names rule and field."""

    def __init__(self, detail: str):
        self.detail = detail
        super().__init__(
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
            f"'Lifecycle policy validation failure: {detail}'"
        )


@dataclass(frozen=True)
class Rule:
    """Hold one rule; `count_number` is images or days, by `count_type`."""

    priority: int
    tag_status: str
    count_type: str
    count_number: int
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    storage_class: str = "standard"
    action: str = EXPIRE
    description: str = ""

    def selects(self, image: "Image") -> bool:
        """Tell whether the image meets the rule's storage class and tagging requirements.

        With several prefixes or patterns the image needs, for each of them, a tag that matches.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
        """
        if image.storage_class != self.storage_class:
            return False
        if self.tag_status == "any":
            return True
        if self.tag_status == "untagged":
            return not image.tags
        return all(any(tag.startswith(p) for tag in image.tags) for p in self.prefixes) and all(
            any(wildcard_match(p, tag) for tag in image.tags) for p in self.patterns
        )

    @property
    def selection(self) -> str:
        """Describe in words which images the rule selects."""
        if self.tag_status == "any":
            what = "images"
        elif self.tag_status == "untagged":
            what = "untagged images"
        elif self.prefixes:
            what = "images with tags starting " + " and ".join(map(repr, self.prefixes))
        else:
            what = "images with tags like " + " and ".join(map(repr, self.patterns))
        return f"archived {what}" if self.storage_class == "archive" else what


@dataclass(frozen=True)
class Policy:
    """Hold the rules of a valid policy, lowest priority number first."""

    rules: tuple[Rule, ...]


def validate(policy_text: str) -> Policy:
    """Parse a lifecycle policy, or refuse it as ECR does.

    Raises LifecyclePolicyError naming the rule and the field.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
    """
    if len(policy_text) > MAX_TEXT:
        raise LifecyclePolicyError(
            f"the text is {len(policy_text)} characters long; the maximum is {MAX_TEXT}"
        )
    try:
        document = json.loads(policy_text)
    except (ValueError, RecursionError) as error:
        raise LifecyclePolicyError(f"the text is not valid JSON: {error}") from None
    _check_keys("the policy", document, required=("rules",))
    rules = document["rules"]
    if not isinstance(rules, list) or not 1 <= len(rules) <= MAX_RULES:
        raise LifecyclePolicyError(f"rules: must be a list of 1 to {MAX_RULES} rules")
    parsed = [_rule(place, each) for place, each in enumerate(rules)]
    _check_together(parsed)
    return Policy(tuple(sorted(parsed, key=lambda rule: rule.priority)))


def _rule(place: int, given: Any) -> Rule:
    where = f"rules[{place}]"
    _check_keys(where, given, ("rulePriority", "selection", "action"), ("description",))
    priority = _positive(f"{where}, rulePriority", given["rulePriority"])
    where = f"{where} (rulePriority {priority})"
    description = given.get("description", "")
    if not isinstance(description, str):
        raise LifecyclePolicyError(f"{where}, description: must be a string")
    selection = given["selection"]
    _check_keys(
        f"{where}, selection",
        selection,
        ("tagStatus", "countType", "countNumber"),
        ("tagPrefixList", "tagPatternList", "countUnit", "storageClass"),
    )
    status = _one_of(f"{where}, selection.tagStatus", selection["tagStatus"], TAG_STATUSES)
    prefixes, patterns = _tag_lists(f"{where}, selection", status, selection)
    count_type = _one_of(f"{where}, selection.countType", selection["countType"], COUNT_TYPES)
    number = _positive(f"{where}, selection.countNumber", selection["countNumber"])
    _check_unit(f"{where}, selection.countUnit", count_type, selection)
    storage_class = _storage_class(f"{where}, selection", count_type, number, selection)
    action = _action(f"{where}, action", count_type, given["action"])
    return Rule(
        priority,
        status,
        count_type,
        number,
        prefixes,
        patterns,
        storage_class,
        action,
        description,
    )


def _tag_lists(where: str, status: str, selection: dict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = [name for name in ("tagPrefixList", "tagPatternList") if name in selection]
    if status != "tagged":
        if names:
            raise LifecyclePolicyError(
                f"{where}.{names[0]}: leave it out; it goes with tagStatus 'tagged' only, "
                f"and tagStatus is {status!r}"
            )
        return (), ()
    if len(names) != 1:
        found = "both" if names else "neither"
        raise LifecyclePolicyError(
            f"{where}: tagStatus 'tagged' needs exactly one of tagPrefixList and tagPatternList; "
            f"found {found}"
        )
    entries = selection[names[0]]
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(each, str) and each for each in entries)
    ):
        raise LifecyclePolicyError(
            f"{where}.{names[0]}: must be a list of one or more non-empty strings; "
            f"found {json.dumps(entries)}"
        )
    if names[0] == "tagPrefixList":
        return tuple(entries), ()
    for each in entries:
        if each.count("*") > MAX_WILDCARDS:
            raise LifecyclePolicyError(
                f"{where}.tagPatternList: {each!r} has {each.count('*')} wildcards; "
                f"the maximum is {MAX_WILDCARDS}"
            )
    return (), tuple(entries)


def _check_unit(where: str, count_type: str, selection: dict) -> None:
    if count_type == "imageCountMoreThan":
        if "countUnit" in selection:
            raise LifecyclePolicyError(
                f"{where}: leave it out; countType 'imageCountMoreThan' counts images, not time"
            )
    elif "countUnit" not in selection:
        raise LifecyclePolicyError(f"{where}: is missing; countType {count_type!r} needs 'days'")
    else:
        _one_of(where, selection["countUnit"], ("days",))


def _storage_class(where: str, count_type: str, number: int, selection: dict) -> str:
    """Return the storage class the rule selects.

    Archived images cannot be expired before 90 days:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
    """
    if count_type != "sinceImageTransitioned":
        given = selection.get("storageClass", "standard")
        return _one_of(f"{where}.storageClass", given, ("standard",), f" for {count_type}")
    if "storageClass" not in selection:
        raise LifecyclePolicyError(
            f"{where}.storageClass: is missing; countType {count_type!r} needs 'archive'"
        )
    if number < MIN_ARCHIVE_DAYS:
        raise LifecyclePolicyError(
            f"{where}.countNumber: must be at least {MIN_ARCHIVE_DAYS} for {count_type}; "
            f"found {number}"
        )
    return _one_of(
        f"{where}.storageClass", selection["storageClass"], ("archive",), f" for {count_type}"
    )


def _action(where: str, count_type: str, given: Any) -> str:
    _check_keys(where, given, ("type",), ("targetStorageClass",))
    allowed = {"sinceImagePulled": ("transition",), "sinceImageTransitioned": ("expire",)}
    kind = _one_of(
        f"{where}.type",
        given["type"],
        allowed.get(count_type, ("expire", "transition")),
        f" for {count_type}",
    )
    if kind == "expire":
        if "targetStorageClass" in given:
            raise LifecyclePolicyError(
                f"{where}.targetStorageClass: leave it out; it goes with type 'transition' only"
            )
        return EXPIRE
    if "targetStorageClass" not in given:
        raise LifecyclePolicyError(
            f"{where}.targetStorageClass: is missing; type 'transition' needs 'archive'"
        )
    return _one_of(f"{where}.targetStorageClass", given["targetStorageClass"], (ARCHIVE,))


def _check_together(rules: list[Rule]) -> None:
    """Check what rules owe each other: priorities for all, the rest per storage class."""
    _refuse_repeated(rules, lambda rule: rule.priority, "rulePriority must be unique")
    for storage_class in ("standard", "archive"):
        group = [rule for rule in rules if rule.storage_class == storage_class]
        for status in ("untagged", "any"):
            _refuse_repeated(
                [rule for rule in group if rule.tag_status == status],
                lambda rule: rule.tag_status,
                f"only one rule per storage class may have tagStatus {status!r}",
            )
        _refuse_repeated(
            [rule for rule in group if rule.prefixes],
            lambda rule: frozenset(rule.prefixes),
            "each rule of a storage class must have its own set of prefixes in tagPrefixList",
        )
        last = max((rule.priority for rule in group), default=0)
        for rule in group:
            if rule.tag_status == "any" and rule.priority != last:
                raise LifecyclePolicyError(
                    f"rule {rule.priority}, selection.tagStatus: a rule with tagStatus 'any' must "
                    f"have the highest rulePriority number and be evaluated last; rule {last} "
                    "comes after it"
                )


def _refuse_repeated(rules: list[Rule], key: Callable[[Rule], Any], message: str) -> None:
    seen: dict[Any, Rule] = {}
    for rule in rules:
        first = seen.setdefault(key(rule), rule)
        if first is not rule:
            raise LifecyclePolicyError(
                f"{message}; found it in rule {first.priority} and again in rule {rule.priority}"
            )


def _check_keys(
    where: str, given: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> None:
    if not isinstance(given, dict):
        raise LifecyclePolicyError(f"{where}: must be a JSON object; found {json.dumps(given)}")
    missing = [name for name in required if name not in given]
    if missing:
        raise LifecyclePolicyError(f"{where}: {', '.join(missing)} missing")
    unknown = [name for name in given if name not in required + optional]
    if unknown:
        raise LifecyclePolicyError(
            f"{where}: {', '.join(unknown)} not allowed; "
            f"the fields are {', '.join(required + optional)}"
        )


def _positive(where: str, given: Any) -> int:
    # bool is an int to Python, but not to JSON.
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise LifecyclePolicyError(
            f"{where}: must be an integer of at least 1; found {json.dumps(given)}"
        )
    return given


def _one_of(where: str, given: Any, allowed: tuple[str, ...], when: str = "") -> str:
    if given not in allowed:
        values = " or ".join(repr(value) for value in allowed)
        raise LifecyclePolicyError(f"{where}: must be {values}{when}; found {json.dumps(given)}")
    return given
