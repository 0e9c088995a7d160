"""A tiny assignment: what is in AWS, what a function returns, and a value; six points."""

import json

from autograde.grade import Master, grade
from autograde.sandbox.inside import Limits
from autograde.scores import scores

LIMITS = Limits(cell=30, wall=200, cpu=60)
SETUP = """
import boto3

import awslab
from awslab import learner, score

cloud = awslab.start()
s3 = boto3.client("s3")
s3.create_bucket(Bucket="given")
"""
CHECKS = {
    "check-bucket": """
with score(2) as s:
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    s.met(2, "the bucket", "learner-bucket" in names, found=names)
s
""",
    "check-double": """
with score(2) as s:
    ### BEGIN HIDDEN TESTS
    for given in (21, 4711):
        found = learner.call("double", given)
        s.met(1, f"double({given})", found == 2 * given, found=found)
    ### END HIDDEN TESTS
s
""",
    "check-answer": """
with score(2) as s:
    s.met(2, "the answer", learner["answer"] == "s3-" + str(6 * 7), found=learner["answer"])
s
""",
}
RIGHT = {
    "bucket": 's3.create_bucket(Bucket="learner-bucket")',
    "double": "def double(number):\n    return 2 * number",
    "answer": 'answer = "s3-42"',
}
EMPTY = {
    "bucket": "# Write your code here",
    "double": "def double(number):\n    # Write your code here\n    raise NotImplementedError",
    "answer": "answer = None",
}
FULL = {"check-bucket": 2, "check-double": 2, "check-answer": 2}


def cell(source, grade_id=None, **settings):
    """Return a code cell; with settings it is one of nbgrader's."""
    metadata = {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **settings}}
    return {
        "cell_type": "code",
        "id": grade_id or "own",
        "source": source,
        "metadata": metadata if grade_id else {},
        "outputs": [],
        "execution_count": None,
    }


def cells(answers, extra=()):
    """Return the assignment's cells with answers in them, and extra cells of the learner's at the places given."""
    found = [cell(SETUP, "setup", locked=True, solution=False, grade=False)]
    for number, name in enumerate(RIGHT):
        found += [cell(source) for place, source in extra if place == number]
        found.append(cell(answers[name], name, locked=False, solution=True, grade=False))
        check = f"check-{name}"
        found.append(cell(CHECKS[check], check, locked=True, solution=False, grade=True, points=2))
    return found + [cell(source) for place, source in extra if place == len(RIGHT)]


MASTER = Master(cells(EMPTY), {"data/names.txt": b"one\ntwo\n"})


def notebook(answers=RIGHT, extra=()):
    """Return a submission as the bytes of a notebook."""
    content = {"cells": cells(answers, extra), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


def graded(zygote, answers=RIGHT, extra=(), limits=LIMITS):
    """Return a graded submission (`autograde.grade.Graded`)."""
    return grade(notebook({**RIGHT, **answers}, extra), MASTER, zygote, limits)


def points(result):
    """Return the points by check."""
    return {name: score for name, (score, _) in scores(result.cells).items()}


def text(result, source=""):
    """Return all that the learner's cells have shown; with `source` those cells only that hold it."""
    return json.dumps(
        [
            c["outputs"]
            for c in result.cells
            if source in c["source"] and "score(" not in c["source"]
        ]
    )
