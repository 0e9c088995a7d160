"""What ECR's service model says of a request, checked on the server as AWS does.

botocore checks types and minimum lengths on the client; patterns, enums and ranges reach the service unchecked.
"""

import json
import re
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from moto.core.responses import BaseResponse
from moto.ecr.exceptions import InvalidParameterException


def check(response: BaseResponse, operation: str) -> None:
    """Raise InvalidParameterException for the first parameter that breaks the service model."""
    model = _operation(operation)
    if model is None or model.input_shape is None:
        return
    parameters = json.loads(response.body or "{}")
    if found := _violation(model.input_shape, parameters, ""):
        path, constraint = found
        raise InvalidParameterException(
            f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"
        )


@cache
def _operation(name: str) -> OperationModel | None:
    service = _service()
    return service.operation_model(name) if name in service.operation_names else None


@cache
def _service() -> ServiceModel:
    """Return what botocore knows of ECR: reading it takes 20 ms."""
    return botocore.session.get_session().get_service_model("ecr")


def _violation(shape: Shape, value: Any, path: str) -> tuple[str, str] | None:
    if shape.type_name == "structure" and isinstance(value, dict):
        missing = [name for name in shape.required_members if name not in value]
        if missing:
            return _join(path, missing[0]), "Member must not be null"
        parts = [
            (shape.members[key], item, _join(path, key))
            for key, item in value.items()
            if key in shape.members
        ]
    elif shape.type_name == "list" and isinstance(value, list):
        parts = [(shape.member, item, f"{path}[{index}]") for index, item in enumerate(value)]
    else:
        parts = []
    if constraint := _broken(shape, value):
        return path, constraint
    return next((found for part in parts if (found := _violation(*part))), None)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _broken(shape: Shape, value: Any) -> str | None:
    limits = shape.metadata
    enum, pattern = limits.get("enum"), limits.get("pattern")
    if enum and value not in enum:
        return f"Member must satisfy enum value set: [{', '.join(enum)}]"
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        return f"must satisfy regular expression '{pattern}'"
    size = len(value) if isinstance(value, str | list | dict) else value
    if not isinstance(size, int) or isinstance(size, bool):
        return None
    what = "value" if isinstance(value, int) else "length"
    if size < limits.get("min", size):
        return f"Member must have {what} greater than or equal to {limits['min']}"
    if size > limits.get("max", size):
        return f"Member must have {what} less than or equal to {limits['max']}"
    return None
