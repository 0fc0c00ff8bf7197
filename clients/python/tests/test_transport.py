from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from packshot import Packshot, PackshotError
from packshot.events import EventLines

Answer = tuple[int, dict[str, str], bytes]
ITEMS = [{"url": "https://shop.example/a.jpg"}]


def problem(status: int, code: str, **headers: str) -> Answer:
    body = json.dumps({"code": code, "detail": f"because of {code}", "request_id": "req_1"})
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode()


class Server:
    """Answers one after the other, and the last for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes, float]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.path, headers, body, time.monotonic()))
                status, given, content = answers[min(len(outer.requests), len(answers)) - 1]
                if status == 0:
                    return self.connection.close()
                self.send_response(status)
                for name, value in {**given, "content-length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture()
def answering() -> Iterator[Callable[[list[Answer]], Server]]:
    servers: list[Server] = []

    def start(answers: list[Answer]) -> Server:
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def test_sends_a_refused_request_again_under_the_same_key_no_earlier_than_asked(answering) -> None:
    server = answering([problem(429, "rate_limited", retry_after="1"), problem(503, "overloaded", retry_after="0"), problem(422, "invalid_pipeline")])
    with pytest.raises(PackshotError) as raised:
        Packshot(server.url).jobs.create(ITEMS)
    error = raised.value
    assert (error.code, error.status, error.request_id, error.retryable) == ("invalid_pipeline", 422, "req_1", False)
    keys = {headers["idempotency-key"] for _, headers, _, _ in server.requests}
    assert len(server.requests) == 3 and len(keys) == 1
    assert server.requests[1][3] - server.requests[0][3] >= 0.99


def test_says_when_nobody_answers_and_when_it_is_not_packshot(answering) -> None:
    with pytest.raises(PackshotError) as raised:
        Packshot("http://127.0.0.1:9", max_retries=0).jobs.get("job_1")
    assert (raised.value.code, raised.value.retryable) == ("unreachable", True)
    with pytest.raises(PackshotError) as raised:
        Packshot(answering([(404, {}, b"nginx")]).url).jobs.get("job_1")
    assert (raised.value.code, raised.value.status) == ("bad_answer", 404)


def test_does_not_send_a_second_time_what_would_then_be_done_twice(answering) -> None:
    server = answering([(0, {}, b"")])
    with pytest.raises(PackshotError) as raised:
        Packshot(server.url).jobs.retry("job_1")
    assert raised.value.code == "unreachable"
    assert len(server.requests) == 1


def test_follows_pages_by_their_cursor_and_shows_its_key_to_the_server_alone(answering) -> None:
    first = {"jobs": [], "next": "http://127.0.0.1:9/jobs?cursor=abc"}
    last = {"jobs": [], "next": None}
    server = answering([(200, {}, json.dumps(page).encode()) for page in (first, last)])
    assert list(Packshot(server.url, api_key="secret").jobs.list()) == []
    assert [path for path, *_ in server.requests] == ["/jobs?limit=100", "/jobs?limit=100&cursor=abc"]
    assert {headers["authorization"] for _, headers, *_ in server.requests} == {"Bearer secret"}


def test_reads_events_and_drops_one_that_was_cut_off() -> None:
    lines = ["retry: 2000", "", "id: 1", "event: job", 'data: {"a":', "data: 1}", "", ":", "id: 2", "data: 2"]
    stream = EventLines()
    events = [event for event in map(stream.feed, lines) if event is not None]
    assert [(event.type, event.id, event.data) for event in events] == [("job", "1", {"a": 1})]
