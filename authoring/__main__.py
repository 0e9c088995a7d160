"""`python -m authoring build | pull | check`: see authoring/__init__.py."""

import argparse
import sys
from pathlib import Path

from authoring.table import LessonError


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 1 when something is wrong, with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m authoring", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the course's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="lessons/ -> notebooks/, source/, release/")
    options = parser.parse_args(argv)
    try:
        return _run(options)
    except LessonError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    # Imported here: nbgrader takes a second, and `--help` should not.
    from authoring.build import build

    for name in build(options.root.resolve()):
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
