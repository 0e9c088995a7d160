"""A learner answers one exercise in JupyterLab, saves, and presses Validate."""

import json
import shutil

import pytest

pytestmark = pytest.mark.slow
ASSIGNMENT = "release/6.3.a-ecr/6.3.a-ecr.ipynb"
ANSWERED, OPEN = "create-repositories", "push-five-steps"
ANSWER = "\n".join(
    f"!aws ecr create-repository --repository-name {name}"
    for name in ("user-service", "order-service", "payment-service")
)


def _index(cells, grade_id):
    """Return the place of the cell with this grade_id."""
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    return ids.index(grade_id)


def _claim(cells, grade_id):
    """Return the first line of a check, which says what it proves."""
    source = "".join(cells[_index(cells, f"check-{grade_id}")]["source"])
    return source.splitlines()[0].strip('"')


def _type_answer(lab):
    """Click into the answer's cell, select what is there, type over it."""
    editor = lab.show(_index(lab.cells(), ANSWERED)).locator(".cm-content")
    editor.click()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type(ANSWER)


def _validate(lab):
    """Press Validate and return what the dialog says."""
    lab.page.get_by_role("button", name="Validate").click()
    dialog = lab.page.locator(".jp-Dialog-content")
    dialog.wait_for(timeout=300_000)
    return dialog.inner_text()


def test_validate_tells_done_from_open(lab, course):
    """The answer is in the saved file; the dialog names the open checks but not the done one."""
    lab.open(ASSIGNMENT)
    _type_answer(lab)
    lab.save()
    said = _validate(lab)
    lab.shot("validate-light")
    saved = json.loads((course / ASSIGNMENT).read_text(encoding="utf-8"))["cells"]
    cells = lab.cells()

    assert "".join(saved[_index(saved, ANSWERED)]["source"]) == ANSWER
    assert _claim(cells, OPEN) in said
    assert _claim(cells, ANSWERED) not in said


def _fill_in(course):
    """Put the author's answers to all exercises but one into a copy of the assignment; return its path."""
    done = course / "release" / "done"
    shutil.copytree(course / ASSIGNMENT.rpartition("/")[0], done)
    path = done / ASSIGNMENT.rpartition("/")[2]
    solved = json.loads((course / ASSIGNMENT.replace("release", "source", 1)).read_text())["cells"]
    answers = {
        cell["id"]: cell["source"]
        for cell in solved
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["id"] != ANSWERED
    }
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.relative_to(course).as_posix()


def test_validate_says_success_when_all_is_done(lab, course):
    """With the last answer typed in, the whole assignment passes in a fresh kernel."""
    lab.open(_fill_in(course))
    _type_answer(lab)
    lab.save()
    said = _validate(lab)
    lab.shot("validate-success")

    assert "Success" in said


def test_checks_cannot_be_edited_by_accident(lab):
    """Typing into a check changes nothing in it."""
    lab.open(ASSIGNMENT)
    before = lab.cells()
    index = _index(before, f"check-{ANSWERED}")
    cell = lab.show(index)
    cell.locator(".jp-Placeholder").first.click()  # a check starts folded
    cell.locator(".cm-content").click()
    lab.page.keyboard.type("passed = True")

    assert lab.cells()[index]["source"] == before[index]["source"]
