"""Match paths as Docker does: `.dockerignore` files and the wildcards of COPY.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    out, position = [], 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith("**/", position):
            out.append("(?:.*/)?")
            position += 3
            continue
        if pattern.startswith("**", position):
            out.append(".*")
            position += 2
            continue
        if character == "[" and "]" in pattern[position:]:
            end = pattern.index("]", position)
            out.append("[" + pattern[position + 1 : end].replace("\\", "\\\\") + "]")
            position = end + 1
            continue
        out.append({"*": "[^/]*", "?": "[^/]"}.get(character) or re.escape(character))
        position += 1
    return re.compile("".join(out))


def match(pattern: str, path: str) -> bool:
    """Return whether the whole path matches: `*` and `?` stop at a slash, `**` does not."""
    return _compiled(pattern).fullmatch(path) is not None


def ignored(text: str) -> Callable[[str], bool]:
    """Return a test of whether a context path is left out by this `.dockerignore`.

    The last matching line decides; a line that starts with `!` puts paths back.
    A pattern that matches a directory matches what is in it.
    """
    rules = []
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        keeps = line.startswith("!")
        pattern = line.removeprefix("!").strip().strip("/").removeprefix("./")
        if pattern in ("", "."):
            continue
        rules.append((pattern, keeps))

    def test(path: str) -> bool:
        parts = path.split("/")
        heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        out = False
        for pattern, keeps in rules:
            if out == keeps and any(match(pattern, head) for head in heads):
                out = not keeps
        return out

    return test
