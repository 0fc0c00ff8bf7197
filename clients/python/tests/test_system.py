"""The client against a whole Packshot, whose images lie in a real bucket."""

from __future__ import annotations

import json
import os

import pytest

from packshot import Job, Packshot, PackshotError, webhooks

SECRET = os.environ["PACKSHOT_TEST_SECRET"]


@pytest.mark.parametrize("count", [5, 500])
def test_sends_a_batch_straight_to_the_bucket_and_is_told_by_events_and_by_a_webhook(packshot, photo, receiver, count) -> None:
    uploads = packshot.uploads.create_many([(f"p{index}.png", photo) for index in range(count)])
    assert [upload.name for upload in uploads] == [f"p{index}.png" for index in range(count)]
    items = [{"upload": upload.id, "custom_id": f"sku-{index}"} for index, upload in enumerate(uploads)]
    job = packshot.jobs.create(items, pipeline={"output": {"format": "webp"}}, webhook_url=receiver.url)

    succeeded = set()
    for event in packshot.jobs.events(job.id):
        if event.type == "item" and event.data["status"] == "succeeded":
            succeeded.add(event.data["custom_id"])
    assert len(succeeded) == count

    call = receiver.calls.get(timeout=30)
    payload = packshot.webhooks.verify(call.body, call.headers, SECRET)
    assert payload["type"] == "job.succeeded"
    assert (payload["data"]["id"], payload["data"]["counts"]["succeeded"]) == (job.id, count)
    with pytest.raises(PackshotError):
        webhooks.verify(call.body + b" ", call.headers, SECRET)

    views = list(packshot.jobs.items(job.id, status="succeeded"))
    assert [view.index for view in views] == list(range(count))
    assert views[0].result is not None and views[0].result.content_type == "image/webp"
    assert packshot.jobs.result(job.id, views[0].id)[8:12] == b"WEBP"
    assert packshot.jobs.original(job.id, views[0].id) == photo


def test_processes_one_image_and_raises_its_error_by_its_code(packshot, photo, tmp_path) -> None:
    path = tmp_path / "shoe.png"
    path.write_bytes(photo)
    processed = packshot.process(path, pipeline={"output": {"format": "webp"}})
    assert (processed.content_type, processed.image[8:12]) == ("image/webp", b"WEBP")
    assert packshot.jobs.get(processed.job_id).priority == "interactive"
    with pytest.raises(PackshotError) as raised:
        packshot.process(photo[: len(photo) // 2], pipeline={})
    assert raised.value.code == "corrupt_image"


def test_sends_a_file_in_parts(packshot, photo, tmp_path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(photo + bytes(9_000_000 - len(photo)))
    upload = packshot.uploads.create(path, multipart_bytes=5_000_000)
    assert (upload.status, upload.method, upload.bytes) == ("arrived", "multipart", 9_000_000)


def test_makes_waits_for_lists_and_deletes_a_job_of_files(packshot, photo) -> None:
    job = packshot.jobs.create([{"custom_id": "one"}], files=[("a.png", photo), photo], pipeline={}, metadata={"order": "7"})
    seen = []
    ended = packshot.jobs.wait(job.id, timeout=60, on_progress=seen.append)
    assert (ended.status, ended.metadata, seen[-1]) == ("succeeded", {"order": "7"}, ended)
    assert [item.custom_id for item in packshot.jobs.items(job.id)] == ["one", None]
    assert job.id in [listed.id for listed in packshot.jobs.list(custom_id="one")]
    told = [event.id for event in packshot.jobs.events(job.id, last_event_id="0")]
    assert len(told) == len(set(told)) >= 4
    assert list(packshot.jobs.events(job.id, last_event_id=told[-1])) == []
    archive = packshot.jobs.archive(job.id, ["report"])
    assert next(archive.iter_bytes())[:2] == b"PK"
    archive.close()
    packshot.jobs.delete(job.id)
    with pytest.raises(PackshotError) as raised:
        packshot.jobs.get(job.id)
    assert (raised.value.code, raised.value.status) == ("not_found", 404)


def test_lists_models_and_knows_its_secret(packshot: Packshot) -> None:
    models = packshot.models.list()
    assert models.as_of is not None
    assert "compact-cutout" in [model.id for model in models.models]
    assert packshot.webhooks.secret().secret == SECRET


def test_says_what_is_wrong_with_an_image_before_anything_is_sent(packshot: Packshot) -> None:
    for data, code in ((b"no image", "unsupported_format"), (b"", "empty_file")):
        with pytest.raises(PackshotError) as raised:
            packshot.uploads.create(("notes.txt", data))
        assert (raised.value.code, raised.value.status) == (code, None)


def test_reads_fields_and_words_of_later_versions_and_jobs_of_earlier_ones(packshot, photo) -> None:
    view = json.loads(packshot.jobs.create(files=[photo], pipeline={}).model_dump_json())
    later = Job.model_validate({**view, "invented": 1, "status": "paused", "priority": "urgent"})
    assert (later.invented, later.status, later.priority, later.ended) == (1, "paused", "urgent", True)
    del view["pipeline"]["compose"]
    assert Job.model_validate(view).pipeline.compose is False


def test_takes_the_pipeline_of_another_job(packshot, photo) -> None:
    first = packshot.jobs.create(files=[photo], pipeline={"denoise": True, "shadow": {"mode": "keep"}})
    assert first.pipeline.shadow and first.pipeline.shadow.mode == "keep"
    again = packshot.jobs.create([{"pipeline": {"output": first.pipeline.output}}], files=[photo], pipeline=first.pipeline)
    assert again.pipeline == first.pipeline
