"""Cheaper boto3 clients: a submission makes dozens, and each reads and builds the same again.

Everything kept here is a function of what it is kept by: a file of botocore's, the name of a service or an event.
"""

import copy
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from botocore import client, hooks, useragent
from botocore.loaders import JSONFileLoader, Loader
from botocore.utils import EVENT_ALIASES

_aliases: dict[str, str] = {}


def install() -> None:
    """Remember, in this process and its forks, what every new client would work out anew."""
    _remember_files()
    _remember_services()
    _remember_events()
    useragent.sanitize_user_agent_string_component = lru_cache(4096)(
        useragent.sanitize_user_agent_string_component
    )


def _remember_files() -> None:
    original = JSONFileLoader.load_file
    read = lru_cache(maxsize=None)(lambda path: original(JSONFileLoader(), path))
    # The caller may change what it gets at the top: a shallow copy is enough, and cheap.
    JSONFileLoader.load_file = lambda loader, path: copy.copy(read(path))
    found: dict[tuple[Any, ...], list[str]] = {}
    look = Loader.list_available_services

    @wraps(look)
    def look_once(self: Any, type_name: str) -> list[str]:
        key = (type_name, *self.search_paths)
        if key not in found:
            found[key] = look(self, type_name)
        return list(found[key])

    Loader.list_available_services = look_once


def _remember_services() -> None:
    """Build a service's model, and from it the methods of its clients, once."""
    creator = client.ClientCreator
    load = creator._load_service_model
    models: dict[tuple[Any, ...], Any] = {}

    @wraps(load)
    def load_once(self: Any, *which: Any, **more: Any) -> Any:
        key = (tuple(self._loader.search_paths), *which, *more.items())
        if key not in models:
            models[key] = load(self, *which, **more)
        return models[key]

    creator._load_service_model = load_once
    creator._create_methods = _once_a_model(creator._create_methods)
    creator._create_name_mapping = _once_a_model(creator._create_name_mapping)


def _once_a_model(
    make: Callable[[Any, Any], dict[str, Any]],
) -> Callable[[Any, Any], dict[str, Any]]:
    """Make what clients of a service have in common once; a class takes and changes the dictionary it is given."""
    made: dict[Any, dict[str, Any]] = {}

    @wraps(make)
    def make_once(self: Any, model: Any) -> dict[str, Any]:
        if model not in made:
            made[model] = make(self, model)
        return dict(made[model])

    return make_once


def _remember_events() -> None:
    """Know the names of events, and that their handlers take any keyword, after the first time."""
    begin = hooks.EventAliaser.__init__

    def begin_knowing(self: Any, *given: Any, **more: Any) -> None:
        begin(self, *given, **more)
        if self._event_aliases == EVENT_ALIASES:
            self._alias_name_cache = _aliases

    hooks.EventAliaser.__init__ = begin_knowing
    accepts = lru_cache(4096)(hooks.accepts_kwargs)
    hooks.accepts_kwargs = lambda handler: accepts(getattr(handler, "__func__", handler))
