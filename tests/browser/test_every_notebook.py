"""Every notebook of the course runs in JupyterLab: no error that it does not announce, every picture drawn."""

import pytest

from tests.browser.conftest import ROOT

pytestmark = pytest.mark.slow
ELSEWHERE = ("notebooks/00-start-here.ipynb", "notebooks/6.3.a-ecr.ipynb")  # looked at more closely
NOTEBOOKS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("notebooks/*.ipynb", "release/*/*.ipynb")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("path", [name for name in NOTEBOOKS if name not in ELSEWHERE])
def test_a_notebook_runs_and_shows(lab, path):
    """Run All Cells reaches the end; a released assignment says "not attempted" where an error could be."""
    lab.open(path)
    lab.run_all()
    pictures = lab.pictures()

    assert lab.surprises() == []
    assert all(pictures.values()), pictures
    assert lab.errors == []
    assert lab.foreign == []
