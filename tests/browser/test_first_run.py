"""The first minute of a learner: `make lab` opens the start notebook, and nothing is in the way."""

import pytest

pytestmark = pytest.mark.slow


def test_lands_on_the_start_notebook(lab):
    """The address that `make lab` prints leads to notebooks/00-start-here.ipynb."""
    lab.open()
    lab.shot("start-light")

    assert lab.current("panel.context.path") == "notebooks/00-start-here.ipynb"


def test_whole_repository_is_in_the_file_browser(lab):
    """The file browser can reach the assignments, not only the folder of the start notebook."""
    lab.open()
    names = lab.page.evaluate(
        "async () => (await window.jupyterapp.serviceManager.contents.get('')).content"
        ".map(item => item.name)"
    )

    assert {"notebooks", "release", "nbgrader_config.py"} <= set(names)


def test_no_question_about_news(lab):
    """A first start shows no popup and no dialog."""
    lab.open()

    assert lab.page.locator(".Toastify__toast").count() == 0
    assert lab.page.locator(".jp-Dialog").count() == 0


def test_start_notebook_runs_without_error(lab):
    """The check cell of the start notebook says that all is well, readable in both themes; no network is needed."""
    lab.open()
    lab.run_all()
    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        lab.shot(f"start-ran-{theme.lower()}")
    outputs = [output for cell in lab.cells() for output in cell.get("outputs", [])]
    said = "".join("".join(output.get("text", "")) for output in outputs)

    assert lab.surprises() == []
    assert "ok " in said
    assert "NOT OK" not in said
    assert lab.foreign == []
    assert lab.errors == []


def test_exchange_is_there_for_the_assignment_list(lab, course):
    """`make lab` makes the exchange that nbgrader wants: open to all, safe from renaming."""
    lab.open()

    assert oct((course / "exchange").stat().st_mode & 0o7777) == oct(0o1777)
