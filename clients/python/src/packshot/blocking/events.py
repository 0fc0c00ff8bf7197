# Written by unasync.py from ../aio/events.py: change that one.
"""Follows a job."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from ..events import Event, EventLines
from .transport import Transport
from .waiting import sleep

_COME_BACK = 1.0


def follow_job(transport: Transport, path: str, last_event_id: str | None) -> Iterator[Event]:
    """Each event once and in order until the job has ended. After a cut it comes back, and goes on where it was."""
    last, ended = last_event_id, False
    while True:
        headers = {"accept": "text/event-stream", **({} if last is None else {"last-event-id": last})}
        response = transport.send("GET", path, headers=headers, stream=True)
        try:
            if response.status_code == 204:
                return
            lines = EventLines()
            for line in response.iter_lines():
                event = lines.feed(line)
                if event is None:
                    continue
                last = event.id or last
                if event.type in ("job", "reset"):
                    ended = event.data["status"] not in ("queued", "processing")
                yield event
        except httpx.TransportError:
            pass
        finally:
            response.close()
        if ended:
            return
        sleep(_COME_BACK)
