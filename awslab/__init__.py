"""A mocked AWS that behaves: `cloud = awslab.start()` is the first cell of every notebook."""

from importlib import import_module

__version__ = "0.1.0"

# Loaded when asked for: the `docker` and `aws` commands import this package at every call and need none of it.
_PUBLIC = {
    "Cloud": "cloud",
    "LabError": "lab",
    "learner": "learner",
    "quiz": "cards",
    "recall": "cards",
    "score": "score",
    "start": "cloud",
    "stop": "lab",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'awslab' has no attribute {name!r}")
    return getattr(import_module(f"awslab.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
