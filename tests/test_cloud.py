"""What `cloud` says beyond what AWS answers."""

import io
import tarfile
from datetime import UTC, datetime

import pytest

from awslab.cloud import _names, _verdict, _why

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
