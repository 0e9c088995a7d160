"""The certificate for a name."""

import pytest

from awslab.world.certificates import Certificate, chosen, covers, names


@pytest.mark.parametrize(
    ("domain", "host", "covered"),
    [
        ("shop.example.com", "shop.example.com", True),
        ("shop.example.com", "SHOP.example.com", True),
        ("shop.example.com", "example.com", False),
        ("*.example.com", "shop.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.shop.example.com", False),
    ],
)
def test_a_wildcard_stands_for_exactly_one_label(domain, host, covered):
    """Neither the bare domain nor two labels are covered."""
    assert covers(domain, host) is covered


def test_the_certificate_for_the_name_is_shown_else_the_default_one():
    """An exact match comes before a wildcard; the first certificate is the default."""
    wild = Certificate("wild", ("*.example.com",))
    exact = Certificate("exact", ("shop.example.com",))
    other = Certificate("other", ("example.org",))

    assert chosen([other, wild, exact], "shop.example.com") is exact
    assert chosen([other, wild], "shop.example.com") is wild
    assert chosen([other, wild], "example.net") is other
    assert chosen([other, wild], None) is other
    assert not names(other, "example.net")
