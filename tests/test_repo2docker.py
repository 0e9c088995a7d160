"""Binder's builder accepts the repository as it is."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("environment.yml", "pyproject.toml", "uv.lock", "Makefile", ".jupyter")


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory):
    """Return the Dockerfile that repo2docker writes; nothing is built, no Docker is needed."""
    repository = tmp_path_factory.mktemp("repository")
    for name in CONTENT:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, repository / name)
    command = [str(Path(sys.executable).with_name("jupyter-repo2docker"))]
    options = ["--no-build", "--no-run", "--debug", "--user-id=1000", "--user-name=jovyan"]
    done = subprocess.run(
        [*command, *options, str(repository)], text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_environment_yml_is_found_with_its_python(dockerfile):
    """repo2docker builds a conda environment with the Python that the file names."""
    assert "Building conda environment for python=3.12" in dockerfile
    assert re.search(r'env update .*--file "environment\.yml"', dockerfile)


@pytest.mark.slow
def test_repository_is_there_before_it_is_installed(dockerfile):
    """`-e .` needs the sources: they are copied before it runs, and belong to the user."""
    copied = dockerfile.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/")

    assert copied < dockerfile.index('--file "environment.yml"')


@pytest.mark.slow
def test_settings_lie_where_jupyter_looks(dockerfile):
    """The repository becomes the home directory, so `.jupyter` needs no start script."""
    settings = json.loads((ROOT / ".jupyter/jupyter_lab_config.json").read_text(encoding="utf-8"))

    assert "ARG REPO_DIR=${HOME}" in dockerfile
    assert settings["LabApp"]["default_url"].endswith("00-start-here.ipynb")
