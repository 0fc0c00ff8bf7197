from __future__ import annotations

import base64

import pytest


@pytest.fixture()
def handler(server, monkeypatch):
    monkeypatch.setenv("PACKSHOT_URL", server)
    import rp_handler

    return rp_handler.handler


def test_cuts_an_image_out_under_its_own_name(handler, photo) -> None:
    for prefix in ("", "data:image/png;base64,"):
        answer = handler({"input": {"filename": "mug.png", "image_b64": prefix + base64.b64encode(photo).decode()}})
        assert answer["filename"] == "mug.png"
        assert base64.b64decode(answer["image_b64"])[:4] == b"\x89PNG"


def test_says_what_is_wrong(handler, photo) -> None:
    half = base64.b64encode(photo[: len(photo) // 2]).decode()
    wrong = {
        "filename": {},
        "base64": {"filename": "a.png", "image_b64": "?"},
        "corrupt_image": {"filename": "a.png", "image_b64": half},
    }
    for word, given in wrong.items():
        assert word in handler({"input": given})["error"]
