"""What running things cost a month: items of a bill times rates that a learner may change.

The rates are EXAMPLES of us-east-1 in US dollars, without free tier, savings plans and taxes: look at the page of each
before you decide anything by them. `bill(items, rates={"nat_hour": 0.05})` computes with others.
A month has 730 hours, as in the AWS Pricing Calculator: https://calculator.aws/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["HOURS", "RATES", "UNCOUNTED", "Item", "Rate", "bill", "lcus"]

HOURS = 730


@dataclass(frozen=True)
class Rate:
    """US dollars for one unit; `example` marks a rate that AWS changes so often that no figure stays true."""

    dollars: float
    unit: str
    source: str
    example: bool = False


_FARGATE = "https://aws.amazon.com/fargate/pricing/"
_VPC = "https://aws.amazon.com/vpc/pricing/"
_PRIVATELINK = "https://aws.amazon.com/privatelink/pricing/"
_ELB = "https://aws.amazon.com/elasticloadbalancing/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
RATES = {
    "fargate_vcpu_hour": Rate(0.04048, "vCPU-hour", _FARGATE),
    "fargate_gb_hour": Rate(0.004445, "GB-hour", _FARGATE),
    "fargate_arm_vcpu_hour": Rate(0.03238, "vCPU-hour", _FARGATE),
    "fargate_arm_gb_hour": Rate(0.00356, "GB-hour", _FARGATE),
    "fargate_spot_vcpu_hour": Rate(0.02024, "vCPU-hour", _FARGATE, example=True),
    "fargate_spot_gb_hour": Rate(0.00222, "GB-hour", _FARGATE, example=True),
    "fargate_storage_gb_hour": Rate(0.000111, "GB-hour", _FARGATE),
    "nat_hour": Rate(0.045, "hour", _VPC),
    "nat_gb": Rate(0.045, "GB", _VPC),
    "endpoint_hour": Rate(0.01, "hour", _PRIVATELINK),
    "endpoint_gb": Rate(0.01, "GB", _PRIVATELINK),
    "ipv4_hour": Rate(0.005, "hour", _VPC),
    "alb_hour": Rate(0.0225, "hour", _ELB),
    "lcu_hour": Rate(0.008, "LCU-hour", _ELB),
    "ecr_gb_month": Rate(0.10, "GB-month", "https://aws.amazon.com/ecr/pricing/"),
    "logs_gb": Rate(0.50, "GB", _CLOUDWATCH),
    "logs_gb_month": Rate(0.03, "GB-month", _CLOUDWATCH),
    "alarm_month": Rate(0.10, "alarm-month", _CLOUDWATCH),
    "secret_month": Rate(0.40, "secret-month", "https://aws.amazon.com/secrets-manager/pricing/"),
    "key_month": Rate(1.00, "key-month", "https://aws.amazon.com/kms/pricing/"),
    "zone_month": Rate(0.50, "zone-month", "https://aws.amazon.com/route53/pricing/"),
}
UNCOUNTED = (
    "data out to the internet and between zones, S3, DynamoDB, SQS, calls of APIs, image pulls, "
    "Container Insights, the free tier"
)


@dataclass(frozen=True)
class Item:
    """A quantity a month of something that has a rate; `measured` says that it comes from traffic."""

    group: str
    what: str
    rate: str
    quantity: float
    why: str
    measured: bool = False


def bill(items: Iterable[Item], rates: Mapping[str, float] | None = None) -> list[dict[str, Any]]:
    """Return one line an item: what, quantity, unit, rate and monthly in US dollars, why, source.

    `rates` are dollars by the names of RATES, and stand instead of those.
    Raises ValueError for a name that is not in RATES, and for a rate that is no number from 0 on.
    """
    changed = dict(rates or {})
    for name, dollars in changed.items():
        if name not in RATES:
            raise ValueError(f"there is no rate {name!r}; the rates are {', '.join(RATES)}")
        if isinstance(dollars, bool) or not isinstance(dollars, int | float) or dollars < 0:
            raise ValueError(f"the rate {name} is {dollars!r}: it must be a number from 0 on")
    lines = []
    for item in items:
        known = RATES[item.rate]
        rate = float(changed.get(item.rate, known.dollars))
        lines.append(
            {
                "group": item.group,
                "what": item.what,
                "quantity": item.quantity,
                "unit": known.unit,
                "rate": rate,
                "name": item.rate,
                "monthly": item.quantity * rate,
                "why": item.why,
                "measured": item.measured,
                "example": known.example and item.rate not in changed,
                "source": known.source,
            }
        )
    return lines


def lcus(requests: float, kilobytes: float, rules: int) -> tuple[float, str]:
    """Return the capacity units that a load balancer uses, and which dimension decides.

    `requests` a second, each a new connection, carry `kilobytes` each; the first ten rules are free.
    Active connections never decide for short requests and are left out.
    https://aws.amazon.com/elasticloadbalancing/pricing/
    """
    dimensions = {
        "new connections": requests / 25,
        "processed bytes": requests * 3600 * kilobytes / 1e6,
        "rule evaluations": requests * max(0, rules - 10) / 1000,
    }
    name = max(dimensions, key=lambda each: dimensions[each])
    return dimensions[name], name
