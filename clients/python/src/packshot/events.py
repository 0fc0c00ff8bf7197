"""What happens to a job, as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Event:
    """``data``: of ``job`` and ``reset`` the whole job; of ``item`` its id, index, custom_id, status, attempts and error; of
    ``progress`` the share done and the counts. ``reset`` stands for events that the server no longer holds."""

    type: Literal["job", "item", "progress", "reset"]
    #: What to come back with after a cut; None when the event has none.
    id: str | None
    data: dict[str, Any]


@dataclass
class EventLines:
    """Makes events of the lines of a stream (WHATWG HTML, section 9.2.6). One that was cut off is dropped."""

    _fields: dict[str, str] = field(default_factory=dict)

    def feed(self, line: str) -> Event | None:
        """The event that ends with this line."""
        fields = self._fields
        if line == "":
            self._fields = {}
            if "data" in fields:
                return Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))  # type: ignore[arg-type]
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        return None
