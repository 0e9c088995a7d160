"""A learner reads and runs a lesson: every cell ends well, pictures and widgets appear."""

import pytest

pytestmark = pytest.mark.slow
LESSON = "notebooks/6.3.a-ecr.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"


def _first_with(cells, holds):
    """Return the index of the first cell with an output for which `holds` is true."""
    for index, cell in enumerate(cells):
        if any(holds(output.get("data", {})) for output in cell.get("outputs", [])):
            return index
    raise AssertionError("no cell of the lesson shows such an output")


def _is_picture(data):
    return 'role="img"' in "".join(data.get("text/html", "")) and WIDGET not in data


def test_lesson_runs_and_shows(lab):
    """Run All Cells reaches the end in order, without an error that the lesson does not announce.

    Its pictures can be announced by a screen reader and are drawn in both themes, its widgets are
    live controls, and nothing is asked of the network.
    One test, since running the lesson is the slow part.
    """
    lab.open(LESSON)
    lab.run_all()
    cells = lab.cells()
    code = [cell for cell in cells if cell["cell_type"] == "code" and cell["source"]]
    pictures = lab.pictures()
    widget = lab.show(_first_with(cells, lambda data: WIDGET in data))
    widget.locator(".jupyter-widgets").first.wait_for()
    lab.shot("lesson-widget")
    picture = lab.show(_first_with(cells, _is_picture)).locator("svg[role=img]").first
    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        picture.wait_for()
        lab.shot(f"lesson-picture-{theme.lower()}")

    assert lab.surprises() == []
    assert len(pictures) > 5
    assert all(pictures.values()), pictures
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert picture.get_attribute("aria-label")
    assert lab.foreign == []
    assert lab.errors == []
