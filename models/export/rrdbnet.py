"""RRDBNet: the large networks of Real-ESRGAN.

Wang et al., "ESRGAN", 2018 (arXiv 1809.00219) and "Real-ESRGAN", 2021 (arXiv 2107.10833). The upscaling by two is the
network for four behind a pixel-unshuffle. Keys of the state dict are those of the published checkpoints.
"""

import torch
from torch import nn
from torch.nn import functional as F

RESIDUAL_SCALE = 0.2


def slope(x):
    return F.leaky_relu(x, 0.2)


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees the block's input and all earlier answers."""

    def __init__(self, features, growth):
        super().__init__()
        for index in range(5):
            out = growth if index < 4 else features
            setattr(self, f"conv{index + 1}", nn.Conv2d(features + index * growth, out, 3, padding=1))

    def forward(self, x):
        seen = [x]
        for index in range(4):
            seen.append(slope(getattr(self, f"conv{index + 1}")(torch.cat(seen, 1))))
        return x + self.conv5(torch.cat(seen, 1)) * RESIDUAL_SCALE


class RRDB(nn.Module):
    """Residual in residual: three dense blocks and a scaled shortcut round them."""

    def __init__(self, features, growth):
        super().__init__()
        self.rdb1 = DenseBlock(features, growth)
        self.rdb2 = DenseBlock(features, growth)
        self.rdb3 = DenseBlock(features, growth)

    def forward(self, x):
        return x + self.rdb3(self.rdb2(self.rdb1(x))) * RESIDUAL_SCALE


def pixel_unshuffle(x, factor):
    """[N,C,H,W] to [N,C*factor^2,H/factor,W/factor], by slices: sizes may stay free in the exported graph."""
    phases = [x[:, :, row::factor, column::factor] for row in range(factor) for column in range(factor)]
    return torch.stack(phases, 2).flatten(1, 2)


class RRDBNet(nn.Module):
    """Float32 NCHW [1,3,H,W] in 0..1 to [1,3,H*scale,W*scale], not clamped. For scale 2 the sides must be even."""

    def __init__(self, scale=4, features=64, blocks=23, growth=32):
        super().__init__()
        self.unshuffle = 4 // scale
        self.conv_first = nn.Conv2d(3 * self.unshuffle**2, features, 3, padding=1)
        self.body = nn.Sequential(*[RRDB(features, growth) for _ in range(blocks)])
        self.conv_body = nn.Conv2d(features, features, 3, padding=1)
        self.conv_up1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv_up2 = nn.Conv2d(features, features, 3, padding=1)
        self.conv_hr = nn.Conv2d(features, features, 3, padding=1)
        self.conv_last = nn.Conv2d(features, 3, 3, padding=1)

    def forward(self, rgb):
        x = self.conv_first(rgb if self.unshuffle == 1 else pixel_unshuffle(rgb, self.unshuffle))
        x = x + self.conv_body(self.body(x))
        for convolve in (self.conv_up1, self.conv_up2):
            x = slope(convolve(F.interpolate(x, scale_factor=2, mode="nearest")))
        return self.conv_last(slope(self.conv_hr(x)))
