"""Write `environment.yml` from `uv.lock`, so that conda, Binder and repo2docker agree with it.

Run as `python -m authoring.environment`, which `make build` does.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Python and pip come from conda-forge, everything else from uv.lock, so that there is one truth.
# JUPYTER_CONFIG_PATH is relative: started in the repository, JupyterLab opens the start notebook.
TEMPLATE = """\
# Made from uv.lock by `make build`; edit pyproject.toml instead.
name: aws-cloud-native
channels:
  - conda-forge
  - nodefaults
variables:
  JUPYTER_CONFIG_PATH: .jupyter
dependencies:
  - python=3.12
  - pip
  - pip:
{pins}
      - -e .
"""


def locked_requirements(root: Path = ROOT) -> list[str]:
    """Return what a learner and a grader need, with the versions of `uv.lock`, as pip requirements.

    Raises:
        FileNotFoundError: uv is neither beside this Python nor on PATH; `make build` installs it.
        subprocess.CalledProcessError: uv refused the lock; `uv lock` rewrites it.
    """
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv was not found; `make build` installs it into .venv")
    options = "--frozen --no-default-groups --group grading --no-emit-project"
    plain = "--no-hashes --no-annotate --no-header"
    command = [uv, "export", "--quiet", *options.split(), *plain.split()]
    done = subprocess.run(command, cwd=root, check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.splitlines()


def render(requirements: list[str]) -> str:
    """Return the text of `environment.yml` for these pip requirements."""
    pins = "\n".join(f"      - {requirement}" for requirement in requirements)
    return TEMPLATE.format(pins=pins)


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(render(locked_requirements()), encoding="utf-8")
