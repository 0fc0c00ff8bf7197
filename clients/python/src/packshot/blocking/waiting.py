"""How this client waits, and does several things at once. ``aio/waiting.py`` does the same on one event loop."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

__all__ = ["in_order", "sleep", "streamed"]


def in_order(
    function: Callable[[Any, Any], Any], ones: Sequence[Any], others: Sequence[Any], concurrency: int
) -> Generator[Any, None, None]:
    """What the function makes of each pair, in their order, so many at a time."""
    with ThreadPoolExecutor(concurrency) as pool:
        tasks = [pool.submit(function, one, other) for one, other in zip(ones, others)]
        try:
            for task in tasks:
                yield task.result()
        finally:
            for task in tasks:
                task.cancel()


def streamed(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """As the body of a request."""
    return chunks
