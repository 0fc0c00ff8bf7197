"""RRDBNet (Wang et al., "ESRGAN", 2018) and SRVGGNetCompact, as Real-ESRGAN (2021) uses them."""

import torch
from torch.nn.functional import leaky_relu, pixel_shuffle, pixel_unshuffle

from .layers import conv


def rrdbnet(w, rgb):
    """[1,3,H,W] to four times its sides, or to twice where the first layer takes pixels folded by two."""
    folding = round((w["conv_first.weight"].shape[1] / 3) ** 0.5)
    first = conv(pixel_unshuffle(rgb, folding), w / "conv_first", padding=1)
    x = first
    for block in (w / "body").list():
        y = x
        for name in ("rdb1", "rdb2", "rdb3"):
            y = dense(y, block / name)
        x = x + 0.2 * y
    x = first + conv(x, w / "conv_body", padding=1)
    for name in ("conv_up1", "conv_up2"):
        x = leaky_relu(conv(repeated(x, 2), w / name, padding=1), 0.2)
    return conv(leaky_relu(conv(x, w / "conv_hr", padding=1), 0.2), w / "conv_last", padding=1)


def dense(x, w):
    seen = x
    for index in range(1, 5):
        seen = torch.cat((seen, leaky_relu(conv(seen, w / f"conv{index}", padding=1), 0.2)), 1)
    return x + 0.2 * conv(seen, w / "conv5", padding=1)


def repeated(x, times):
    """Every pixel `times` by `times`."""
    return x.repeat_interleave(times, 2).repeat_interleave(times, 3)


def srvgg(w, rgb):
    """[1,3,H,W] to four times its sides: convolutions with slopes between them, on top of the repeated pixels."""
    x = rgb
    for layer in (w / "body").list():
        if layer["weight"].dim() == 4:
            x = conv(x, layer, padding=1)
        else:
            x = torch.where(x > 0, x, x * layer["weight"].view(-1, 1, 1))
    return pixel_shuffle(x, 4) + repeated(rgb, 4)
