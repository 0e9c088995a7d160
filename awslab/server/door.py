"""The lab's door: the core on a loopback port, one request at a time.

`python -m awslab.server.door` is the lab process.
It prints one line of JSON when it is ready, and ends when its standard input does: with the kernel that started it.
"""

import argparse
import json
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from awslab.server.app import LabApp

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _QuietHandler(MotoRequestHandler):
    """Log nothing: a lesson makes thousands of requests."""

    def log_request(self, *args: Any) -> None:
        """Drop the access log line."""


def one_at_a_time(app: WSGI) -> WSGI:
    """Serialise requests: moto's backends are plain dictionaries and race otherwise."""
    lock = threading.Lock()

    def serialised(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with lock:
            return app(environ, start_response)

    return serialised


def open_door(app: WSGI, port: int = 0) -> BaseWSGIServer:
    """Return a server on 127.0.0.1 (`server_port` says where); `serve_forever` runs it, `shutdown` ends it."""
    return make_server(
        "127.0.0.1", port, one_at_a_time(app), threaded=True, request_handler=_QuietHandler
    )


def main() -> None:
    """Run a lab until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--home", help="the lab's private folder, removed when the lab ends")
    options = parser.parse_args()
    # werkzeug logs a warning for every unclean disconnect; only the lab's own faults are worth a line.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = open_door(LabApp(), options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    # Nobody reads on: what moto prints would fill the pipe and stop the lab. It goes to the log.
    sys.stdout = sys.stderr
    sys.stdin.buffer.read()
    if options.home:
        shutil.rmtree(options.home, ignore_errors=True)


if __name__ == "__main__":
    main()
