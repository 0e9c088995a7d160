"""A mocked AWS that behaves: `cloud = awslab.start()` is the first cell of every notebook."""

from importlib import import_module

# By name and at once: these have the names of their modules, and a submodule imported later would take the name.
from awslab.draw import draw
from awslab.learner import learner
from awslab.progress import progress
from awslab.score import score

__version__ = "0.1.0"

# Loaded when asked for: the `docker` and `aws` commands import this package at every call and need none of it.
_PUBLIC = {
    "Cloud": "cloud",
    "LabError": "lab",
    "LabGone": "guard",
    "RealAWSRefused": "guard",
    "key_points": "matching",
    "quiz": "cards",
    "recall": "cards",
    "rehearse": "rehearsal",
    "review": "reviewing",
    "start": "cloud",
    "stop": "lab",
}
__all__ = [
    "Cloud",
    "LabError",
    "LabGone",
    "RealAWSRefused",
    "draw",
    "key_points",
    "learner",
    "progress",
    "quiz",
    "recall",
    "rehearse",
    "review",
    "score",
    "start",
    "stop",
]


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'awslab' has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(f"awslab.{_PUBLIC[name]}"), name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
