"""Photos as a model's inputs, by its record: what converting and measuring run it on."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from prove import TYPES, picture

PLAIN = {"range": 1, "divide_by_max": False, "mean": [0, 0, 0], "std": [1, 1, 1]}
LARGEST_FREE = 256
"""Side of the piece that is taken from a photo where the graph's sizes are free."""


def read_record(path):
    return json.loads(Path(path).read_text()) if path else {}


def photos_in(folder):
    """The folder's pictures, by name."""
    names = sorted(Path(folder).iterdir())
    found = [name for name in names if name.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")]
    if not found:
        raise ValueError(f"{folder} holds no pictures.")
    return found


def read_photo(path):
    return Image.open(path).convert("RGB")


def feeds_of_photo(session, record, photo):
    """
    Every input of a session of one graph: pictures by the record's normalisation, RGB in 0..1 without one; a fixed size by
    stretching, a free one by a piece from the middle. Inputs that are no picture get smooth shapes in 0..1.
    """
    graph = record.get("graphs", {}).get("main", {"inputs": []})
    feeds = {}
    for index, port in enumerate(session.get_inputs()):
        described = graph["inputs"][index] if index < len(graph["inputs"]) else {}
        kind = TYPES[port.type]
        if all(isinstance(side, int) for side in port.shape[2:]):
            pixels = np.asarray(photo.resize(port.shape[:1:-1], Image.Resampling.BILINEAR))
        else:
            pixels = middle(np.asarray(photo))
        if port.shape[1] == 3:
            feeds[port.name] = normalised(pixels, PLAIN | described).astype(kind)
        else:
            feeds[port.name] = picture(1, (1, port.shape[1], *pixels.shape[:2])).astype(kind)
    return feeds


def middle(pixels):
    """Sides are multiples of 64, which suits every network."""
    height, width, _ = pixels.shape
    tall, wide = (min(LARGEST_FREE, side // 64 * 64) for side in (height, width))
    if tall == 0 or wide == 0:
        raise ValueError(f"A picture of {width} x {height} pixels is too small to take ranges from.")
    top, left = (height - tall) // 2, (width - wide) // 2
    return pixels[top : top + tall, left : left + wide]


def normalised(pixels, described):
    largest = pixels.max() if described["divide_by_max"] else 255
    values = pixels / largest * described["range"]
    return ((values - described["mean"]) / described["std"]).transpose(2, 0, 1)[None]
