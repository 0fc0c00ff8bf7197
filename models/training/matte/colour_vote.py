"""The colour step of the cut-out (`cutout/colour_refine.py`) as part of a network's graph, at the network's size."""

import torch
import torch.nn.functional as F
from torch import nn

BINS = 14
ROUNDS = 5
RADIUS, EPSILON = 6, 1e-3


def box(x, radius):
    """The mean over a window of 2 * radius + 1, at borders over what there is of it."""
    return F.avg_pool2d(x, 2 * radius + 1, 1, radius, count_include_pad=False)


def lab(rgb):
    """sRGB [1,3,H,W] in 0..1 to CIE L*a*b* (D65), each channel scaled to about 0..1."""
    linear = torch.where(rgb > 0.04045, ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = torch.tensor(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
    ) / torch.tensor([[0.950456], [1.0], [1.088754]])
    xyz = F.conv2d(linear, to_xyz[:, :, None, None])
    root = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = root[:, 0:1], root[:, 1:2], root[:, 2:3]
    return torch.cat([(116 * y - 16) / 100, (500 * (x - y) + 90) / 180, (200 * (y - z) + 90) / 180], 1)


class Guide:
    """Guided filtering (He et al. 2010) of one-channel pictures [1,1,H,W] by the colours of one photo [1,3,H,W]."""

    def __init__(self, rgb, radius, epsilon):
        self.rgb, self.radius, self.mean = rgb, radius, box(rgb, radius)
        pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
        products = box(torch.cat([rgb[:, i : i + 1] * rgb[:, j : j + 1] for i, j in pairs], 1), radius)
        rr, rg, rb, gg, gb, bb = (
            products[:, k : k + 1] - self.mean[:, i : i + 1] * self.mean[:, j : j + 1] + (epsilon if i == j else 0)
            for k, (i, j) in enumerate(pairs)
        )
        rows = [
            [gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg],
            [rb * gb - rg * bb, rr * bb - rb * rb, rg * rb - rr * gb],
            [rg * gb - rb * gg, rg * rb - rr * gb, rr * gg - rg * rg],
        ]
        determinant = rr * rows[0][0] + rg * rows[0][1] + rb * rows[0][2]
        self.inverse = [torch.cat(row, 1) / determinant for row in rows]

    def coefficients(self, target):
        """Slope [1,3,H,W] and offset [1,1,H,W] of the local linear model of `target` in the photo's colours."""
        mean = box(target, self.radius)
        covariance = box(self.rgb * target, self.radius) - self.mean * mean
        slope = torch.cat([(row * covariance).sum(1, keepdim=True) for row in self.inverse], 1)
        offset = mean - (slope * self.mean).sum(1, keepdim=True)
        return box(slope, self.radius), box(offset, self.radius)

    def __call__(self, target):
        slope, offset = self.coefficients(target)
        return (slope * self.rgb).sum(1, keepdim=True) + offset


class ColourVote(nn.Module):
    """RGB [1,3,S,S] and a network's alpha [1,1,S,S], both 0..1, to the alpha that the colours agree with."""

    def __init__(self):
        super().__init__()
        wave = torch.exp(-(torch.arange(-2.0, 3.0) ** 2) / (2 * 0.8**2))
        kernel = wave[:, None, None] * wave[:, None] * wave
        self.register_buffer("kernel", (kernel / kernel.sum())[None, None])

    def forward(self, rgb, alpha):
        smooth = Guide(rgb, RADIUS, EPSILON)
        level = (lab(rgb).clamp(0, 0.999) * BINS).floor().long()
        bins = ((level[:, 0] * BINS + level[:, 1]) * BINS + level[:, 2]).flatten()
        guess = alpha.clamp(0.01, 0.99)
        belief = torch.log(guess / (1 - guess)).clamp(-3.5, 3.5)
        for _ in range(ROUNDS):
            inside = self.shares(bins, guess * (guess > 0.5).float())
            outside = self.shares(bins, (1 - guess) * (guess < 0.5).float())
            vote = torch.log(inside / outside)[bins].clamp(-4, 4).reshape(alpha.shape)
            guess = smooth(torch.sigmoid(belief + vote)).clamp(0.01, 0.99)
        return ((guess - 0.3) / 0.4).clamp(0, 1)

    def shares(self, bins, weights):
        """The smoothed histogram [BINS^3] of weights [1,1,S,S] over bins [S*S]."""
        counts = torch.zeros(BINS**3).scatter_add(0, bins, weights.flatten())
        counts = F.conv3d(counts.reshape(1, 1, BINS, BINS, BINS), self.kernel, padding=2).flatten()
        return counts / (counts.sum() + 1e-6) + 1e-5
