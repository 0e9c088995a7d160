"""What Amazon ECR lifecycle policies do to the images of a repository.

`validate` turns the policy text into a `Policy`.
`evaluate` says for each image what happens and why.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html

Errors: LifecyclePolicyError(ValueError), with the message of ECR's InvalidParameterException.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from awslab.world._lifecycle_policy import (
    ARCHIVE,
    EXPIRE,
    LifecyclePolicyError,
    Policy,
    Rule,
    validate,
)

__all__ = [
    "ARCHIVE",
    "EXPIRE",
    "KEEP",
    "Image",
    "LifecyclePolicyError",
    "Policy",
    "Rule",
    "Verdict",
    "evaluate",
    "validate",
]

KEEP = "keep"


@dataclass(frozen=True)
class Image:
    """Hold what a policy looks at; times are aware datetimes.

    `references` are the digests an image index or manifest list names.
    """

    digest: str
    pushed_at: datetime
    tags: tuple[str, ...] = ()
    pulled_at: datetime | None = None
    media_type: str = "application/vnd.oci.image.manifest.v1+json"
    references: tuple[str, ...] = ()
    storage_class: str = "standard"
    archived_at: datetime | None = None
    activated_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Say what happens to one image: `outcome` is keep, expire or archive.

    `rule` is the priority of the one rule that decided, None when no rule selects the image.
    """

    digest: str
    outcome: str
    rule: int | None
    why: str


def evaluate(policy: Policy, images: Iterable[Image], now: datetime) -> list[Verdict]:
    """Return one verdict an image, in the order of `images`.

    ECR lets every rule mark images as if it were alone, then applies the rules by priority.
    An image that meets the tagging requirements of a rule, whether that rule keeps it or not,
    is out of reach of every rule with a higher priority number.
    A manifest that a kept image index or manifest list references is kept.
    Raises ValueError for a time without time zone.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
    """
    images = list(images)
    _require_aware(images, now)
    marks = {rule.priority: _judge(rule, images, now) for rule in policy.rules}
    verdicts = {}
    for image in images:
        rule = next((each for each in policy.rules if each.selects(image)), None)
        if rule is None:
            verdicts[image.digest] = Verdict(image.digest, KEEP, None, "No rule selects the image.")
        else:
            marked, why = marks[rule.priority][image.digest]
            outcome = rule.action if marked else KEEP
            verdicts[image.digest] = Verdict(image.digest, outcome, rule.priority, why)
    _keep_referenced(images, verdicts)
    return [verdicts[image.digest] for image in images]


def _require_aware(images: Sequence[Image], now: datetime) -> None:
    times = [("now", now)]
    for image in images:
        for name in ("pushed_at", "pulled_at", "archived_at", "activated_at"):
            times.append((f"{name} of {image.digest}", getattr(image, name)))
    for name, moment in times:
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{name} is {moment!r}: give a datetime with a time zone, such as UTC")


def _judge(rule: Rule, images: Sequence[Image], now: datetime) -> dict[str, tuple[bool, str]]:
    """Return, for each image the rule selects, whether the rule marks it, and why."""
    selected = [image for image in images if rule.selects(image)]
    if rule.count_type == "imageCountMoreThan":
        return _judge_count(rule, selected)
    return {image.digest: _judge_age(rule, image, now) for image in selected}


def _judge_count(rule: Rule, selected: Sequence[Image]) -> dict[str, tuple[bool, str]]:
    # The digest breaks ties, so that the order in which images are listed never matters.
    newest = sorted(selected, key=lambda i: (_pushed(i), i.digest), reverse=True)
    return {
        image.digest: (
            place > rule.count_number,
            f"Rule {rule.priority} keeps the newest {rule.count_number} of the {len(newest)} "
            f"{rule.selection}; by push time this is number {place}.",
        )
        for place, image in enumerate(newest, start=1)
    }


def _judge_age(rule: Rule, image: Image, now: datetime) -> tuple[bool, str]:
    if rule.count_type == "sinceImagePushed":
        since, event = _pushed(image), "pushed"
    elif rule.count_type == "sinceImageTransitioned":
        since, event = image.archived_at or _pushed(image), "archived"
    elif image.pulled_at and (image.activated_at is None or image.pulled_at > image.activated_at):
        since, event = image.pulled_at, "pulled"
    else:
        since, event = _pushed(image), "last pulled (or, never pulled, pushed)"
    age = now - since
    days_ago = _days(age / timedelta(days=1))
    verb = "expires" if rule.action == EXPIRE else "archives"
    return (
        age > timedelta(days=rule.count_number),
        f"Rule {rule.priority} {verb} {rule.selection} {event} more than "
        f"{_days(rule.count_number)} ago; for this one it was {days_ago} ago.",
    )


def _pushed(image: Image) -> datetime:
    """Return the time that orders images: the push, or the return from the archive."""
    return image.activated_at or image.pushed_at


def _days(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return f"{text} day" if text == "1" else f"{text} days"


def _keep_referenced(images: Sequence[Image], verdicts: dict[str, Verdict]) -> None:
    """Keep what a kept index references, and what that references in turn."""
    waiting = [
        image
        for image in images
        if image.storage_class == "standard" and verdicts[image.digest].outcome == KEEP
    ]
    by_digest = {image.digest: image for image in images}
    while waiting:
        index = waiting.pop()
        for digest in index.references:
            verdict = verdicts.get(digest)
            if verdict is None or verdict.outcome == KEEP:
                continue
            why = (
                f"The kept image index {index.digest} references the manifest, "
                f"so rule {verdict.rule} cannot {verdict.outcome} it."
            )
            verdicts[digest] = Verdict(digest, KEEP, verdict.rule, why)
            waiting.append(by_digest[digest])
