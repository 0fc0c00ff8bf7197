"""SRVGGNetCompact: the small networks of Real-ESRGAN (general-x4v3, animevideov3).

Plain convolutions at the small size, then a pixel shuffle on top of the input enlarged to the nearest pixel. Keys of
the state dict are those of the published checkpoints.
"""

from torch import nn
from torch.nn import functional as F


class SRVGGNetCompact(nn.Module):
    """Float32 NCHW [1,3,H,W] in 0..1 to [1,3,H*scale,W*scale], not clamped."""

    def __init__(self, features=64, convolutions=32, scale=4):
        super().__init__()
        self.scale = scale
        self.body = nn.ModuleList([nn.Conv2d(3, features, 3, padding=1), nn.PReLU(features)])
        for _ in range(convolutions):
            self.body += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        self.body.append(nn.Conv2d(features, 3 * scale**2, 3, padding=1))
        self.upsampler = nn.PixelShuffle(scale)

    def forward(self, rgb):
        x = rgb
        for layer in self.body:
            x = layer(x)
        return self.upsampler(x) + F.interpolate(rgb, scale_factor=self.scale, mode="nearest")


def mix(first, second, strength):
    """The weights `strength` of the way from `second` to `first`: Real-ESRGAN's `-dn`, x4v3 against its noisy twin."""
    if first.keys() != second.keys():
        raise ValueError("The two checkpoints are of different networks.")
    return {key: strength * first[key] + (1 - strength) * second[key] for key in first}
