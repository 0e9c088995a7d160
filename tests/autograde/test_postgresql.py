"""A department's gradebook: the command, a person's marks and the export on a real PostgreSQL, as on SQLite."""

import csv
import getpass
import glob
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from traitlets.config import Config

from tests.autograde import school
from tests.classroom import ROOT
from tests.tools import missing

pytestmark = pytest.mark.slow  # a database server, a warm worker

# Its own user, which Debian's package makes: PostgreSQL refuses to run as root.
USER = "postgres" if os.getuid() == 0 else getpass.getuser()


def program(name):
    """Return a program of the newest PostgreSQL there is; Debian keeps them off PATH."""
    found = sorted(
        glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: path.split("/")[4]
    )
    found = found or [path for path in [shutil.which(name)] if path]
    if not found:
        missing(f"{name} is not installed: apt-get install postgresql (.ci/run does it)")
    return found[-1]


def call(*command):
    """Run one of PostgreSQL's programs as its user."""
    rights = {"user": USER, "group": USER, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        **rights,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def url():
    """The gradebook's address, as `c.CourseDirectory.db_url` has it; the server listens on one socket file only."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        data, log = f"{folder}/data", f"{folder}/log"
        call(
            program("initdb"),
            "-D",
            data,
            "-U",
            "nbgrader",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        )
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        server = program("pg_ctl"), "-D", data, "-w"
        call(*server, "-l", log, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://nbgrader@/postgres?host={folder}"
        finally:
            call(*server, "-m", "immediate", "stop")


def autograde(root, *arguments):
    """Call the command as an instructor does."""
    done = subprocess.run(
        [sys.executable, "-m", "autograde", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(root / "none")},
        text=True,
        capture_output=True,
        check=False,
    )
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory, url):
    """A class of two, one of them unreadable, graded by the command: its folder, configuration and what was said."""
    root = tmp_path_factory.mktemp("course")
    settings = {"root": str(root), "course_id": "school", "db_url": url}
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        + "".join(f"c.CourseDirectory.{name} = {value!r}\n" for name, value in settings.items())
    )
    config = Config({"CourseDirectory": settings})
    school.write_source(root)
    school.course.find_alembic()
    school.generate(config)
    school.hand_in(
        root, "ann", school.answers(answer="answer = 41"), time="2026-11-24 08:00:00 UTC"
    )
    school.hand_in(root, "bob", b"no notebook")
    return root, config, autograde(root, "tiny", "--workers", "1")


def test_the_class_is_graded(place):
    """Marks, and the reason why a person is needed, are in the database; nothing lies beside it."""
    root, config, done = place
    marks = school.marks(config)

    assert done.returncode == 1, done.stderr
    assert "2 submissions: 1 graded" in done.stdout
    assert marks["ann"]["grades"] == [
        ("check-answer", 0.0, False),
        ("check-bucket", 2.0, False),
        ("check-double", 2.0, False),
    ]
    assert marks["ann"]["timestamp"].isoformat() == "2026-11-24T08:00:00"
    assert [points for _, points, _ in marks["bob"]["grades"]] == [None] * 3
    assert not (Path(root) / "gradebook.db").exists()


def test_a_second_run_keeps_a_person_s_mark_and_grades_what_is_new(place, monkeypatch):
    """Formgrader's mark stays in a regrading, as with SQLite."""
    root, config, _ = place
    school.by_hand(config, "bob", "check-double", 1.5)
    school.hand_in(root, "ann", time="2026-11-24 09:00:00 UTC")
    graded = school.fake_engine(monkeypatch)
    again = school.grade(config, force=True)

    assert graded == ["ann", "bob"]
    assert again["ann"].changes == ["check-answer: 0 -> 2 (changed: submission)"]
    assert ("check-answer", 2.0, False) in school.marks(config)["ann"]["grades"]
    assert school.by_hand(config, "bob", "check-double") == 1.5


def test_the_marks_are_exported(place):
    """nbgrader's own format, read from the database."""
    done = autograde(place[0], "export", "tiny")
    with (place[0] / "grades.csv").open() as file:
        found = {row["student_id"] for row in csv.DictReader(file)}

    assert done.returncode == 0, done.stderr
    assert found == {"ann", "bob"}
