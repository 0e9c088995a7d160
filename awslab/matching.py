"""Find the key points of a free answer by its words; pure, and honest about what that can tell.

A point is described by patterns: words that must all occur, with `|` between synonyms and `*` for a word's end.

    key_points("ECS restarts tasks", {"ECS keeps tasks running": ["restart*|replac*, task*"]})

finds the point, because one of its patterns has all its words in the answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awslab.show.picture import GREEN, GREY, Picture, badge, code

__all__ = ["KeyPoints", "key_points"]

CAVEAT = (
    "Found by words, not by meaning: a point that you put in words of your own may be listed as missing, "
    "and one that you have the wrong way round may be listed as found. You decide."
)
_WORD = re.compile(r"[a-z0-9][a-z0-9.'-]*[a-z0-9%]|[a-z0-9]")
_BETWEEN = re.compile(r"[^a-z0-9.'*%-]+")


@dataclass(frozen=True)
class KeyPoints:
    """The key points of an answer: `found` and `missing`, in the order in which they were asked for."""

    found: list[str]
    missing: list[str]

    def _picture(self) -> Picture:
        total = len(self.found) + len(self.missing)
        head = f"{len(self.found)} of {total} key points found."
        rows = [
            *((point, badge("found", GREEN, "tick")) for point in self.found),
            *((point, badge("not found", GREY, "bar")) for point in self.missing),
        ]
        items = "".join(f"<li>{state} {code(point)}</li>" for point, state in rows)
        style = "list-style:none;padding-left:4px;line-height:1.9"
        html = f'<p><b>{head}</b></p><ul style="{style}">{items}</ul><p><small>{CAVEAT}</small></p>'
        lines = [
            head,
            *(f"  found      {point}" for point in self.found),
            *(f"  not found  {point}" for point in self.missing),
            CAVEAT,
        ]
        return Picture(html, "\n".join(lines))

    @property
    def html(self) -> str:
        """The points as HTML."""
        return self._picture().html

    def __repr__(self) -> str:
        return self._picture().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._picture()._repr_mimebundle_(include, exclude)


def key_points(text: str, points: Mapping[str, Sequence[str] | str]) -> KeyPoints:
    """Return which key points an answer names: `points` maps each to its pattern, or to several of which one is enough.

    A pattern is a list of terms with commas between, which must all occur, in any order;
    a term is one word or several in a row, `|` separates synonyms, `*` at the end of a word stands for any ending.
    Raises ValueError for a point without a pattern.
    """
    words = " ".join(_WORD.findall(text.lower().replace("\u2019", "'")))
    found, missing = [], []
    for point, patterns in points.items():
        patterns = [patterns] if isinstance(patterns, str) else list(patterns)
        if not patterns or not all(pattern.strip() for pattern in patterns):
            raise ValueError(f"the point {point!r} has no pattern")
        hit = any(all(_occurs(term, words) for term in p.split(",")) for p in patterns)
        (found if hit else missing).append(point)
    return KeyPoints(found, missing)


def _occurs(term: str, words: str) -> bool:
    synonyms = [_BETWEEN.sub(" ", each.lower()).strip() for each in term.split("|")]
    wanted = "|".join(re.escape(each).replace(r"\*", r"\S*") for each in synonyms if each)
    return re.search(rf"(?<!\S)(?:{wanted})(?!\S)", words) is not None
