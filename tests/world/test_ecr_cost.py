"""The cost of storage in Amazon ECR."""

import pytest

from awslab.world.ecr_cost import storage_cost, unique_layer_bytes

BASE = {"digest": "sha256:base", "size": 200}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((15,), 1.5), ((50 * 300 / 1024,), 1.4648), ((15, 12), 18.0), ((10, 1, 0.05), 0.5), ((0,), 0)],
)
def test_cost_is_size_times_months_times_rate(arguments, expected):
    """Fifty images of 300 MB cost about 1.50 dollars a month."""
    assert storage_cost(*arguments) == pytest.approx(expected, abs=1e-4)


def test_negative_size_is_refused():
    """A negative amount is an error that names the argument."""
    with pytest.raises(ValueError, match="gigabytes"):
        storage_cost(-1)


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([], 0),
        ([[BASE]], 200),
        (
            [[BASE, {"digest": "sha256:a", "size": 5}], [BASE, {"digest": "sha256:b", "size": 7}]],
            212,
        ),
        ([[BASE, BASE]], 200),
    ],
)
def test_shared_layers_count_once(images, expected):
    """Images on one base pay for the base once."""
    assert unique_layer_bytes(images) == expected


def test_one_digest_with_two_sizes_is_refused():
    """A digest names one content, so two sizes are a mistake."""
    with pytest.raises(ValueError, match="sha256:base"):
        unique_layer_bytes([[BASE], [{"digest": "sha256:base", "size": 1}]])
