"""Every student who has handed anything in ends as graded, repaired, or with the reason why a person must look."""

import os
import stat

import pytest
from nbgrader.coursedir import CourseDirectory

from autograde import discover
from autograde.run import GRADED, PERSON, REPAIRED
from tests.autograde import school, tiny

pytestmark = pytest.mark.slow  # nbgrader writes thirty submissions into a real gradebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course for all tests of the file; each has its own students."""
    root = tmp_path_factory.mktemp("course")
    return root, school.make(root)


def _link(root, student, kind):
    """Hand in a link to what somebody else has."""
    other = school.hand_in(root, "honest-" + student)
    place = root / "submitted" / student / school.ASSIGNMENT
    place.parent.mkdir(parents=True)
    if kind == "folder":
        place.symlink_to(other.parent)
    elif kind == "student":
        place.parent.rmdir()
        place.parent.symlink_to(other.parents[1])
    else:
        place.mkdir()
        (place / other.name).symlink_to(other if kind == "file" else "/dev/zero")


def _other_than_a_file(root, student, make):
    place = root / "submitted" / student / school.ASSIGNMENT
    place.mkdir(parents=True)
    make(place / f"{school.NOTEBOOK}.ipynb")


def _file_for_a_folder(root, student):
    place = root / "submitted" / student
    place.mkdir(parents=True)
    (place / school.ASSIGNMENT).write_text("not a folder")


def _sparse(path):
    with path.open("wb") as file:
        file.truncate(50_000_000_000)


def _two(root, student):
    school.hand_in(root, student, name="p1 (1).ipynb")
    school.hand_in(root, student, name="p1 (2).ipynb")


CASES = {
    "right": (lambda r, s: school.hand_in(r, s), GRADED, ""),
    "numbered": (lambda r, s: school.hand_in(r, s, name="p1 (1).ipynb"), REPAIRED, "p1 (1).ipynb"),
    "copied": (lambda r, s: school.hand_in(r, s, name="p1-Copy1.ipynb"), REPAIRED, "p1-Copy1"),
    "capitals": (lambda r, s: school.hand_in(r, s, name="P1.IPYNB"), REPAIRED, "P1.IPYNB"),
    "renamed": (lambda r, s: school.hand_in(r, s, name="my work.ipynb"), REPAIRED, "my work"),
    "two": (_two, PERSON, "any of"),
    "other-file": (lambda r, s: school.hand_in(r, s, name="p1.pdf"), PERSON, "missing"),
    "no-file": (lambda r, s: school.hand_in(r, s).unlink(), PERSON, "missing"),
    "broken": (lambda r, s: school.hand_in(r, s, b"{"), PERSON, "not JSON"),
    "empty": (lambda r, s: school.hand_in(r, s, b""), PERSON, "not JSON"),
    "linked-file": (lambda r, s: _link(r, s, "file"), PERSON, "cannot be read"),
    "linked-device": (lambda r, s: _link(r, s, "device"), PERSON, "cannot be read"),
    "linked-folder": (lambda r, s: _link(r, s, "folder"), PERSON, "a link"),
    "linked-student": (lambda r, s: _link(r, s, "student"), PERSON, "a link"),
    "folder": (lambda r, s: _other_than_a_file(r, s, os.mkdir), PERSON, "directory"),
    "pipe": (lambda r, s: _other_than_a_file(r, s, os.mkfifo), PERSON, "not a file"),
    "huge": (lambda r, s: _other_than_a_file(r, s, _sparse), PERSON, "50000 MB"),
    "file": (_file_for_a_folder, PERSON, "not a folder"),
    "no-time": (lambda r, s: school.hand_in(r, s, time="\0soon"), REPAIRED, "timestamp"),
    "[a-z]*": (lambda r, s: school.hand_in(r, s), PERSON, "did not take it"),
    "Zoë Ünal": (lambda r, s: school.hand_in(r, s), GRADED, ""),
}


@pytest.fixture(scope="module")
def ended(course):
    """The outcomes of a class of all the cases, graded in one run."""
    root, config = course
    for student, (make, _, _) in CASES.items():
        make(root, student)
    (root / "submitted" / ".DS_Store").write_text("of the file manager")
    (root / "submitted" / "notes.txt").write_text("of the instructor")
    with pytest.MonkeyPatch.context() as patch:
        school.fake_engine(patch)
        return school.grade(config)


@pytest.mark.parametrize("student", CASES)
def test_every_submission_ends_with_a_state_and_a_reason(ended, student):
    """Nothing that is found in a folder stops the class or is passed over."""
    _, state, said = CASES[student]
    outcome = ended[student]

    assert outcome.state == state
    assert said in " ".join(outcome.reasons)
    assert bool(outcome.reasons) == (state != GRADED)


def test_nobody_is_added(ended):
    """Files beside the students' folders are nobody's submission."""
    honest = {name for name in ended if name.startswith("honest-")}

    assert set(ended) - honest == set(CASES)


@pytest.mark.parametrize("student", ["broken", "no-file", "linked-folder"])
def test_formgrader_shows_what_a_person_must_grade(course, ended, student):
    """The notebook is there, without marks, with the reason, and waits for a manual grade."""
    root, config = course
    found = school.marks(config)[student]
    shown = school.autograded(root, student)

    assert found["grades"] == [(name, None, True) for name in sorted(tiny.CHECKS)]
    assert all(comment.startswith("Not graded: ") for _, comment in found["comments"])
    assert [c.outputs[0].ename for c in shown.cells if c.id in tiny.CHECKS] == ["NotGraded"] * 3


def test_nothing_of_a_submission_folder_is_copied(course, ended):
    """A link beside the notebook would bring the instructor's files into the feedback."""
    root, config = course
    path = school.hand_in(root, "smuggler")
    (path.parent / "data.txt").symlink_to(root / "gradebook.db")
    with pytest.MonkeyPatch.context() as patch:
        school.fake_engine(patch)
        outcome = school.grade(config, student="smuggler")["smuggler"]
    folder = root / "autograded" / "smuggler" / school.ASSIGNMENT

    assert outcome.state == GRADED
    assert {path.name for path in folder.iterdir()} == {"p1.ipynb"}


@pytest.mark.parametrize("depth", [0, 1])
def test_a_folder_without_permission_needs_a_person(course, monkeypatch, depth):
    """What the instructor may not read is said; it is not taken for nothing handed in."""
    root, config = course
    folder = school.hand_in(root, f"locked-{depth}").parent
    listdir, lstat = os.listdir, os.lstat

    def refuse(real, closed):
        def call(path, *more, **named):
            if os.fspath(path) == os.fspath(closed):
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return real(path, *more, **named)

        return call

    if depth:
        monkeypatch.setattr(discover.Path, "lstat", refuse(lstat, folder))
    else:
        monkeypatch.setattr(discover.os, "listdir", refuse(listdir, folder))
    coursedir = CourseDirectory(config=config)
    (found,) = discover.submissions(coursedir, school.ASSIGNMENT, ["p1"], f"locked-{depth}")

    assert "Permission denied" in found.problem


def test_an_unreadable_file_is_read_once(course, ended, monkeypatch):
    """The next run finds the same reason, and records nothing again."""
    root, config = course
    graded = school.fake_engine(monkeypatch)
    path = root / "autograded" / "no-file" / school.ASSIGNMENT / "p1.ipynb"
    before = path.stat().st_mtime_ns
    again = school.grade(config, student="*o-file")

    assert again["no-file"].state == PERSON
    assert again["no-file"].unchanged
    assert path.stat().st_mtime_ns == before
    assert graded == []


def test_a_file_that_comes_later_is_graded(course, ended, monkeypatch):
    """A person's case becomes an ordinary one as soon as there is something to grade."""
    root, config = course
    school.fake_engine(monkeypatch)
    school.hand_in(root, "late")
    school.hand_in(root, "late").rename(root / "kept")
    first = school.grade(config, student="late")["late"].state
    (root / "kept").rename(school.hand_in(root, "late"))
    second = school.grade(config, student="late")["late"].state

    assert [first, second] == [PERSON, GRADED]
    assert school.marks(config)["late"]["grades"][0][1:] == (2.0, False)


def test_several_notebooks_are_told_apart(tmp_path):
    """`p10 (1).ipynb` is p10, not p1; the sole file of another name is nobody's when two are wanted."""
    folder = tmp_path / "submitted" / "ann" / "two"
    folder.mkdir(parents=True)
    (folder / "p10 (1).ipynb").touch()
    (folder / "other.ipynb").touch()
    coursedir = CourseDirectory(root=str(tmp_path))
    first, second = discover.submissions(coursedir, "two", ["p1", "p10"])

    assert "p1.ipynb is missing" in first.problem
    assert second.path.name == "p10 (1).ipynb"
    assert stat.S_ISREG(second.path.stat().st_mode)
