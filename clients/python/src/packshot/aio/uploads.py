"""Images straight into the object store, by addresses that the API signs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any

from ..files import ImageFile, ImageSource
from ..views import Upload
from .transport import Transport
from .waiting import in_order, streamed

_MULTIPART_BYTES = 16 * 2**20
#: The server takes a thousand.
_ANNOUNCED_AT_ONCE = 500


class Uploads:
    """A job then names them: ``{"upload": id}``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, source: ImageSource, *, multipart_bytes: int = _MULTIPART_BYTES) -> Upload:
        """Raises ``unsupported_format`` or ``empty_file`` before anything is sent; ``file_too_large``."""
        return (await self.create_many([source], multipart_bytes=multipart_bytes))[0]

    async def create_many(
        self,
        sources: Iterable[ImageSource],
        *,
        concurrency: int = 6,
        multipart_bytes: int = _MULTIPART_BYTES,
        on_uploaded: Callable[[Upload, int], None] | None = None,
    ) -> list[Upload]:
        """All of them, in their order, or an error. From ``multipart_bytes`` on, an image is sent in parts."""
        files = [ImageFile.of(source) for source in sources]
        wanted = [_describe(file, multipart_bytes) for file in files]
        uploads: list[Upload] = []
        for start in range(0, len(files), _ANNOUNCED_AT_ONCE):
            chunk = slice(start, start + _ANNOUNCED_AT_ONCE)
            announced = await self._transport.json(
                "POST", "/uploads", json={"uploads": wanted[chunk]}, idempotency_key=str(uuid.uuid4())
            )
            async with aclosing(in_order(self._send, announced["uploads"], files[chunk], concurrency)) as sent:
                async for upload in sent:
                    uploads.append(upload)
                    if on_uploaded:
                        on_uploaded(upload, len(uploads) - 1)
        return uploads

    async def get(self, upload_id: str) -> Upload:
        return Upload.model_validate(await self._transport.json("GET", f"/uploads/{upload_id}"))

    async def _send(self, ticket: dict[str, Any], file: ImageFile) -> Upload:
        view = {name: value for name, value in ticket.items() if name not in ("url", "headers", "fields", "parts")}
        if ticket["parts"] is None:
            headers = {**ticket["headers"], "content-length": str(file.size)}
            await self._transport.put(ticket["url"], lambda: streamed(file.chunks()), headers)
            return Upload.model_validate({**view, "status": "arrived"})
        start = 0
        for part in ticket["parts"]:
            end = start + part["bytes"]
            await self._transport.put(part["url"], partial(file.read, start, end), part["headers"])
            start = end
        return Upload.model_validate(await self._transport.json("POST", f"/uploads/{ticket['id']}/complete"))


def _describe(file: ImageFile, multipart_bytes: int) -> dict[str, Any]:
    described = {
        "content_type": file.content_type(),
        "bytes": file.size,
        "method": "multipart" if file.size >= multipart_bytes else "put",
    }
    return described if file.name is None else {**described, "name": file.name[-255:]}
