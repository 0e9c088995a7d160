"""Build the course from lessons/, bring back an edit of source/, or prove the course sound."""

import argparse
import sys
from pathlib import Path

from authoring.table import LessonError


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 1 when something is wrong, with the reason on stderr."""
    options = _parser().parse_args(argv)
    try:
        return options.run(options.root.resolve(), options)
    except LessonError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m authoring", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the course's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="lessons/ -> notebooks/, source/, release/")
    build.add_argument("--force", action="store_true", help="drop edits made by hand in source/")
    build.set_defaults(run=_build)
    pull = commands.add_parser("pull", help="bring edits of source/ back into lessons/")
    pull.set_defaults(run=_pull)
    windows = commands.add_parser("windows", help="remember the interview's wording, as hashes")
    windows.add_argument("questions", type=Path, help="the text of the questions")
    windows.set_defaults(run=_windows)
    check = commands.add_parser("check", help="prove that the course is sound")
    check.add_argument("--only", metavar="STEM", help="one lesson, for example 6.3.a-ecr")
    check.add_argument("--fast", action="store_true", help="leave out what needs a kernel")
    check.set_defaults(run=_check)
    return parser


# nbgrader takes a second to import, and `--help` should not.
def _build(root: Path, options: argparse.Namespace) -> int:
    from authoring.build import build

    changed = build(root, force=options.force)
    print("\n".join(changed) or "nothing to do: everything is built")
    return 0


def _pull(root: Path, options: argparse.Namespace) -> int:
    from authoring.build import build
    from authoring.pull import pull

    stems = pull(root)
    if not stems:
        print("nothing to pull: source/ is as it was built")
        return 0
    build(root, force=True)
    for stem in stems:
        print(f"pulled source/{stem} into lessons/{stem}/assignment.py, and rebuilt")
    return 0


def _windows(root: Path, options: argparse.Namespace) -> int:
    from authoring.wording import remember

    remember(options.questions.read_text(encoding="utf-8"))
    return 0


def _check(root: Path, options: argparse.Namespace) -> int:
    from authoring.check import check, summary

    report = check(root, only=options.only, fast=options.fast)
    for remark in report.remarks:
        print(remark)
    for failure in report.failures:
        print(f"FAILED {failure}", file=sys.stderr)
    found = len(report.failures)
    print(f"{summary(root)}; {f'{found} proofs failed' if found else 'every proof holds'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
