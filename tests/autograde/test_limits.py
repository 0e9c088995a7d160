"""What a submission may use, all its processes together, and what happens to one that uses more."""

import socket
import threading

import pytest

from autograde.grade import LAB_ENDED
from autograde.sandbox.inside import MB, Limits
from autograde.wire import Channel, Closed, Garbage, TooLate
from tests.autograde.test_attacks import attacked
from tests.autograde.tiny import FULL, graded, points, text

DEAD = {"check-bucket": 2, "check-double": 0, "check-answer": 0}
ALIVE = DEAD | {"check-answer": 2}
SWALLOWING = """
import select
while True:
    try:
        while True: select.select([], [], [], 60)
    except BaseException: pass
"""
MANY = """
import os, signal
for _ in range(12):
    if os.fork() == 0:
        x = bytearray(os.urandom(150 * 10**6))
        while True: signal.pause()
while True: signal.pause()
"""
HIDDEN = "import ctypes\nctypes.CDLL(None).prctl(4, 0)\n" + MANY
BOMB = """
import os
while True:
    try: os.fork()
    except OSError: pass
"""
FLOOD = """
for n in range(80):
    s3.put_object(Bucket="given", Key=str(n), Body=bytes(10**7))
"""
HOARD = """
import boto3
sqs = boto3.client("sqs")
for n in range(4000):
    if n % 20 == 0: queue = sqs.create_queue(QueueName=f"hoard-{n}")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 250_000)
"""
DRIP = """
import json, os, struct, threading, time
fd = next(int(f) for f in os.listdir("/proc/self/fd")
          if os.path.exists("/proc/self/fd/" + f) and "socket" in os.readlink("/proc/self/fd/" + f))
def double(n):
    os.write(fd, struct.pack("!I", 5000))
    while True:
        os.write(fd, b"x")
        threading.Event().wait(0.5)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "limits", "mark", "evidence"),
    [
        (MANY, Limits(memory=700 * MB), DEAD, "more memory than it may use"),
        (HIDDEN, Limits(memory=700 * MB), DEAD, "more memory than it may use"),
        (BOMB, Limits(cpu=5), DEAD, "more CPU time than it may use"),
        (FLOOD, Limits(), ALIVE, ""),
        ("while True: pass", Limits(cpu=3), DEAD, "more CPU time than it may use"),
        ("import signal\nwhile True: signal.pause()", Limits(cell=8), ALIVE, ""),
        (SWALLOWING, Limits(cell=8), DEAD, "did not end in time"),
        ("import signal\nwhile True: signal.pause()", Limits(wall=15), DEAD, "did not end in time"),
    ],
    ids=["memory", "hidden memory", "fork bomb", "lab", "cpu", "cell", "swallowed", "wall"],
)
def test_a_submission_is_ended_at_its_limits(zygote, source, limits, mark, evidence):
    """The cells above keep their points, the checks below still run, and the instructor is told why."""
    result = attacked(zygote, source, limits)

    assert points(result) == mark
    assert evidence in "\n".join(result.evidence)
    assert "Error" in text(result) or "CellTimeout" in text(result)


@pytest.mark.slow
def test_a_lab_that_is_made_to_eat_memory_is_ended(zygote):
    """The instructor is told; what was checked before keeps its points, and the next submission is graded."""
    result = attacked(zygote, HOARD, Limits(memory=170 * MB))
    next_one = graded(zygote)

    assert points(result) == ALIVE
    assert LAB_ENDED in result.evidence
    assert "does not answer" in text(result)
    assert (points(next_one), next_one.evidence) == (FULL, [])


@pytest.mark.slow
def test_an_answer_that_drips_is_too_late(zygote):
    """The time for one answer is that of the whole answer, not of its next byte."""
    result = attacked(zygote, "pass", Limits())
    dripping = attacked_double(zygote, DRIP)

    assert points(result) == ALIVE
    assert points(dripping) == DEAD
    assert "did not end in time" in "\n".join(dripping.evidence)


def attacked_double(zygote, source):
    """Grade an attack in the place of the function that a check calls."""
    return graded(zygote, {"double": source}, limits=Limits(ask=6))


def sent(data):
    """Return a channel at whose other end `data` was written."""
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    theirs.close()
    return Channel(ours)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Closed),
        (b"\0\0", Closed),
        (b"\0\0\0\5[1", Closed),
        (b"\xff\xff\xff\xff", Garbage),
        (b"\0\0\0\3xyz", Garbage),
        (b"\0\0\0\4\xff\xfe\xfd\xfc", Garbage),
        (b"\0\3\x0d\x40" + b"[" * 200_000, Garbage),
    ],
)
def test_what_is_no_message_is_refused(data, error):
    """Each way for bytes not to be a message has its exception."""
    channel = sent(data)
    with pytest.raises(error):
        channel.receive(5)
    channel.close()


def test_a_message_has_a_time_limit_as_a_whole():
    """Bytes that keep coming do not put off the deadline."""
    ours, theirs = Channel.pair()
    stop = threading.Event()

    def drip():
        theirs.stream.sendall(b"\0\0\xff\xff")
        while not stop.wait(0.02):
            theirs.stream.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(TooLate):
        ours.receive(0.2)
    stop.set()
    thread.join()
    ours.close()
    theirs.close()


def test_open_files_nobody_asked_for_are_closed():
    """Files that come with a message do not pile up in the receiver."""
    ours, theirs = Channel.pair()
    read, write = socket.socketpair()
    theirs.send([1], [write.fileno()])
    write.close()
    message = ours.receive(5)
    end = read.recv(1)
    for channel in (ours, theirs, read):
        channel.close()

    assert message == [1]
    assert end == b""
