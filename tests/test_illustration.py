"""The README's picture is generated, and current."""

from pathlib import Path

from authoring.illustration import TARGET, illustration

ROOT = Path(__file__).resolve().parent.parent


def test_the_picture_is_what_the_lesson_builds():
    """A changed Dockerfile, catalogue or drawing needs `make build`."""
    committed = (ROOT / TARGET).read_text(encoding="utf-8")

    assert committed == illustration(ROOT), "docs/compare.svg is stale: run `make build`"
