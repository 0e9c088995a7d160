"""Inside a kernel: keep a moment of a notebook, and bring it back as often as one likes.

A moment is everything that a cell of the course can change: the lab with its clock, the `docker` stand-in's images
and logins, the notebook's names, the environment, and the files of the working folder.
Values that are plain data are copied; a boto3 client or a function is kept as it is.
"""

import copy
import os
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from awslab import control

_ATOMS = (str, int, float, bool, bytes, type(None), type(...), datetime, timedelta)


class Moment(NamedTuple):
    """What was there; `plain` are the names whose values are data, `others` all other names."""

    plain: dict[str, Any]
    others: dict[str, Any]
    environment: dict[str, str]
    session: Any
    snapshot: int | None
    folder: Path


_kept: dict[str, Moment] = {}


def keep(shell: Any, folder: str) -> None:
    """Keep this moment under the name of a folder that is not there yet, which gets copies of the files."""
    names = _names(shell)
    data = {name: value for name, value in names.items() if is_plain(value)}
    lab = _lab()
    shutil.copytree(Path.cwd(), Path(folder, "files"), symlinks=True)
    if lab is not None and (lab.home / "docker").exists():
        shutil.copytree(lab.home / "docker", Path(folder, "docker"))
    _kept[folder] = Moment(
        plain=copy.deepcopy(data),
        others={name: value for name, value in names.items() if name not in data},
        environment=dict(os.environ),
        session=_boto3_session(),
        snapshot=control.ask(lab.endpoint, "snapshot")["snapshot"] if lab is not None else None,
        folder=Path(folder),
    )


def back(shell: Any, folder: str, here: str) -> None:
    """Bring the moment back that is kept under `folder`, its files into the folder `here`."""
    moment = _kept[folder]
    os.environ.clear()
    os.environ.update(moment.environment)
    os.chdir(here)
    _fill(Path(here), moment.folder / "files")
    if (boto3 := sys.modules.get("boto3")) is not None:
        boto3.DEFAULT_SESSION = moment.session
    lab = _lab()
    if lab is not None:
        lab.forget_docker()
        if (moment.folder / "docker").exists():
            shutil.copytree(moment.folder / "docker", lab.home / "docker")
        ask = {"snapshot": moment.snapshot} if moment.snapshot is not None else {}
        control.ask(lab.endpoint, "restore" if ask else "reset", **ask)
        if moment.snapshot is None:  # kept before there was a lab: the environment points at none
            sys.modules["awslab.lab"]._point_at(lab)
    for name in _names(shell).keys() - moment.plain.keys() - moment.others.keys():
        del shell.user_ns[name]
    shell.user_ns.update(moment.others)
    shell.user_ns.update(copy.deepcopy(moment.plain))


def is_plain(value: Any) -> bool:
    """Tell whether a value is data through and through, so that a copy is as good."""
    if type(value) in (list, tuple, set):
        return all(is_plain(item) for item in value)
    if type(value) is dict:
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    return type(value) in _ATOMS


def _names(shell: Any) -> dict[str, Any]:
    """Return the notebook's names without IPython's own, such as `In`, `_` and `exit`."""
    own = shell.user_ns_hidden.keys() | {name for name in shell.user_ns if name[:2] == "_i"}
    return {name: value for name, value in shell.user_ns.items() if name not in own}


def _lab() -> Any:
    module = sys.modules.get("awslab.lab")
    return module._lab if module is not None else None


def _boto3_session() -> Any:
    module = sys.modules.get("boto3")
    return module.DEFAULT_SESSION if module is not None else None


def _fill(folder: Path, source: Path) -> None:
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
