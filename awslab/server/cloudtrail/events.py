"""Records written out as CloudTrail's events, and as LookupEvents returns them."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationNotFoundError, Shape, StructureShape
from botocore.parsers import create_parser
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.responses import determine_request_protocol, get_service_model
from werkzeug.datastructures import EnvironHeaders

from awslab.server.cloudtrail.record import Record
from awslab.world import cloudtrail as rules

VERSION = "1.11"
# In ECS's requests these carry what is often secret, though its model does not say so.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/logging-using-cloudtrail.html
_HIDDEN = {"environment"}
_NEVER = {"secretAccessKey", "authorizationToken", "secretString", "secretBinary", "plaintext"}
_BLOBS = {"layerPartBlob"}
_XML_CODE = re.compile(r"<Code>([^<]*)</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]*)</Message>", re.DOTALL)


def looked_up(record: Record) -> dict[str, Any]:
    """Return an event as LookupEvents returns it.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
    """
    event = written(record)
    user = record.identity.get("userName")
    if record.identity["type"] == "AssumedRole":
        user = record.identity["arn"].rpartition("/")[2]
    found: dict[str, Any] = {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "EventTime": record.time.timestamp(),
        "EventSource": event["eventSource"],
        "Resources": rules.resources(event["requestParameters"], event["responseElements"]),
        "CloudTrailEvent": json.dumps(event),
    }
    if user:
        found["Username"] = user
    if record.key:
        found["AccessKeyId"] = record.key
    return found


def written(record: Record) -> dict[str, Any]:
    """Return a record as one CloudTrail event."""
    model = get_service_model(record.service)
    reading = rules.is_read_only(record.operation)
    event = {
        "eventVersion": VERSION,
        "userIdentity": record.identity,
        "eventTime": record.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": rules.source(record.service, model.endpoint_prefix),
        "eventName": record.operation,
        "awsRegion": record.region,
        "sourceIPAddress": record.address,
        "userAgent": record.agent,
        **_error(record, model.protocol),
        "requestParameters": _request(record) or None,
        "responseElements": None if reading or record.status >= 400 else _response(record),
        "requestID": _uuid(record, "request"),
        "eventID": _uuid(record, "event"),
        "readOnly": reading,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": record.account,
        "eventCategory": "Management",
    }
    return event


def _uuid(record: Record, what: str) -> str:
    name = f"{record.account} {record.region} {record.number} {record.time} {what}"
    return str(uuid.UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()))


def _error(record: Record, protocol: str) -> dict[str, str]:
    """Return errorCode and errorMessage of a refused call; EC2's codes say whose fault it was."""
    if record.status < 400:
        return {}
    text = record.answer.decode("utf-8", "replace")
    if text.startswith("{"):
        body = json.loads(text)
        code = str(body.get("__type", "")).rpartition("#")[2]
        message = body.get("message") or body.get("Message") or ""
    else:
        found, said = _XML_CODE.search(text), _XML_MESSAGE.search(text)
        code = found[1] if found else str(record.status)
        message = said[1] if said else ""
    if protocol == "ec2":
        code = f"{'Client' if record.status < 500 else 'Server'}.{code}"
    return {"errorCode": code, **({"errorMessage": message} if message else {})}


def _request(record: Record) -> Any:
    if record.parameters is not None:
        return record.parameters
    given = record.request
    operation = _operation(record.service, record.operation)
    if operation is None or operation.input_shape is None or given["long"]:
        return None
    protocol = determine_request_protocol(get_service_model(record.service), given["content_type"])
    read = PROTOCOL_PARSERS[protocol](operation, map_type=dict).parse(
        {
            "method": given["method"],
            "values": given["values"],
            "headers": EnvironHeaders({}),
            "body": given["body"],
            "url_path": given["url_path"],
            "url_params": given["uri_match"],
        }
    )
    return rules.lowered(_without_secrets(read, operation.input_shape))


def _response(record: Record) -> Any:
    operation = _operation(record.service, record.operation)
    if operation is None or operation.output_shape is None or not record.answer:
        return None
    model = get_service_model(record.service)
    protocol = model.protocol
    if "content_type" in record.request:
        protocol = determine_request_protocol(model, record.request["content_type"])
    answer = {"status_code": record.status, "headers": {}, "body": record.answer}
    read = create_parser(protocol).parse(answer, operation.output_shape)
    read.pop("ResponseMetadata", None)
    return rules.lowered(_without_secrets(read, operation.output_shape)) or None


@lru_cache(maxsize=512)
def _operation(service: str, name: str) -> Any:
    try:
        return get_service_model(service).operation_model(name)
    except OperationNotFoundError:
        return None


def _without_secrets(value: Any, shape: Shape, name: str = "") -> Any:
    """Return parameters with what must not be seen hidden, and keys and tokens left out."""
    if name[:1].lower() + name[1:] in _HIDDEN or shape.metadata.get("sensitive"):
        return rules.HIDDEN
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            key: _without_secrets(inner, shape.members[key], key)
            for key, inner in value.items()
            if key in shape.members and key[:1].lower() + key[1:] not in _NEVER | _BLOBS
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_without_secrets(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _without_secrets(inner, shape.value) for key, inner in value.items()}
    return value
