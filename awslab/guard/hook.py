"""Refuse every connection of this Python process that leaves the machine.

Standard library only: `site/sitecustomize.py` loads this file into whatever Python the learner's shell starts.
"""

import os
import sys

LOOPBACK_NAMES = {"", "localhost", "ip6-localhost", "0.0.0.0", "::", "::1"}
_EVENTS = {
    # event -> position of the host or address among its arguments
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}
_state = {"on": False, "installed": False}


class RealAWSRefused(RuntimeError):
    """A call tried to leave the lab; the message says where to and why it was refused."""


def refusal(target: str) -> str:
    """Return the sentence a learner reads when something tried to reach `target`."""
    return (
        f"The lab refused a connection to {target}: this course talks only to the mocked AWS on this machine. "
        "Leave out endpoint_url=..., and create clients after cloud = awslab.start()."
    )


def is_loopback(host: object) -> bool:
    """Tell whether `host`, a name or an address, is this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return name is None
    name = name.strip("[]").lower()
    name = name.removeprefix("::ffff:")
    # A name may begin with 127. and be anywhere.
    return name in LOOPBACK_NAMES or (name.startswith("127.") and name.replace(".", "").isdecimal())


def _audit(event: str, arguments: tuple) -> None:
    if not _state["on"] or event not in _EVENTS:
        return
    where = arguments[_EVENTS[event]]
    if event.startswith(("socket.connect", "socket.send", "socket.getnameinfo")):
        if not isinstance(where, tuple) or not isinstance(where[0], str | bytes):
            return  # a Unix socket, netlink, or an already connected one
        where = where[0]
    if not is_loopback(where):
        raise RealAWSRefused(refusal(str(where)))


def install() -> None:
    """Start refusing; an audit hook can neither be removed nor be bypassed by another socket class."""
    if not _state["installed"]:
        sys.addaudithook(_audit)
        _state["installed"] = True
    _state["on"] = True


def uninstall() -> None:
    """Stop refusing: the lab has ended."""
    _state["on"] = False


def install_if_lab() -> None:
    """Install in a child process of a notebook that has a lab."""
    if os.environ.get("AWSLAB_ENDPOINT"):
        install()
