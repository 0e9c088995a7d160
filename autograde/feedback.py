"""Pages that show a learner's work in a browser: nothing of it runs there, and every learner can read them.

`settings.use` puts these parts into nbgrader's feedback, and `markdown` and `clean` into formgrader's pages too.
A submission's Markdown may hold any HTML, and so may its outputs where it was graded without the sandbox.

Contrast, headings and language: https://www.w3.org/TR/WCAG22/
"""

import re
from functools import lru_cache
from typing import Any

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbgrader.preprocessors import NbGraderPreprocessor

# Should something get past `clean`: the browser itself runs no script and asks nobody for anything.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
TAGS = """
a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s small span
strong sub summary sup table tbody td tfoot th thead tr u ul
circle desc ellipse g line path polygon polyline rect svg text title tspan
"""
ATTRIBUTES = """
align alt aria-hidden aria-label aria-labelledby class colspan height id open role rowspan scope start style title width
cx cy d dx dy fill fill-opacity font-family font-size font-weight opacity points r rx ry stroke stroke-dasharray
stroke-linecap stroke-linejoin stroke-opacity stroke-width text-anchor transform viewBox x x1 x2 y y1 y2
"""
# What places a box over another, or fetches something, is not among them.
PROPERTIES = """
background-color block-size border border-bottom border-collapse border-left border-radius border-right border-top
caption-side color content-visibility display fill fill-opacity float font-family font-size font-style font-variant
font-weight gap height line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-height
max-width min-width opacity overflow overflow-wrap padding padding-bottom padding-left padding-right padding-top stroke
stroke-dasharray stroke-opacity stroke-width table-layout text-align text-anchor text-decoration vertical-align
white-space width word-break
"""
STYLE = """
.panel-heading h1 { font-size: 18px; margin: 10px 0; }
.panel-default > .panel-heading a, .rendered_html a { color: #0b4f8a; text-decoration: underline; }
.panel-primary > .panel-heading { background: #1d5a94; }
div.nbgrader_cell.panel-primary > .panel-heading a, .panel-primary > .panel-heading .score,
.panel-primary > .panel-heading code { color: #fff; background: none; }
.highlight, .highlight pre, div.input_area pre { background: #fff; }
li.late-penalty { color: #8f1d18; }
summary { display: list-item; }
a:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.anchor-link { display: none; }
"""


def clean(html: str) -> str:
    """Return HTML with nothing in it but text, tables and still pictures; what else there was stands as text."""
    # The shorthand may hold an address; of the course's own pictures it is a colour.
    html = re.sub(r"background:(?=#[0-9a-fA-F]{3,8}\b)", "background-color:", html)
    return _cleaner().clean(html)


@lru_cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=frozenset(TAGS.split()),
        attributes=_may_have,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=CSSSanitizer(
            allowed_css_properties=PROPERTIES.split(), allowed_svg_properties=[]
        ),
    )


def _may_have(tag: str, name: str, value: str) -> bool:
    """Tell whether a tag may have an attribute: a link leads to the web, a picture is in the page."""
    if name in ("href", "src"):
        # Browsers read an address without the spaces and controls in it.
        data = re.sub(r"[\s\x00-\x20]", "", value).casefold().startswith("data:")
        return tag == {"href": "a", "src": "img"}[name] and data == (name == "src")
    return name in ATTRIBUTES.split()


@lru_cache
def _plain_exporter() -> HTMLExporter:
    return HTMLExporter()


@pass_context
def markdown(context: Any, source: str) -> str:
    """Return Markdown as HTML that runs nothing: the filter `markdown2html` of nbconvert's templates."""
    return clean(_plain_exporter().markdown2html(context, source))


class StripHiddenTests(NbGraderPreprocessor):
    """Leave the hidden tests out of the feedback; their verdicts stay in the outputs.

    Without this every resubmission could be written to them: nbgrader's autograded copy, from
    which the feedback is made, holds them in full (nbgrader issue 917).
    """

    def preprocess_cell(self, cell: Any, resources: dict, cell_index: int) -> tuple[Any, dict]:
        """Remove each region between the two markers from one cell's source."""
        kept, hidden = [], False
        for line in cell.source.split("\n"):
            if "BEGIN HIDDEN TESTS" in line:
                hidden = True
            elif "END HIDDEN TESTS" in line:
                hidden = False
            elif not hidden:
                kept.append(line)
        cell.source = "\n".join(kept)
        return cell, resources


class StaticWidgets(NbGraderPreprocessor):
    """Keep the static picture of a widget: the page has no kernel, and may have no network."""

    def preprocess(self, nb: Any, resources: dict) -> tuple[Any, dict]:
        """Drop the widget view wherever another representation of the output exists."""
        nb.metadata.pop("widgets", None)
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: dict, cell_index: int) -> tuple[Any, dict]:
        """Drop the live representations of one cell's outputs, and the frames that others ask for."""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for live in ("application/vnd.jupyter.widget-view+json", "application/javascript"):
                if len(data) > 1:
                    data.pop(live, None)
            output.get("metadata", {}).pop("text/html", None)
        return cell, resources


class ShortErrors(NbGraderPreprocessor):
    """Show an error as its name and its message: a botocore traceback has sixty lines."""

    def preprocess_cell(self, cell: Any, resources: dict, cell_index: int) -> tuple[Any, dict]:
        """Cut the frames, which may quote hidden tests, out of one cell's tracebacks."""
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


class Feedback(HTMLExporter):
    """nbgrader's feedback page, with a language, headings in order, colours that can be read, and no scripts."""

    def from_notebook_node(self, nb: Any, resources: dict | None = None, **more: Any):
        """Convert a graded notebook; see `HTMLExporter`."""
        html, resources = super().from_notebook_node(nb, resources, **more)
        page = BeautifulSoup(html, "html.parser")
        for script in page("script"):
            script.decompose()
        page.html["lang"] = self.language_code
        _head(page)
        _headings(page)
        _say_where_links_go(page)
        _one_body(page)
        return str(page), resources


def _head(page: BeautifulSoup) -> None:
    policy = {"http-equiv": "Content-Security-Policy", "content": POLICY}
    page.head.insert(0, page.new_tag("meta", attrs=policy))
    narrow = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    page.head.append(page.new_tag("meta", attrs=narrow))
    style = page.new_tag("style")
    style.string = STYLE
    page.head.append(style)


def _one_body(page: BeautifulSoup) -> None:
    """Undo that nbgrader's template has nbconvert's whole body within its own."""
    for inner in page.select("body body, main"):
        inner.unwrap()
    for name in ("notebook", "notebook-container"):
        for again in page.find_all(id=name)[1:]:
            again.unwrap()
    page.body.find("div", class_="container").name = "main"


def _headings(page: BeautifulSoup) -> None:
    """Make the page's own title the first heading, and no step down skip a level."""
    title = page.find("h4")
    title.name = "h1"
    above = [(0, 1)]  # the headings around: the level in the notebook, the level on the page
    for heading in page.find(id="notebook").find_all(re.compile("^h[1-6]$")):
        level = int(heading.name[1])
        while above[-1][0] >= level:
            above.pop()
        above.append((level, min(6, above[-1][1] + 1)))
        heading.name = f"h{above[-1][1]}"


def _say_where_links_go(page: BeautifulSoup) -> None:
    """Name each check in the list at the top: nbgrader calls all of them "Test cell"."""
    for link in page.select("#toc a[href^='#']"):
        target = link["href"].removeprefix("#").removeprefix("comment-")
        link.append(f" {target}")
