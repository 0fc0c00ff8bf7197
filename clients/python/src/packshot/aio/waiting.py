"""How this client waits, and does several things at once. ``blocking/waiting.py`` does the same with threads."""

from __future__ import annotations

from asyncio import Semaphore, create_task, sleep
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

__all__ = ["in_order", "sleep", "streamed"]


async def in_order(
    function: Callable[[Any, Any], Awaitable[Any]], ones: Sequence[Any], others: Sequence[Any], concurrency: int
) -> AsyncGenerator[Any, None]:
    """What the function makes of each pair, in their order, so many at a time."""
    places = Semaphore(concurrency)

    async def run(one: Any, other: Any) -> Any:
        async with places:
            return await function(one, other)

    tasks = [create_task(run(one, other)) for one, other in zip(ones, others)]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def streamed(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """As the body of a request."""
    for chunk in chunks:
        yield chunk
