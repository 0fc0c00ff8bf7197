"""U²-Net, its small form, and IS-Net: nested U-shaped networks that find the object of a picture.

Qin et al., "U2-Net", 2020 (arXiv 2005.09007) and "Highly Accurate Dichotomous Image Segmentation", 2022
(arXiv 2203.03041). Keys of the state dict are those of the published checkpoints.
"""

import torch
from torch import nn
from torch.nn import functional as F


def resize_like(x, reference):
    return F.interpolate(x, size=reference.shape[2:], mode="bilinear", align_corners=False)


def halve(x):
    return F.max_pool2d(x, 2, stride=2, ceil_mode=True)


class Convolution(nn.Module):
    """3 x 3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs, outputs, dilation=1):
        super().__init__()
        self.conv_s1 = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn_s1(self.conv_s1(x)))


class ResidualU(nn.Module):
    """RSU: a U of `depth` levels that goes down by pooling, or, `flat`, by wider dilation at one size."""

    def __init__(self, depth, inputs, middle, outputs, flat=False):
        super().__init__()
        self.depth, self.flat = depth, flat
        self.rebnconvin = Convolution(inputs, outputs)
        for level in range(1, depth + 1):
            dilation = 2 ** (level - 1) if flat else 2 if level == depth else 1
            setattr(self, f"rebnconv{level}", Convolution(outputs if level == 1 else middle, middle, dilation))
        for level in range(depth - 1, 0, -1):
            dilation = 2 ** (level - 1) if flat else 1
            wide = outputs if level == 1 else middle
            setattr(self, f"rebnconv{level}d", Convolution(2 * middle, wide, dilation))

    def forward(self, x):
        entry = self.rebnconvin(x)
        levels = [self.rebnconv1(entry)]
        for level in range(2, self.depth + 1):
            # The two deepest levels share a size; a flat U has one size only.
            x = levels[-1] if self.flat or level == self.depth else halve(levels[-1])
            levels.append(getattr(self, f"rebnconv{level}")(x))
        x = levels[-1]
        for level in range(self.depth - 1, 0, -1):
            beside = levels[level - 1]
            alike = self.flat or level == self.depth - 1
            x = torch.cat((x if alike else resize_like(x, beside), beside), 1)
            x = getattr(self, f"rebnconv{level}d")(x)
        return x + entry


STAGES = (7, 6, 5, 4, 4, 4)
"""Depth of the encoder's stages; the last two are flat."""


class NestedU(nn.Module):
    """Six stages down, five up, and an answer from each. `channels`: (middle, out) of stage1..6, then of stage5d..1d."""

    def __init__(self, first, channels):
        super().__init__()
        inputs, outputs = first, []
        for index, (middle, out) in enumerate(channels[:6]):
            setattr(self, f"stage{index + 1}", ResidualU(STAGES[index], inputs, middle, out, flat=index >= 4))
            outputs.append(out)
            inputs = out
        below = outputs[5]
        sides = [below]
        for index, (middle, out) in zip((4, 3, 2, 1, 0), channels[6:]):
            stage = ResidualU(STAGES[index], below + outputs[index], middle, out, flat=index >= 4)
            setattr(self, f"stage{index + 1}d", stage)
            sides.insert(0, out)
            below = out
        for index, width in enumerate(sides):
            setattr(self, f"side{index + 1}", nn.Conv2d(width, 1, 3, padding=1))

    def side_logits(self, x, size_of):
        """The logits of the six sides, finest first, all at the size of `size_of`."""
        levels = []
        for index in range(6):
            x = getattr(self, f"stage{index + 1}")(x if index == 0 else halve(x))
            levels.append(x)
        decoded = [x]
        for index in (4, 3, 2, 1, 0):
            beside = levels[index]
            x = getattr(self, f"stage{index + 1}d")(torch.cat((resize_like(x, beside), beside), 1))
            decoded.insert(0, x)
        return [resize_like(getattr(self, f"side{index + 1}")(x), size_of) for index, x in enumerate(decoded)]


class U2Net(NestedU):
    """Normalised Float32 NCHW [1,3,H,W] to seven alphas [1,1,H,W] in 0..1: the fused one, then the sides."""

    def __init__(self, channels):
        super().__init__(3, channels)
        self.outconv = nn.Conv2d(6, 1, 1)

    def forward(self, rgb):
        sides = self.side_logits(rgb, rgb)
        return tuple(torch.sigmoid(logits) for logits in (self.outconv(torch.cat(sides, 1)), *sides))


class ISNet(NestedU):
    """Normalised Float32 NCHW [1,3,H,W] to six alphas [1,1,H,W] in 0..1, the finest first."""

    def __init__(self, first, channels):
        super().__init__(first, channels)
        self.conv_in = nn.Conv2d(3, first, 3, stride=2, padding=1)

    def forward(self, rgb):
        return tuple(torch.sigmoid(logits) for logits in self.side_logits(self.conv_in(rgb), rgb))


def scaled(channels, divisor):
    return [(middle // divisor, out // divisor) for middle, out in channels]


FULL = [(32, 64), (32, 128), (64, 256), (128, 512), (256, 512), (256, 512)]
FULL_UP = [(256, 512), (128, 256), (64, 128), (32, 64), (16, 64)]


def u2net(divisor=1):
    return U2Net(scaled(FULL + FULL_UP, divisor))


def u2netp(divisor=1):
    return U2Net(scaled([(16, 64)] * 11, divisor))


def isnet(divisor=1):
    return ISNet(64 // divisor, scaled(FULL + FULL_UP, divisor))
