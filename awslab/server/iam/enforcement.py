"""Every request with a role's or a user's credentials is decided before moto sees it."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.responses import BaseResponse, determine_request_protocol, get_service_model

from awslab.server.errors import AWSError
from awslab.server.iam import (
    callers,
    needs_containers,
    needs_data,
    needs_identity,
    needs_network,
)
from awslab.server.iam.callers import Caller
from awslab.server.iam.decisions import decide_for
from awslab.server.iam.needs import Call, Need, needs
from awslab.world.iam import Decision, message

# Importing a table registers it.
TABLES = (needs_containers, needs_data, needs_identity, needs_network)
# Signed by nobody: the token in the request is the proof.
UNSIGNED = {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"}
MISSING = "MissingAuthenticationToken"
JSON_CODES = {
    MISSING: "MissingAuthenticationTokenException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
}
# How a service says no; AWS's JSON services say AccessDeniedException.
CODES = {
    "query": "AccessDenied",
    "rest-xml": "AccessDenied",
    "ec2": "UnauthorizedOperation",
    "sqs": "AccessDenied",
}


def check(response: BaseResponse, operation: str) -> None:
    """Refuse a request that its caller may not make; `errors.check_requests` calls it before every one.

    Raises AWSError: the service's own AccessDenied, InvalidClientTokenId, ExpiredToken, MissingAuthenticationToken.
    """
    caller = None if operation in UNSIGNED else caller_of(response)
    if operation == "GetSessionToken" and caller and caller.principal.kind != "user":
        text = "Cannot call GetSessionToken with session credentials"
        raise callers.rejected("AccessDenied", text)
    if operation in needs_identity.FREE or operation in UNSIGNED:
        return
    if caller is None:
        if operation != "AssumeRole":
            return
        # Nobody may assume a role that does not trust them.
        caller = callers.administrator(response.current_account)
    model = get_service_model(response.boto3_service_name)
    call = Call(
        response.service_name or "",
        model.signing_name,
        operation,
        parameters(response, operation),
        caller.principal.account,
        response.region,
        caller.principal.arn,
    )
    context = {
        "aws:RequestedRegion": response.region,
        "aws:UserAgent": response.headers.get("User-Agent"),
    }
    refuse_first(response, caller, needs(call), context)


def caller_of(response: BaseResponse) -> Caller | None:
    """Return who makes a request, None for the lab's administrator.

    Raises AWSError for credentials that are missing, nobody's or expired.
    """
    signed = "Authorization" in response.headers or "Credential=" in response.uri
    try:
        if not signed:
            raise callers.rejected(MISSING, "Missing Authentication Token")
        return callers.by_key(access_key(response))
    except AWSError as error:
        raise _in_the_services_words(response, error) from None


def _in_the_services_words(response: BaseResponse, error: AWSError) -> AWSError:
    """Return the code that a service has for bad credentials.

    See https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    and https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    protocol = get_service_model(response.boto3_service_name).protocol
    if protocol in ("json", "rest-json"):
        return AWSError(JSON_CODES[error.code], error.message)
    if protocol == "ec2" and error.code == "InvalidClientTokenId":
        text = "AWS was not able to validate the provided access credentials"
        error = callers.rejected("AuthFailure", text)
        error.status = 401
    return error


def access_key(response: BaseResponse) -> str:
    """Return the access key of a request, in its header or in a presigned URL."""
    given = response.querystring.get("X-Amz-Credential", [""])[0]
    return given.split("/")[0] or response.get_access_key()


def parameters(response: BaseResponse, operation: str) -> Mapping[str, Any]:
    """Return a request's parameters by AWS's names, whatever the protocol; {} when they cannot be read."""
    model = get_service_model(response.boto3_service_name)
    try:
        shape = model.operation_model(operation)
    except OperationNotFoundError:
        return {}
    request = response.normalized_request
    protocol = determine_request_protocol(model, request.content_type)
    if protocol.startswith("rest"):
        response._get_action_from_method_and_request_uri(request)  # sets uri_match
    return PROTOCOL_PARSERS[protocol](shape, map_type=dict).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": response.uri_match,
        }
    )


def refuse_first(
    response: BaseResponse, caller: Caller, wanted: Iterable[Need], context: Mapping[str, Any]
) -> None:
    """Raise for the first need that is not allowed."""
    for need in wanted:
        decision = decide_for(caller, need.action, need.resource, {**context, **need.context})
        if not decision.allowed:
            raise denied(response, caller, need, decision)


def denied(response: BaseResponse, caller: Caller, need: Need, decision: Decision) -> AWSError:
    """Return a service's refusal, in its protocol's code and AWS's words.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    service = response.service_name or ""
    protocol = get_service_model(response.boto3_service_name).protocol
    text = need.refusal or message(decision, caller.principal.arn, need.action, need.resource)
    if need.action.startswith("sts:") and decision.source == "resource":
        # STS does not say whether a role is missing or distrusts the caller.
        text = text.partition(" because ")[0]
    if service == "ec2":
        text = f"You are not authorized to perform this operation. {text}"
    code = CODES.get(service) or CODES.get(protocol) or "AccessDeniedException"
    error = AWSError(code, text)
    if code != "AccessDeniedException":
        error.status = 403
    return error
