"""Write an answer as XML: what xmltodict writes, without its detour over SAX events."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xmltodict

# Depends on the name alone; a name that is refused is not kept.
_test_name = lru_cache(4096)(xmltodict._validate_name)
_text = xmltodict._convert_value_to_string
Write = Callable[[str], Any]


class _Unusual(Exception):
    """Something that no answer of moto's holds, and that xmltodict knows how to write."""


def unparse(
    document: dict[str, Any], full_document: bool, short_empty_elements: bool, pretty: bool
) -> str:
    """Return a document as XML, as `xmltodict.unparse` does.

    Raises ValueError for what can be no name of an element or attribute.
    """
    pieces: list[str] = []
    try:
        if pretty or (full_document and [type(each) for each in document.values()] != [dict]):
            raise _Unusual
        if full_document:
            pieces.append('<?xml version="1.0" encoding="utf-8"?>\n')
        for name, value in document.items():
            _elements(pieces.append, name, value, short_empty_elements)
    except _Unusual:
        return xmltodict.unparse(
            document,
            full_document=full_document,
            short_empty_elements=short_empty_elements,
            pretty=pretty,
        )
    return "".join(pieces)


def _elements(write: Write, name: str, value: Any, short: bool) -> None:
    """Write the elements of one name: one, or one for each value of a list."""
    if name == "#comment":
        raise _Unusual
    _test_name(name, "element")
    for each in value if type(value) is list else (value,):
        kind = type(each)
        if kind is dict:
            _structure(write, name, each, short)
            continue
        if each is None:
            text = ""
        elif kind is str:
            text = each
        elif kind is int or kind is float or kind is bool:
            text = _text(each)
        else:
            raise _Unusual
        if text or not short:
            write(f"<{name}>{escape(text)}</{name}>")
        else:
            write(f"<{name}/>")


def _structure(write: Write, name: str, value: dict[str, Any], short: bool) -> None:
    attributes, parts, text = "", [], ""
    for key, part in value.items():
        if type(key) is not str:
            raise _Unusual
        if key[:1] in ("@", "#"):
            if type(part) is not str:
                raise _Unusual
            if key == "#text":
                text = part
            elif key[0] == "@":
                _test_name(key[1:], "attribute")
                attributes += f" {key[1:]}={quoteattr(part)}"
            else:
                raise _Unusual
        elif type(part) is not list or part:
            parts.append((key, part))
    if short and not text and not parts:
        write(f"<{name}{attributes}/>")
        return
    write(f"<{name}{attributes}>")
    for key, part in parts:
        _elements(write, key, part, short)
    write(f"{escape(text)}</{name}>")
