"""Messages between the processes of one grading: JSON with a length before it, and open files beside it.

Never pickle: one end of most channels is a process that the submission may have taken over.

Exceptions:

    WireError
      +-- Closed    the other end is gone
      +-- TooLate   nothing came in time
      +-- Garbage   what came is not a message, or is longer than allowed
"""

import json
import os
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

LENGTH = struct.Struct("!I")
LONGEST = 16_000_000  # bytes of one message: a notebook's cell with its pictures fits many times
MOST_FILES = 4  # open files that may come with one message


class WireError(Exception):
    """A message could not be sent or received."""


class Closed(WireError):
    """The other end is gone."""


class TooLate(WireError):
    """Nothing came in time."""


class Garbage(WireError):
    """What came is not a message."""


class Channel:
    """One end of a stream socket that carries messages."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream

    @classmethod
    def pair(cls) -> tuple["Channel", "Channel"]:
        """Return the two ends of a new channel."""
        return tuple(cls(end) for end in socket.socketpair())

    def send(self, message: Any, files: Sequence[int] = (), timeout: float | None = None) -> None:
        """Send a message, and with it open files by their descriptors.

        Raises Closed when nobody is there, TooLate when the other end does not read it in `timeout` seconds.
        """
        self.stream.settimeout(timeout)
        data = json.dumps(message).encode()
        data = LENGTH.pack(len(data)) + data
        try:
            if files:
                sent = socket.send_fds(self.stream, [data], list(files))
                data = data[sent:]
            self.stream.sendall(data)
        except TimeoutError as error:
            raise TooLate("the other end does not read what it is sent") from error
        except OSError as error:
            raise Closed("the other end is gone") from error

    def receive(self, timeout: float | None = None, longest: int = LONGEST) -> Any:
        """Return the next message; raises Closed, TooLate after `timeout` seconds, or Garbage."""
        message, files = self.receive_with_files(timeout, longest)
        for file in files:  # nobody asked for them, and they would pile up
            os.close(file)
        return message

    def receive_with_files(
        self, timeout: float | None = None, longest: int = LONGEST
    ) -> tuple[Any, list[int]]:
        """Return the next message and the open files that came with it."""
        # For the whole message: an end that sends a byte now and then is too late as well.
        deadline = None if timeout is None else time.monotonic() + timeout
        head, files = self._exactly(LENGTH.size, [], deadline)
        (length,) = LENGTH.unpack(head)
        if length > longest:
            raise Garbage(f"a message of {length} bytes, {longest} are allowed")
        data, files = self._exactly(length, files, deadline)
        try:
            return json.loads(data), files
        except (ValueError, RecursionError) as error:
            raise Garbage("the message is not JSON") from error

    def _exactly(
        self, count: int, files: list[int], deadline: float | None
    ) -> tuple[bytes, list[int]]:
        parts = []
        while count:
            if deadline is not None:
                # Zero would mean "do not wait", which is another error.
                self.stream.settimeout(max(0.001, deadline - time.monotonic()))
            else:
                self.stream.settimeout(None)
            try:
                data, more, _, _ = socket.recv_fds(self.stream, min(count, 1 << 20), MOST_FILES)
            except TimeoutError as error:
                raise TooLate("nothing came in time") from error
            except OSError as error:
                raise Closed("the other end is gone") from error
            files = files + list(more)
            if not data:
                raise Closed("the other end is gone")
            parts.append(data)
            count -= len(data)
        return b"".join(parts), files

    def close(self) -> None:
        """Close this end."""
        self.stream.close()

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self.stream.fileno()
