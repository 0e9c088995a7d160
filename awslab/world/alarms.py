"""When a CloudWatch alarm goes off: datapoints, a threshold, how many of how many, and what missing data means.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ALARM", "INSUFFICIENT", "OK", "WORDS", "Settings", "Verdict", "evaluate", "looked_at"]

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
# AWS looks further back than the evaluation periods, and names no figure; its examples have five for three.
FURTHER = 2
WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True)
class Settings:
    """An alarm's condition; `missing` is TreatMissingData: missing, ignore, breaching or notBreaching."""

    comparison: str
    threshold: float
    periods: int = 1
    needed: int | None = None  # DatapointsToAlarm; all periods when None
    missing: str = "missing"

    @property
    def enough(self) -> int:
        """How many breaching datapoints set the alarm off."""
        return self.needed or self.periods

    def breaches(self, value: float) -> bool:
        """Tell whether a datapoint is on the wrong side of the threshold.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        Raises KeyError for a comparison operator of anomaly detection.
        """
        return {
            "GreaterThanThreshold": value > self.threshold,
            "GreaterThanOrEqualToThreshold": value >= self.threshold,
            "LessThanThreshold": value < self.threshold,
            "LessThanOrEqualToThreshold": value <= self.threshold,
        }[self.comparison]


@dataclass(frozen=True)
class Verdict:
    """The state of an alarm, and the sentence that CloudWatch gives as the reason."""

    state: str
    reason: str


def looked_at(settings: Settings) -> int:
    """Return how many periods back an alarm looks for datapoints: more than it needs, as some may be missing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    return settings.periods + FURTHER


def evaluate(settings: Settings, values: Sequence[float | None], state: str) -> Verdict:
    """Return the state of an alarm that is now in `state`; `values` are `looked_at` datapoints, oldest first.

    None is a missing one: what there is counts first, and what then lacks of the evaluation periods is treated as
    the alarm says. With too few to decide, an alarm that finds nothing but breaching datapoints goes off early
    when the oldest of them is as old as the datapoints that it needs.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    aged = [(age, value) for age, value in enumerate(reversed(values), 1) if value is not None]
    aged = aged[: settings.periods]
    breaching = [value for _, value in aged if settings.breaches(value)]
    lacking = settings.periods - len(aged)
    if lacking and settings.missing == "breaching":
        off = len(breaching) + lacking >= settings.enough
    else:
        off = len(breaching) >= settings.enough
    undecided = bool(lacking) and not off and settings.missing in ("missing", "ignore")
    if undecided and not aged:
        if settings.missing == "ignore":
            return Verdict(state, "Insufficient Data: the alarm keeps its state.")
        return Verdict(INSUFFICIENT, _nothing(settings))
    if undecided and len(breaching) == len(aged):
        if settings.missing == "ignore" or aged[-1][0] < settings.enough:
            return Verdict(state, "Too few datapoints to change the state.")
        off = True
    return Verdict(ALARM if off else OK, _reason(settings, [v for _, v in aged], breaching, off))


def _nothing(settings: Settings) -> str:
    plural = "datapoints were" if settings.periods > 1 else "datapoint was"
    return f"Insufficient Data: {settings.periods} {plural} unknown."


def _reason(
    settings: Settings, values: Sequence[float], breaching: Sequence[float], off: bool
) -> str:
    """Return the sentence of an evaluation; the newest value comes first."""
    shown = breaching if off else [v for v in values if not settings.breaches(v)] or values
    listed = ", ".join(f"{value:g}" for value in shown)
    kind = "datapoint" if len(shown) == 1 else "datapoints"
    verb = "was" if len(shown) == 1 else "were"
    word = WORDS[settings.comparison]
    denied = "" if off else "not "
    if not shown:
        return f"No datapoints were received; missing data is treated as {settings.missing}."
    return (
        f"Threshold Crossed: {len(shown)} out of the last {settings.periods} {kind} [{listed}] {verb} "
        f"{denied}{word} the threshold ({settings.threshold:g}); {settings.enough} needed for ALARM."
    )
