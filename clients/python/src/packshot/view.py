"""What the views have in common. They themselves are in ``views.py``, made from the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python


class View(BaseModel):
    """What the server answers. Fields of later versions are kept, and can be read as attributes too."""

    # `model` is a field of stages and no method of pydantic's.
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


class JobView(View):
    status: str

    @property
    def ended(self) -> bool:
        return self.status not in ("queued", "processing")


def plain(value: Any) -> Any:
    """As JSON has it. Views may be sent again: ``pipeline=job.pipeline``."""
    return to_jsonable_python(value, exclude_none=True)
