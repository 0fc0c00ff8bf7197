"""What a model is given in a report, and what it ought to answer: faults of a known size in photos, mattes for cut-outs."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from feeds import middle, read_photo


def case(record, path, mattes=None):
    """The picture that the model is given, and the right answer as it would leave the graph, 0..1; None where nobody has it."""
    photo = read_photo(path)
    if record["task"] == "background":
        return photo, matte(record, Path(path), mattes)
    truth = Image.fromarray(middle(np.asarray(photo)))
    values = np.asarray(truth).transpose(2, 0, 1)[None] / 255
    return fault(record, truth), values


def fault(record, truth):
    if record["task"] == "denoise":
        noise = np.random.default_rng(1).normal(0, 25, (truth.height, truth.width, 3))
        return Image.fromarray(np.clip(np.asarray(truth) + noise, 0, 255).round().astype(np.uint8))
    if record["task"] == "deblur":
        return truth.filter(ImageFilter.GaussianBlur(1.5))
    if record["task"] == "upscale":
        return truth.reduce(record["graphs"]["main"]["outputs"][0].get("scale", 1))
    return truth


def matte(record, photo, mattes):
    """Of the same name in another folder; at the size of the graph."""
    found = Path(mattes, f"{photo.stem}.png") if mattes else None
    if found is None or not found.exists():
        return None
    size = (record["size"]["width"], record["size"]["height"])
    grey = Image.open(found).convert("L")
    return np.asarray(grey.resize(size, Image.Resampling.BILINEAR))[None, None] / 255
