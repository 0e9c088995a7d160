"""The timeline of a service in JupyterLab: the slider steps through its moments, in both themes."""

import json

import nbformat
import pytest

pytestmark = pytest.mark.slow
KINDS = ("pending", "launched", "healthy", "unhealthy", "stopping")
# Pending, launched, healthy, unhealthy, stopping of the new deployment, then of the old one.
ROLLOUT = [
    ((0, 0, 4, 0, 0),),
    ((4, 0, 0, 0, 0), (0, 0, 4, 0, 0)),
    ((0, 4, 0, 0, 0), (0, 0, 4, 0, 0)),
    ((0, 0, 3, 1, 0), (0, 0, 1, 0, 3)),
    ((1, 0, 3, 0, 1), (0, 0, 1, 0, 3)),
    ((0, 0, 4, 0, 0), (0, 0, 0, 0, 1)),
    ((0, 0, 4, 0, 0),),
]


def data():
    """Return a rollout as the lab's control action `timeline` tells it."""
    return {
        "service": "app",
        "cluster": "main",
        "moments": [
            {
                "at": f"2026-01-05T09:{number:02}:00+00:00",
                "desired": 4,
                "lower": 4,
                "upper": 8,
                "deployments": [
                    {
                        "id": f"ecs-svc/{2 - index}",
                        "taskDefinition": f"app:{2 - index}",
                        "status": "ACTIVE" if index else "PRIMARY",
                        "rolloutState": "COMPLETED" if index else "IN_PROGRESS",
                        **dict(zip(KINDS, counts, strict=True)),
                    }
                    for index, counts in enumerate(deployments)
                ],
                "events": [f"(service app) did step {number}."],
            }
            for number, deployments in enumerate(ROLLOUT)
        ],
    }


def test_slider_steps_through_the_rollout(lab):
    """It starts at the last moment; an arrow key goes to the one before, and the picture and the text follow."""
    cell = (
        "import json\nfrom awslab.show.ecs import timeline_picture\n"
        f"timeline_picture(json.loads({json.dumps(data())!r}))"
    )
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(cell)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.course / "notebooks" / "timeline.ipynb")
    lab.open("notebooks/timeline.ipynb")
    lab.run_all()
    output = lab.page.locator(".jp-OutputArea-output").first
    said = output.locator("[role=status]").first
    said.wait_for()
    first = said.inner_text()
    handle = output.locator(".noUi-handle, [role=slider]").first
    handle.focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowLeft")
    output.get_by_text("did step 3").wait_for()
    for theme in ("Light", "Dark"):
        lab.theme(f"JupyterLab {theme}")
        lab.shot(f"timeline-{theme.lower()}")

    assert "09:06:00" in first
    assert "09:03:00" in said.inner_text()
    assert "healthy 4 of at least 4" in said.inner_text()
    assert output.locator("svg[role=img]").first.get_attribute("aria-label")
    assert lab.errors == []
