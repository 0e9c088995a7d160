"""Call the lab's own APIs for a stack, and fit a template's properties to an operation's parameters.

CloudFormation makes each resource with the credentials of whoever asked for the stack, over the same API:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security_iam_service-with-iam.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from awslab.server import inprocess
from awslab.server.app import LabApp

__all__ = ["Api", "Extraneous", "Failed", "Waiting", "code", "only"]

Properties = Mapping[str, Any]
_sessions: dict[int, Any] = {}
_clients: dict[tuple[int, str, str, str], Any] = {}
# CloudTrail tells by the agent on whose behalf a call is made.
_ONCE = Config(retries={"total_max_attempts": 1}, user_agent="cloudformation.amazonaws.com")


class Waiting(Exception):
    """A resource, or one that it needs, is not ready yet: try again later."""


class Failed(Exception):
    """A resource cannot be made, for a reason that the stack's events tell."""


class Extraneous(Failed):
    """A property that the resource type does not have."""


def code(error: ClientError) -> str:
    """Return AWS's code of an error."""
    return error.response["Error"]["Code"]


class Api:
    """The lab's APIs with one access key in one region."""

    def __init__(self, app: LabApp, region: str, key: str) -> None:
        self._app, self.region, self._key = app, region, key

    def client(self, service: str) -> Any:
        """Return a boto3 client; making one costs more than a call, so they are kept."""
        at = id(self._app)
        name = (at, service, self.region, self._key)
        if name not in _clients:
            if at not in _sessions:
                _sessions[at] = inprocess.session(self._app)
            _clients[name] = _sessions[at].client(
                service,
                region_name=self.region,
                aws_access_key_id=self._key,
                aws_secret_access_key="fake-secret",
                aws_session_token="fake-session",
                config=_ONCE,
            )
        return _clients[name]

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call an operation by its boto3 name, without the parameters that are None.

        Raises botocore's ClientError and ParamValidationError.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        return getattr(self.client(service), operation)(**given)

    def fit(
        self, service: str, operation: str, properties: Properties, drop: Iterable[str] = ()
    ) -> dict[str, Any]:
        """Return properties as parameters of an operation: its names, whatever their case, and its types.

        Raises Extraneous for a property that the operation has no parameter for, unless it is in `drop`.
        """
        client = self.client(service)
        shape = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[operation]
        ).input_shape
        left = {name: value for name, value in properties.items() if name not in set(drop)}
        return _structure(left, shape, "#")

    def apply(
        self,
        service: str,
        operation: str,
        properties: Properties,
        drop: Iterable[str] = (),
        /,
        **more: Any,
    ) -> dict[str, Any]:
        """Call an operation with the properties that fit it, and with parameters of one's own."""
        return self.call(
            service, operation, **{**self.fit(service, operation, properties, drop), **more}
        )


def only(properties: Properties, *names: str) -> dict[str, Any]:
    """Return the properties of some names."""
    return {name: properties[name] for name in names if name in properties}


def _structure(value: Any, shape: StructureShape, where: str) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    found = {}
    for name, inner in value.items():
        if name.lower() not in members:
            raise Extraneous(
                f"Properties validation failed with message: {where}: extraneous key [{name}] is not permitted"
            )
        member = members[name.lower()]
        found[member] = _fitted(inner, shape.members[member], f"{where}/{name}")
    return found


def _fitted(value: Any, shape: Shape, where: str) -> Any:
    try:
        if isinstance(shape, StructureShape):
            return _structure(value, shape, where)
        if isinstance(shape, ListShape):
            values = value if isinstance(value, list) else [value]
            return [_fitted(item, shape.member, where) for item in values]
        if isinstance(shape, MapShape):
            return {str(name): _fitted(item, shape.value, where) for name, item in value.items()}
        return _scalar(value, shape.type_name)
    except (AttributeError, TypeError, ValueError):
        raise Failed(
            f"Properties validation failed with message: {where}: expected type: {shape.type_name}, "
            f"found: {type(value).__name__}"
        ) from None


def _scalar(value: Any, kind: str) -> Any:
    """Return a template's value in an API's type: templates write numbers and booleans as strings, and back."""
    if isinstance(value, dict | list):
        raise TypeError(kind)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
