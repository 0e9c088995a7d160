"""nbgrader's settings for this course; read by nbgrader and JupyterLab started in this folder."""

import os
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor

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


class StripHiddenTests(NbGraderPreprocessor):
    """Leave the hidden tests out of the feedback; their verdicts stay in the outputs.

    Without this every resubmission could be written to them: nbgrader's autograded copy, from
    which the feedback is made, holds them in full (nbgrader issue 917).
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Remove each region between the two markers from one cell's source."""
        kept, hidden = [], False
        for line in cell.source.split("\n"):
            if "BEGIN HIDDEN TESTS" in line:
                hidden = True
            elif "END HIDDEN TESTS" in line:
                hidden = False
            elif not hidden:
                kept.append(line)
        cell.source = "\n".join(kept)
        return cell, resources


class StaticWidgets(NbGraderPreprocessor):
    """Keep the static picture of a widget: the page has no kernel, and may have no network."""

    def preprocess(self, nb, resources):
        """Drop the widget view wherever another representation of the output exists."""
        nb.metadata.pop("widgets", None)
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, cell_index):
        """Drop the live representations of one cell's outputs."""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for live in ("application/vnd.jupyter.widget-view+json", "application/javascript"):
                if len(data) > 1:
                    data.pop(live, None)
        return cell, resources


class ShortErrors(NbGraderPreprocessor):
    """Show an error as its name and its message: a botocore traceback has sixty lines."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Cut the frames, which may quote hidden tests, out of one cell's tracebacks."""
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


c.GenerateFeedback.preprocessors = [
    GetGrades,
    CSSHTMLHeaderPreprocessor,
    StripHiddenTests,
    StaticWidgets,
    ShortErrors,
]
