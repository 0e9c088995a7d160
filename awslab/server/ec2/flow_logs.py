"""VPC Flow Logs: what the lab's network carried and refused, written to CloudWatch Logs or S3 after every interval.

Records that are not written yet hang on moto's flow logs (`lab_records`).
Interfaces without traffic get no NODATA record: there would be one for each of them every interval.
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
"""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.flow_logs import FlowLogs

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.world import flow_log as rules
from awslab.world.network import Network, Path

SERVICE, DELIVERY = "vpc-flow-logs.amazonaws.com", "delivery.logs.amazonaws.com"
KINDS = ("ACCEPT", "REJECT", "ALL")
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
NEEDED = ("logs:CreateLogStream", "logs:PutLogEvents")
FAILED = "Access error"
FILE = 300  # seconds between two files in S3
_SUFFIX = {"ALL": "all", "ACCEPT": "accept", "REJECT": "reject"}

_create = EC2Backend.create_flow_logs


# --- what was carried ------------------------------------------------------------------------------


def carried(
    account: str, region: str, network: Network, path: Path, address: str, count: int = 1
) -> None:
    """Note connections to `address` that took the same way; without a flow log this costs next to nothing."""
    backend = ec2_backends[account][region]
    if not backend.flow_logs:
        return
    now = clock.current.now
    number = backend.__dict__["lab_flows"] = backend.__dict__.get("lab_flows", 0) + 1
    for flow in rules.flows(network, path, address, number):
        eni = network.interfaces[flow.interface]
        places = (eni.id, eni.subnet, network.vpc_of(eni))
        for log in backend.flow_logs.values():
            if log.resource_id in places and rules.covers(log.traffic_type, flow):
                _add(log, flow, count, now)


def _add(log: FlowLogs, flow: rules.Flow, count: int, now: datetime) -> None:
    interval = int(log.max_aggregation_interval)
    end = rules.window_end(now, interval)
    records = vars(log).setdefault("lab_records", {})
    packets, size, begun, _ = records.get((end, flow), (0, 0, now, now))
    more = flow.size
    records[end, flow] = (packets + more[0] * count, size + more[1] * count, begun, now)
    if getattr(log, "lab_due", None) is None:
        to_s3 = log.log_destination_type == "s3"
        log.lab_due = rules.window_end(now, max(FILE, interval) if to_s3 else interval)


# --- on the clock ----------------------------------------------------------------------------------


def _waiting() -> Iterator[tuple[Any, FlowLogs]]:
    for regions in list(ec2_backends.values()):
        for backend in list(regions.values()):
            for log in backend.flow_logs.values():
                if getattr(log, "lab_due", None) is not None:
                    yield backend, log


def due() -> datetime | None:
    """Return when the next records are to be written."""
    return min((log.lab_due for _, log in _waiting()), default=None)


def run(now: datetime) -> None:
    """Write the records that are due, and note whether that went well."""
    for backend, log in list(_waiting()):
        if log.lab_due <= now:
            records, end, log.lab_records, log.lab_due = log.lab_records, log.lab_due, {}, None
            write = _to_s3 if log.log_destination_type == "s3" else _to_logs
            _note_status(log, write(backend, log, _lines(backend, log, records), end))


def _note_status(log: FlowLogs, done: bool) -> None:
    log.deliver_logs_status = "SUCCESS" if done else "FAILED"
    log.deliver_logs_error_message = None if done else FAILED


def _lines(backend: Any, log: FlowLogs, records: dict[Any, Any]) -> dict[str, list[tuple]]:
    """Return the records of each interface, each with its moment; tasks' interfaces may be gone by now."""
    names = rules.fields(log.log_format)
    found: dict[str, list[tuple[datetime, str]]] = {}
    for (_, flow), (packets, size, begun, ended) in records.items():
        about = {
            "account-id": backend.account_id,
            "region": backend.region_name,
            "start": int(begun.timestamp()),
            "end": int((ended + timedelta(seconds=20)).timestamp()),
            **_about(backend, flow.interface),
        }
        line = rules.record(names, flow, (packets, size), about)
        found.setdefault(flow.interface, []).append((begun, line))
    return found


def _about(backend: Any, eni_id: str) -> dict[str, str]:
    eni = backend.enis.get(eni_id)
    if eni is None:
        return {}
    zone = eni.subnet.availability_zone_id
    return {"vpc-id": eni.subnet.vpc_id, "subnet-id": eni.subnet.id, "az-id": zone}


def _to_logs(backend: Any, log: FlowLogs, lines: dict[str, list[tuple]], end: datetime) -> bool:
    from moto.logs.models import logs_backends

    group = _group(log)
    if not _may_write(backend, log, group):
        return False
    logs = logs_backends[backend.account_id][backend.region_name]
    if group not in logs.groups:
        logs.create_log_group(group, {})
    for eni_id, records in lines.items():
        stream = f"{eni_id}-{_SUFFIX[log.traffic_type]}"
        if stream not in logs.groups[group].streams:
            logs.create_log_stream(group, stream)
        events = [
            {"timestamp": int(moment.timestamp() * 1000), "message": line}
            for moment, line in records
        ]
        logs.put_log_events(group, stream, events)
    return True


def _group(log: FlowLogs) -> str:
    """Return the name of the log group, given by name or by ARN."""
    if log.log_group_name:
        return log.log_group_name
    return str(log.log_destination).partition(":log-group:")[2].removesuffix(":*")


def _may_write(backend: Any, log: FlowLogs, group: str) -> bool:
    """Tell whether flow logs may assume the role and the role may write to the group, or make it.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    from moto.logs.models import logs_backends

    from awslab.server import iam

    account, role = backend.account_id, str(log.deliver_logs_permission_arn)
    arn = f"arn:aws:logs:{backend.region_name}:{account}:log-group:{group}"
    context = {
        "aws:SourceArn": f"arn:aws:ec2:{backend.region_name}:{account}:vpc-flow-log/{log.id}"
    }
    there = group in logs_backends[account][backend.region_name].groups
    needed = [*NEEDED, *(() if there else ("logs:CreateLogGroup",))]
    return iam.trusts(account, role, SERVICE, context).allowed and all(
        iam.decide(
            account, role, action, f"{arn}:log-stream:*" if "Stream" in action else f"{arn}:*"
        ).allowed
        for action in needed
    )


def _to_s3(backend: Any, log: FlowLogs, lines: dict[str, list[tuple]], end: datetime) -> bool:
    bucket, _, folder = str(log.log_destination).split(":", 5)[5].partition("/")
    unique = sha256(f"{log.id} {end}".encode()).hexdigest()[:8]
    key = rules.file_key(folder, backend.account_id, backend.region_name, log.id, end, unique)
    if not _bucket_takes(backend, log, bucket, key):
        return False
    from moto.s3.models import s3_backends

    rows = sorted(record for records in lines.values() for record in records)
    text = "\n".join([" ".join(rules.fields(log.log_format)), *(line for _, line in rows)]) + "\n"
    s3_backends[backend.account_id]["aws"].put_object(
        bucket, key, gzip.compress(text.encode(), mtime=0)
    )
    return True


def _bucket_takes(backend: Any, log: FlowLogs, bucket: str, key: str) -> bool:
    from awslab.server.iam import resources
    from awslab.server.iam.decisions import service_may

    account = backend.account_id
    if resources.bucket_named(bucket)[0] is None:
        return False
    context = {
        "aws:SourceArn": f"arn:aws:logs:{backend.region_name}:{account}:*",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    arn = f"arn:aws:s3:::{bucket}/{key}"
    return service_may(account, DELIVERY, "s3:PutObject", arn, context).allowed


# --- in moto's place -------------------------------------------------------------------------------


def create_flow_logs(
    self: EC2Backend,
    resource_type: str,
    resource_ids: list[str],
    traffic_type: str,
    deliver_logs_permission_arn: str,
    log_destination_type: str,
    log_destination: str,
    log_group_name: str,
    log_format: str,
    max_aggregation_interval: int,
) -> Any:
    """Make flow logs; a role or bucket that takes no records makes their DeliverLogsStatus FAILED.

    Raises AWSError InvalidParameterValue for a traffic type or a format that there is none of.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
    """
    if traffic_type not in KINDS:
        raise AWSError(
            "InvalidParameterValue",
            f"Value ({traffic_type}) for parameter trafficType is invalid: use {', '.join(KINDS)}.",
        )
    try:
        rules.fields(log_format or rules.DEFAULT)
    except rules.BadFormat as error:
        raise AWSError("InvalidParameter", f"Invalid log format: {error}") from None
    to_s3 = log_destination_type == "s3" or str(log_destination).startswith("arn:aws:s3:")
    place = log_destination
    if to_s3 and log_destination:  # moto takes a folder for a part of the bucket's name
        log_destination_type, place = "s3", "/".join(log_destination.split("/")[:1])
    by_arn = not to_s3 and log_destination and not log_group_name
    group = log_destination.partition(":log-group:")[2].removesuffix(":*") if by_arn else None
    made, errors = _create(
        self,
        resource_type,
        resource_ids,
        traffic_type,
        deliver_logs_permission_arn,
        log_destination_type,
        place,
        group or log_group_name,
        log_format,
        max_aggregation_interval,
    )
    for log in made:
        log.log_destination = log_destination
        _first_status(self, log)
    return made, errors


def _first_status(backend: EC2Backend, log: FlowLogs) -> None:
    if log.log_destination_type != "s3":
        _note_status(log, _may_write(backend, log, _group(log)))
        return
    bucket, _, folder = str(log.log_destination).split(":", 5)[5].partition("/")
    key = rules.file_key(
        folder, backend.account_id, backend.region_name, log.id, clock.current.now, "0"
    )
    if not _bucket_takes(backend, log, bucket, key):
        _let_in(backend, bucket, folder)
    _note_status(log, _bucket_takes(backend, log, bucket, key))


def _let_in(backend: EC2Backend, bucket: str, folder: str) -> None:
    """Add to the policy of a bucket what the delivery of logs needs, as AWS does for the bucket's owner.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    """
    from awslab.server.iam import resources

    found, owner = resources.bucket_named(bucket)
    if found is None or owner != backend.account_id:
        return
    text = found.policy.decode() if isinstance(found.policy, bytes) else found.policy
    policy = json.loads(text) if text else {"Version": "2012-10-17", "Statement": []}
    begin = f"{folder.strip('/')}/" if folder.strip("/") else ""
    source = {"aws:SourceAccount": owner}
    put = {**source, "s3:x-amz-acl": "bucket-owner-full-control"}
    statements = policy["Statement"]
    policy["Statement"] = [
        *(statements if isinstance(statements, list) else [statements]),
        {
            "Sid": "AWSLogDeliveryWrite",
            "Effect": "Allow",
            "Principal": {"Service": DELIVERY},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/{begin}AWSLogs/{owner}/*",
            "Condition": {"StringEquals": put},
        },
        {
            "Sid": "AWSLogDeliveryAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": DELIVERY},
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": source},
        },
    ]
    found.policy = json.dumps(policy).encode()


def install() -> None:
    """Put the lab's flow logs in moto's place, and their records on the simulated clock."""
    EC2Backend.create_flow_logs = create_flow_logs  # type: ignore[method-assign]
    clock.current.every(due, run)
