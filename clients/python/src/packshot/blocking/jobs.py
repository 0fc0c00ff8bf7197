# Written by unasync.py from ../aio/jobs.py: change that one.
"""Jobs: batches of images that go through one pipeline."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from ..errors import PackshotError
from ..events import Event
from ..files import ImageFile, ImageSource
from ..view import plain
from ..views import Item, Job
from .events import follow_job
from .transport import Transport

#: The server holds an answer back no longer.
_LONGEST_WAIT = 60.0


class Jobs:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        items: Sequence[Mapping[str, Any]] | None = None,
        *,
        files: Iterable[ImageSource] | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> Job:
        """A job of ``items`` by reference (``upload``, ``url``, ``s3``, ``base64``), or of ``files`` that go along; with
        them ``items`` may give each a ``custom_id`` and a ``pipeline``. ``fields``: ``pipeline`` or ``preset``,
        ``metadata``, ``webhook_url``, …

        Made whole or not at all, and once, however often it had to be sent.
        """
        given = plain({name: value for name, value in fields.items() if value is not None})
        key = idempotency_key or str(uuid.uuid4())
        if files is None:
            body: dict[str, Any] = {"json": {**given, "items": plain(list(items or []))}}
        else:
            images = [ImageFile.of(source) for source in files]
            form = {**given, **({} if items is None else {"items": plain(list(items))})}
            body = {
                "data": form_fields(form),
                "files": [("files", (image.name or "image", image.read())) for image in images],
            }
        return Job.model_validate(self._transport.json("POST", "/jobs", idempotency_key=key, **body))

    def get(self, job_id: str) -> Job:
        return Job.model_validate(self._transport.json("GET", _path(job_id)))

    def list(
        self,
        *,
        status: str | None = None,
        custom_id: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
    ) -> Iterator[Job]:
        """Newest first, all of them, page by page as they are read."""
        params = {
            "status": status,
            "custom_id": custom_id,
            "created_after": created_after,
            "created_before": created_before,
            "limit": 100,
        }
        return (Job.model_validate(view) for view in self._pages("/jobs", "jobs", params))

    def items(self, job_id: str, *, status: str | None = None) -> Iterator[Item]:
        """In the order of the request, all of them, page by page as they are read."""
        params = {"status": status, "limit": 500}
        return (Item.model_validate(view) for view in self._pages(f"{_path(job_id)}/items", "items", params))

    def item(self, job_id: str, item_id: str) -> Item:
        return Item.model_validate(self._transport.json("GET", _path(job_id, item_id)))

    def result(self, job_id: str, item_id: str) -> bytes:
        """The finished image. Raises ``result_not_ready``."""
        return self._transport.send("GET", f"{_path(job_id, item_id)}/result").content

    def mask(self, job_id: str, item_id: str) -> bytes:
        """The mask of the cut-out. Raises ``no_mask``, ``result_not_ready``."""
        return self._transport.send("GET", f"{_path(job_id, item_id)}/mask").content

    def beside(self, job_id: str, item_id: str, name: str) -> bytes:
        """What lies beside the result, by its name in ``also``. Raises ``not_found``, ``result_not_ready``."""
        return self._transport.send("GET", f"{_path(job_id, item_id)}/also/{quote(name, safe='')}").content

    def original(self, job_id: str, item_id: str) -> bytes:
        """The image as it was handed in. Raises ``not_found`` where it was named by ``url`` or ``s3``."""
        return self._transport.send("GET", f"{_path(job_id, item_id)}/original").content

    def archive(self, job_id: str, include: Sequence[str] = ()) -> httpx.Response:
        """All results so far as one ZIP, not yet read: ``for chunk in answer.iter_bytes()``, then
        ``answer.close()``.
        """
        params = {"include": ",".join(include) or None}
        return self._transport.send("GET", f"{_path(job_id)}/archive.zip", params=params, stream=True)

    def wait(
        self, job_id: str, *, timeout: float | None = None, on_progress: Callable[[Job], None] | None = None
    ) -> Job:
        """Until the job has ended, well or not: see its ``status``. Raises ``wait_over`` after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _LONGEST_WAIT if deadline is None else max(0.0, deadline - time.monotonic())
            params = {"wait": f"{min(_LONGEST_WAIT, left):.3f}"}
            job = Job.model_validate(self._transport.json("GET", _path(job_id), params=params))
            if on_progress:
                on_progress(job)
            if job.ended:
                return job
            if deadline is not None and time.monotonic() >= deadline:
                raise PackshotError("wait_over", f"{job_id} is still {job.status}.")

    def events(self, job_id: str, *, last_event_id: str | None = None) -> Iterator[Event]:
        """What happens until the job has ended; ``last_event_id="0"`` tells it from its beginning."""
        return follow_job(self._transport, f"{_path(job_id)}/events", last_event_id)

    def cancel(self, job_id: str) -> Job:
        """What has ended stays as it is."""
        return Job.model_validate(self._transport.json("POST", f"{_path(job_id)}/cancel"))

    def retry(self, job_id: str) -> Job:
        """Opens another run for the images that did not succeed. Raises ``conflict`` while the job has not ended."""
        return Job.model_validate(self._transport.json("POST", f"{_path(job_id)}/retry", once=True))

    def delete(self, job_id: str) -> None:
        """Originals, results and records. Raises ``conflict`` while the job has not ended."""
        self._transport.send("DELETE", _path(job_id), once=True)

    def _pages(self, path: str, name: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._transport.json("GET", path, params={**params, "cursor": cursor})
            for view in page[name]:
                yield view
            # Only the cursor: the key must not follow an address to another host.
            cursor = parse_qs(urlsplit(page["next"]).query).get("cursor", [None])[0] if page["next"] else None
            if cursor is None:
                return


def form_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    """Structured fields of a form hold JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _path(job_id: str, item_id: str | None = None) -> str:
    path = f"/jobs/{quote(job_id, safe='')}"
    return path if item_id is None else f"{path}/items/{quote(item_id, safe='')}"
