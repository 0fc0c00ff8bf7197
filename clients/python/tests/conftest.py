"""The server these tests talk to is started by python-client.full.test.ts, which also says where webhooks can be received."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from packshot import Packshot


@dataclass
class Call:
    body: bytes
    headers: dict[str, str]


@dataclass
class Receiver:
    url: str
    calls: queue.Queue[Call]


@pytest.fixture(scope="session")
def server() -> str:
    return os.environ["PACKSHOT_TEST_URL"]


@pytest.fixture()
def packshot(server: str) -> Iterator[Packshot]:
    with Packshot(server) as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    return Path(os.environ["PACKSHOT_TEST_PHOTO"]).read_bytes()


@pytest.fixture()
def receiver() -> Iterator[Receiver]:
    calls: queue.Queue[Call] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            calls.put(Call(body, dict(self.headers.items())))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    host, port = os.environ["PACKSHOT_TEST_RECEIVER"].split(":")
    http = ThreadingHTTPServer((host, int(port)), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield Receiver(f"http://{host}:{port}/hook", calls)
    http.shutdown()
    http.server_close()
