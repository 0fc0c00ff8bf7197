"""An image that was waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Processed:
    image: bytes
    content_type: str
    #: The job that it was.
    job_id: str
