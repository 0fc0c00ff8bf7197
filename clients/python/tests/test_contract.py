"""The views say nothing that the contract does not: each of their fields is in `/openapi.json`, as certain as they have it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from packshot import views

SCHEMAS: dict[str, type[BaseModel]] = {
    "Job": views.Job,
    "JobCounts": views.JobCounts,
    "Item": views.Item,
    "ItemError": views.ItemError,
    "File": views.File,
    "StageReport": views.StageReport,
    "Upload": views.Upload,
    "WebhookSecret": views.WebhookSecret,
    "Model": views.Model,
    "ModelList": views.ModelList,
}


def may_be_null(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    return "null" in ([kinds] if isinstance(kinds, str) else kinds) or any(map(may_be_null, schema.get("anyOf", [])))


@pytest.fixture(scope="session")
def schemas(server: str) -> dict[str, Any]:
    return httpx.get(f"{server}/openapi.json").json()["components"]["schemas"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_is_as_the_contract_has_it(schemas: dict[str, Any], name: str) -> None:
    schema, view = schemas[name], SCHEMAS[name]
    for field, info in view.model_fields.items():
        assert field in schema["properties"], f"{name} has no {field}"
        if info.is_required():
            assert field in schema["required"], f"{name}.{field} may be absent"
        null_is_fine = type(None) in getattr(info.annotation, "__args__", ())
        assert null_is_fine or not may_be_null(schema["properties"][field]), f"{name}.{field} may be null"


def test_knows_every_status(schemas: dict[str, Any]) -> None:
    for name, statuses in (("Job", views.JobStatus), ("Item", views.ItemStatus)):
        assert schemas[name]["properties"]["status"]["enum"] == list(statuses.__args__)
