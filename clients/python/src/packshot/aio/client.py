"""A Packshot server."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from .. import webhooks
from ..errors import PackshotError
from ..files import ImageFile, ImageSource
from ..processed import Processed
from ..view import plain
from ..views import Job, ModelList, WebhookSecret
from .jobs import Jobs, form_fields
from .transport import Transport
from .uploads import Uploads

#: The server answers with the job when it takes longer.
_WAIT = 60


class AsyncPackshot:
    """Requests that failed in a way that may pass are sent again, as ``Retry-After`` says; nothing is made twice."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        max_retries: int = 5,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._transport = Transport(base_url, api_key, max_retries, http)
        self.jobs = Jobs(self._transport)
        self.uploads = Uploads(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.models = Models(self._transport)

    async def process(
        self, source: ImageSource | None = None, *, idempotency_key: str | None = None, **fields: Any
    ) -> Processed:
        """One image in, the finished image out, before everything that is bulk; raises the image's error, by its code.

        The image is ``source``, or by reference in ``fields``: ``url``, ``upload``, ``s3`` or ``base64``. Other fields
        are ``pipeline`` or ``preset``, ``metadata``, …
        """
        body: dict[str, Any] = {"json": plain(fields)}
        if source is not None:
            image = ImageFile.of(source)
            body = {"data": form_fields(plain(fields)), "files": {"file": (image.name or "image", image.read())}}
        key = idempotency_key or str(uuid.uuid4())
        answer = await self._transport.send("POST", "/process", params={"wait": _WAIT}, idempotency_key=key, **body)
        if answer.status_code != 202:
            return Processed(answer.content, answer.headers["content-type"], answer.headers["x-job-id"])
        job = await self.jobs.wait(Job.model_validate(answer.json()).id)
        item = await anext(self.jobs.items(job.id))
        if item.error is not None:
            raise PackshotError(item.error.code, item.error.message, retryable=item.error.retryable)
        if item.result is None:
            raise PackshotError("canceled", f"The image was {item.status}.")
        return Processed(await self.jobs.result(job.id, item.id), item.result.content_type, job.id)

    async def aclose(self) -> None:
        await self._transport.http.aclose()

    async def __aenter__(self) -> AsyncPackshot:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Webhooks:
    #: Needs neither address nor key: ``packshot.webhooks.verify`` is the same.
    verify = staticmethod(webhooks.verify)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def secret(self) -> WebhookSecret:
        """The secret that signs what goes to the ``webhook_url`` of your jobs."""
        return WebhookSecret.model_validate(await self._transport.json("GET", "/webhooks/secret"))


class Models:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self) -> ModelList:
        """Every model that a living worker knows, with where it is loaded."""
        return ModelList.model_validate(await self._transport.json("GET", "/models"))
