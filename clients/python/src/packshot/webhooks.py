"""Calls from a server, after Standard Webhooks (spec/standard-webhooks.md, v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import PackshotError

#: How old, or how far ahead, a call may be, in seconds.
TOLERANCE = 300
_PREFIX = "whsec_"


def verify(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> dict[str, Any]:
    """What a call says, when it is signed with the secret (or one of several) and recent.

    ``body`` is what came, never what a parser made of it. Raises ``PackshotError`` with the code ``invalid_signature``.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split(" ")
    except KeyError as missing:
        raise PackshotError("invalid_signature", f"The header {missing.args[0]} is missing.") from None
    if not timestamp.isdigit():
        raise PackshotError("invalid_signature", "webhook-timestamp is not a number of seconds.")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance:
        raise PackshotError("invalid_signature", "webhook-timestamp is too old, or in the future.")
    raw = body.encode() if isinstance(body, str) else body
    content = f"{message_id}.{timestamp}.".encode() + raw
    for key in [secret] if isinstance(secret, str) else secret:
        digest = hmac.new(_key(key), content, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(digest).decode()
        if any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
            payload: dict[str, Any] = json.loads(raw)
            return payload
    raise PackshotError("invalid_signature", "No signature in webhook-signature is ours.")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise PackshotError("invalid_signature", "The secret is no base64.") from error
