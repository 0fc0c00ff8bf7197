"""What is compared: for each architecture how Packshot is asked, the path from photo to answer, and the network."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

import torch

from .cutouts import cut_out
from .mattes import FINDER_RECORD, Finder, matte
from .networks import birefnet, nafnet, nested_u, realesrgan, sam2, shadowformer, vitmatte
from .networks.layers import Weights
from .prompts import EMBEDDINGS, POINTS, cut_out_prompted
from .reference import CENTRED, IMAGENET
from .restoration import restore
from .shadows import remove_shadow


@dataclass(frozen=True)
class Case:
    """One line of the table. `model` names the architecture that is exported, and the record."""

    model: str
    #: What Packshot is asked for.
    pipeline: dict
    #: Of the photo: yields `(graph, feeds)` for every run of a network and is sent its answers, returns the picture's bytes.
    path: Callable[..., Generator]
    #: Of the weights, the graph's role and its feeds, to its answers; all by their names in the graph.
    network: Callable[[Weights, str, dict], dict]
    #: The part of the network that a planted fault leaves out.
    dropped: str
    #: Takes the place of fields of the record's `size`: the networks are made for small pictures.
    size: dict
    #: The file of the product's that is compared.
    answer: str = "result.png"
    #: A network that the pipeline needs beside this one: its record, and a module. Nothing is claimed of it.
    company: tuple[dict, torch.nn.Module] | None = None
    #: Fields of the record's `size` that a fault in the padding changes, or the name of a fault in the pipeline.
    wrong_padding: dict | str = "borders"


def one_graph(output, network, *inputs):
    """A network of one graph in the form of `Case.network`."""
    return lambda weights, _role, feeds: {output: network(weights, *(feeds[name] for name in inputs))}


def tiled(model, operation, network, dropped, *, tile=96, overlap=16, multiple=1, exact=False, fixed=False, scale=1):
    cut = {"tile": tile, "overlap": overlap, "multiple": multiple, "exact": exact, "fixed": fixed}
    return Case(
        model,
        {operation: {"model": model} | ({"scale": scale} if scale > 1 else {})},
        partial(restore, graph=f"{model}/main", scale=scale, **cut),
        one_graph("output", network, "input"),
        dropped,
        {"tile": tile, "overlap": overlap},
    )


def masked(model, network, dropped, height, width, *, entry, answer, **path):
    return Case(
        model,
        {"background": {"model": model, "matting": "none", "decontaminate": False}},
        partial(cut_out, graph=f"{model}/main", entry=entry, answer=answer, height=height, width=width, **path),
        one_graph(answer, network, entry),
        dropped,
        {"width": width, "height": height},
        answer="mask.png",
        wrong_padding={"policy": "letterbox", "pad": "zero"},
    )


def shaded(model, dropped, height, width):
    return Case(
        model,
        {"shadow": {"model": model, "engine": "model", "mask": "auto"}},
        partial(remove_shadow, graph=f"{model}/main", height=height, width=width),
        one_graph("output", shadowformer.shadowformer, "input", "mask"),
        dropped,
        {"width": width, "height": height},
        wrong_padding={"pad": "zero"},
    )


def matted(model, dropped):
    asked = {"model": "finder", "matting": "vitmatte", "matting_model": model, "decontaminate": False}
    return Case(
        model,
        {"background": asked},
        partial(matte, finder="finder/main", graph=f"{model}/main"),
        one_graph("alphas", partial(vitmatte.vitmatte, heads=2), "pixel_values"),
        dropped,
        {},
        answer="mask.png",
        company=(FINDER_RECORD, Finder()),
        wrong_padding={"pad_after_normalisation": False},
    )


PROMPTED_SIDE = 256


def prompted(model, dropped):
    def network(weights, role, feeds):
        if role == "encoder":
            hiera = {"blocks": (1, 2, 3, 2), "heads": 1, "windows": (8, 4, 14, 7), "whole": (4,)}
            return dict(zip(EMBEDDINGS, sam2.encode(weights, feeds["pixel_values"], **hiera)))
        maps = (feeds[name] for name in EMBEDDINGS)
        points, labels = feeds["input_points"][0, 0], feeds["input_labels"][0, 0]
        masks, scores, presence = sam2.decode(weights, *maps, points, labels, side=PROMPTED_SIDE, heads=4)
        return {
            "pred_masks": masks[None, None],
            "iou_scores": scores[None, None],
            "object_score_logits": presence[None, None],
        }

    prompt = {"points": POINTS, "softness": 1}
    return Case(
        model,
        {"background": {"model": model, "matting": "none", "decontaminate": False, "prompt": prompt}},
        partial(cut_out_prompted, model=model, side=PROMPTED_SIDE),
        network,
        dropped,
        {"width": PROMPTED_SIDE, "height": PROMPTED_SIDE},
        answer="mask.png",
        wrong_padding="aspect",
    )


swin = partial(birefnet.birefnet, window=4, heads=(1, 2, 4, 8))


def rmbg(weights, rgb):
    return torch.sigmoid(swin(weights, rgb, patches="column"))


DENSE, MIDDLE, BLOCK = "body.1", "middle_blks.0", "bb.layers.2.blocks.0"
SOFT = {"entry": "input_image", "answer": "output_image", "normalisation": IMAGENET, "logits": True}
COLUMNS = {"entry": "pixel_values", "answer": "alphas", "normalisation": IMAGENET}
SALIENT = {"entry": "input.1", "answer": "d0", "normalisation": IMAGENET, "divide_by_max": True, "stretched": True}
DICHOTOMOUS = {"entry": "input_image", "answer": "output_image", "normalisation": CENTRED, "stretched": True}
WHOLE_TILE = {"tile": 128, "overlap": 32, "multiple": 16, "fixed": True}

CASES = (
    tiled("nafnet-sidd-w32", "denoise", nafnet.nafnet, MIDDLE, **WHOLE_TILE),
    tiled("nafnet-gopro-w32", "deblur", nafnet.nafnet, MIDDLE, **WHOLE_TILE),
    shaded("shadowformer-istd", "encoderlayer_2.blocks.1.CAB", 80, 160),
    tiled("realesrgan-x4plus", "upscale", realesrgan.rrdbnet, DENSE, scale=4),
    tiled("realesrgan-x2plus", "upscale", realesrgan.rrdbnet, DENSE, multiple=2, scale=2),
    tiled("realesr-general-x4v3", "upscale", realesrgan.srvgg, "body.4", overlap=8, exact=True, scale=4),
    masked("u2net", nested_u.u2net, "stage3d", 160, 160, **SALIENT),
    masked("isnet-general-use", nested_u.isnet, "stage3d", 256, 256, **DICHOTOMOUS),
    masked("birefnet-general", swin, BLOCK, 128, 160, **SOFT),
    masked("rmbg-2.0", rmbg, BLOCK, 128, 160, **COLUMNS),
    matted("vitmatte-small", "decoder.fusion_blocks.1.conv"),
    prompted("sam2.1-tiny", "vision_encoder.backbone.blocks.4"),
)
