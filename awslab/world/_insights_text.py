"""The text of a Logs Insights query, read symbol by symbol."""

import re

_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PERIOD = re.compile(r"(\d+)\s*(ms|mo|min|hour|hr|day|week|sec|s|m|h|d|w|q|y)\b")
_NAME = re.compile(r"@?[A-Za-z_][\w.@]*|@[\w.]+")
_SYMBOL = re.compile(r"<=|>=|!=|=~|:=|[-+*/%^=<>(),|\[\]]")
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/")
_QUOTED = re.compile(r"`([^`]+)`")
_ESCAPES = {"n": "\n", "t": "\t"}


class Malformed(ValueError):
    """A query that Logs Insights cannot read; the message says where."""


class Text:
    """A query and how far it has been read."""

    def __init__(self, query: str) -> None:
        self.query, self.at = query, 0
        self._skip()

    def _skip(self) -> None:
        found = _SPACE.match(self.query, self.at)
        self.at = found.end() if found else self.at

    @property
    def over(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.query)

    def fail(self, why: str = "") -> Malformed:
        """Return the error for the symbol that comes next."""
        line = self.query.count("\n", 0, self.at) + 1
        position = self.at - (self.query.rfind("\n", 0, self.at) + 1)
        found = re.compile(r"[\w@.]+|\S|$").match(self.query, self.at)
        symbol = found[0] if found and found[0] else "<EOF>"
        text = f"unexpected symbol found {symbol} at line {line} and position {position}"
        return Malformed(f"{text}: {why}" if why else text)

    def _take(self, pattern: re.Pattern) -> re.Match | None:
        found = pattern.match(self.query, self.at)
        if found:
            self.at = found.end()
            self._skip()
        return found

    def symbol(self, *wanted: str) -> str:
        """Read one of these symbols, or "" when another comes next."""
        found = _SYMBOL.match(self.query, self.at)
        if found and found[0] in wanted:
            self.at = found.end()
            self._skip()
            return found[0]
        return ""

    def expect(self, symbol: str) -> None:
        """Read a symbol that has to come next."""
        if not self.symbol(symbol):
            raise self.fail(f"{symbol!r} is missing")

    def word(self, *wanted: str) -> str:
        """Read one of these words, in any case; "" when something else comes next."""
        found = _NAME.match(self.query, self.at)
        if found and found[0].lower() in wanted:
            self.at = found.end()
            self._skip()
            return found[0].lower()
        return ""

    def name(self) -> str:
        """Read the name of a field or function, "" when none comes next."""
        found = self._take(_QUOTED)
        if found:
            return found[1]
        found = self._take(_NAME)
        return found[0] if found else ""

    def number(self) -> float | None:
        """Read a number, None when none comes next."""
        found = self._take(_NUMBER)
        return float(found[0]) if found else None

    def period(self) -> tuple[int, str] | None:
        """Read a period such as 5m, None when none comes next."""
        found = self._take(_PERIOD)
        return (int(found[1]), found[2]) if found else None

    def string(self) -> str | None:
        """Read a text in quotes, None when none comes next."""
        found = self._take(_STRING)
        if not found:
            return None
        raw = found[1] if found[1] is not None else found[2]
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), raw)

    def regex(self) -> re.Pattern | None:
        """Read a regular expression between slashes, None when none comes next."""
        begun = self.at
        found = self._take(_REGEX)
        if not found:
            return None
        return self.compiled(found[1].replace("\\/", "/"), begun)

    def compiled(self, pattern: str, begun: int) -> re.Pattern:
        """Return a pattern of Java's as one of Python's."""
        try:
            return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern))
        except re.error as error:
            self.at = begun
            raise self.fail(f"invalid regular expression: {error}") from None
