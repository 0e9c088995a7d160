"""What a course's `nbgrader_config.py` says to have this package's parts in the place of nbgrader's.

    from autograde import settings
    settings.use(c)

Only names are set here, so that reading the configuration starts nothing and imports nothing.
"""

import logging
import os
from typing import Any

STOCK = "AUTOGRADE_STOCK"  # an environment variable: set, nbgrader grades in its own way
PREPROCESSORS = [
    "autograde.parts.Sandboxed",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograde.parts.SaveMarks",
    "autograde.parts.WithoutMarks",
    "autograde.parts.LatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

FEEDBACK = [
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "autograde.feedback.StripHiddenTests",
    "autograde.feedback.StaticWidgets",
    "autograde.feedback.ShortErrors",
]


def use(config: Any) -> None:
    """Have `nbgrader autograde` and formgrader's button grade in the sandbox, as the command `autograde` does.

    Feedback is made safe and readable, and formgrader's pages safe, however the marks are made.
    Where no sandbox works, or `AUTOGRADE_STOCK` is set, they grade as nbgrader does; the log says which.
    """
    config.GenerateFeedback.exporter_class = "autograde.feedback.Feedback"
    config.GenerateFeedback.preprocessors = list(FEEDBACK)
    # Formgrader's pages, too, show what learners have written: in the instructor's own browser.
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.filters = {
        "markdown2html": "autograde.feedback.markdown",
        "clean_html": "autograde.feedback.clean",
    }
    if os.environ.get(STOCK):
        return
    if not hasattr(os, "fork"):  # the grader cannot even be imported
        logging.getLogger("traitlets").info(
            "Windows has no sandbox: nbgrader grades in its own way"
        )
        return
    config.Autograde.exporter_class = "autograde.parts.RebuiltExporter"
    config.Autograde.autograde_preprocessors = list(PREPROCESSORS)
