"""Notice a sentence of the course that stands in the interview questions the course prepares for.

The questions themselves are not in the repository: `windows.txt` holds hashes of every eight words in a row.
Make it anew with `python -m authoring windows interview-questions.txt`.
Commands and quoted error messages are left out, since there is one way to write them.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

WORDS = 8
KNOWN = Path(__file__).with_name("windows.txt")
_DIGITS = 10  # hexadecimal; by chance one window of a course of 100,000 words matches once in 5,000 courses
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_COMMAND = re.compile(r"\b(?:aws|docker) [a-z-]+ \S.*?(?= — |[.,;] |\.?$)|\"[^\"]+\"")


def remember(text: str) -> None:
    """Write windows.txt for the text of the questions, one paragraph a line."""
    found = {
        _hash(words)
        for line in text.splitlines()
        for part in _COMMAND.split(line.strip())
        for _, words in windows(part)
    }
    KNOWN.write_text("".join(f"{digest}\n" for digest in sorted(found)), encoding="utf-8")


def windows(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield every eight words in a row, in small letters without punctuation, and where they start."""
    # A sentence may go on in the next line, or be cut by quotes, stars and backticks.
    found = [(m.start(), m.group()) for m in _WORD.finditer(text.lower().replace("\u2019", "'"))]
    for index in range(len(found) - WORDS + 1):
        window = found[index : index + WORDS]
        yield window[0][0], tuple(word for _, word in window)


def shared(text: str) -> list[str]:
    """Return each run of words of a text that stands in the questions too, as `line 12: the words ...`."""
    known = set(KNOWN.read_text(encoding="utf-8").split())
    runs, last = [], -2
    for index, (start, words) in enumerate(windows(text)):
        if _hash(words) not in known:
            continue
        if index == last + 1:
            runs[-1][1].append(words[-1])
        else:
            runs.append((text.count("\n", 0, start) + 1, list(words)))
        last = index
    return [f"line {line}: {' '.join(words)!r}" for line, words in runs]


def _hash(words: tuple[str, ...]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:_DIGITS]


def copied(root: Path) -> list[str]:
    """Return what of lessons/, docs/ and README.md is worded as in the questions."""
    paths = [*root.glob("lessons/*/*.py"), *root.glob("docs/*.md"), *root.glob("README.md")]
    return [
        f"{path.relative_to(root)}, {found} is the wording of the interview's questions: write your own"
        for path in sorted(paths)
        for found in shared(path.read_text(encoding="utf-8"))
    ]
