"""Images on this machine: paths, bytes or open files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Union

from .errors import PackshotError

#: A path, whose file is read when it is sent; or the bytes, alone or with a name: ``("shoe.jpg", data)``.
ImageSource = Union[str, "PathLike[str]", bytes, tuple[str, bytes]]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class ImageFile:
    name: str | None
    size: int
    data: bytes | Path

    @classmethod
    def of(cls, source: ImageSource) -> ImageFile:
        if isinstance(source, bytes):
            return cls(None, len(source), source)
        if isinstance(source, tuple):
            name, data = source
            return cls(name, len(data), data)
        path = Path(fspath(source))
        return cls(path.name, path.stat().st_size, path)

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        if isinstance(self.data, bytes):
            return self.data[start:end]
        with self.data.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, self.size, _CHUNK):
            yield self.read(start, min(self.size, start + _CHUNK))

    def content_type(self) -> str:
        """By its first bytes, as the server looks at it."""
        if self.size == 0:
            raise PackshotError("empty_file", f"{self.name or 'The image'} is empty.")
        head = self.read(0, 64)
        for content_type, matches in _FORMATS:
            if matches(head):
                return content_type
        raise PackshotError("unsupported_format", f"{self.name or 'The image'} is no image that Packshot reads.")


_FORMATS: list[tuple[str, Callable[[bytes], bool]]] = [
    ("image/jpeg", lambda head: head[:3] == b"\xff\xd8\xff"),
    ("image/png", lambda head: head[:8] == b"\x89PNG\r\n\x1a\n"),
    ("image/webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("image/tiff", lambda head: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("image/avif", lambda head: head[4:8] == b"ftyp" and (b"avif" in head[8:] or b"avis" in head[8:])),
    ("image/gif", lambda head: head[:6] in (b"GIF87a", b"GIF89a")),
    ("image/bmp", lambda head: head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"),
]
