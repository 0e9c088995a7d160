"""nbgrader's settings for this course; read by nbgrader and JupyterLab started in this folder."""

import logging
import os
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader's loader defines it)
here = Path(__file__).resolve().parent

c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "aws-cloud-native"
c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE") or str(here / "exchange")

# Never hand out a text twin of a notebook: jupytext's pairs and our own lessons hold the answers.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "lesson.py",
    "assignment.py",
    "wrong_answers.py",
    "[0-9]*.py",
    "*.md",
    "*.Rmd",
    "*.qmd",
]

c.ClearSolutions.code_stub = {"python": "# Write your code here\n"}
c.ClearSolutions.text_stub = "*Write your answer here.*"

# A deleted check comes back; a cell that takes a while is not a wrong answer; a warning is neither.
c.OverwriteCells.add_missing_cells = True
c.ExecutePreprocessor.timeout = 120
c.ExecutePreprocessor.shutdown_kernel = "immediate"
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\s\S]"

# Marks are made in the sandbox, where there is one; AUTOGRADE_STOCK=1 leaves nbgrader its own way.
# Feedback and formgrader's pages run nothing of what a learner has written.
try:
    from autograde import settings
except ImportError as error:  # a folder of notebooks without the course's packages
    logging.getLogger("traitlets").warning("nbgrader is used as it is: %s", error)
else:
    settings.use(c)
