"""Writes what the restoration models are scored on, and what methods without weights make of the same, for `score.mjs`.

    python cases.py --backgrounds DIR --photos DIR --mattes DIR --out DIR

`cases.json` lists cases {suite, fault, name, input, truth, baselines} of the 20 evaluation patches. A picture is
{file, width, height}: little-endian float32 [3,H,W], 0..1 sRGB, not clipped where the noise is not. `grabcut` maps a
photo's name to its alpha by GrabCut in the same form, [1,H,W].
"""

import argparse
import json
import os
import sys

import cv2
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "training"))

from cutout.score import grabcut, load_references  # noqa: E402
from deblur.baselines import METHODS  # noqa: E402
from deblur.degradations import evaluation_blur, evaluation_kernels  # noqa: E402
from denoise.degradations import as_stored, to_linear, to_srgb  # noqa: E402
from photographs import HELD_OUT, add_gaussian_noise, evaluation_patches  # noqa: E402

PHOTONS = 400
"""How many a white pixel collects, for the Poisson-Gaussian noise; about a phone indoors."""

READ_NOISE = 2 / 255
PILLOW = {"bicubic (Pillow)": Image.Resampling.BICUBIC, "Lanczos-3 (Pillow)": Image.Resampling.LANCZOS}


class Writer:
    def __init__(self, folder):
        self.folder, self.count, self.cases = folder, 0, []

    def picture(self, values):
        """float [H,W,C], or [H,W], in 0..1."""
        planes = values.transpose(2, 0, 1) if values.ndim == 3 else values[None]
        name = f"{self.count:04}.f32"
        self.count += 1
        np.ascontiguousarray(planes, "<f4").tofile(os.path.join(self.folder, name))
        return {"file": name, "width": planes.shape[2], "height": planes.shape[1]}

    def case(self, suite, fault, name, bad, truth, baselines):
        """`truth`: a picture written before, shared by its cases."""
        answers = {key: self.picture(values) for key, values in baselines.items()}
        case = {"suite": suite, "fault": fault, "name": name, "input": self.picture(bad), "truth": truth}
        self.cases.append(case | {"baselines": answers})


def to_bytes(picture):
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def non_local_means(picture):
    """OpenCV's non-local means at strength 20, windows of 7 and 21, on the picture as a file would hold it."""
    return cv2.fastNlMeansDenoisingColored(to_bytes(picture), None, 20, 20, 7, 21).astype(np.float32) / 255


def jpeg(picture, quality):
    _, file = cv2.imencode(".jpg", to_bytes(picture)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def poisson_gaussian(picture, index):
    """Shot noise of PHOTONS in linear light and READ_NOISE, stored in 8 bits."""
    rng = np.random.default_rng(3000 + index)
    linear = rng.poisson(to_linear(picture) * PHOTONS) / PHOTONS + rng.normal(0, READ_NOISE, picture.shape)
    return as_stored(to_srgb(np.clip(linear, 0, 1)))


def shrunk(picture, factor):
    """By box filter, stored in 8 bits."""
    height, width = (side // factor for side in picture.shape[:2])
    return as_stored(picture.reshape(height, factor, width, factor, 3).mean((1, 3)))


def enlarged(picture, factor, kernel):
    small = Image.fromarray(to_bytes(picture))
    large = small.resize((small.width * factor, small.height * factor), kernel)
    return np.asarray(large, np.float32) / 255


def degraded(picture, factor, index):
    """A shop's bad source: soft, small, a little noisy, JPEG of quality 60."""
    soft = shrunk(cv2.GaussianBlur(picture, (0, 0), 0.6 * factor), factor)
    noise = np.random.default_rng(4000 + index).normal(0, 4 / 255, soft.shape)
    return jpeg(soft + noise, 60)


def write_denoise(out, name, index, picture, patch, truth):
    faults = {f"sigma {s}": add_gaussian_noise(patch, s, index)[0].permute(1, 2, 0).numpy() for s in (15, 25, 50)}
    faults["Poisson-Gaussian"] = poisson_gaussian(picture, index)
    faults |= {f"JPEG {q}": jpeg(picture, q) for q in (40, 75)}
    for fault, bad in faults.items():
        out.case("denoise", fault, name, bad, truth, {"non-local means (OpenCV)": non_local_means(bad)})
    out.case("denoise", "clean", name, picture, truth, {"non-local means (OpenCV)": non_local_means(picture)})


def write_deblur(out, name, index, picture, truth):
    for fault, kernel in evaluation_kernels(index).items():
        bad = evaluation_blur(picture, kernel, index)
        answers = {f"{key}, known kernel": method(bad, kernel) for key, method in METHODS.items()}
        out.case("deblur", fault, name, bad, truth, answers)
    out.case("deblur", "sharp", name, picture, truth, {})


def write_upscale(out, name, index, picture, truth):
    for factor in (2, 4):
        for fault, small in (("clean", shrunk(picture, factor)), ("degraded", degraded(picture, factor, index))):
            answers = {key: enlarged(small, factor, kernel) for key, kernel in PILLOW.items()}
            out.case(f"upscale x{factor}", fault, name, small, truth, answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for folder in ("backgrounds", "photos", "mattes", "out"):
        parser.add_argument(f"--{folder}", required=True)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    out = Writer(given.out)
    names = HELD_OUT + sorted(os.path.splitext(name)[0] for name in os.listdir(given.photos))
    for index, (name, patch) in enumerate(zip(names, evaluation_patches(given.backgrounds, given.photos))):
        picture = patch[0].permute(1, 2, 0).numpy()
        truth = out.picture(picture)
        write_denoise(out, name, index, picture, patch, truth)
        write_deblur(out, name, index, picture, truth)
        write_upscale(out, name, index, picture, truth)
    alphas = {one.name: out.picture(grabcut(one.rgb)) for one in load_references(given.photos, given.mattes)}
    with open(os.path.join(given.out, "cases.json"), "w") as file:
        json.dump({"cases": out.cases, "grabcut": alphas}, file)


if __name__ == "__main__":
    main()
