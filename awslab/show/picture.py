"""A picture that shows everywhere, and the few SVG pieces all pictures are drawn with.

Text and lines are `currentColor`, so they follow a light or dark theme, in JupyterLab and outside.
Filled shapes are light tints that carry fixed dark text, so they are readable on both.
"""

from __future__ import annotations

import html
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = [
    "Picture",
    "badge",
    "code",
    "escape",
    "fit",
    "kernel_answers",
    "label",
    "megabytes",
    "rect",
    "svg",
    "table",
]

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
# What tells states apart without colour, 16 x 16 pixels each.
SHAPES = {
    "tick": '<path d="M3 9l3.5 3.5L13 4.5"/>',
    "cross": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "bar": '<path d="M3.5 8h9"/>',
    "triangle": '<path d="M8 2.5L14 13.5H2z"/><path d="M8 6.5v3.2M8 11.3v.6"/>',
    "clock": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.6 1.6"/>',
    "box": '<path d="M2.5 5.5h11v8h-11zM1.5 2.5h13v3h-13zM6.5 8.5h3"/>',
}
MONO = "font-family:ui-monospace,'DejaVu Sans Mono',monospace"


class Picture:
    """Hold one picture: `html` for notebooks, `text` for everything else, `data` it was drawn from.

    The HTML needs no kernel, no script and no network, so it survives in nbgrader's feedback;
    where a viewer drops SVG, as JupyterLab does in an untrusted copy, the text stands instead.
    """

    def __init__(self, html: str, text: str, data: Any = None) -> None:
        self.html = html
        self.text = text
        self.data = data

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # Without these classes MathJax 3 and 2 set what stands between two dollar signs as a formula.
        html = f'<div class="mathjax_ignore tex2jax_ignore">{self.html}</div>'
        return {"text/plain": self.text, "text/html": html}


def escape(text: Any) -> str:
    """Escape any value for HTML or SVG."""
    return html.escape(str(text), quote=True)


def code(text: Any) -> str:
    """Escape prose for HTML and set what stands in backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def megabytes(size: float) -> str:
    """Write a size in bytes as docker does, in powers of 1000: 52.3 MB, 1.13 GB, 812 kB."""
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= 0.9995 * power:  # three digits of what is below would read 1e+03
            return f"{size / power:{'.3g' if size < 999.5 * power else '.0f'}} {unit}"
    return f"{size:.0f} B"


def badge(word: str, tint: str, shape: str) -> str:
    """Return a state as HTML: its word and one of SHAPES on a tint."""
    # JupyterLab's `svg { max-width: 100% }` would take the symbol out of the badge's own width.
    symbol = (
        '<svg aria-hidden="true" width="14" height="14" viewBox="0 0 16 16" fill="none" '
        f'stroke="{INK}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" '
        f'style="max-width:none;vertical-align:-2px;margin-right:5px">{SHAPES[shape]}</svg>'
    )
    style = f"padding:1px 8px 1px 5px;border-radius:4px;background:{tint};color:{INK}"
    return (
        f'<span style="display:inline-block;white-space:nowrap;{style}">'
        f"{symbol}{escape(word)}</span>"
    )


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; `rows` hold HTML, and the last column takes the room that is left.

    Its styles stand in the tags: JupyterLab's own would align right and fix the columns' widths.
    """
    cell = "padding:6px 10px;text-align:left;vertical-align:top;max-width:none;white-space:"
    styles = [f"{cell}nowrap"] * (len(headers) - 1) + [f"{cell}normal;width:100%"]
    heads = "".join(
        f'<th scope="col" style="{style}">{escape(header)}</th>'
        for style, header in zip(styles, headers, strict=True)
    )
    body = "".join(
        '<tr style="border-top:1px solid rgba(128,128,128,.4)">'
        + "".join(
            f'<td style="{style}">{content}</td>'
            for style, content in zip(styles, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<table style="border-collapse:collapse;table-layout:auto;width:100%;margin:0 0 8px">'
        '<caption style="caption-side:top;text-align:left;color:inherit;padding:4px 0;'
        f'font-weight:600">{code(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


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
    dash: str = "",
    radius: float = 4,
    tip: str = "",
) -> str:
    """Return an SVG box; `tip` is what a pointer resting on it shows."""
    stroke = "currentColor" if fill == "none" else INK  # a light line between tints is lost
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    shape = (
        f'x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}"{dashes}'
    )
    return f"<rect {shape}><title>{escape(tip)}</title></rect>" if tip else f"<rect {shape}/>"


def svg(width: float, height: float, body: str, text: str) -> str:
    """Return an inline SVG of `width` x `height` pixels; `text` tells the same in words.

    It shrinks with a narrow page and never grows beyond its own size.
    """
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(text)}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'style="max-width:100%;height:auto;display:block">{body}</svg>'
    )
    # In an untrusted notebook JupyterLab drops the tags of SVG, not the words between them, and
    # the two styles that hide the text. There the size 0 hides the words, and the text shows.
    hidden = "content-visibility:hidden;block-size:0"
    return (
        f'<div style="font-size:0">{drawing}</div>'
        f'<pre style="{hidden};overflow:hidden;margin:0;padding:0;border:0;white-space:pre-wrap">'
        f"{escape(text)}</pre>"
    )


def kernel_answers() -> bool:
    """Tell whether somebody can click: a kernel runs this code, and nbgrader does not run it."""
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None
