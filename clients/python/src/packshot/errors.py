"""What goes wrong, by stable codes."""

from __future__ import annotations

from typing import Any

import httpx

#: What a proxy or a busy server says for a while.
_PASSING = {429, 500, 502, 503, 504}


class PackshotError(Exception):
    """Everything that the client raises.

    ``code`` is one of the server's (``docs/errors.md``), or one that only a client can have: ``unreachable`` (no answer came),
    ``bad_answer`` (one came that is not Packshot's), ``wait_over`` (the time to wait was up).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        #: Of the answer; None when there was none, or when it is an image that failed.
        self.status = status
        #: To quote when asking for help.
        self.request_id = request_id
        #: Whether the same may work later.
        self.retryable = retryable
        #: The parts of the request that are at fault.
        self.errors = errors or []

    @classmethod
    def of_answer(cls, response: httpx.Response) -> PackshotError:
        status = response.status_code
        retryable = status in _PASSING
        try:
            problem = response.json()
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError, TypeError):
            request_id = response.headers.get("x-request-id")
            message = f"The server answered {status}: {response.text.strip()[:200]}"
            return cls("bad_answer", message, status=status, request_id=request_id, retryable=retryable)
        return cls(
            code,
            detail,
            status=status,
            request_id=problem.get("request_id"),
            retryable=retryable,
            errors=problem.get("errors"),
        )
