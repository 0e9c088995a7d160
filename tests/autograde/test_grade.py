"""The grading of one submission by two kernels and one lab."""

import json

import pytest

from tests.autograde.tiny import EMPTY, FULL, MASTER, RIGHT, graded, points, text

pytestmark = pytest.mark.slow


def test_right_answers_get_full_marks(zygote):
    """Right answers get all points, with nothing put right and nothing to look at."""
    result = graded(zygote)

    assert points(result) == FULL
    assert (result.repairs, result.evidence) == ([], [])


def test_a_wrong_answer_loses_its_own_points(zygote):
    """One wrong answer leaves the points of the others."""
    result = graded(zygote, {"double": "def double(number):\n    return number + 21"})

    assert points(result) == FULL | {"check-double": 1}


def test_an_untouched_assignment_gets_nothing(zygote):
    """What was handed out earns no point."""
    assert set(points(graded(zygote, EMPTY)).values()) == {0}


def test_a_check_sees_the_world_at_its_place(zygote):
    """A bucket made below its check is too late, and one deleted below it was there."""
    late = graded(zygote, {"bucket": "pass"}, [(2, RIGHT["bucket"])])
    gone = graded(zygote, extra=[(1, 's3.delete_bucket(Bucket="learner-bucket")')])

    assert points(late)["check-bucket"] == 0
    assert points(gone)["check-bucket"] == 2


def test_a_given_cell_acts_once_and_is_known_on_both_sides(zygote):
    """The setup cell's bucket was made once, and the learner has the names that the cell defines."""
    shown = graded(
        zygote,
        extra=[(1, 'print(sorted(b["Name"] for b in s3.list_buckets()["Buckets"]))')],
    )

    assert "['given', 'learner-bucket']" in text(shown)


def test_commands_reach_the_same_world(zygote):
    """`aws` and `docker` run without a start-up of their own, and make what the checks see."""
    result = graded(
        zygote,
        {"bucket": "!aws s3 mb s3://learner-bucket"},
        [(1, "!docker --version\n!aws s3api no-such-command\nprint('code', _exit_code)")],
    )

    assert points(result) == FULL
    assert "make_bucket: learner-bucket" in text(result)
    assert "Docker version" in text(result)
    assert "code 252" in text(result) or "code 2" in text(result)


def test_the_files_of_an_assignment_are_there(zygote):
    """The learner's cells and the checks start in a folder with the files beside the notebook."""
    assert "['one', 'two']" in text(
        graded(zygote, extra=[(0, "print(open('data/names.txt').read().split())")])
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('answer = {"s3-42"}', "set"),
        ("answer = s3", "S3"),
        ("answer = float('nan')", "plain data"),
        ("answer = 'x' * 2_000_000", "too long"),
        ("answer = []\nfor _ in range(100_000): answer = [answer]", "nested too deeply"),
        ("class Equal:\n    def __eq__(self, other): return True\nanswer = Equal()", "Equal"),
    ],
)
def test_only_plain_data_crosses(zygote, answer, says):
    """A value that is no JSON, or too much of it, gets no point, and the check says which it was."""
    result = graded(zygote, {"answer": answer})

    assert points(result) == FULL | {"check-answer": 0}
    assert says in json.dumps(result.cells[-1]["outputs"])


def test_a_failed_cell_does_not_stop_the_others(zygote):
    """An error in the first answer costs its points only, and is shown as the kernel shows it."""
    result = graded(zygote, {"bucket": "1 / 0"})

    assert points(result) == FULL | {"check-bucket": 0}
    assert "ZeroDivisionError" in text(result)


def test_two_submissions_share_nothing(zygote):
    """What one submission leaves in AWS, in memory and on disk is gone when the next one comes."""
    graded(zygote, extra=[(3, "left = 1\nopen('/tmp/left', 'w').write('x')")])
    next_one = graded(
        zygote,
        {"bucket": "pass"},
        [(3, "import os\nprint('left' in globals(), os.path.exists('/tmp/left'))")],
    )

    assert points(next_one) == FULL | {"check-bucket": 0}
    assert "False False" in text(next_one)


def test_the_master_is_not_changed(zygote):
    """Grading fills in copies: the next submission starts from the same master."""
    before = json.dumps(MASTER.cells)
    graded(zygote)

    assert json.dumps(MASTER.cells) == before
