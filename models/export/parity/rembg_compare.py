"""Compares Packshot's masks with those of rembg, from one and the same ONNX file, in its compatibility mode.

    pip install rembg==2.0.86 pillow==12.3.0 onnxruntime==1.31.1
    python rembg_compare.py --file MODEL=FILE... PHOTO...

Pillow before 13: that one resizes in another order, and rounds differently then. Models are ids of the registry; a file may hold
trained weights, or random ones of `export.py --random --small --size 1024x1024`. Masks may differ by a step of 8 bits in the mean
of a photo. Prints a line of JSON for each; ends with 1 when one differs by more.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

HERE = Path(__file__).resolve().parent
MOST = 1.0
#: Models of the registry, and the session of rembg that runs such a file.
SESSIONS = {
    "u2netp": ("u2net_custom", "U2netCustomSession"),
    "u2net": ("u2net_custom", "U2netCustomSession"),
    "isnet-general-use": ("dis_custom", "DisCustomSession"),
    "isnet-medium": ("dis_custom", "DisCustomSession"),
    "birefnet-general": ("birefnet_general", "BiRefNetSessionGeneral"),
}


def their_masks(model, file, photos, home):
    """What rembg answers. It takes files from its own folder alone."""
    os.environ["REMBG_HOME"] = str(home)
    module, name = SESSIONS[model]
    session_class = getattr(import_module(f"rembg.sessions.{module}"), name)
    target = home / "models" / session_class.name() / f"{session_class.name()}.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)
    session = session_class(session_class.name(), onnxruntime.SessionOptions(), model_path=str(target))
    return [np.asarray(session.predict(Image.open(photo).convert("RGB"))[0]) for photo in photos]


def our_masks(model, file, photos, out):
    out.mkdir(parents=True)
    job = {
        "record": str(HERE.parents[1] / "registry" / f"{model}.json"),
        "files": {"model.onnx": str(Path(file).resolve())},
        "photos": [{"path": str(photo), "background": {"compatibility": "rembg"}} for photo in photos],
        "out": str(out),
    }
    (out / "job.json").write_text(json.dumps(job))
    subprocess.run(["node", HERE / "packshot-masks.mjs", out / "job.json"], check=True)
    return [np.asarray(Image.open(out / f"{index}.png")) for index in range(len(photos))]


def compare(model, file, photos, folder):
    """Whether the masks of all photos agree."""
    ours = our_masks(model, file, photos, folder / "packshot" / model)
    theirs = their_masks(model, file, photos, folder / "rembg")
    fine = True
    for photo, mine, other in zip(photos, ours, theirs):
        apart = np.abs(mine.astype(int) - other)
        line = {"model": model, "photo": photo.name, "mean": round(float(apart.mean()), 4), "largest": int(apart.max())}
        print(json.dumps(line | {"contrast": round(float(other.std()), 1)}), flush=True)
        fine &= apart.mean() <= MOST
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", action="append", required=True, metavar="MODEL=FILE", help=", ".join(SESSIONS))
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    given = parser.parse_args()
    photos = [photo.resolve() for photo in given.photos]
    with tempfile.TemporaryDirectory(prefix="packshot-rembg-") as folder:
        results = [compare(*pair.split("=", 1), photos, Path(folder)) for pair in given.file]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
