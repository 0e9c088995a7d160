"""The picture of lines: named, told apart without colour, the same in words, wrong input refused."""

import pytest

from awslab.show.lines import _apart, lines_picture


def test_each_line_is_drawn_named_and_dashed_its_own_way():
    """Two lines have two dash patterns, and the text tells their ends."""
    picture = lines_picture(
        "Cost", "GB a month", [0, 50, 100], {"NAT": [60, 62, 65], "<PL>": [9, 9, 10]}
    )

    assert picture.html.count("<polyline") == 2
    assert 'stroke-dasharray=""' in picture.html
    assert 'stroke-dasharray="7 4"' in picture.html
    assert "&lt;PL&gt;" in picture.html
    assert picture.text.splitlines() == [
        "Cost (by GB a month)",
        "  NAT: 60.00 at 0, 65.00 at 100",
        "  <PL>: 9.00 at 0, 10.00 at 100",
    ]


def test_names_at_one_height_are_moved_apart():
    """The lower one moves down, the order stays."""
    assert _apart([100, 98, 300]) == [112, 98, 300]


@pytest.mark.parametrize(
    ("xs", "lines"),
    [
        ([0], {"a": [1]}),
        ([0, 1], {}),
        ([0, 1], {"a": [1]}),
        ([0, 1], {name: [1, 2] for name in "abcde"}),
    ],
)
def test_what_cannot_be_drawn_is_refused(xs, lines):
    """Too few values, no line, a line of another length, too many lines."""
    with pytest.raises(ValueError, match=r"values or more|not one value"):
        lines_picture("t", "x", xs, lines)
