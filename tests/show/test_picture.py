"""The pieces every picture is drawn with."""

import xml.etree.ElementTree as ElementTree

import pytest

from awslab.show import Picture
from awslab.show.picture import badge, code, fit, label, megabytes, rect, svg, table

HOSTILE = "<script>\"x\"&'y'</script>"


def test_a_picture_shows_as_html_and_reads_as_text():
    """JupyterLab takes the HTML, a terminal and a screen reader's plain view the text."""
    picture = Picture("<b>x</b>", "x", {"a": 1})
    bundle = picture._repr_mimebundle_()

    assert bundle["text/plain"] == "x"
    assert "<b>x</b>" in bundle["text/html"]
    assert repr(picture) == "x"
    assert picture.data == {"a": 1}


def test_dollars_are_no_formula():
    """MathJax leaves a picture alone: two prices in it must not become one formula."""
    bundle = Picture("<p>$1 and $2</p>", "x")._repr_mimebundle_()

    assert bundle["text/html"].startswith('<div class="mathjax_ignore tex2jax_ignore">')


@pytest.mark.parametrize(
    "drawn",
    [
        label(0, 0, HOSTILE),
        rect(0, 0, 1, 1, tip=HOSTILE),
        svg(1, 1, "", HOSTILE),
        code(HOSTILE),
        badge(HOSTILE, "#fff", "tick"),
        table(HOSTILE, [HOSTILE], []),
    ],
)
def test_what_comes_from_outside_is_text(drawn):
    """A tag or a layer's command cannot put markup into the page."""
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_an_svg_has_a_role_and_a_name():
    """A screen reader reads the picture as one image with a name."""
    drawn = svg(10, 20, rect(1, 2, 3, 4), "two & three")
    root = ElementTree.fromstring(drawn[drawn.index("<svg") : drawn.index("</svg>") + 6])

    assert root.get("role") == "img"
    assert root.get("aria-label") == "two & three"
    assert root.get("viewBox") == "0 0 10 20"


def test_an_svg_has_a_text_that_shows_only_where_svg_is_dropped():
    """JupyterLab's sanitizer drops the two styles that hide the text, and keeps the size 0."""
    drawn = svg(10, 20, label(0, 9, "x"), "one\ntwo")

    assert '<pre style="content-visibility:hidden;block-size:0;' in drawn
    assert ">one\ntwo</pre>" in drawn
    assert drawn.startswith('<div style="font-size:0"><svg')
    assert "font-size:12px" in drawn


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (812_000, "812 kB"),
        (52_300_000, "52.3 MB"),
        (999_700_000, "1 GB"),
        (999_400_000, "999 MB"),
        (1_152_300_000, "1.15 GB"),
        (2_500_000_000_000, "2500 GB"),
    ],
)
def test_sizes_read_as_dockers(size, text):
    """Three digits and a power of 1000, as `docker images` prints."""
    assert megabytes(size) == text


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("v1.0", 100, "v1.0"), ("x" * 50, 70, "xxxxxxxxx…"), ("ab", 0, "…")],
)
def test_a_long_text_is_shortened_to_its_room(text, width, shown):
    """SVG does not clip: a long tag would run over its neighbour."""
    assert fit(text, width) == shown


def test_backticks_become_code():
    """Messages are written once, for text and for HTML."""
    assert code("push `v1.0` & `a<b`") == "push <code>v1.0</code> &amp; <code>a&lt;b</code>"


def test_a_table_does_not_take_jupyterlabs_fixed_columns():
    """JupyterLab fixes column widths; with one column at 100 % all others would overlap."""
    page = table("caption", ["a", "b"], [("1", "2")])

    assert "table-layout:auto" in page
    assert page.count("white-space:nowrap") == 2
    assert page.count("white-space:normal;width:100%") == 2
