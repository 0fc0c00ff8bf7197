"""NAFNet: denoising (SIDD) and deblurring (GoPro, REDS).

Chen et al., "Simple Baselines for Image Restoration", 2022 (arXiv 2204.04676). The plain network, with the global
average in its channel attention: the local variant of the deblurring checkpoints has the same weights and the same
answer on pictures of at most 384 x 384, and so is this network fed with such tiles.

Keys of the state dict are those of the published checkpoints.
"""

import torch
from torch import nn


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of every pixel, in plain operations that ONNX knows."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        variance = (centred * centred).mean(1, keepdim=True)
        return centred / torch.sqrt(variance + 1e-6) * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)


def gate(x):
    """Half of the channels times the other half: the block's only non-linearity."""
    left, right = x.chunk(2, dim=1)
    return left * right


class Block(nn.Module):
    """The NAFNet block: depthwise convolution with channel attention, then a gated feed-forward."""

    def __init__(self, channels):
        super().__init__()
        wide = 2 * channels
        self.norm1 = ChannelNorm(channels)
        self.conv1 = nn.Conv2d(channels, wide, 1)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, groups=wide)
        self.sca = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1))
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.norm2 = ChannelNorm(channels)
        self.conv4 = nn.Conv2d(channels, wide, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        mixed = gate(self.conv2(self.conv1(self.norm1(x))))
        x = x + self.conv3(mixed * self.sca(mixed)) * self.beta
        return x + self.conv5(gate(self.conv4(self.norm2(x)))) * self.gamma


class NAFNet(nn.Module):
    """Float32 NCHW [1,3,H,W] in 0..1 to the same, not clamped. Sides must be multiples of 16."""

    def __init__(self, width, encoder, middle, decoder):
        super().__init__()
        self.intro = nn.Conv2d(3, width, 3, padding=1)
        self.encoders, self.downs = nn.ModuleList(), nn.ModuleList()
        self.ups, self.decoders = nn.ModuleList(), nn.ModuleList()
        channels = width
        for blocks in encoder:
            self.encoders.append(nn.Sequential(*[Block(channels) for _ in range(blocks)]))
            self.downs.append(nn.Conv2d(channels, 2 * channels, 2, stride=2))
            channels *= 2
        self.middle_blks = nn.Sequential(*[Block(channels) for _ in range(middle)])
        for blocks in decoder:
            self.ups.append(nn.Sequential(nn.Conv2d(channels, 2 * channels, 1, bias=False), nn.PixelShuffle(2)))
            channels //= 2
            self.decoders.append(nn.Sequential(*[Block(channels) for _ in range(blocks)]))
        self.ending = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, rgb):
        x = self.intro(rgb)
        skips = []
        for encode, down in zip(self.encoders, self.downs):
            x = encode(x)
            skips.append(x)
            x = down(x)
        x = self.middle_blks(x)
        for up, decode, skip in zip(self.ups, self.decoders, reversed(skips)):
            x = decode(up(x) + skip)
        return self.ending(x) + rgb


def sidd(width):
    return NAFNet(width, (2, 2, 4, 8), 12, (2, 2, 2, 2))


def deblurring(width):
    """GoPro and REDS."""
    return NAFNet(width, (1, 1, 1, 28), 1, (1, 1, 1, 1))
