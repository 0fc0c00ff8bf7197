"""What is sent again, and when."""

from __future__ import annotations

import email.utils
import random
import time

import httpx

from .errors import PackshotError

#: Refusals that may pass. Of an image that failed with one of these, the same request tells it again at once.
_PASSING_CODES = {
    "rate_limited",
    "overloaded",
    "backend_unavailable",
    "storage_error",
    "idempotency_in_progress",
    "internal_error",
}
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0


def may_pass(error: PackshotError) -> bool:
    if error.code == "bad_answer":
        # Not Packshot's words: a proxy's, or an object store's.
        return error.retryable or error.status == 408
    return error.code == "unreachable" or error.code in _PASSING_CODES


def asked(response: httpx.Response, otherwise: float) -> float:
    """As ``Retry-After`` says, in seconds or as a date."""
    wanted = response.headers.get("retry-after")
    if wanted is None:
        return otherwise
    if wanted.isdigit():
        return float(wanted)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(wanted).timestamp() - time.time())
    except ValueError:
        return otherwise


def growing(tries: int) -> float:
    """Different for each of many clients."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**tries) * random.uniform(0.5, 1)
