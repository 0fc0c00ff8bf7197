"""Compares Packshot's matting by ViTMatte with the path as the model's authors have it, on a reduced network.

    python -m parity.vitmatte PHOTO...      (in models/export)

Prints a line of JSON for the right export and for each planted fault; ends with 1 when one is not as it should be.
"""

import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from architectures import ARCHITECTURES
from export import random_network, size_of, write

from .cases import EXACT, Case
from .faults import Skipped
from .reference import read_photo, to_bytes
from .run_parity import ROOT, SEED, report, shrink, steps_apart

CASE = Case("vitmatte-small", "background", reference=None, size={}, dropped="decoder.fusion_blocks.1.conv", tolerance=EXACT)
UNKNOWN = 128


def matte(network, photo, trimap):
    """8-bit alpha. `photo` [H,W,3] in 0..1; `trimap` bytes: 0 background, 128 unknown, 255 foreground."""
    height, width = trimap.shape
    stacked = np.concatenate([(photo - 0.5) / 0.5, trimap[:, :, None] / 255], 2).transpose(2, 0, 1)
    # Zeros behind the normalisation: mid-grey, and background in the trimap.
    padded = np.zeros((4, height + -height % 32, width + -width % 32), np.float32)
    padded[:, :height, :width] = stacked
    with torch.no_grad():
        alpha = network(torch.from_numpy(padded[None]))[0, 0, :height, :width].numpy()
    return np.where(trimap == UNKNOWN, to_bytes(alpha.astype(np.float64)), trimap)


def trimap_of(photo):
    """An ellipse of foreground with a broad unknown border: what it shows is of no matter here."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    return np.select([away < 0.2, away < 0.45], [255, UNKNOWN], 0).astype(np.uint8)


class ReversedColours(nn.Module):
    """Takes BGR for RGB; the trimap stays the last."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, stacked):
        return self.network(stacked[:, [2, 1, 0, 3]])


def dropped(network):
    network.set_submodule(CASE.dropped, Skipped(network.get_submodule(CASE.dropped)))
    return network


def wrong_mean(record):
    record["graphs"]["main"]["inputs"][0]["mean"] = [0.485, 0.456, 0.406]


def wrong_padding(record):
    record["size"]["pad_after_normalisation"] = False


FAULTS = {
    "wrong mean": (lambda network: network, wrong_mean),
    "second sigmoid": (lambda network: nn.Sequential(network, nn.Sigmoid()), lambda record: None),
    "swapped channels": (ReversedColours, lambda record: None),
    "dropped block": (dropped, lambda record: None),
    "wrong padding": (lambda network: network, wrong_padding),
}


def differences(network, record, photos, expected, folder):
    folder.mkdir()
    architecture = ARCHITECTURES[CASE.model]
    write(architecture, network.eval(), size_of(architecture, small=True), str(folder / "model.onnx"))
    problems = []
    for index, photo in enumerate(photos):
        trimap = folder / f"trimap-{index}.png"
        Image.fromarray(trimap_of(read_photo(photo))).save(trimap)
        problems.append({"photo": str(photo), "trimap": str(trimap), "out": str(folder / f"alpha-{index}.png")})
    (folder / "job.json").write_text(json.dumps({"record": record, "model": str(folder / "model.onnx"), "problems": problems}))
    script = Path(__file__).parent / "run-matte.mjs"
    run = subprocess.run(["node", script, folder / "job.json"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        return run.stderr.strip()[-500:]
    return [steps_apart(np.asarray(Image.open(problem["out"])), alpha) for problem, alpha in zip(problems, expected)]


def main():
    record = json.loads((ROOT / "models" / "registry" / f"{CASE.model}.json").read_text())
    network = random_network(ARCHITECTURES[CASE.model], SEED, small=True)
    with tempfile.TemporaryDirectory(prefix="packshot-parity-") as temporary:
        folder = Path(temporary)
        photos = [shrink(path, folder / f"photo-{index}.png") for index, path in enumerate(sys.argv[1:])]
        expected = [matte(network, read_photo(photo), trimap_of(read_photo(photo))) for photo in photos]
        fine = report(CASE, "none", differences(network, record, photos, expected, folder / "right"), agrees=True)
        for name, (spoil_network, spoil_record) in FAULTS.items():
            spoilt, spoilt_record = spoil_network(copy.deepcopy(network)), copy.deepcopy(record)
            spoil_record(spoilt_record)
            found = differences(spoilt, spoilt_record, photos, expected, folder / name)
            fine &= report(CASE, name, found, agrees=False)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
