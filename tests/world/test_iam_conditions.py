"""Every condition operator, with and without its key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.iam_conditions import Condition, holds, known, moment, why_not
from awslab.world.iam_match import lookup

ARN = "arn:aws:iam::123456789012:role/app"


@pytest.mark.parametrize(
    ("operator", "values", "given_", "met"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", ["a"], "A", False),
        ("StringEquals", ["a*"], "ab", False),
        ("stringequals", ["a"], "a", True),
        ("StringEqualsIgnoreCase", ["a"], "A", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEqualsIgnoreCase", ["a"], "A", False),
        ("StringLike", ["us-*", "eu-?"], "us-east-1", True),
        ("StringLike", ["${x:other}*"], "teamA", True),
        ("StringLike", ["${*}"], "anything", False),
        ("StringNotLike", ["us-*"], "us-east-1", False),
        ("NumericEquals", ["10"], "10.0", True),
        ("NumericNotEquals", ["10"], "11", True),
        ("NumericLessThan", ["10"], "9", True),
        ("NumericLessThan", ["10"], "10", False),
        ("NumericLessThanEquals", ["10"], "10", True),
        ("NumericGreaterThan", ["9"], "10", True),
        ("NumericGreaterThanEquals", ["10"], "9.5", False),
        ("NumericLessThan", ["10"], "ten", False),
        ("DateLessThan", ["2026-06-01T00:00:00Z"], "2026-01-05T09:00:00Z", True),
        ("DateGreaterThan", ["2026-06-01"], "2026-01-05T09:00:00Z", False),
        ("DateEquals", ["1767603600"], "2026-01-05T09:00:00Z", True),
        ("DateNotEquals", ["1767603600"], "2026-01-05T09:00:00Z", False),
        ("DateLessThanEquals", ["2026-01-05T10:00:00+01:00"], "2026-01-05T09:00:00Z", True),
        ("DateGreaterThanEquals", ["2026"], "2026-01-05T09:00:00Z", True),
        ("Bool", ["true"], True, True),
        ("Bool", ["True"], "false", False),
        ("BinaryEquals", ["QmluYXJ5"], "QmluYXJ5", True),
        ("IpAddress", ["10.0.0.0/16"], "10.0.1.7", True),
        ("IpAddress", ["10.0.1.7"], "10.0.1.7", True),
        ("IpAddress", ["10.0.0.0/16"], "10.1.0.1", False),
        ("IpAddress", ["2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", ["10.0.0.0/16"], "2001:db8::1", False),
        ("NotIpAddress", ["10.0.0.0/16"], "203.0.113.10", True),
        ("ArnLike", ["arn:aws:iam::*:role/*"], ARN, True),
        ("ArnEquals", ["arn:aws:iam::*:role/a??"], ARN, True),
        ("ArnLike", ["arn:aws:*"], ARN, False),
        ("ArnNotLike", ["arn:aws:iam::*:user/*"], ARN, True),
        ("ArnNotEquals", [ARN], ARN, False),
        ("ArnLike", ["arn:aws:iam::123456789012:role/${x:app}"], ARN, True),
        ("NoSuchOperator", ["a"], "a", False),
    ],
)
def test_an_operator_compares_one_value(operator, values, given_, met):
    """Several values of the policy are alternatives; for a negated operator none may match."""
    context = lookup({"x:key": given_, "x:other": "team", "x:app": "app"})

    assert holds(Condition(operator, "X:Key", tuple(values)), context) == met


@pytest.mark.parametrize(
    ("operator", "met"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("Bool", False),
        ("IpAddress", False),
        ("StringNotEquals", True),
        ("ArnNotLike", True),
        ("NotIpAddress", True),
        ("StringEqualsIfExists", True),
        ("NumericLessThanIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAllValues:StringNotEquals", True),
    ],
)
def test_a_key_that_is_not_there(operator, met):
    """A missing key fails, but for IfExists, ForAllValues and the negated operators."""
    assert holds(Condition(operator, "x:key", ("a",)), {}) == met


@pytest.mark.parametrize(
    ("value", "context", "met"),
    [
        ("true", {}, True),
        ("true", {"x:key": "a"}, False),
        ("false", {"x:key": "a"}, True),
        ("false", {}, False),
        ("true", {"x:key": None}, True),
    ],
)
def test_null_asks_whether_the_key_is_there(value, context, met):
    """`"Null": {"x:key": "true"}` means that it is not there."""
    assert holds(Condition("Null", "x:key", (value,)), lookup(context)) == met


@pytest.mark.parametrize(
    ("operator", "given_", "met"),
    [
        ("ForAllValues:StringEquals", ["team"], True),
        ("ForAllValues:StringEquals", ["team", "cost"], True),
        ("ForAllValues:StringEquals", ["team", "dept"], False),
        ("ForAnyValue:StringEquals", ["team", "dept"], True),
        ("ForAnyValue:StringEquals", ["dept"], False),
        ("ForAllValues:StringNotEquals", ["dept"], True),
        ("ForAllValues:StringNotEquals", ["dept", "team"], False),
        ("ForAnyValue:StringNotEquals", ["dept", "team"], True),
        ("ForAnyValue:StringNotEquals", ["cost", "team"], False),
    ],
)
def test_set_operators_compare_many_values(operator, given_, met):
    """ForAllValues wants every value of the request among the policy's, ForAnyValue one."""
    context = lookup({"aws:TagKeys": given_})

    assert holds(Condition(operator, "aws:TagKeys", ("team", "cost")), context) == met


@pytest.mark.parametrize(("operator", "met"), [("StringEquals", True), ("StringNotEquals", False)])
def test_many_values_without_a_set_operator(operator, met):
    """AWS tells authors to write one; without it, one value that matches counts as a match."""
    context = lookup({"aws:TagKeys": ["team", "dept"]})

    assert holds(Condition(operator, "aws:TagKeys", ("team",)), context) == met


@pytest.mark.parametrize(("operator", "met"), [("StringEquals", False), ("StringNotEquals", True)])
def test_a_variable_without_a_value_equals_nothing(operator, met):
    """A missing tag is no match, so inverted operators are met."""
    condition = Condition(operator, "x:key", ("${aws:PrincipalTag/team}",))

    assert holds(condition, lookup({"x:key": "a"})) == met


@pytest.mark.parametrize(
    ("operator", "exists"),
    [
        ("StringEquals", True),
        ("ForAnyValue:ArnLikeIfExists", True),
        ("Null", True),
        ("StringMatches", False),
        ("ForSomeValues:StringEquals", False),
    ],
)
def test_which_operators_exist(operator, exists):
    """A document with another operator is malformed."""
    assert known(operator) == exists


def test_an_unmet_condition_says_what_was_found():
    """A learner reads the key, what the policy wants and what the request had."""
    condition = Condition("StringEquals", "aws:RequestedRegion", ("eu-west-1",))

    assert why_not(condition, lookup({"aws:RequestedRegion": "us-east-1"})) == (
        "StringEquals aws:RequestedRegion eu-west-1: it is us-east-1"
    )
    assert why_not(condition, {}).endswith("the request does not have that key")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "99999999999999999999"])
def test_what_is_no_date(text):
    """A bad date is no date, and raises nothing."""
    assert moment(text) is None


TEXTS = st.text(st.characters(codec="ascii", exclude_characters="${}"), max_size=8)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_a_negated_operator_is_the_opposite(value, policy):
    """For a key that is there, StringNotLike is met exactly when StringLike is not."""
    context = lookup({"x:key": value})
    like = holds(Condition("StringLike", "x:key", tuple(policy)), context)

    assert holds(Condition("StringNotLike", "x:key", tuple(policy)), context) is not like


@given(TEXTS)
def test_equal_texts_are_alike(value):
    """A text equals itself, and is like itself with its wildcards or without."""
    context = lookup({"x:key": value})

    assert holds(Condition("StringEquals", "x:key", (value,)), context)
    assert holds(Condition("StringLike", "x:key", (value,)), context)
