"""The revision prints to a page for the whole and a page for each lesson."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.browser.conftest import ROOT

pytestmark = pytest.mark.slow
A4 = {"format": "A4", "margin": dict.fromkeys(("top", "bottom", "left", "right"), "10mm")}


def test_the_revision_prints_to_five_pages(browser, tmp_path):
    """As a file, without a network, on A4; a sixth page is a table that has grown too long."""
    notebook = nbformat.read(ROOT / "notebooks/6.3-revision.ipynb", as_version=4)
    body, _ = HTMLExporter().from_notebook_node(notebook)
    path = tmp_path / "revision.html"
    path.write_text(body, encoding="utf-8")
    page = browser.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    pages = re.findall(rb"/Type\s*/Page[^s]", page.pdf(**A4))
    page.close()

    assert len(pages) == 5
