from __future__ import annotations

import pytest
from process_photos import process_photos


def test_processes_a_folder_once_and_says_what_failed(server, photo, tmp_path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        (source / name).write_bytes(photo)
    (source / "notes.txt").write_text("no photo")
    assert process_photos(str(source), str(target), base_url=server, preset="restore", batch=2) == {"processed": 3, "done_before": 0}
    assert sorted(path.name for path in target.iterdir()) == ["a.jpg", "b.jpg", "c.jpg"]
    assert process_photos(str(source), str(target), base_url=server) == {"processed": 0, "done_before": 3}
    (source / "broken.png").write_bytes(photo[: len(photo) // 2])
    with pytest.raises(RuntimeError, match="broken.png: corrupt_image"):
        process_photos(str(source), str(target), base_url=server)
