"""A question rehearsed in JupyterLab: the browser counts, the answer is compared, the rating is kept and reviewed."""

import json

import nbformat
import pytest

pytestmark = pytest.mark.slow
CELLS = (
    "import awslab\n"
    'awslab.rehearse("Q0", "What is a task?", {"a running copy": "running, copy", "a definition": "definition"},'
    ' "One running copy of a task definition.")',
    "awslab.review(new=2)",
)


def test_a_question_is_rehearsed_and_rated_by_keyboard_and_mouse(lab):
    """The clock runs without the kernel; the text is compared; the rating is in the learner's file."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    folder = lab.course / "notebooks"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "asked.ipynb")
    lab.open("notebooks/asked.ipynb")
    lab.run_all()
    asked = lab.show(0)
    asked.locator("textarea").fill("A running copy.")
    play = asked.locator(".jupyter-widgets.widget-play button").first
    play.press("Enter")
    number = asked.locator("input[type=number]")
    lab.page.wait_for_function("field => Number(field.value) > 0", arg=number.element_handle())
    asked.get_by_role("button", name="Compare with key points").click()
    asked.get_by_text("1 of 2 key points found.").wait_for()
    asked.get_by_role("button", name="Show a model answer").click()
    asked.get_by_role("button", name="good").click()
    asked.get_by_text("It comes back tomorrow.").wait_for()
    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        lab.shot(f"rehearsal-{theme.lower()}")
    reviewed = lab.show(1)
    for left in ("1 to go.", "Nothing more is due."):
        reviewed.get_by_role("button", name="Show the answer").click()
        # The second click of a double click comes upon the next card, whose answer is not shown.
        reviewed.get_by_role("button", name="easy").dblclick()
        reviewed.get_by_text(left).wait_for()
    lab.shot("review")
    kept = json.loads((folder / ".awslab" / "review.json").read_text(encoding="utf-8"))["cards"]

    assert len(kept) == 3
    assert kept["Q0"]["days"] == 1
    assert lab.surprises() == []
    assert lab.errors == []
    assert lab.foreign == []
