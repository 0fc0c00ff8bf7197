from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from packshot import PackshotError, webhooks

SECRET = "whsec_" + base64.b64encode(b"a secret of at least 24 bytes!!").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 bytes or so").decode()
BODY = '{"type":"job.succeeded","ä":1}'
NOW = 1_795_000_000


def headers(secret: str = SECRET, timestamp: int = NOW) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"msg_1.{timestamp}.{BODY}".encode(), hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(timestamp), "Webhook-Signature": f"v1a,AAAA {signature}"}


def refusal(*args: object, **options: object) -> str:
    with pytest.raises(PackshotError) as raised:
        webhooks.verify(*args, **options)  # type: ignore[arg-type]
    assert raised.value.code == "invalid_signature"
    return raised.value.message


def test_believes_the_old_secret_or_the_new_one() -> None:
    expected = {"type": "job.succeeded", "ä": 1}
    assert webhooks.verify(BODY, headers(), SECRET, now=NOW) == expected
    assert webhooks.verify(BODY.encode(), headers(OTHER), [SECRET, OTHER], now=NOW) == expected


def test_believes_no_other_bytes_secret_or_scheme() -> None:
    assert "ours" in refusal(BODY + " ", headers(), SECRET, now=NOW)
    assert "ours" in refusal(BODY, headers(), OTHER, now=NOW)
    other = {**headers(), "Webhook-Signature": headers()["Webhook-Signature"].replace("v1,", "v2,")}
    assert "ours" in refusal(BODY, other, SECRET, now=NOW)
    assert "ours" in refusal(BODY, {**headers(), "Webhook-Signature": "v1,ä nonsense"}, SECRET, now=NOW)
    assert "webhook-id is missing" in refusal(BODY, {}, SECRET, now=NOW)


def test_believes_nothing_older_or_further_ahead_than_five_minutes() -> None:
    for seconds in (300, -300):
        webhooks.verify(BODY, headers(), SECRET, now=NOW + seconds)
    for seconds in (301, -301):
        assert "too old" in refusal(BODY, headers(), SECRET, now=NOW + seconds)
    assert "number" in refusal(BODY, {**headers(), "Webhook-Timestamp": "soon"}, SECRET, now=NOW)
