"""A small web server on the loopback interface, which can misbehave in many ways."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Server(ThreadingHTTPServer):
    """Serves `files`; the other attributes say how."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.ranges = True
        self.length = True
        self.cut: list[int] = []
        """After how many bytes the next answers are cut."""
        self.statuses: list[int] = []
        """Statuses of the next answers, which are then errors or redirects."""
        self.location = ""
        self.etag = '"1"'
        self.headers: dict[str, str] = {}
        self.stall = 0.0
        """Seconds before the body."""
        self.raw = b""
        """What is sent instead of an answer."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients go away."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        if server.raw:
            self.wfile.write(server.raw)
            self.close_connection = True
            return
        data = server.files.get(self.path.partition("?")[0])
        status = server.statuses.pop(0) if server.statuses else 404 if data is None else 200
        if status != 200 or data is None:
            self.send_response(status)
            if server.location:
                self.send_header("Location", server.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and server.ranges else 0
        if asked and server.ranges:
            status = 206 if start < len(data) else 416
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        elif status == 416:
            self.send_header("Content-Range", f"bytes */{len(data)}")
        if server.length:
            self.send_header("Content-Length", str(len(data) - start))
        if server.etag:
            self.send_header("ETag", server.etag)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        time.sleep(server.stall)
        body = data[start:]
        if server.cut:
            body = body[: server.cut.pop(0)]
        for at in range(0, len(body), 1 << 16):
            self.wfile.write(body[at : at + (1 << 16)])
            server.sent += len(body[at : at + (1 << 16)])


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
