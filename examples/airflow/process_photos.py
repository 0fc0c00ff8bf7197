"""A folder of photos as a task of Apache Airflow. The callable knows nothing of Airflow; ``photos_dag.py`` hands it over.

It may be tried again: photos whose result is there are left alone.
"""

from __future__ import annotations

from pathlib import Path

from packshot import Packshot

IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".tiff", ".avif"}


class PhotosFailed(RuntimeError):
    """Some cannot be processed, and would not be if it were tried again; what came of the others is there."""

    retryable = False


def process_photos(
    source: str, target: str, *, base_url: str, api_key: str | None = None, preset: str = "default", batch: int = 100
) -> dict[str, int]:
    """Writes the result of each photo of ``source`` to ``target``. Raises ``PhotosFailed`` with the names of those without one,
    or ``PackshotError``; both say whether it is ``retryable``."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    done = {path.stem for path in folder.iterdir() if path.suffix != ".part"}
    photos = sorted(path for path in Path(source).iterdir() if path.suffix.lower() in IMAGES and path.stem not in done)
    failures: list[str] = []
    with Packshot(base_url, api_key) as packshot:
        for start in range(0, len(photos), batch):
            failures += _process_batch(packshot, photos[start : start + batch], folder, preset)
    if failures:
        raise PhotosFailed(f"{len(failures)} of {len(photos)} photos failed:\n" + "\n".join(failures))
    return {"processed": len(photos), "done_before": len(done)}


def _process_batch(packshot: Packshot, photos: list[Path], folder: Path, preset: str) -> list[str]:
    uploads = packshot.uploads.create_many(photos)
    job = packshot.jobs.create([{"upload": upload.id} for upload in uploads], preset=preset)
    packshot.jobs.wait(job.id)
    failures = []
    for photo, item in zip(photos, packshot.jobs.items(job.id)):
        if item.result is None:
            failures.append(f"{photo.name}: {item.error.code if item.error else item.status}")
            continue
        ending = item.result.content_type.split("/")[1].replace("jpeg", "jpg")
        part = folder / f"{photo.stem}.part"
        part.write_bytes(packshot.jobs.result(job.id, item.id))
        part.rename(folder / f"{photo.stem}.{ending}")
    return failures
