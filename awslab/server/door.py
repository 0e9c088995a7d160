"""The lab's door: the core on a loopback port, one request at a time.

`python -m awslab.server` is the lab process.
It prints one line of JSON when it is ready, and ends when its standard input does: with the kernel that started it.
"""

import argparse
import gc
import io
import json
import logging
import shutil
import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from awslab.server import names, tls
from awslab.server.app import LabApp

IDLE = 10  # seconds after which a connection that nobody uses is closed
MOST_CONNECTIONS = 64  # beyond, each is closed after its answer: a thread waits on every one

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Serialised:
    """The core for many threads, one request at a time: moto's backends are plain dictionaries and race otherwise."""

    def __init__(self, app: WSGI) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        with self._lock:
            return self._app(environ, start_response)

    def tls(self, host: str, port: int) -> ssl.SSLContext | None:
        """Return the TLS settings of what answers at a name and port, None when nothing has that name.

        Raises names.Unreachable when a client's packets do not get there.
        """
        with self._lock:
            certificates = names.certificates(host, port)
            return tls.authority().context(certificates) if certificates else None


class _Handler(MotoRequestHandler):
    """Hand requests to the core, and open tunnels to load balancers, whose TLS ends here."""

    tunnel = ""  # host and port, once a CONNECT has opened one
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    wbufsize = -1  # head and body leave in one packet
    disable_nagle_algorithm = True

    def log_request(self, *args: Any) -> None:
        """Drop the access log line: a lesson makes thousands of requests."""

    def make_environ(self) -> dict[str, Any]:
        """Keep the Host header that the client sent: werkzeug puts the address of the request in its place."""
        environ = super().make_environ()
        if not self._chunked():
            # Read at once, whether or not the application will: the next request begins after it.
            length = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"] = io.BytesIO(self.rfile.read(length) if length > 0 else b"")
        environ["lab.host"] = self.headers.get("Host", "")
        if self.tunnel:
            environ |= {"wsgi.url_scheme": "https", "HTTP_HOST": self.tunnel}
        return environ

    def run_wsgi(self) -> None:
        """Answer one request and keep the connection for the next, which werkzeug's own way would close."""
        said: list[Any] = []
        try:
            answer = self.server.app(self.make_environ(), lambda *start: said.extend(start))
            body = b"".join(answer)
        except ConnectionError as error:
            self.connection_dropped(error)
            return
        status, headers, *_ = said
        self.send_response(int(status[:3]), status[4:])
        for name, value in headers:
            self.send_header(name, value)
        if all(name.lower() != "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        if self._chunked() or threading.active_count() > MOST_CONNECTIONS:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """Ask for the body now: what is written waits for the end of the answer otherwise."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def do_CONNECT(self) -> None:
        """Open a tunnel to an HTTPS listener; what nobody can reach gets no answer, other names a refusal."""
        host, _, port = self.path.rpartition(":")
        try:
            context = self.server.app.tls(host, int(port))  # type: ignore[attr-defined]
        except (names.Unreachable, ValueError):
            self.close_connection = True
            return
        if context is None:
            self.run_wsgi()
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        try:
            self.request = context.wrap_socket(self.connection, server_side=True)
        except OSError:
            # The client did not trust the certificate, or left.
            self.close_connection = True
            return
        self.setup()
        self.tunnel, self.close_connection = self.path, False

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Close the connection: the client has left, or its packets are lost and it gets no answer."""
        self.close_connection = True

    def finish(self) -> None:
        """Close the tunnel's own socket, which the server does not know."""
        super().finish()
        if self.tunnel:
            self.request.close()


def open_door(app: WSGI | Serialised, port: int = 0, fd: int | None = None) -> BaseWSGIServer:
    """Return a server on 127.0.0.1 (`server_port` says where); `serve_forever` runs it, `shutdown` ends it.

    `fd` is a socket that listens already.
    Several doors of one lab share one `Serialised`, or what has its two methods.
    """
    app = app if hasattr(app, "tls") else Serialised(app)
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=_Handler, fd=fd)


def main() -> None:
    """Run a lab until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--home", help="the lab's private folder, removed when the lab ends")
    options = parser.parse_args()
    # werkzeug logs a warning for every unclean disconnect; only the lab's own faults are worth a line.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    tls.authority(options.home)
    server = open_door(LabApp(), options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gc.freeze()  # what is loaded stays
    gc.enable()
    print(json.dumps({"port": server.server_port}), flush=True)
    # Nobody reads on: what moto prints would fill the pipe and stop the lab. It goes to the log.
    sys.stdout = sys.stderr
    sys.stdin.buffer.read()
    if options.home:
        shutil.rmtree(options.home, ignore_errors=True)
