"""Compares Packshot's cut-out of what was pointed at with SAM 2.1 as its authors have it, on a reduced network.

    python -m parity.sam2 PHOTO...      (in models/export)

Prints a line of JSON for the right export and for each planted fault; ends with 1 when one is not as it should be.
"""

import copy
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import sam2
from export_sam2 import export, random_model

from .cases import Case, Tolerance
from .cutouts import IMAGENET
from .faults import Skipped
from .reference import normalise, read_photo, resize, to_bytes
from .run_parity import ROOT, SEED, process, report, shrink, steps_apart

SIDE = 256
SOFTNESS = 1
#: A share of the photo's width and height each, and what it says: one belongs to the object, one does not.
POINTS = ((0.5, 0.45, 1), (0.1, 0.9, 0))
CASE = Case(
    "sam2.1-tiny",
    "background",
    reference=None,
    size={"width": SIDE, "height": SIDE},
    dropped="vision_encoder.backbone.blocks.4",
    tolerance=Tolerance(mean=0.1, largest=2),
    answer="mask.png",
)


def prompt_of(height, width):
    return [[round(x * width), round(y * height), label] for x, y, label in POINTS]


def cut_out(model, photo):
    """8-bit mask of the photo's size: the best of three, enlarged as logits, and squashed then."""
    height, width = photo.shape[:2]
    picture = normalise(resize(to_bytes(photo), SIDE, SIDE) / 255, *IMAGENET)
    prompt = prompt_of(height, width)
    points = torch.tensor([[[[x / width * SIDE, y / height * SIDE] for x, y, _ in prompt]]])
    labels = torch.tensor([[[label for _, _, label in prompt]]])
    with torch.no_grad():
        answer = model(pixel_values=torch.from_numpy(picture), input_points=points, input_labels=labels)
        best = answer.pred_masks[0, 0, answer.iou_scores[0, 0].argmax()]
        logits = F.interpolate(best[None, None], size=(height, width), mode="bilinear", align_corners=False)
    return to_bytes(torch.sigmoid(logits / SOFTNESS)[0, 0].numpy().astype(np.float64))


def spoil_encoder(spoil):
    """For a fault before the encoder, which both graphs share."""

    def planted(model):
        model.vision_encoder = spoil(model.vision_encoder)
        return model

    return planted


class ReversedColours(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, pixel_values, **rest):
        return self.encoder(pixel_values.flip(1), **rest)


def dropped(model):
    model.set_submodule(CASE.dropped, Skipped(model.get_submodule(CASE.dropped)))
    return model


def second_sigmoid(model):
    """Probabilities where logits belong."""
    decode = model.mask_decoder.forward

    def squashed(*given, **rest):
        masks, *others = decode(*given, **rest)
        return torch.sigmoid(masks), *others

    model.mask_decoder.forward = squashed
    return model


def wrong_mean(record):
    record["graphs"]["encoder"]["inputs"][0]["mean"] = [0.5, 0.5, 0.5]


def wrong_padding(record):
    record["size"]["policy"] = "letterbox"


FAULTS = {
    "wrong mean": (lambda model: model, wrong_mean),
    "second sigmoid": (second_sigmoid, lambda record: None),
    "swapped channels": (spoil_encoder(ReversedColours), lambda record: None),
    "dropped block": (dropped, lambda record: None),
    "wrong padding": (lambda model: model, wrong_padding),
}


def reduced_record():
    """The registry's, for files of this size; what it says about pixels stays."""
    record = json.loads((ROOT / "models" / "registry" / f"{CASE.model}.json").read_text())
    sizes = {"image_embeddings.0": (4, 4), "image_embeddings.1": (8, 8), "image_embeddings.2": (32, 16)}
    for graph in record["graphs"].values():
        for port in graph["inputs"] + graph["outputs"]:
            if port["role"] == "image":
                port["dims"] = [1, 3, SIDE, SIDE]
            elif port["role"] == "embedding":
                channels, stride = sizes[port["name"]]
                port["dims"] = [1, channels, SIDE // stride, SIDE // stride]
            elif port["role"] == "masks":
                port["dims"][-2:] = [SIDE // 4, SIDE // 4]
    return record | {"size": record["size"] | CASE.size, "packs": []}


def differences(model, record, photos, expected, folder):
    export(model.eval(), folder)
    for file in record["files"]:
        content = (folder / file["path"]).read_bytes()
        file.pop("urls", None)
        file.update(bundled=file["path"], bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    found = []
    for index, (photo, mask) in enumerate(zip(photos, expected)):
        parameters = {"prompt": {"points": prompt_of(*mask.shape), "softness": SOFTNESS}, "matting": "none"}
        answers = process(CASE, record, parameters | {"decontaminate": False}, [photo], folder, f"out-{index}")
        if isinstance(answers, str):
            return answers
        found.append(steps_apart(answers[0], mask))
    return found


def main():
    model = random_model(lambda: sam2.narrow(SIDE), SEED)
    record = reduced_record()
    with tempfile.TemporaryDirectory(prefix="packshot-parity-") as temporary:
        folder = Path(temporary)
        photos = [shrink(path, folder / f"photo-{index}.png") for index, path in enumerate(sys.argv[1:])]
        expected = [cut_out(model, read_photo(photo)) for photo in photos]
        right = differences(model, copy.deepcopy(record), photos, expected, folder / "right")
        fine = report(CASE, "none", right, agrees=True)
        for name, (spoil_model, spoil_record) in FAULTS.items():
            spoilt, spoilt_record = spoil_model(copy.deepcopy(model)), copy.deepcopy(record)
            spoil_record(spoilt_record)
            found = differences(spoilt, spoilt_record, photos, expected, folder / name)
            fine &= report(CASE, name, found, agrees=False)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
