"""A learner reads and runs a lesson: every cell ends well, pictures and widgets appear."""

import pytest

pytestmark = pytest.mark.slow
LESSON = "notebooks/6.3.a-ecr.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def ran(lab):
    """Give the lesson, every cell run from the top."""
    lab.open(LESSON)
    lab.run_all()
    return lab


def _first_with(cells, holds):
    """Return the index of the first cell with an output for which `holds` is true, else None."""
    for index, cell in enumerate(cells):
        if any(holds(output.get("data", {})) for output in cell.get("outputs", [])):
            return index
    return None


def test_every_cell_runs_without_error(ran):
    """Run All Cells reaches the end, in order, with no error output and nothing from the network."""
    code = [cell for cell in ran.cells() if cell["cell_type"] == "code" and cell["source"]]
    errors = [output for cell in code for output in cell["outputs"] if "ename" in output]

    assert errors == []
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert ran.foreign == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pictures_are_drawn_and_described(ran, theme):
    """A picture is an SVG that a screen reader can announce, and is visible in both themes."""
    ran.theme(theme)
    index = _first_with(ran.cells(), lambda data: "<svg" in "".join(data.get("text/html", "")))
    assert index is not None, "no cell of the lesson shows a picture"
    picture = ran.show(index).locator("svg[role=img]").first
    picture.wait_for()
    ran.shot(f"lesson-picture-{theme.split()[1].lower()}")

    assert picture.get_attribute("aria-label")
    assert picture.bounding_box()["width"] > 0


def test_widgets_are_live(ran):
    """A widget is shown as a control, not as the text of its Python object."""
    index = _first_with(ran.cells(), lambda data: WIDGET in data)
    assert index is not None, "no cell of the lesson shows a widget"
    widget = ran.show(index).locator(".jupyter-widgets").first
    widget.wait_for()
    ran.shot("lesson-widget")

    assert widget.bounding_box()["height"] > 0
