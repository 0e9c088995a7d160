"""Python runs this file at start-up because `awslab.start()` put its folder on PYTHONPATH: it installs the guard.

It then gives way to the machine's own sitecustomize, if there is one.
"""

import importlib.util
import sys
from pathlib import Path

_here = Path(__file__).resolve().parent


def _load(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if sys.version_info >= (3, 10):  # noqa: UP036  an older Python still has the proxy between it and the world
    sys.modules["awslab_guard_hook"] = _load("awslab_guard_hook", _here.parent / "hook.py")
    sys.modules["awslab_guard_hook"].install_if_lab()

_others = [entry for entry in sys.path if entry and Path(entry).resolve() != _here]
for _entry in _others:
    if (Path(_entry) / "sitecustomize.py").is_file():
        _load("sitecustomize", Path(_entry) / "sitecustomize.py")
        break
