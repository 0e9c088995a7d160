"""What `app.yml` may say of an app's calls, of the secret that it logs in with, and of what runs beside it."""

import pytest

from awslab.world import app_profile


@pytest.mark.parametrize(
    "given",
    [
        {"calls": [{"url": "http://orders:3000/orders", "method": "POST"}]},
        {"calls": [{"url": "$ORDERS_URL/orders"}]},
        {"calls": ["s3:GetObject", {"host": "db.example", "port": 5432}]},
        {"env": ["PASSWORD"], "needs_secret": "PASSWORD"},
        {"behaves": "cryptomining"},
    ],
)
def test_a_good_profile_is_taken_as_it_is(given):
    """With the defaults of what it does not say."""
    profile = app_profile.complete(given)

    assert given.items() <= profile.items()
    assert profile["port"] == 80


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"calls": [{"url": "orders:3000"}]}, "or with `url`"),
        ({"needs_secret": ["PASSWORD"]}, "needs_secret must be a variable's name"),
        ({"behaves": "badly"}, "behaves must be one of cryptomining, reverse-shell"),
    ],
)
def test_a_slip_is_named(given, words):
    """With what would be right."""
    with pytest.raises(app_profile.ProfileError) as caught:
        app_profile.complete(given)

    assert words in str(caught.value)
