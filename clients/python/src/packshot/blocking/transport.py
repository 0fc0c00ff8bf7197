# Written by unasync.py from ../aio/transport.py: change that one.
"""Sends requests, again where that may help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from ..errors import PackshotError
from ..retrying import asked, growing, may_pass
from .waiting import sleep

#: The server holds answers back for up to a minute, and sends a sign of life on streams every 15 seconds.
_TIMEOUT = httpx.Timeout(90, connect=10)


class Transport:
    """May be shared. ``http`` may be given, to go through a proxy for example."""

    def __init__(self, base_url: str, api_key: str | None, max_retries: int, http: httpx.Client | None) -> None:
        self._base = base_url.rstrip("/")
        self._key = api_key
        self._max_retries = max_retries
        self.http = http or httpx.Client(timeout=_TIMEOUT)

    def json(self, method: str, path: str, **call: Any) -> Any:
        response = self.send(method, path, **call)
        try:
            return response.json()
        except ValueError as error:
            raise PackshotError("bad_answer", "The answer is not JSON.", status=response.status_code) from error

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        idempotency_key: str | None = None,
        params: dict[str, Any] | None = None,
        stream: bool = False,
        once: bool = False,
        **content: Any,
    ) -> httpx.Response:
        """The answer of the API. ``once``: not sent again when no answer came, for it may have been served."""
        headers = dict(headers or {})
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        given = {name: value for name, value in (params or {}).items() if value is not None}

        def build() -> httpx.Request:
            return self.http.build_request(method, self._base + path, headers=headers, params=given, **content)

        return self._send(build, stream=stream, once=once)

    def put(self, url: str, body: Callable[[], Any], headers: dict[str, str]) -> httpx.Response:
        """Any address, an object store's for example: no key goes there. ``body`` is asked for each time it is sent."""
        return self._send(lambda: self.http.build_request("PUT", url, headers=headers, content=body()))

    def _send(
        self, build: Callable[[], httpx.Request], *, stream: bool = False, once: bool = False
    ) -> httpx.Response:
        tries = 0
        while True:
            request = build()
            pause = growing(tries)
            try:
                response = self.http.send(request, stream=stream)
                if response.is_success:
                    return response
                response.read()
                error = PackshotError.of_answer(response)
                pause = asked(response, pause)
            except httpx.TransportError as cause:
                origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
                error = PackshotError("unreachable", f"{origin} does not answer: {cause}", retryable=True)
                error.__cause__ = cause
            if tries >= self._max_retries or not may_pass(error) or (once and error.code == "unreachable"):
                raise error
            sleep(pause)
            tries += 1
