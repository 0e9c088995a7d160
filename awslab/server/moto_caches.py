"""Answer a request faster, and the same: what moto works out for every value anew is worked out once.

moto tries half a dozen names for every member of an answer, tests the letters of every element's name, and lists all
methods of a service to find one.
What is kept here depends on classes, on botocore's shapes and on names; never on what a learner has made.
"""

from functools import lru_cache
from inspect import isfunction
from types import SimpleNamespace
from typing import Any

from moto.core import responses, serialize
from moto.core.responses import BaseResponse
from moto.core.serialize import (
    DEFAULT_ALIAS_PROVIDERS,
    MISSING,
    AttributePickerContext,
    ResponseSerializer,
    XFormedAttributePicker,
)
from moto.core.utils import get_value as get_any
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.wrappers import Request

from awslab.server.moto_xml import unparse

_get_value = ResponseSerializer.get_value
_get_access_key = BaseResponse.get_access_key
# Depends on the name of an operation alone. It may come from a request, hence the bound.
_camelcase_to_underscores = lru_cache(4096)(responses.camelcase_to_underscores)


def install() -> None:
    """Put the faster ways in the place of moto's."""
    ResponseSerializer.get_value = get_value  # type: ignore[method-assign]
    serialize.xmltodict = SimpleNamespace(unparse=unparse)  # type: ignore[assignment]
    responses.method_names_from_class = Methods  # type: ignore[assignment]
    responses.camelcase_to_underscores = _camelcase_to_underscores
    BaseResponse.get_access_key = get_access_key  # type: ignore[method-assign]
    # Flask's debug mode makes a class at every request, to say more when code asks for an upload that is not there.
    BackendRequest._load_form_data = Request._load_form_data  # type: ignore[method-assign]


def install_ec2() -> None:
    """Do the same for EC2, once moto has loaded it: it compiles the filters of tags for every resource."""
    from moto.ec2 import utils
    from moto.ec2.models import tags

    # Depends on the text of a filter alone. It comes from a request, hence the bound.
    if not hasattr(utils.simple_aws_filter_to_re, "cache_info"):
        utils.simple_aws_filter_to_re = lru_cache(1024)(utils.simple_aws_filter_to_re)
    tags.simple_aws_filter_to_re = utils.simple_aws_filter_to_re


class Methods:
    """The names of a class's methods; nothing is kept, only the one that is asked for is looked at."""

    def __init__(self, of: type) -> None:
        self._of = of

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and isfunction(getattr(self._of, name, None))


@lru_cache(64)
def _access_key(authorization: str) -> str | None:
    """Return the key in a signature: moto looks for it four times a request, and goes through the whole header."""
    found = BaseResponse.access_key_regex.search(authorization)
    return found[1] if found else None


def get_access_key(self: BaseResponse) -> str:
    """Return the access key of a request."""
    signature = self.headers.get("Authorization")
    return (signature and _access_key(signature)) or _get_access_key(self)


# --- the members of an answer ----------------------------------------------------------------------


def get_value(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    """Return a member of what a backend gave, by the first of its names that is there; None without any."""
    picker = self._value_picker
    if (
        type(picker) is not XFormedAttributePicker
        or picker.alias_providers is not DEFAULT_ALIAS_PROVIDERS
    ):
        return _get_value(self, value, key, shape)
    kind = type(value)
    names = _known(shape).get((kind, key)) or _names(picker, value, key, shape)
    found = MISSING
    if kind is dict:
        for name in names:
            if (found := value.get(name, MISSING)) is not MISSING:
                break
    else:
        for name in names:
            if (found := get_any(value, name, MISSING)) is not MISSING:
                break
    if found is MISSING:
        found = None
    if transformers := picker.response_transformers:
        path = f"{'.'.join(self.path)}.{key}"
        if path.endswith((*transformers,)):
            return next(change(found) for end, change in transformers.items() if path.endswith(end))
    return found


def _known(shape: Any) -> dict[tuple[type, str], tuple[str, ...]]:
    """Return the names that are known, by class of what holds the member and the member's key; they go with the shape.

    botocore makes a shape for each member of each structure, once, and moto hangs the structure on it.
    """
    return vars(shape).setdefault("lab_names", {})


def _names(picker: XFormedAttributePicker, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    """Return the names that moto tries for a member, each once, and keep them: class, key and shape decide alone."""
    context = AttributePickerContext(obj=value, key=key, shape=shape)
    names = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    _known(shape)[type(value), key] = names
    return names
