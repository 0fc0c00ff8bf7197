"""Packshot from Python: jobs, uploads, events and webhooks."""

from . import webhooks
from .client import Packshot, Processed
from .errors import PackshotError
from .events import Event
from .files import ImageSource
from .views import File, Item, ItemError, Job, JobCounts, Model, ModelList, Upload, WebhookSecret

__all__ = [
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
