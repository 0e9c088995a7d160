"""What the whole course promises: remarks while it is written, failures once all its lessons are there."""

import shutil

import pytest

from authoring import course as whole
from authoring.build import lesson_folders
from authoring.check import check
from authoring.course import FOLDERS, missing, promises


def lacks(course):
    """Return what the course lacks."""
    return promises(lesson_folders(course))


def test_what_is_too_little_is_counted(course):
    """Exercises, points, wrong answers and cards are those of all lessons together."""
    assert [lack for lack in lacks(course) if lack.startswith("the course")] == [
        "the course has 3 exercises, fewer than 45",
        "the course has 7 points, fewer than 150",
        "the course has 6 wrong answers, fewer than 150",
        "the course has 0 recall cards, fewer than 60",
    ]


def test_minutes_are_stated(course):
    """An assignment of ten minutes is not what the course promises."""
    assert "1-tags/assignment.py states 10 minutes: make it 60 to 90" in lacks(course)


def test_a_lesson_on_a_part_of_aws_has_much_to_see_and_to_do(course):
    """Lessons 6.3.x hold pictures and things to try; what looks back may be short."""
    for name in ("6.3.x-part", "6.3-revision"):
        shutil.copytree(course / "lessons/0-start", course / "lessons" / name)

    assert [lack for lack in lacks(course) if lack.startswith("6.3")] == [
        "6.3.x-part/lesson.py states 5 minutes: make it 60 to 90",
        "6.3.x-part/lesson.py has 0 things to see: make it at least 3",
        '6.3.x-part/lesson.py has 0 cells `tags=["try-it"]`: make it at least 6',
    ]


@pytest.mark.parametrize("complete", [False, True])
def test_a_lack_fails_once_no_lesson_is_missing(course, monkeypatch, complete):
    """Until then it is a remark, so that lessons can be written one by one."""
    monkeypatch.setattr(whole, "FOLDERS", ("0-start", "1-tags", *(() if complete else ("2-more",))))
    report = check(course, fast=True)
    expected = lacks(course)

    assert [f for f in report.failures if f in expected] == (expected if complete else [])
    assert [r for r in report.remarks if r in expected] == ([] if complete else expected)
    assert ("lessons to come: 2-more" in report.remarks) is not complete


def test_the_folders_to_come_are_known(course):
    """What is missing is listed in the order of the course."""
    (course / "lessons/0-start").rename(course / "lessons/6.3.a-ecr")

    assert missing(lesson_folders(course)) == list(FOLDERS[1:])
