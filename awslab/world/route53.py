"""What Route 53 refuses of changes to the record sets of a hosted zone.

Changes and record sets have the API's own keys.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html

Errors: RequestError with code InvalidChangeBatch or InvalidInput.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from awslab.world.request_error import RequestError

__all__ = ["check_changes"]

Record = Mapping[str, Any]
Key = tuple[str, str, str | None]


def check_changes(zone: str, there: Iterable[Record], changes: Iterable[Record]) -> None:
    """Accept a batch of changes to a zone with the record sets `there`; they are looked at in their order.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat
    """
    apex = _absolute(zone)
    known = {_key(each): each for each in there}
    for change in changes:
        record, action = change["ResourceRecordSet"], change["Action"]
        key = _key(record)
        _check_form(action, record)
        if key[0] != apex and not key[0].endswith(f".{apex}"):
            _refuse(f"RRSet with DNS name {key[0]} is not permitted in zone {apex}")
        if action == "DELETE":
            _check_delete(key, record, known.pop(key, None))
            continue
        if action == "CREATE" and key in known:
            _refuse(f"Tried to create resource record set {_named(key)} but it already exists")
        _check_cname(apex, known, key)
        known[key] = record


def _absolute(name: str) -> str:
    """Return a name as Route 53 keeps it: in lower case, with a dot at the end."""
    return name.lower().rstrip(".") + "."


def _key(record: Record) -> Key:
    return _absolute(record["Name"]), record["Type"], record.get("SetIdentifier")


def _named(key: Key) -> str:
    identifier = f", set identifier='{key[2]}'" if key[2] else ""
    return f"[name='{key[0]}', type='{key[1]}'{identifier}]"


def _refuse(message: str) -> NoReturn:
    raise RequestError("InvalidChangeBatch", f"[{message}]")


def _check_form(action: str, record: Record) -> None:
    """Accept a record set that is an alias, or has a TTL and values."""
    values = "TTL" in record and bool(record.get("ResourceRecords"))
    policy = bool(record.get("TrafficPolicyInstanceId"))
    given = bool(record.get("AliasTarget")) + values + policy
    if given == 1:
        return
    raise RequestError(
        "InvalidInput",
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
        f"TrafficPolicyInstanceId], but found {'more than one' if given else 'none'} in Change with "
        f"[Action={action}, Name={record['Name']}, Type={record['Type']}, "
        f"SetIdentifier={record.get('SetIdentifier') or 'null'}]",
    )


def _check_delete(key: Key, record: Record, there: Record | None) -> None:
    """Accept a record set that is there, with the values that it has."""
    what = f"Tried to delete resource record set {_named(key)}"
    if there is None:
        _refuse(f"{what} but it was not found")
    elif _values(record) != _values(there):
        _refuse(f"{what} but the values provided do not match the current values")


def _values(record: Record) -> tuple[Any, ...]:
    alias = record.get("AliasTarget")
    if alias:
        return (_absolute(alias["DNSName"]),)
    values = sorted(each["Value"] for each in record.get("ResourceRecords") or [])
    return int(record.get("TTL") or 0), *values


def _check_cname(apex: str, known: Iterable[Key], key: Key) -> None:
    """Refuse a CNAME at the top of the zone, and one that shares its name with records of another type."""
    name, kind, _ = key
    if kind == "CNAME" and name == apex:
        _refuse(f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}")
    others = {other for at, other, _ in known if at == name and other != kind}
    if kind == "CNAME" and others:
        _refuse(
            f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other "
            f"records with the same DNS name in zone {apex}"
        )
    if "CNAME" in others:
        _refuse(
            f"RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet "
            f"of type  CNAME with the same DNS name already exists in zone {apex}"
        )
