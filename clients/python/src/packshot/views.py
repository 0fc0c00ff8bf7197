"""What the server answers. Fields of later versions are kept, and can be read as attributes too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

JobStatus = Literal["queued", "processing", "succeeded", "partially_succeeded", "failed", "canceled", "expired"]
ItemStatus = Literal["queued", "processing", "succeeded", "failed", "canceled"]


class View(BaseModel):
    # `model` is a field of stages and no method of pydantic's.
    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


class ItemError(View):
    code: str
    message: str
    retryable: bool


class JobCounts(View):
    total: int
    queued: int
    processing: int
    succeeded: int
    failed: int
    canceled: int


class Job(View):
    id: str
    status: JobStatus
    progress: float
    run: int
    counts: JobCounts
    pipeline: dict[str, Any]
    metadata: dict[str, str]
    priority: Literal["interactive", "bulk"]
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime
    error: ItemError | None
    links: dict[str, str]

    @property
    def ended(self) -> bool:
        return self.status not in ("queued", "processing")


class File(View):
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    #: Where it can be fetched without a key, until `expires_at`.
    url: str
    expires_at: datetime


class Input(View):
    name: str | None
    content_type: str | None
    width: int | None
    height: int | None
    bytes: int | None
    sha256: str | None


class StageReport(View):
    name: str
    model: str | None
    provider: str | None
    skipped: str | None
    duration_ms: float
    confidence: float | None = None
    notes: list[str] = []


class Item(View):
    id: str
    custom_id: str | None
    index: int
    status: ItemStatus
    progress: float
    stage: str | None
    attempts: int
    input: Input
    result: File | None
    also: dict[str, File]
    stages: list[StageReport]
    timings_ms: dict[str, float]
    notes: list[str]
    error: ItemError | None
    links: dict[str, str]


class Upload(View):
    id: str
    status: Literal["waiting", "arrived"]
    method: Literal["put", "post", "multipart"]
    content_type: str
    bytes: int
    name: str | None
    created_at: datetime
    expires_at: datetime
    links: dict[str, str]


class WebhookSecret(View):
    secret: str
    previous: list[dict[str, Any]]


class Model(View):
    id: str
    task: str
    description: str
    installed: bool
    default: bool
    supported: bool
    licence: dict[str, Any]
    packs: list[str]
    loaded: list[dict[str, Any]]


class ModelList(View):
    #: None: no worker is alive that could say.
    as_of: datetime | None
    models: list[Model]
