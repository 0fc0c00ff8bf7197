"""What is compared: for each model its reference, the operation that runs it, and the size at which both run."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .birefnet import soft_cut_out
from .cutouts import CENTRED, IMAGENET, cut_out
from .restoration import restore


@dataclass(frozen=True)
class Tolerance:
    """In steps of 8 bits."""

    mean: float
    largest: int


@dataclass(frozen=True)
class Case:
    """One line of the table. `model` names both the architecture and the record."""

    model: str
    #: Operation of the pipeline, and its parameters.
    operation: str
    #: Of the network, the photo, and how the photo goes on beyond its borders (`padding`, for a planted fault).
    reference: Callable[..., np.ndarray]
    #: Takes the place of fields of the record's `size`.
    size: dict
    #: The part of the network that a planted fault leaves out.
    dropped: str
    tolerance: Tolerance
    parameters: dict = field(default_factory=dict)
    #: Whether the network leaves the sigmoid to whoever runs it.
    logits: bool = False
    #: The file of the product's that is compared.
    answer: str = "result.png"


#: Bytes go in and bytes come out.
EXACT = Tolerance(mean=0.02, largest=1)
#: Where tiles are blended the product rounds to bytes twice.
BLENDED = Tolerance(mean=0.2, largest=1)
#: The least of differences before a network is larger behind it.
RESIZED = Tolerance(mean=0.1, largest=1)


def tiled(model, operation, dropped, *, tile=64, overlap=16, multiple=1, exact=False, fixed=False, scale=1):
    cut = {"tile": tile, "overlap": overlap, "multiple": multiple, "exact": exact, "fixed": fixed}
    return Case(
        model,
        operation,
        lambda network, photo, **padded: restore(network, photo, scale=scale, **cut, **padded),
        size=cut,
        dropped=dropped,
        tolerance=EXACT if exact else BLENDED,
        parameters={"scale": scale} if scale > 1 else {},
    )


def masked(model, dropped, side, **normalisation):
    return Case(
        model,
        "background",
        lambda network, photo, **padded: cut_out(network, photo, side=side, **normalisation, **padded),
        size={"width": side, "height": side},
        dropped=dropped,
        tolerance=RESIZED,
        parameters={"matting": "none", "decontaminate": False},
        answer="mask.png",
    )


def soft(model, height, width, *, logits):
    return Case(
        model,
        "background",
        lambda network, photo, **rest: soft_cut_out(network, photo, height=height, width=width, logits=logits, **rest),
        size={"width": width, "height": height},
        dropped="bb.layers.2.blocks.0",
        logits=logits,
        tolerance=RESIZED,
        parameters={"matting": "none", "decontaminate": False},
        answer="mask.png",
    )


CASES = (
    tiled("nafnet-sidd-w32", "denoise", "middle_blks.0", tile=160, overlap=32, multiple=16, fixed=True),
    tiled("nafnet-gopro-w32", "deblur", "middle_blks.0", tile=160, overlap=32, multiple=16, fixed=True),
    tiled("realesrgan-x4plus", "upscale", "body.1", scale=4),
    tiled("realesrgan-x2plus", "upscale", "body.1", multiple=2, scale=2),
    tiled("realesr-general-x4v3", "upscale", "body.4", overlap=8, exact=True, scale=4),
    masked("u2net", "stage3d", 160, normalisation=IMAGENET, divide_by_max=True),
    masked("isnet-general-use", "stage3d", 256, normalisation=CENTRED),
    soft("birefnet-general", 128, 160, logits=True),
    soft("rmbg-2.0", 128, 160, logits=False),
)
