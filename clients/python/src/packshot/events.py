"""What happens to a job, as it happens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from .transport import Transport

_COME_BACK = 1.0


@dataclass(frozen=True)
class Event:
    """``data``: of ``job`` and ``reset`` the whole job; of ``item`` its id, index, custom_id, status, attempts and error; of
    ``progress`` the share done and the counts. ``reset`` stands for events that the server no longer holds."""

    type: Literal["job", "item", "progress", "reset"]
    #: What to come back with after a cut; None when the event has none.
    id: str | None
    data: dict[str, Any]


def follow_job(transport: Transport, path: str, last_event_id: str | None) -> Iterator[Event]:
    """Each event once and in order until the job has ended. After a cut it comes back, and goes on after the last event."""
    last, ended = last_event_id, False
    while True:
        headers = {"accept": "text/event-stream", **({} if last is None else {"last-event-id": last})}
        response = transport.send("GET", path, headers=headers, stream=True)
        try:
            if response.status_code == 204:
                return
            for event in read_events(response.iter_lines()):
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
        time.sleep(_COME_BACK)


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Server-sent events (WHATWG HTML, section 9.2.6). One that was cut off is dropped."""
    fields: dict[str, str] = {}
    for line in lines:
        if line == "":
            if "data" in fields:
                yield Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))  # type: ignore[arg-type]
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
