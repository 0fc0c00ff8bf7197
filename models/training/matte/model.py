"""MatteNet: the compact matting network.

A small U-shaped network over pixel-unshuffled colour and trimap. What a solver would work out first it is
given: the colours of product and backdrop nearest to each unknown pixel, and the alpha on the line between the
two. It takes pictures of any size, and tiles of them.
"""

import torch
import torch.nn.functional as F
from torch import nn

from cutout.model import conv_norm_act, double

LEVELS = 5
"""Times that `nearest_colour` halves; the picture's sides are multiples of 2 ** LEVELS."""


class Residual(nn.Module):
    """Two 3x3 convolutions around a skip."""

    def __init__(self, channels):
        super().__init__()
        self.first = conv_norm_act(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


def nearest_colour(colour, known):
    """The colours of the known pixels, carried into the unknown by pull-push: [N,3,H/2,W/2].

    colour [N,3,H,W], known [N,1,H,W] in 0..1; sides are multiples of 2 ** LEVELS. The mean over ever larger blocks
    fills what finer ones leave empty (Gortler et al., "The Lumigraph", 1996, section 4.4).
    """
    sums, weights = [F.avg_pool2d(colour * known, 2)], [F.avg_pool2d(known, 2)]
    for _ in range(LEVELS - 1):
        sums.append(F.avg_pool2d(sums[-1], 2))
        weights.append(F.avg_pool2d(weights[-1], 2))
    # Beyond the largest blocks the mean of all that is known, or black where nothing is.
    everywhere = sums[-1].mean((2, 3), keepdim=True) / (weights[-1].mean((2, 3), keepdim=True) + 1e-6)
    filled = (sums[-1] + 1e-3 * everywhere) / (weights[-1] + 1e-3)
    for total, weight in zip(sums[-2::-1], weights[-2::-1]):
        trust = (4 * weight).clamp(max=1)
        filled = trust * total / (weight + 1e-6) + (1 - trust) * double(filled)
    return filled


def line_alpha(colour, front, back):
    """Where a colour lies on the line from `back` (0) to `front` (1), clipped; 0.5 where the two are alike.

    The projection of Bayesian and sampling-based matting (Chuang et al. 2001): (C - B).(F - B) / |F - B|^2.
    """
    axis = front - back
    along = ((colour - back) * axis).sum(1, keepdim=True) + 5e-4
    return (along / (axis.square().sum(1, keepdim=True) + 1e-3)).clamp(0, 1)


class MatteNet(nn.Module):
    """Colour and trimap [N,4,H,W] to alpha [N,1,H,W] in 0..1; sides are multiples of 32.

    Colour is RGB in -1..1 (mean and deviation 0.5), the trimap 0 backdrop, 0.5 unknown, 1 product: the contract
    of ViTMatte. With `logits=True` the answer before the sigmoid, for the training loss.
    """

    WIDTHS = (16, 32, 64, 96)
    """Channels at 1/2, 1/4, 1/8 and 1/16 of the size."""
    GIVEN = 12 + 4 + 4 + 6
    """Entering channels at 1/2 of the size: colour, trimap, alpha on the line, product's and backdrop's colour."""

    def __init__(self):
        super().__init__()
        widths = self.WIDTHS
        self.stem = conv_norm_act(self.GIVEN, widths[0])
        self.encoder = nn.ModuleList(
            nn.Sequential(conv_norm_act(widths[i], widths[i + 1], 3, 2), Residual(widths[i + 1])) for i in range(3)
        )
        self.middle = Residual(widths[3])
        self.top = nn.ModuleList(conv_norm_act(widths[i + 1], widths[i], 1) for i in range(3))
        self.decode = nn.ModuleList(Residual(widths[i]) for i in (1, 2))
        self.last = conv_norm_act(widths[0] + self.GIVEN, 24)
        self.head = nn.Conv2d(24, 4, 3, 1, 1)
        nn.init.zeros_(self.head.weight)

    def forward(self, image_and_trimap, logits=False):
        given, line = self.prepare(image_and_trimap)
        half = self.stem(given)
        quarter = self.encoder[0](half)
        eighth = self.encoder[1](quarter)
        y = self.middle(self.encoder[2](eighth))
        y = self.decode[1](double(self.top[2](y)) + eighth)
        y = self.decode[0](double(self.top[1](y)) + quarter)
        y = double(self.top[0](y)) + half
        # The network starts from the alpha on the line and learns what is wrong with it.
        line = line.clamp(0.02, 0.98)
        change = self.head(self.last(torch.cat([y, given], 1)))
        answer = F.pixel_shuffle(torch.log(line / (1 - line)) + change, 2)
        return answer if logits else torch.sigmoid(answer)

    def prepare(self, image_and_trimap):
        """What enters the network at half size, [N,GIVEN,H/2,W/2], and of it the alpha on the line, [N,4,H/2,W/2]."""
        rgb, trimap = image_and_trimap[:, :3] * 0.5, image_and_trimap[:, 3:]
        front = nearest_colour(rgb, (trimap > 0.75).to(rgb.dtype))
        back = nearest_colour(rgb, (trimap < 0.25).to(rgb.dtype))
        phases = F.pixel_unshuffle(rgb, 2)
        line = torch.cat([line_alpha(phases[:, phase::4], front, back) for phase in range(4)], 1)
        return torch.cat([phases, F.pixel_unshuffle(trimap, 2), line, front, back], 1), line
