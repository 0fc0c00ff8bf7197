"""Packshot behind a serverless endpoint of RunPod: one image in, the image without its background out.

Runs beside a Packshot in one container, with `runpod` and `packshot` installed. By hand:

    python rp_handler.py --test_input '{"input": {"filename": "mug.jpg", "image_b64": "…"}}'
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any

from packshot import Packshot, PackshotError

#: By id, for example `birefnet-general-lite`; the default cut-out without it.
MODEL = os.environ.get("MODEL_TYPE")
packshot = Packshot(os.environ.get("PACKSHOT_URL", "http://127.0.0.1:8080"), os.environ.get("PACKSHOT_API_KEY"))


def handler(job: dict[str, Any]) -> dict[str, str]:
    """``{"filename", "image_b64"}`` for the same, or ``{"error"}``. A data URL does as well."""
    given = job.get("input") or {}
    filename, image_b64 = given.get("filename"), given.get("image_b64")
    if not isinstance(filename, str) or not isinstance(image_b64, str):
        return {"error": "The input needs `filename` and `image_b64`."}
    try:
        image = base64.b64decode(image_b64.split(",", 1)[-1], validate=True)
    except binascii.Error:
        return {"error": "`image_b64` is no base64."}
    background = True if MODEL is None else {"model": MODEL}
    try:
        done = packshot.process((filename, image), pipeline={"background": background, "output": {"format": "png"}})
    except PackshotError as error:
        return {"error": str(error)}
    return {"filename": filename, "image_b64": base64.b64encode(done.image).decode()}


if __name__ == "__main__":
    import runpod

    runpod.serverless.start({"handler": handler})
