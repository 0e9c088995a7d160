"""A picture that shows everywhere, and the few SVG pieces all pictures are drawn with.

Text and lines are `currentColor`, so they follow a light or dark theme, in JupyterLab and outside.
Filled shapes are light tints that carry fixed dark text, so they are readable on both.
"""

from __future__ import annotations

import html
import re
from typing import Any

__all__ = ["Picture", "code", "escape", "fit", "label", "rect", "svg"]

INK = "#1f2328"  # text on a tint
GREEN, RED, AMBER, BLUE, GREY, VIOLET = (
    "#c9eed3",
    "#ffd4d0",
    "#ffe7b0",
    "#cfe4ff",
    "#e3e6ea",
    "#e6dbff",
)
SANS = "font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif"
MONO = "font-family:ui-monospace,'DejaVu Sans Mono',monospace"


class Picture:
    """Hold one picture: `html` for notebooks, `text` for everything else, `data` it was drawn from.

    The HTML needs no kernel, no script and no network, so it survives in nbgrader's feedback, in
    untrusted copies and on GitHub.
    """

    def __init__(self, html: str, text: str, data: Any = None) -> None:
        self.html = html
        self.text = text
        self.data = data

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text, "text/html": self.html}


def escape(text: Any) -> str:
    """Escape any value for HTML or SVG."""
    return html.escape(str(text), quote=True)


def code(text: Any) -> str:
    """Escape prose for HTML and set what stands in backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def fit(text: Any, width: float, size: float = 12, mono: bool = False) -> str:
    """Shorten a text to about `width` pixels at font size `size`; SVG cannot wrap or clip it."""
    text = str(text)
    room = max(1, int(width / (size * (0.61 if mono else 0.56))))
    return text if len(text) <= room else text[: room - 1] + "…"


def label(
    x: float,
    y: float,
    text: Any,
    *,
    size: float = 12,
    fill: str = "currentColor",
    anchor: str = "start",
    bold: bool = False,
    mono: bool = False,
) -> str:
    """Return one line of SVG text with its baseline at (x, y)."""
    style = f"{MONO if mono else SANS};font-size:{size:g}px"
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{fill}" text-anchor="{anchor}"{weight} '
        f'style="{style}">{escape(text)}</text>'
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "none",
    stroke: str = "currentColor",
    dash: str = "",
    radius: float = 4,
    tip: str = "",
) -> str:
    """Return an SVG box; `tip` is what a pointer resting on it shows."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    shape = (
        f'x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}"{dashes}'
    )
    return f"<rect {shape}><title>{escape(tip)}</title></rect>" if tip else f"<rect {shape}/>"


def svg(width: float, height: float, body: str, title: str) -> str:
    """Return a complete inline SVG of `width` x `height` pixels; a screen reader reads `title`.

    It shrinks with a narrow page and never grows beyond its own size.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'style="max-width:100%;height:auto;display:block">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )
