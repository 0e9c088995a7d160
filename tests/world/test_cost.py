"""What items of a bill cost with which rates, and when a load balancer needs how many capacity units."""

import pytest

from awslab.world.cost import HOURS, RATES, Item, bill, lcus

NAT = Item("NAT gateways", "2 gateways", "nat_hour", 2 * HOURS, "each is paid by the hour")


def test_a_line_is_a_quantity_times_its_rate():
    """A NAT gateway costs 32.85 dollars a month before a byte goes through it."""
    (line,) = bill([NAT])

    assert (line["quantity"], line["unit"], line["rate"]) == (1460, "hour", 0.045)
    assert line["monthly"] == pytest.approx(65.70)
    assert line["source"].startswith("https://aws.amazon.com/")


def test_other_rates_can_be_put_in():
    """The rate that is given stands instead of the example, which then is none any more."""
    spot = Item("Fargate", "Spot", "fargate_spot_vcpu_hour", 100, "")
    before, after = bill([spot]), bill([spot], {"fargate_spot_vcpu_hour": 0.01})

    assert (before[0]["example"], after[0]["example"]) == (True, False)
    assert after[0]["monthly"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("rates", "text"),
    [
        ({"nat": 0.05}, "there is no rate 'nat'; the rates are fargate_vcpu_hour"),
        ({"nat_hour": -1}, "must be a number from 0 on"),
        ({"nat_hour": "free"}, "must be a number from 0 on"),
        ({"nat_hour": True}, "must be a number from 0 on"),
    ],
)
def test_wrong_rates_are_refused(rates, text):
    """The message lists the names."""
    with pytest.raises(ValueError, match=text):
        bill([], rates)

    assert RATES["nat_hour"].dollars > 0


@pytest.mark.parametrize(
    ("requests", "kilobytes", "rules", "used", "by"),
    [
        (100, 1, 5, 4.0, "new connections"),
        (100, 100, 5, 36.0, "processed bytes"),
        (100, 1, 100, 9.0, "rule evaluations"),
        (0, 10, 5, 0.0, "new connections"),
    ],
)
def test_the_highest_dimension_decides(requests, kilobytes, rules, used, by):
    """One LCU is 25 new connections a second, 1 GB an hour, or 1,000 rule evaluations a second."""
    found = lcus(requests, kilobytes, rules)

    assert found == (pytest.approx(used), by)
