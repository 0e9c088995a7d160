"""`nbgrader autograde` and the button of formgrader with our parts: the same grader, and nbgrader's own on demand."""

import os

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograde import parts, settings
from tests.autograde import school

pytestmark = [
    pytest.mark.slow,  # a warm process, a real gradebook
    # nbgrader fills a new submission in before it adds it to the session.
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course with a class that nobody has graded; formgrader makes marks of it."""
    folder = tmp_path_factory.mktemp("course")
    school.make(folder)
    school.hand_in(folder, "ann", school.answers(answer="answer = 41"))
    school.hand_in(folder, "bob", b"no notebook")
    path = school.hand_in(folder, "cem")
    path.unlink()
    os.symlink(folder / "source" / school.ASSIGNMENT / path.name, path)
    return folder


@pytest.fixture
def formgrader(root, zygote, monkeypatch):
    """What formgrader's buttons call, as configured by nbgrader_config.py; and the configuration."""
    monkeypatch.setattr(parts, "own_zygote", lambda: zygote)
    monkeypatch.delenv(settings.STOCK, raising=False)
    config = Config({"CourseDirectory": {"root": str(root), "course_id": "school"}})
    settings.use(config)
    return NbGraderAPI(CourseDirectory(config=config), config=config), config


def test_the_button_grades_in_the_sandbox(formgrader):
    """One student's marks, made by the two kernels: the learner's has no `/proc` of this machine."""
    api, config = formgrader
    done = api.autograde(school.ASSIGNMENT, "ann")
    marks = school.marks(config)["ann"]["grades"]

    assert done["success"], done
    assert [(name, points) for name, points, _ in marks] == [
        ("check-answer", 0.0),
        ("check-bucket", 2.0),
        ("check-double", 2.0),
    ]
    assert "Graded without a sandbox" not in done["log"]


@pytest.mark.parametrize(("student", "why"), [("bob", "not JSON"), ("cem", "symbolic link")])
def test_what_cannot_be_graded_waits_for_a_person(formgrader, student, why):
    """No notebook, and a link to the source, are in the gradebook without marks, with the reason; the log says it."""
    api, config = formgrader
    done = api.autograde(school.ASSIGNMENT, student)
    found = school.marks(config)[student]

    assert done["success"], done
    assert f"{student}/tiny/p1.ipynb needs a person" in done["log"]
    assert {(points, manual) for _, points, manual in found["grades"]} == {(None, True)}
    assert all("Not graded" in comment and why in comment for _, comment in found["comments"])


def test_without_a_sandbox_nbgrader_grades_and_says_so(formgrader, monkeypatch):
    """On macOS or Windows the button works as it did before; the log gives the reason."""
    api, config = formgrader
    monkeypatch.setattr(parts, "missing", lambda: "a sandbox needs Linux, this is darwin")
    monkeypatch.setattr(parts, "run_cells", None)  # not called
    done = api.autograde(school.ASSIGNMENT, "ann")

    assert done["success"], done
    assert "as nbgrader does: a sandbox needs Linux" in done["log"]
    assert ("check-answer", 0.0, False) in school.marks(config)["ann"]["grades"]


def test_nbgrader_s_own_way_can_be_had_back(monkeypatch):
    """With AUTOGRADE_STOCK nothing of nbgrader's grading is replaced; feedback stays safe."""
    monkeypatch.setenv(settings.STOCK, "1")
    config = Config()
    settings.use(config)

    assert "Autograde" not in config
    assert config.GenerateFeedback.exporter_class == "autograde.feedback.Feedback"


def test_windows_keeps_nbgrader_s_own_way(monkeypatch, caplog):
    """There the grader's modules are not even named, and the log says so."""
    monkeypatch.delenv(settings.STOCK, raising=False)
    monkeypatch.delattr("os.fork")
    caplog.set_level("INFO", "traitlets")
    config = Config()
    settings.use(config)

    assert "Autograde" not in config
    assert "Windows has no sandbox" in caplog.text
