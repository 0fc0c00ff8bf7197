"""What `export.py` can make: for each model its network, its ports, and the size at which it is exported.

A network is built by `build(small)`; `small` is the same architecture with fewer channels and blocks, for tests.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

import nafnet
import rrdbnet
import shadowformer
import srvgg
import u2net
from birefnet import network as birefnet

Size = tuple[int, int]
"""Height and width."""

RESIDUAL = (0.0, 0.1)
PICTURE = (0.5, 0.2)
LOGITS = (0.0, 2.0)
SHIFTS = (0.1, 0.3)
"""In pixels: far enough to sample between them, not so far that an answer turns on the last bit of a picture."""


@dataclass(frozen=True)
class Architecture:
    """One line of the table."""

    name: str
    build: Callable[[bool], nn.Module]
    #: Channels of every input, by its name in the graph.
    inputs: dict[str, int]
    #: The graph's outputs in their order.
    outputs: tuple[str, ...]
    #: The size of the input pictures; where it is `free`, the size used while tracing.
    size: Size
    small_size: Size
    #: Whether height and width stay free in the graph.
    free: bool = False
    #: Whether the network takes other sizes too, although a graph of it has one.
    any_size: bool = False
    scale: int = 1
    #: Least and greatest value that enters the graph.
    values: tuple[float, float] = (0.0, 1.0)
    #: Mean and deviation that random weights are scaled to, by the module's name in the network.
    heads: dict[str, tuple[float, float]] = field(default_factory=dict)
    opset: int = 17


def restoration(name, build, head, level, **rest):
    rest = {"size": (256, 256), "small_size": (64, 64), **rest}
    return Architecture(name, build, {"input": 3}, ("output",), free=True, heads={head: level}, **rest)


def denoising(width):
    return lambda small: nafnet.NAFNet(8, (1, 1, 1, 2), 1, (1, 1, 1, 1)) if small else nafnet.sidd(width)


def deblurring(width):
    return lambda small: nafnet.NAFNet(8, (1, 1, 1, 2), 1, (1, 1, 1, 1)) if small else nafnet.deblurring(width)


def dense(scale, blocks):
    return lambda small: rrdbnet.RRDBNet(scale, 8, 2, 4) if small else rrdbnet.RRDBNet(scale, blocks=blocks)


def compact(convolutions):
    return lambda small: srvgg.SRVGGNetCompact(8, 4) if small else srvgg.SRVGGNetCompact(64, convolutions)


SIDES = tuple(f"d{index}" for index in range(1, 7))


def nested(name, network, fused):
    heads = {head: LOGITS for head in (*(f"side{index}" for index in range(1, 7)), "outconv")}
    return Architecture(
        name,
        lambda small: network(4 if small else 1),
        {"input.1": 3},
        (fused, *SIDES),
        size=(320, 320),
        small_size=(160, 160),
        heads=heads,
    )


def dichotomous(name, entry, answer):
    return Architecture(
        name,
        lambda small: u2net.isnet(8 if small else 1),
        {entry: 3},
        (answer, *SIDES[1:]),
        size=(1024, 1024),
        small_size=(256, 256),
        heads={f"side{index}": LOGITS for index in range(1, 7)},
    )


def shadow_removal(name):
    return Architecture(
        name,
        lambda small: shadowformer.ShadowFormer(16 if small else 32),
        {"input": 3, "mask": 1},
        ("output",),
        size=(480, 640),
        small_size=(80, 160),
        heads={"output_proj.proj.0": RESIDUAL},
    )


def bilateral(name):
    variant = birefnet.VARIANTS[name]
    narrow = birefnet.narrow(variant)
    return Architecture(
        name,
        lambda small: birefnet.BiRefNet(narrow if small else variant),
        {variant.input: 3},
        (variant.output,),
        size=variant.size,
        small_size=narrow.size,
        any_size=True,
        values=(-2.0, 2.5),
        heads={name: SHIFTS for name in birefnet.OFFSETS} | {"decoder.conv_out1.0": LOGITS},
        opset=19,
    )


def matting(name, kind):
    def build(small):
        # Here, so that the other networks do without `transformers`, which takes seconds to load.
        import vitmatte

        return vitmatte.narrow() if small else getattr(vitmatte, kind)()

    heads = {"decoder.matting_head.matting_convs.3": LOGITS}
    size, small_size = (480, 704), (96, 192)
    return Architecture(name, build, {"pixel_values": 4}, ("alphas",), size, small_size, free=True, heads=heads)


ARCHITECTURES = {
    entry.name: entry
    for entry in (
        restoration("nafnet-sidd-w32", denoising(32), "ending", RESIDUAL),
        restoration("nafnet-sidd-w64", denoising(64), "ending", RESIDUAL),
        restoration("nafnet-gopro-w32", deblurring(32), "ending", RESIDUAL, size=(384, 384)),
        restoration("nafnet-gopro-w64", deblurring(64), "ending", RESIDUAL, size=(384, 384)),
        restoration("nafnet-reds-w64", deblurring(64), "ending", RESIDUAL, size=(384, 384)),
        restoration("realesrgan-x4plus", dense(4, 23), "conv_last", PICTURE, size=(128, 128), scale=4),
        restoration("realesrgan-x2plus", dense(2, 23), "conv_last", PICTURE, scale=2),
        restoration("realesrgan-x4plus-anime-6b", dense(4, 6), "conv_last", PICTURE, size=(128, 128), scale=4),
        restoration("realesr-general-x4v3", compact(32), "body.66", RESIDUAL, scale=4),
        restoration("realesr-general-wdn-x4v3", compact(32), "body.66", RESIDUAL, scale=4),
        restoration("realesr-animevideov3", compact(16), "body.34", RESIDUAL, scale=4),
        shadow_removal("shadowformer-istd"),
        shadow_removal("shadowformer-istd-plus"),
        nested("u2net", u2net.u2net, "d0"),
        nested("u2net-human-seg", u2net.u2net, "d0"),
        nested("u2netp", u2net.u2netp, "1959"),
        dichotomous("isnet-general-use", "input_image", "output_image"),
        dichotomous("isnet-anime", "img", "mask"),
        *(bilateral(name) for name in birefnet.VARIANTS),
        matting("vitmatte-small", "small"),
        matting("vitmatte-base", "base"),
    )
}
