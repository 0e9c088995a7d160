"""What `cloud` says beyond what AWS answers."""

import io
import tarfile
from datetime import UTC, datetime, timedelta

import pytest

from awslab.cloud import _names, _parts, _verdict, _why, seconds

PUSHED = {"countType": "sinceImagePushed", "countUnit": "days"}
COUNT = {"countType": "imageCountMoreThan"}


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (
            {"tagStatus": "untagged", "countNumber": 1} | PUSHED,
            "untagged, and pushed more than 1 day ago",
        ),
        (
            {"tagStatus": "any", "countNumber": 30} | PUSHED,
            "any image, and pushed more than 30 days ago",
        ),
        (
            {"tagStatus": "tagged", "tagPatternList": ["v*"], "countNumber": 5} | COUNT,
            "tagged `v*`, and not among the newest 5 of them",
        ),
        (
            {"tagStatus": "tagged", "tagPrefixList": ["v", "r"], "countNumber": 5} | COUNT,
            "tagged `v*` and `r*`, and not among the newest 5 of them",
        ),
        (
            {"tagStatus": "any", "countType": "sinceImagePulled", "countNumber": 9},
            "any image, and sinceImagePulled 9",
        ),
    ],
)
def test_a_preview_says_why_an_image_goes(selection, words):
    """The words come from the rule's own selection, also for a count type that has none yet."""
    assert _why(selection) == words


def test_an_image_that_no_rule_takes_stays():
    """Only an image in the preview's results expires."""
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    verdict = _verdict({"imageDigest": "sha256:aa", "imagePushedAt": moment}, {})

    assert (verdict["action"], verdict["rule"], verdict["why"]) == (
        "KEEP",
        None,
        "no rule expires it",
    )


def test_names_of_a_layer():
    """A layer is an archive; what is none has no names."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("app/dist/server.js"))

    assert _names(layer.getvalue()) == {"app/dist/server.js"}
    assert _names(b"layer content") == set()


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("5 min", 300),
        ("1 minute", 60),
        ("90s", 90),
        ("12 hours", 43_200),
        ("1.5 h", 5_400),
        ("1 day 2 h", 93_600),
        ("1 day, 2 h", 93_600),
        ("2 Weeks", 1_209_600),
        ("0 s", 0),
        (45, 45),
        (0.5, 0.5),
        (timedelta(days=1), 86_400),
        (timedelta(seconds=-1), -1),
    ],
)
def test_a_span_of_time_is_seconds(span, expected):
    """Words as people write them, a timedelta, or seconds."""
    assert seconds(span) == expected


@pytest.mark.parametrize("span", ["", "soon", "5", "5 parsecs", "-5 min", "5 min ago", "min 5"])
def test_what_is_no_span_is_refused_with_an_example(span):
    """The error shows what was written and what could be."""
    with pytest.raises(ValueError) as refused:
        seconds(span)

    assert str(refused.value).startswith(f"{span!r} is not a span of time")
    assert '"5 min"' in str(refused.value)


HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("shop", ("shop", {"imageTag": "latest"})),
        ("shop:v1", ("shop", {"imageTag": "v1"})),
        ("team/shop:v1", ("team/shop", {"imageTag": "v1"})),
        (f"{HOST}/shop:v1", ("shop", {"imageTag": "v1"})),
        ("shop@sha256:aa", ("shop", {"imageDigest": "sha256:aa"})),
        (f"{HOST}/shop@sha256:aa", ("shop", {"imageDigest": "sha256:aa"})),
        ("shop:v1@sha256:aa", ("shop", {"imageDigest": "sha256:aa"})),
    ],
)
def test_an_image_is_named_as_docker_names_it(reference, expected):
    """With or without the registry, by tag or by digest; no tag is `latest`."""
    assert _parts(reference) == expected


@pytest.mark.parametrize("reference", ["", ":v1", "@sha256:aa"])
def test_a_reference_without_a_repository_is_refused(reference):
    """The error shows what a reference looks like."""
    with pytest.raises(ValueError, match=r"names no image; write for example 'my-service:v1\.0'"):
        _parts(reference)
