"""Write results into nbgrader's gradebook and `autograded/`, by nbgrader's own Autograde: one writer, one at a time."""

import logging
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograde import parts
from autograde.course import Submission


class Recorder:
    """Record graded submissions of one course."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.log = logging.getLogger("autograde.record")

    def graded(self, submission: Submission, result: dict[str, Any]) -> str:
        """Record a result; return "" or why nbgrader did not take it."""
        who = (submission.student, submission.assignment, submission.notebook)
        parts.RESULTS[who] = result
        coursedir = CourseDirectory(config=self.config)
        coursedir.assignment_id = submission.assignment
        coursedir.student_id = submission.student
        coursedir.notebook_id = submission.notebook
        converter = Autograde(coursedir=coursedir, config=self.config)
        converter.exporter_class = parts.RebuiltExporter
        converter.autograde_preprocessors = parts.preprocessors()
        converter.force = True
        converter.log = self.log
        try:
            converter.start()
        except NbGraderException as error:
            return str(error)
        finally:
            del parts.RESULTS[who]
        return ""

    def for_a_person(self, submission: Submission, reason: str) -> None:
        """Record that somebody has to look at a submission: it shows in formgrader, with no mark."""
        coursedir = CourseDirectory(config=self.config)
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            gradebook.update_or_create_student(submission.student)
            timestamp = coursedir.get_existing_timestamp(str(submission.path.parent))
            when = {"timestamp": timestamp} if timestamp else {}
            gradebook.update_or_create_submission(submission.assignment, submission.student, **when)
            found = gradebook.find_submission_notebook(
                submission.notebook, submission.assignment, submission.student
            )
            for grade in found.grades:
                grade.auto_score, grade.needs_manual_grade = None, True
            for comment in found.comments:
                comment.auto_comment = f"Not graded: {reason}"
            gradebook.db.commit()


def submitted(path: Path) -> bytes:
    """Return the bytes of a submission; raises OSError with the reason when it cannot be read."""
    if path.is_symlink() or not path.is_file():
        raise OSError(f"{path.name} is not a file")
    return path.read_bytes()
