"""What an ECR lifecycle policy does to the images of a repository."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awslab.world.lifecycle import ARCHIVE, EXPIRE, KEEP, Image, Policy, Rule, evaluate, validate

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def image(name, *tags, days=0.0, **fields):
    """Make an image pushed `days` before NOW."""
    return Image(name, NOW - timedelta(days=days), tuple(tags), **fields)


def rule(priority, number, *, count="imageCountMoreThan", status=None, **fields):
    """Make a rule; its tagStatus is `tagged` when it has prefixes or patterns, else `any`."""
    tagged = "tagged" if {"prefixes", "patterns"} & set(fields) else "any"
    return Rule(priority, status or tagged, count, number, **fields)


def expired(rules, images):
    """Return the digests that do not stay, sorted."""
    verdicts = evaluate(Policy(tuple(rules)), images, NOW)
    return sorted(v.digest for v in verdicts if v.outcome != KEEP)


PROD_BETA = [
    image("A", "beta-1", "prod-1", days=10),
    image("B", "beta-2", "prod-2", days=9),
    image("C", "beta-3", days=8),
]
ALPHA_BETA = [
    image("A", "alpha-1", days=12),
    image("B", "beta-1", days=11),
    image("C", "alpha-2", "beta-2", days=10),
    image("D", "alpha-3", days=4),
    image("E", "beta-3", days=3),
    image("F", "alpha-4", "beta-4", days=2),
]


@pytest.mark.parametrize(
    ("rules", "images", "expected"),
    [
        ([rule(1, 1, prefixes=("prod",)), rule(2, 1, prefixes=("beta",))], PROD_BETA, ["A"]),
        ([rule(1, 1, prefixes=("beta",)), rule(2, 1, prefixes=("prod",))], PROD_BETA, ["A", "B"]),
        (
            [rule(1, 5, count="sinceImagePushed", prefixes=("alpha", "beta"))],
            ALPHA_BETA,
            ["C"],
        ),
        ([rule(1, 1, patterns=("alpha*", "*beta*"))], ALPHA_BETA, ["C"]),
        ([rule(1, 1, patterns=("alpha*",)), rule(2, 1)], ALPHA_BETA, ["A", "B", "C", "D", "E"]),
        ([rule(1, 1, status="untagged")], [*PROD_BETA, image("U", days=2), image("V")], ["U"]),
        ([rule(1, 9)], ALPHA_BETA, []),
    ],
    ids=["prod-first", "beta-first", "all-prefixes", "all-patterns", "any-last", "untagged", "few"],
)
def test_documented_outcomes(rules, images, expected):
    """The outcomes of AWS's worked examples come out."""
    assert expired(rules, images) == expected


@pytest.mark.parametrize(
    ("age", "expected"), [(13.9, []), (14.0, []), (14.001, ["A"]), (400, ["A"])]
)
def test_age_must_be_more_than_the_days(age, expected):
    """An image exactly as old as the limit stays; a little older goes."""
    rules = [rule(1, 14, count="sinceImagePushed")]

    assert expired(rules, [image("A", days=age)]) == expected


def test_pattern_star_selects_only_tagged_images():
    """The pattern `*` is every tagged image, and no untagged one."""
    rules = [rule(1, 1, patterns=("*",))]
    images = [image("A", "v1", days=3), image("U", days=2), image("B", "v2", days=1)]

    assert expired(rules, images) == ["A"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pulled_at": NOW - timedelta(days=1)}, KEEP),
        ({"pulled_at": NOW - timedelta(days=31)}, ARCHIVE),
        ({}, ARCHIVE),
        (
            {
                "pulled_at": NOW - timedelta(days=50),
                "activated_at": NOW - timedelta(days=2),
            },
            KEEP,
        ),
        ({"storage_class": "archive"}, KEEP),
    ],
)
def test_since_pulled_archives(fields, expected):
    """The last pull counts; without one the push; after a restore the restore."""
    policy = Policy((rule(1, 30, count="sinceImagePulled", action=ARCHIVE),))

    (actual,) = evaluate(policy, [image("A", days=60, **fields)], NOW)

    assert actual.outcome == expected


def test_archived_images_expire_by_their_own_rule():
    """A rule on the archive sees archived images only, and the standard rules do not."""
    rules = [
        rule(1, 1),
        rule(2, 90, count="sinceImageTransitioned", storage_class="archive"),
    ]
    old = {"storage_class": "archive", "days": 300}
    images = [
        image("A", archived_at=NOW - timedelta(days=91), **old),
        image("B", archived_at=NOW - timedelta(days=89), **old),
        image("C", days=1),
    ]

    assert expired(rules, images) == ["A"]


def test_kept_index_keeps_its_manifests():
    """What a kept index references stays, and the reason names the index."""
    images = [
        image("index", "v1", days=1, references=("nested", "arm")),
        image("nested", days=50, references=("amd",)),
        image("arm", days=50),
        image("amd", days=50),
        image("other", days=50),
    ]
    policy = Policy((rule(1, 1, count="sinceImagePushed", status="untagged"),))

    actual = {v.digest: v for v in evaluate(policy, images, NOW)}

    assert [d for d, v in actual.items() if v.outcome == EXPIRE] == ["other"]
    assert "index" in actual["arm"].why
    assert "nested" in actual["amd"].why


def test_expiring_index_releases_its_manifests():
    """When the index itself expires, its manifests may too."""
    images = [image("index", days=5, references=("arm",)), image("arm", days=5)]

    assert expired([rule(1, 1, count="sinceImagePushed")], images) == ["arm", "index"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "No rule selects the image."),
        ([rule(3, 1, prefixes=("v",))], "newest 1 of the 2 images with tags starting 'v'"),
        ([rule(3, 7, count="sinceImagePushed")], "more than 7 days ago; for this one it was 9"),
    ],
)
def test_reason_says_which_rule_and_numbers(rules, expected):
    """Every verdict carries one sentence with the numbers that decided."""
    images = [image("A", "v1", days=9), image("B", "v2", days=1)]

    actual = evaluate(Policy(tuple(rules)), images, NOW)[0]

    assert expected in actual.why
    assert actual.rule == (3 if rules else None)


@pytest.mark.parametrize(
    ("images", "now"),
    [([], datetime(2026, 1, 1)), ([Image("A", datetime(2026, 1, 1))], NOW)],
)
def test_times_without_zone_are_refused(images, now):
    """A naive datetime is an error that names the field."""
    with pytest.raises(ValueError, match="time zone"):
        evaluate(Policy(()), images, now)


_TAGS = st.lists(st.sampled_from(["a1", "a2", "b1", "b2", "c"]), unique=True, max_size=3)


@st.composite
def repositories(draw):
    """Draw up to 12 images, some of them indexes that reference others."""
    count = draw(st.integers(0, 12))
    names = [f"i{n}" for n in range(count)]
    return [
        image(
            name,
            *draw(_TAGS),
            days=draw(st.integers(0, 20)),
            references=tuple(draw(st.lists(st.sampled_from(names), max_size=2))),
        )
        for name in names
    ]


@st.composite
def rule_lists(draw, size=4):
    """Draw rules in priority order, of every tag status, by count or by age."""
    rules = []
    for priority in range(1, draw(st.integers(1, size)) + 1):
        status = draw(st.sampled_from(["tagged", "untagged", "any"]))
        tags = draw(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=2))
        rules.append(
            Rule(
                priority,
                status,
                draw(st.sampled_from(["imageCountMoreThan", "sinceImagePushed"])),
                draw(st.integers(1, 6)),
                patterns=tuple(tag + "*" for tag in tags) if status == "tagged" else (),
            )
        )
    return rules


@settings(derandomize=True)
@given(rule_lists(), repositories())
def test_first_selecting_rule_decides(rules, images):
    """An image selected by a rule is never touched by a rule with a higher number."""
    verdicts = evaluate(Policy(tuple(rules)), images, NOW)

    for each, verdict in zip(images, verdicts, strict=True):
        first = next((r.priority for r in rules if r.selects(each)), None)
        assert (verdict.digest, verdict.rule) == (each.digest, first)


@settings(derandomize=True)
@given(st.integers(1, 8), st.lists(st.integers(0, 5), max_size=12))
def test_count_keeps_exactly_the_newest(number, ages):
    """Of n images exactly max(0, n - number) expire, and none is newer than one that stays."""
    images = [image(f"i{n}", days=age) for n, age in enumerate(ages)]
    gone = expired([rule(1, number)], images)
    age_of = {each.digest: NOW - each.pushed_at for each in images}
    stay = set(age_of) - set(gone)

    assert len(gone) == max(0, len(images) - number)
    assert not gone or min(age_of[d] for d in gone) >= max(age_of[d] for d in stay)


@settings(derandomize=True)
@given(rule_lists(), repositories())
def test_later_rule_never_saves_an_image(rules, images):
    """With one rule more at the end, everything that expired before still expires."""
    before = expired(rules[:-1], images)

    assert set(before) <= set(expired(rules, images))


@settings(derandomize=True)
@given(rule_lists(), repositories().flatmap(lambda r: st.tuples(st.just(r), st.permutations(r))))
def test_listing_order_does_not_matter(rules, listings):
    """The order in which images are listed changes no verdict."""
    one, other = (
        {v.digest: v.outcome for v in evaluate(Policy(tuple(rules)), listing, NOW)}
        for listing in listings
    )

    assert one == other


def test_text_to_verdict():
    """A policy as the learner writes it goes through both functions."""
    text = json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 2,
                    "selection": {
                        "tagStatus": "untagged",
                        "countType": "sinceImagePushed",
                        "countUnit": "days",
                        "countNumber": 1,
                    },
                    "action": {"type": "expire"},
                },
                {
                    "rulePriority": 1,
                    "selection": {
                        "tagStatus": "tagged",
                        "tagPatternList": ["*"],
                        "countType": "imageCountMoreThan",
                        "countNumber": 1,
                    },
                    "action": {"type": "expire"},
                },
            ]
        }
    )
    images = [image("A", "v1", days=2), image("B", "v2", days=1), image("U", days=2), image("W")]

    actual = [(v.digest, v.outcome, v.rule) for v in evaluate(validate(text), images, NOW)]

    assert actual == [("A", EXPIRE, 1), ("B", KEEP, 1), ("U", EXPIRE, 2), ("W", KEEP, 2)]
