"""U²-Net (Qin et al., 2020) and IS-Net (Qin et al., "Highly Accurate Dichotomous Image Segmentation", 2022)."""

import torch
from torch.nn.functional import max_pool2d, relu

from .layers import batch_norm, conv, stretched_like

DEPTHS = (7, 6, 5, 4)
FLAT_DILATIONS = (1, 2, 4, 8)


def u2net(w, rgb):
    """Normalised [1,3,H,W] to the fused alpha [1,1,H,W] in 0..1."""
    return torch.sigmoid(conv(torch.cat(sides(w, rgb, rgb), 1), w / "outconv"))


def isnet(w, rgb):
    """Normalised [1,3,H,W] to the finest side's alpha [1,1,H,W] in 0..1."""
    return torch.sigmoid(sides(w, conv(rgb, w / "conv_in", stride=2, padding=1), rgb)[0])


def sides(w, x, rgb):
    """Six maps of logits at the size of `rgb`, from the finest stage on."""
    stages = []
    for number in range(1, 7):
        if stages:
            x = max_pool2d(x, 2, 2, ceil_mode=True)
        x = stage(x, w / f"stage{number}", number)
        stages.append(x)
    found = [x]
    for number in (5, 4, 3, 2, 1):
        beside = stages[number - 1]
        x = stage(torch.cat((stretched_like(x, beside), beside), 1), w / f"stage{number}d", number)
        found.insert(0, x)
    return [stretched_like(conv(x, w / f"side{n}", padding=1), rgb) for n, x in enumerate(found, 1)]


def stage(x, w, number):
    return flat(x, w) if number >= 5 else u_shaped(x, w, DEPTHS[number - 1])


def u_shaped(x, w, depth):
    """RSU-L: down by pooling, the deepest level by dilation instead, and up again."""
    entry = unit(x, w / "rebnconvin")
    levels = [unit(entry, w / "rebnconv1")]
    for level in range(2, depth):
        levels.append(unit(max_pool2d(levels[-1], 2, 2, ceil_mode=True), w / f"rebnconv{level}"))
    x = unit(levels[-1], w / f"rebnconv{depth}", dilation=2)
    for level in range(depth - 1, 0, -1):
        x = torch.cat((stretched_like(x, levels[level - 1]), levels[level - 1]), 1)
        x = unit(x, w / f"rebnconv{level}d")
    return x + entry


def flat(x, w):
    """RSU-4F: one size, wider and wider dilation."""
    entry = unit(x, w / "rebnconvin")
    levels = [entry]
    for level, dilation in enumerate(FLAT_DILATIONS, 1):
        levels.append(unit(levels[-1], w / f"rebnconv{level}", dilation))
    x = levels[4]
    for level in (3, 2, 1):
        x = unit(torch.cat((x, levels[level]), 1), w / f"rebnconv{level}d", FLAT_DILATIONS[level - 1])
    return x + entry


def unit(x, w, dilation=1):
    return relu(batch_norm(conv(x, w / "conv_s1", padding=dilation, dilation=dilation), w / "bn_s1"))
