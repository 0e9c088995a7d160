"""One line of an Application Load Balancer's access log, and the name of the file it stands in.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PERIOD = timedelta(minutes=5)
CIPHER, PROTOCOL = "TLS_AES_128_GCM_SHA256", "TLSv1.3"
# Who writes the logs: a service principal; in older bucket policies the account in which each Region's ELB runs.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
PRINCIPAL = "logdelivery.elasticloadbalancing.amazonaws.com"
ACCOUNTS = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "eu-central-1": "054676820928",
    "eu-west-1": "156460612806",
    "ap-northeast-1": "582318560864",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
}


@dataclass(frozen=True)
class Entry:
    """One request as the load balancer saw it; times in seconds, sizes in bytes.

    `took` is the time until the request was sent on, until the target answered, and until the answer was sent:
    None where no target got the request or none answered.
    """

    created: datetime
    balancer: str  # app/<name>/<id>
    client: str
    status: int
    method: str
    url: str
    took: tuple[float, float, float] | None = None
    target: str = ""
    target_status: int = 0
    received: int = 0
    sent: int = 0
    agent: str = ""
    group: str = ""
    trace: str = ""
    domain: str = ""  # that the client named in the TLS handshake
    certificate: str = ""
    priority: int = 0  # 0 for the default rule
    actions: tuple[str, ...] = field(default=())
    redirect: str = ""
    connection: str = ""
    # What a rule's transforms made of the host and the URL, and how that went.
    host_sent: str = ""
    uri_sent: str = ""
    transform: str = ""


def line(entry: Entry) -> str:
    """Write an entry: what does not apply is a hyphen, a time that was not measured is -1."""
    times = [f"{each:.3f}" for each in entry.took] if entry.took else ["-1"] * 3
    secure = entry.url.startswith("https:")
    done = entry.created + timedelta(seconds=sum(entry.took) if entry.took else 0)
    answered = str(entry.target_status) if entry.target_status else "-"
    fields = [
        "https" if secure else "http",
        _stamp(done),
        entry.balancer,
        entry.client,
        entry.target or "-",
        *times,
        str(entry.status),
        answered,
        str(entry.received),
        str(entry.sent),
        _quoted(f"{entry.method} {entry.url} HTTP/1.1"),
        _quoted(entry.agent),
        CIPHER if secure else "-",
        PROTOCOL if secure else "-",
        entry.group or "-",
        _quoted(entry.trace),
        _quoted(entry.domain),
        _quoted(entry.certificate),
        str(entry.priority),
        _stamp(entry.created),
        _quoted(",".join(entry.actions)),
        _quoted(entry.redirect),
        _quoted(""),  # the reason of an error: only of authentication, Lambda targets and WAF
        _quoted(entry.target),
        _quoted("" if answered == "-" else answered),
        _quoted(""),
        _quoted(""),
        entry.connection or "-",
        _quoted(entry.host_sent),
        _quoted(entry.uri_sent),
        _quoted(entry.transform),
    ]
    return " ".join(fields)


def _quoted(text: str) -> str:
    """Return a text in quotes, an empty one as a hyphen; quotes within are escaped as ELB does."""
    escaped = text.replace("\\", "\\x5C").replace('"', "\\x22")
    return f'"{escaped or "-"}"'


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def period_end(moment: datetime) -> datetime:
    """Return the end of the five minutes that a moment lies in."""
    begun = moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)
    return begun + PERIOD


def folder(prefix: str, account: str) -> str:
    """Return the key under which everything of an account begins."""
    return f"{prefix}/AWSLogs/{account}" if prefix else f"AWSLogs/{account}"


def test_file(prefix: str, account: str) -> str:
    """Return the key of the object that proves that the bucket can be written to."""
    return f"{folder(prefix, account)}/ELBAccessLogTestFile"


def key(
    prefix: str, account: str, region: str, balancer: str, end: datetime, address: str, unique: str
) -> str:
    """Return the key of the file of one node (by its IP address) and five minutes."""
    name = balancer.replace("/", ".")
    return (
        f"{folder(prefix, account)}/elasticloadbalancing/{region}/{end:%Y/%m/%d}/"
        f"{account}_elasticloadbalancing_{region}_{name}_{end:%Y%m%dT%H%MZ}_{address}_{unique}.log.gz"
    )
