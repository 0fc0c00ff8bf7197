"""The client for asyncio against the same Packshot; what the blocking one shares with it is proven there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from packshot import AsyncPackshot, PackshotError

SECRET = os.environ["PACKSHOT_TEST_SECRET"]


def test_sends_a_batch_straight_to_the_bucket_and_is_told_by_events_and_by_a_webhook(server, photo, receiver) -> None:
    async def story() -> None:
        async with AsyncPackshot(server) as packshot:
            uploads = await packshot.uploads.create_many([(f"p{index}.png", photo) for index in range(60)])
            assert [upload.name for upload in uploads] == [f"p{index}.png" for index in range(60)]
            items = [{"upload": upload.id, "custom_id": f"sku-{index}"} for index, upload in enumerate(uploads)]
            pipeline = {"output": {"format": "webp", "also": ["preview"]}}
            job = await packshot.jobs.create(items, pipeline=pipeline, webhook_url=receiver.url)
            succeeded = [
                event.data["custom_id"]
                async for event in packshot.jobs.events(job.id)
                if event.type == "item" and event.data["status"] == "succeeded"
            ]
            assert sorted(succeeded) == sorted(item["custom_id"] for item in items)
            call = receiver.calls.get(timeout=30)
            assert packshot.webhooks.verify(call.body, call.headers, SECRET)["data"]["id"] == job.id
            views = [view async for view in packshot.jobs.items(job.id)]
            assert [view.index for view in views] == list(range(60))
            assert (await packshot.jobs.result(job.id, views[0].id))[8:12] == b"WEBP"
            assert (await packshot.jobs.beside(job.id, views[0].id, "preview"))[:3] == b"\xff\xd8\xff"
            assert await packshot.jobs.original(job.id, views[0].id) == photo
            archive = await packshot.jobs.archive(job.id, ["report"])
            assert (await anext(archive.aiter_bytes()))[:2] == b"PK"
            await archive.aclose()

    asyncio.run(story())


def test_many_images_are_processed_at_once_on_one_loop_and_each_error_reaches_its_own_call(server, photo) -> None:
    async def story() -> None:
        async with AsyncPackshot(server) as packshot:
            sources = [photo[: len(photo) // 2] if index == 3 else photo for index in range(8)]
            calls = (packshot.process(source, pipeline={"output": {"format": "webp"}}) for source in sources)
            answers = await asyncio.gather(*calls, return_exceptions=True)
        wrong = answers.pop(3)
        assert isinstance(wrong, PackshotError) and wrong.code == "corrupt_image"
        assert {answer.content_type for answer in answers} == {"image/webp"}
        assert len({answer.job_id for answer in answers}) == 7

    asyncio.run(story())


def test_a_file_goes_in_parts_and_a_wait_can_be_canceled(server, photo, tmp_path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(photo + bytes(9_000_000 - len(photo)))

    async def story() -> None:
        async with AsyncPackshot(server) as packshot:
            upload = await packshot.uploads.create(path, multipart_bytes=5_000_000)
            assert (upload.status, upload.method) == ("arrived", "multipart")
            job = await packshot.jobs.create(files=[photo], pipeline={})
            assert (await packshot.jobs.wait(job.id, timeout=60)).status == "succeeded"
            with pytest.raises(PackshotError) as raised:
                await packshot.jobs.retry("job_nonsense")
            assert raised.value.code == "not_found"
            waiting = asyncio.create_task(packshot.jobs.wait(job.id))
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(story())


def test_the_blocking_client_is_what_is_written_from_this_one() -> None:
    script = Path(__file__).parents[1] / "unasync.py"
    answer = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, "")
