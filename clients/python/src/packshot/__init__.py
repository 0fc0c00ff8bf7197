"""Packshot from Python: jobs, uploads, events, webhooks. ``Packshot`` blocks, ``AsyncPackshot`` is for asyncio."""

from . import webhooks
from .aio.client import AsyncPackshot
from .blocking.client import Packshot
from .errors import PackshotError
from .events import Event
from .files import ImageSource
from .processed import Processed
from .views import File, Item, ItemError, Job, JobCounts, Model, ModelList, Upload, WebhookSecret

__all__ = [
    "AsyncPackshot",
    "Event",
    "File",
    "ImageSource",
    "Item",
    "ItemError",
    "Job",
    "JobCounts",
    "Model",
    "ModelList",
    "Packshot",
    "PackshotError",
    "Processed",
    "Upload",
    "WebhookSecret",
    "webhooks",
]
