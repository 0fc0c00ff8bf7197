"""Compares Packshot's masks with those of rembg, from one and the same ONNX file, in its compatibility mode.

    pip install rembg==2.0.86 pillow==12.0.0
    python -m parity.rembg_compare [--only MODEL] [--file MODEL=FILE] PHOTO...      (in models/export)

Pillow before 13: that one resizes in another order, and rounds differently then. Files hold the networks at the size that rembg has, with few channels and random weights, or those given by `--file`.
Masks may differ by a step of 8 bits in the mean of a photo. Prints a line of JSON for each photo; ends with 1 when one differs by more.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from architectures import ARCHITECTURES
from export import random_network, write

from .cases import RESIZED, Case
from .run_parity import ROOT, SEED, process

MOST = 1.0
#: Models of the registry, and the session of rembg that runs such a file.
SESSIONS = {
    "u2net": ("u2net_custom", "U2netCustomSession"),
    "isnet-general-use": ("dis_custom", "DisCustomSession"),
    "birefnet-general": ("birefnet_general", "BiRefNetSessionGeneral"),
}
PARAMETERS = {"matting": "none", "compatibility": "rembg", "decontaminate": False}


def their_masks(model, file, photos):
    """What rembg answers. It takes files from its own folder alone."""
    module, name = SESSIONS[model]
    home = Path(os.environ["REMBG_HOME"])
    session_class = getattr(__import__(f"rembg.sessions.{module}", fromlist=[name]), name)
    target = home / "models" / session_class.name() / f"{session_class.name()}.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)
    session = session_class(session_class.name(), onnxruntime.SessionOptions(), model_path=str(target))
    return [np.asarray(session.predict(Image.open(photo).convert("RGB"))[0]) for photo in photos]


def our_masks(model, file, photos, folder):
    record = json.loads((ROOT / "models" / "registry" / f"{model}.json").read_text())
    content = Path(file).read_bytes()
    shutil.copy(file, folder / "model.onnx")
    bundled = {"role": "main", "path": "model.onnx", "bundled": "model.onnx"}
    bundled |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    case = Case(model, "background", reference=None, size={}, dropped="", tolerance=RESIZED, answer="mask.png")
    masks = process(case, record | {"files": [bundled], "packs": []}, PARAMETERS, photos, folder, "out")
    if isinstance(masks, str):
        raise SystemExit(f"{model}: {masks}")
    return masks


def compare(model, file, photos, folder):
    folder.mkdir(parents=True)
    if file is None:
        file = folder / "random.onnx"
        architecture = ARCHITECTURES[model]
        write(architecture, random_network(architecture, SEED, small=True), architecture.size, str(file))
    fine = True
    for photo, ours, theirs in zip(photos, our_masks(model, file, photos, folder), their_masks(model, file, photos)):
        apart = np.abs(ours.astype(int) - theirs)
        line = {"model": model, "photo": Path(photo).name, "mean": round(float(apart.mean()), 4), "largest": int(apart.max())}
        print(json.dumps(line | {"contrast": round(float(theirs.std()), 1)}), flush=True)
        fine &= apart.mean() <= MOST
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument("--only", choices=SESSIONS, metavar="MODEL")
    parser.add_argument("--file", action="append", default=[], metavar="MODEL=FILE")
    given = parser.parse_args()
    files = dict(pair.split("=", 1) for pair in given.file)
    photos = [str(Path(photo).resolve()) for photo in given.photos]
    fine = True
    with tempfile.TemporaryDirectory(prefix="packshot-rembg-") as folder:
        os.environ["REMBG_HOME"] = folder
        for model in SESSIONS:
            if given.only in (None, model):
                fine &= compare(model, files.get(model), photos, Path(folder) / f"{model}-packshot")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
