"""What a newcomer installs is what was tested: `environment.yml`, `Makefile`, `.jupyter`, lock."""

import json
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

from authoring.environment import locked_requirements, render

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
TEXT = (ROOT / "environment.yml").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load(TEXT)
CONDA = [spec for spec in ENVIRONMENT["dependencies"] if isinstance(spec, str)]
[PIP] = [entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)]
PINS = [Requirement(line) for line in PIP[:-1]]


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run make in the repository and return what it printed."""
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return subprocess.run(
        ["make", *arguments, *assignments], cwd=ROOT, text=True, capture_output=True, check=False
    )


def test_committed_environment_is_what_the_lock_gives():
    """A change of `uv.lock` without `make build` is noticed."""
    rebuilt = render(locked_requirements())

    assert rebuilt == TEXT, "environment.yml is stale: run `make build`"


def test_every_pip_pin_is_a_version_of_the_lock():
    """pip installs exactly what was locked, package by package."""
    locked = {(package["name"], package.get("version")) for package in LOCK["package"]}
    pinned = {(pin.name, str(pin.specifier).removeprefix("==")) for pin in PINS}

    assert pinned <= locked


def test_every_dependency_of_the_project_is_pinned():
    """Nothing that a learner or a grader imports is left to chance."""
    wanted = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["grading"],
    ]
    needed = {Requirement(line).name for line in wanted}

    assert needed <= {pin.name for pin in PINS}


def test_the_repository_itself_is_installed_last():
    """`import awslab` works after `conda env create`; its dependencies are there already."""
    assert PIP[-1] == "-e ."


@pytest.mark.parametrize("spec", CONDA)
def test_conda_specs_parse_and_name_known_packages(spec):
    """conda installs Python and pip and nothing else; a slip in the spelling is noticed."""
    parsed = MatchSpec(spec)

    assert re.fullmatch(r"[a-z]+(=\d+\.\d+)?", spec)
    assert parsed.name.normalized in {"python", "pip"}


def test_python_of_the_environment_is_one_the_project_supports():
    """The interpreter that conda installs satisfies `requires-python`."""
    [python] = [spec.split("=")[1] for spec in CONDA if spec.startswith("python=")]

    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(python)


def test_environment_has_only_keys_that_conda_knows():
    """A misspelt key, which conda would ignore, is noticed; no author's prefix is kept."""
    assert set(ENVIRONMENT) == {"name", "channels", "variables", "dependencies"}
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]


def test_environment_names_no_package_host():
    """An institution's mirror works, since the files name no address."""
    assert "://" not in TEXT


def test_jupyterlab_starts_on_the_start_notebook_without_news():
    """The settings shipped in `.jupyter` are the three that a newcomer needs."""
    config = json.loads((ROOT / ".jupyter/jupyter_lab_config.json").read_text())
    overrides = json.loads((ROOT / ".jupyter/labconfig/default_setting_overrides.json").read_text())
    notification = overrides["@jupyterlab/apputils-extension:notification"]
    documents = overrides["@jupyterlab/docmanager-extension:plugin"]

    assert config == {"LabApp": {"default_url": "/lab/tree/notebooks/00-start-here.ipynb"}}
    assert notification == {"fetchNews": "false", "checkForUpdates": False}
    assert documents == {"autosaveInterval": 20}


@pytest.mark.parametrize("target", ["lab", "build", "check", "test", "format"])
def test_make_explains_itself(target):
    """`make` alone lists each of the five words with what it does."""
    done = make()

    assert done.returncode == 0
    assert re.search(rf"^make {target} +\S", done.stdout, re.MULTILINE)


def test_make_lab_passes_flags_on_and_points_at_the_settings():
    """`make lab LABFLAGS=...` reaches JupyterLab, which is started from the repository's root."""
    done = make("-n", "lab", LABFLAGS="--no-browser --port=8899")

    assert done.returncode == 0, done.stderr
    assert re.search(r"^\.venv/bin/jupyter lab .*--no-browser --port=8899$", done.stdout, re.M)


def test_make_names_the_fix_when_python_is_missing(tmp_path):
    """A machine without a usable Python gets a sentence and a command, not a traceback."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"))
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    done = subprocess.run(
        ["make", "lab", "PYTHON=/bin/false"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
    assert "the course needs Python 3.11, 3.12 or 3.13" in done.stdout
    assert "make lab PYTHON=/path/to/python3.12" in done.stdout


def test_make_pins_the_version_of_uv():
    """The tool that reads the lock is pinned too."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(r"^UV_VERSION := \d+\.\d+\.\d+$", text, re.MULTILINE)


def test_this_python_runs_the_locked_moto():
    """awslab/server extends moto's internals, so no other version may run."""
    [pin] = [pin for pin in PINS if pin.name == "moto"]

    assert f"=={version('moto')}" == str(pin.specifier)
