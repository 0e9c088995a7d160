"""Fargate's task sizes and what a task costs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.fargate import (
    SIZES,
    Rates,
    Size,
    billed_seconds,
    check_ephemeral_storage,
    check_size,
    cost,
    parse_cpu,
    parse_memory,
)
from awslab.world.request_error import RequestError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
RATES = Rates(vcpu_hour=0.04, gb_hour=0.004, storage_gb_hour=0.0001)
PAIRS = [(cpu, memory) for cpu, memories in SIZES.items() for memory in memories]


def message_of(call, *args, **kwargs):
    """Return the message with which a call is refused."""
    with pytest.raises(RequestError) as error:
        call(*args, **kwargs)
    assert error.value.code == "ClientException"
    return error.value.message


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        ("256", "512", Size(256, 512)),
        (".25 vCPU", "0.5GB", Size(256, 512)),
        ("0.5 vCPU", "4 GB", Size(512, 4096)),
        ("1 vcpu", "8192", Size(1024, 8192)),
        (4096, 30720, Size(4096, 30720)),
        ("8192", "61440", Size(8192, 61440)),
        ("16 vCPU", "120 GB", Size(16384, 122880)),
        ("32768", "244 GB", Size(32768, 249856)),
    ],
)
def test_a_size_is_read_in_every_unit_aws_takes(cpu, memory, expected):
    """CPU in units or vCPU, memory in MiB or GB, as text or number."""
    assert check_size(cpu, memory) == expected


@pytest.mark.parametrize(
    ("cpu", "least", "most", "number"),
    [
        (256, 0.5, 2, 3),
        (512, 1, 4, 4),
        (1024, 2, 8, 7),
        (2048, 4, 16, 13),
        (4096, 8, 30, 23),
        (8192, 16, 60, 12),
        (16384, 32, 120, 12),
        (32768, 60, 244, 3),
    ],
)
def test_the_table_is_awss(cpu, least, most, number):
    """Least and most memory in GB, and how many values, as the documentation's table has them."""
    memories = SIZES[cpu]

    assert (min(memories), max(memories)) == (least * 1024, most * 1024)
    assert len(memories) == len(set(memories)) == number
    assert sorted(memories) == list(memories)


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        (256, 4096), (1024, 1024), (300, 1024), (256, 3072), (512, 512), (8192, 17408),
        (16384, 33792), (32768, 131072), (65536, 249856),
    ],
)  # fmt: skip
def test_a_pair_outside_the_table_is_refused_with_both_values(cpu, memory):
    """Fargate has no size between its own."""
    assert message_of(check_size, cpu, memory) == (
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
        "See the Amazon ECS documentation for the valid values."
    )


@pytest.mark.parametrize(
    ("cpu", "memory", "missing"),
    [(None, "512", "cpu"), ("256", None, "memory"), ("", "512", "cpu")],
)
def test_both_values_have_to_be_given(cpu, memory, missing):
    """Fargate takes its size from the task, not from its containers."""
    assert message_of(check_size, cpu, memory) == (
        f"Fargate requires that '{missing}' be defined at the task level."
    )


@pytest.mark.parametrize("text", ["many", "-1", "0", "1.5", ".3333 vCPU", "1 GB"])
def test_what_is_no_number_of_cpu_units_is_refused(text):
    """The message names the setting."""
    assert "Invalid 'cpu' setting for task." in message_of(parse_cpu, text)


@pytest.mark.parametrize("text", ["much", "0", "2 TB", "1 vCPU"])
def test_what_is_no_amount_of_memory_is_refused(text):
    """The message names the setting."""
    assert "Invalid 'memory' setting for task." in message_of(parse_memory, text)


@pytest.mark.parametrize(("cpu", "fits"), [(512, False), (1024, True), (4096, True), (8192, False)])
def test_windows_has_the_middle_sizes_only(cpu, fits):
    """Windows tasks run on 1, 2 and 4 vCPU."""
    if fits:
        assert check_size(cpu, SIZES[cpu][0], windows=True).cpu == cpu
    else:
        assert "No Fargate configuration" in message_of(
            check_size, cpu, SIZES[cpu][0], windows=True
        )


@given(st.sampled_from(PAIRS), st.integers(1, 300_000))
def test_exactly_the_tables_pairs_are_accepted(pair, memory):
    """Any memory beside a CPU value is accepted if and only if the table has it."""
    cpu, own = pair
    accepted = check_size(str(cpu), str(own))
    try:
        check_size(cpu, memory)
        fits = True
    except RequestError:
        fits = False

    assert accepted == Size(cpu, own)
    assert fits == (memory in SIZES[cpu])


@given(st.sampled_from(PAIRS))
def test_units_of_gb_and_vcpu_name_the_same_size(pair):
    """A size in vCPU and GB is the size in units and MiB."""
    cpu, memory = pair

    assert check_size(f"{cpu / 1024} vCPU", f"{memory / 1024} GB") == Size(cpu, memory)


@pytest.mark.parametrize(("size", "end"), [(20, "at least 21."), (201, "at most 200.")])
def test_ephemeral_storage_has_ends(size, end):
    """The free 20 GiB cannot be asked for, nor more than 200."""
    assert message_of(check_ephemeral_storage, size).endswith(end)


@pytest.mark.parametrize("size", [21, 200])
def test_ephemeral_storage_up_to_its_ends_is_accepted(size):
    """21 and 200 GiB are configurable."""
    assert check_ephemeral_storage(size) is None


def test_windows_has_no_ephemeral_storage_to_configure():
    """The setting is for Linux."""
    assert "Windows" in message_of(check_ephemeral_storage, 30, windows=True)


@pytest.mark.parametrize(("seconds", "billed"), [(20, 60), (60, 60), (61.2, 62), (10_800, 10_800)])
def test_a_task_is_billed_by_the_second_for_a_minute_at_least(seconds, billed):
    """Time counts from the start of the image pull, rounded up."""
    assert billed_seconds(NOW, NOW + timedelta(seconds=seconds)) == billed


@pytest.mark.parametrize("seconds", [20, 61.2, 10_800])
def test_cost_is_what_is_reserved_times_the_billed_time(seconds):
    """A quarter vCPU and half a GB, whatever of it is used."""
    billed = billed_seconds(NOW, NOW + timedelta(seconds=seconds))
    expected = (0.25 * 0.04 + 0.5 * 0.004) * billed / 3600

    assert cost(Size(256, 512), seconds, RATES) == pytest.approx(expected)


def test_storage_costs_above_20_gb_only():
    """30 GB are billed as 10."""
    without, with_10 = (cost(Size(256, 512), 3600, RATES, storage=gb) for gb in (20, 30))

    assert with_10 - without == pytest.approx(10 * 0.0001)


@pytest.mark.parametrize("call", [lambda: cost(Size(256, 512), -1, RATES),
                                  lambda: billed_seconds(NOW, NOW - timedelta(seconds=1))])  # fmt: skip
def test_time_does_not_run_backwards(call):
    """A negative time is the caller's mistake."""
    with pytest.raises(ValueError, match=r"cannot run|before the image pull"):
        call()
