"""One API call as it was made: kept raw, because most calls are never looked up.

What is noted at the call is what could change afterwards: the time, the caller, the answer.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.responses import BaseResponse

from awslab.server import clock
from awslab.server.asker import CHECKS
from awslab.server.errors import AWSError
from awslab.server.iam import callers, enforcement
from awslab.server.iam.decisions import SOURCE_ADDRESS
from awslab.world import cloudtrail as rules
from awslab.world.account import ADMINISTRATOR

# Changes and reads are kept apart: polling must not push out what was done.
WRITES, READS = 10_000, 5_000
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
LONGEST = 100_000  # of requestParameters, and of responseElements, which are left out beyond it
CLOUDFORMATION = "cloudformation.amazonaws.com"


@dataclass
class Record:
    """What is kept of a call: who, what, the request as it came and the answer as it went.

    `parameters` is given where the lab itself knows them; they are read from `request` otherwise.
    """

    time: datetime
    account: str
    region: str
    service: str
    operation: str
    identity: dict[str, Any]
    number: int = 0
    key: str = ""
    agent: str = ""
    address: str = SOURCE_ADDRESS
    request: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] | None = None
    status: int = 200
    answer: bytes = b""
    by_checks: bool = False


_writes: deque[Record] = deque(maxlen=WRITES)
_reads: deque[Record] = deque(maxlen=READS)
_identities: dict[tuple[str, str], tuple[dict[str, Any], str] | None] = {}
_count = 0


def forget() -> None:
    """Drop all records."""
    global _count
    _count = 0
    for kept_here in (_writes, _reads, _identities):
        kept_here.clear()


def kept() -> tuple[int, list[Record], list[Record]]:
    """Return all records."""
    return _count, list(_writes), list(_reads)


def take(state: tuple[int, list[Record], list[Record]]) -> None:
    """Put records in place of those that are there."""
    global _count
    forget()
    _count, writes, reads = state
    _writes.extend(writes)
    _reads.extend(reads)


def add(record: Record) -> None:
    """Number a record and keep it; the oldest of its kind goes when there are too many."""
    global _count
    _count += 1
    record.number = _count
    record.by_checks = CHECKS.get()
    (_reads if rules.is_read_only(record.operation) else _writes).append(record)


def newest(account: str, region: str, since: datetime) -> Iterator[Record]:
    """Yield records of an account and Region, the newest first, back to a moment; those of checks to checks only."""
    found = [
        each
        for kept_here in (_writes, _reads)
        for each in kept_here
        if each.time >= since and each.account == account and each.region == region
        if CHECKS.get() or not each.by_checks
    ]
    yield from sorted(found, key=lambda each: each.number, reverse=True)


def note(
    response: BaseResponse, operation: str, answer: Any, parameters: dict[str, Any] | None = None
) -> None:
    """Keep one call with its answer (status, headers, body); a caller whom nobody knows leaves no event.

    `parameters` are the request's where it is known what they are.
    """
    key = enforcement.access_key(response)
    known = _identity(response.current_account, key)
    if known is None:
        return
    identity, address = known
    service = response.boto3_service_name
    request, agent = response.normalized_request, response.headers.get("User-Agent", "")
    status, _, body = answer
    record = Record(
        clock.current.now,
        response.current_account,
        "us-east-1" if service in rules.GLOBAL else response.region,
        service,
        operation,
        identity,
        key=key,
        agent=agent,
        address=address,
        request=_raw(response, request) if parameters is None else {},
        parameters=parameters,
        status=int(status),
    )
    if agent.startswith(CLOUDFORMATION):
        record.address = record.agent = CLOUDFORMATION
        record.identity = {**identity, "invokedBy": CLOUDFORMATION}
    if record.status >= 400 or not rules.is_read_only(operation):
        body = body.encode() if isinstance(body, str) else bytes(body or b"")
        record.answer = body if len(body) <= LONGEST else b""
    add(record)


def _raw(response: BaseResponse, request: Any) -> dict[str, Any]:
    """Return what the parameters can be read from later, without what is too long."""
    length = request.content_length or 0
    return {
        "method": request.method,
        "url_path": request.path,
        "content_type": request.content_type or "",
        "values": request.values if length <= LONGEST else {},
        "body": request.data if length <= LONGEST else b"",
        "uri_match": dict(getattr(response, "uri_match", None) or {}),
        "long": length > LONGEST,
    }


# --- who -------------------------------------------------------------------------------------------


def _identity(account: str, key: str) -> tuple[dict[str, Any], str] | None:
    """Return who a key belongs to and where they call from; the answer is kept, as most calls have the same key."""
    if (account, key) not in _identities:
        try:
            caller = callers.by_key(key)
        except AWSError:
            return None  # not kept: the key may be made later
        if len(_identities) > READS:
            _identities.clear()
        _identities[account, key] = _described(caller or callers.administrator(account), key)
    return _identities[account, key]


def _described(caller: callers.Caller, key: str) -> tuple[dict[str, Any], str]:
    """Return the userIdentity element of a caller, and their address.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    principal = caller.principal
    address = str(caller.context.get("aws:SourceIp") or SOURCE_ADDRESS)
    identity: dict[str, Any] = {
        "type": "IAMUser",
        "principalId": caller.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": key,
    }
    if principal.kind == "root":
        return {**identity, "type": "Root", "principalId": principal.account}, address
    if ":assumed-role/" not in principal.arn:
        name = principal.arn.rpartition("/")[2]
        attributes: dict[str, Any] = {"userName": name}
        if key != ADMINISTRATOR and key.startswith("ASIA"):
            attributes["sessionContext"] = {"attributes": {"mfaAuthenticated": "false"}}
        return {**identity, **attributes}, address
    found = callers.session_of(principal.account, key)
    made = getattr(found, "lab_made_at", clock.current.now)
    issuer = {
        "type": "Role",
        "principalId": caller.user_id.partition(":")[0],
        "arn": principal.role_arn,
        "accountId": principal.account,
        "userName": principal.role_arn.rpartition("/")[2],
    }
    session = {
        "sessionIssuer": issuer,
        "attributes": {
            "creationDate": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "mfaAuthenticated": "false",
        },
    }
    return {**identity, "type": "AssumedRole", "sessionContext": session}, address
