"""The lab of a grading starts when somebody connects to it, and not before."""

import os
import socket

import pytest

from autograde.lab import Lab
from autograde.sandbox.inside import Limits
from autograde.wire import Channel


class Zygote:
    """Start nothing, and note what was asked for."""

    def __init__(self):
        self.asked = []

    def start(self, role, limits, files, **more):
        """Return a process that has said that it is ready."""
        self.asked.append((role, len(files), more))
        ours, theirs = Channel.pair()
        theirs.send({"ready": True})
        return Process(ours, theirs)


class Process:
    """A process that does nothing."""

    code, ended, cpu = None, "", 0.5

    def __init__(self, *channels):
        self.channel, self._other = channels

    def end(self):
        """Close both ends."""
        self.code = 0
        self.channel.close()
        self._other.close()


@pytest.fixture
def place():
    """A lab behind two doors, the zygote it asks, a channel with its other end, and the address of the first door."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    address = doors[0].getsockname()
    zygote = Zygote()
    lab = Lab(zygote, Limits(), [os.dup(door.fileno()) for door in doors])
    ours, theirs = Channel.pair()
    yield lab, zygote, ours, theirs, address
    lab.end()
    for each in (*doors, ours, theirs):
        each.close()


def test_without_a_connection_there_is_no_lab(place):
    """A cell that asks nothing of AWS costs no lab."""
    lab, zygote, ours, theirs, _ = place
    theirs.send({"outputs": []})
    lab.wait(ours, 5)

    assert zygote.asked == []
    assert (lab.end(), lab.broke) == (0.0, False)


@pytest.mark.parametrize("recording", [True, False])
def test_the_first_connection_starts_it_as_it_has_to_be(place, recording):
    """In a given cell it records from the first call on: a later message would come too late for that one."""
    lab, zygote, ours, _, address = place
    lab.record(recording)
    with socket.create_connection(address):
        lab.wait(ours, 5)

    assert zygote.asked == [("lab", 2, {"recording": recording})]
    assert (lab.end(), lab.broke) == (0.5, False)


def test_nothing_in_time_is_no_connection(place):
    """Whoever waits finds out by itself that nothing has come."""
    lab, zygote, ours, _, _ = place
    lab.wait(ours, 0)

    assert zygote.asked == []
