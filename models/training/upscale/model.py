"""The compact upscalers: plain convolutions at the small size, then a pixel shuffle.

In the manner of SRVGGNet (Wang et al., Real-ESRGAN, 2021): all the work happens before the pixels are
spread, so a pixel of the input costs about 97 thousand multiplications twofold, 107 thousand fourfold. No
pooling, no attention: each output pixel depends on a bounded neighbourhood, so tiles with enough overlap
give the untiled result.
"""

import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Two 3x3 convolutions around a skip."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.PReLU(channels, init=0.2)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.second(self.activation(self.first(x)))


class UpscaleNet(nn.Module):
    """RGB [N,3,H,W] in 0..1 to [N,3,sH,sW]: bilinear interpolation plus what the network adds. Not clipped."""

    MULTIPLE = 1

    def __init__(self, scale=2, width=32, blocks=5):
        super().__init__()
        self.scale = scale
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(*[Block(width) for _ in range(blocks)])
        self.leave = nn.Conv2d(width, 3 * scale**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, rgb):
        detail = F.pixel_shuffle(self.leave(self.blocks(self.enter(rgb))), self.scale)
        return F.interpolate(rgb, scale_factor=float(self.scale), mode="bilinear", align_corners=False) + detail
