"""The compact denoiser: a small NAFNet (Chen et al., "Simple Baselines for Image Restoration", 2022).

Unlike NAFNet it has no channel attention: a pooled mean would make every pixel depend on the whole
picture, and a picture worked in tiles would show its tiles. Here each output pixel depends on a bounded
neighbourhood, so tiles with enough overlap give exactly the untiled result (see export.py).
"""

import torch
import torch.nn.functional as F
from torch import nn


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each pixel."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def gate(x):
    """The product of the two halves of the channels, in place of an activation."""
    first, second = x.chunk(2, 1)
    return first * second


class Block(nn.Module):
    """A gated 3x3 depthwise step and a gated pointwise step, each added back through a learnt scale.

    The scales start at zero, so a block put into a trained network changes nothing until it has learnt.
    """

    def __init__(self, channels):
        super().__init__()
        self.norm_spatial = ChannelNorm(channels)
        self.expand_spatial = nn.Conv2d(channels, 2 * channels, 1)
        self.depthwise = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels)
        self.project_spatial = nn.Conv2d(channels, channels, 1)
        self.norm_pointwise = ChannelNorm(channels)
        self.expand_pointwise = nn.Conv2d(channels, 2 * channels, 1)
        self.project_pointwise = nn.Conv2d(channels, channels, 1)
        self.scale_spatial = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.scale_pointwise = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        y = gate(self.depthwise(self.expand_spatial(self.norm_spatial(x))))
        x = x + self.project_spatial(y) * self.scale_spatial
        y = gate(self.expand_pointwise(self.norm_pointwise(x)))
        return x + self.project_pointwise(y) * self.scale_pointwise


def blocks(channels, count):
    return nn.Sequential(*[Block(channels) for _ in range(count)])


class DenoiseNet(nn.Module):
    """RGB [N,3,H,W] in 0..1, sides multiples of 8, to the same without noise. Not clipped."""

    MULTIPLE = 8

    def __init__(self, width=16, encoder=(1, 1, 2), middle=3, decoder=(2, 1, 1)):
        super().__init__()
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.leave = nn.Conv2d(width, 3, 3, padding=1)
        self.encoder, self.down = nn.ModuleList(), nn.ModuleList()
        self.decoder, self.up = nn.ModuleList(), nn.ModuleList()
        channels = width
        for count in encoder:
            self.encoder.append(blocks(channels, count))
            self.down.append(nn.Conv2d(channels, 2 * channels, 2, 2))
            channels *= 2
        self.middle = blocks(channels, middle)
        for count in decoder:
            self.up.append(nn.Conv2d(channels, 2 * channels, 1, bias=False))
            channels //= 2
            self.decoder.append(blocks(channels, count))

    def forward(self, rgb):
        y, skips = self.enter(rgb), []
        for encode, down in zip(self.encoder, self.down):
            y = encode(y)
            skips.append(y)
            y = down(y)
        y = self.middle(y)
        for decode, up, skip in zip(self.decoder, self.up, reversed(skips)):
            y = decode(F.pixel_shuffle(up(y), 2) + skip)
        return self.leave(y) + rgb
