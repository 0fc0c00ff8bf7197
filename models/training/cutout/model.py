"""ShotNet: the compact cut-out network.

A residual encoder over pixel-unshuffled RGB, two attention blocks at 1/32 of the size, a light U-shaped
decoder and a sub-pixel head. 2.46 M parameters. Full convolutions only: depthwise ones are slow on a CPU.
"""

import torch
import torch.nn.functional as F
from torch import nn


def conv_norm_act(inputs, outputs, kernel=3, stride=1):
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions around a skip; the branch starts small so that early steps stay calm."""

    def __init__(self, channels):
        super().__init__()
        self.first = conv_norm_act(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )
        nn.init.constant_(self.second[1].weight, 0.2)

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


class Attention(nn.Module):
    """Self-attention over all positions of the 1/32 grid, with a depthwise convolution for position."""

    def __init__(self, channels, heads=6):
        super().__init__()
        self.heads = heads
        self.position = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels)
        self.norm_attention = nn.BatchNorm2d(channels)
        self.norm_mlp = nn.BatchNorm2d(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, 2 * channels, 1), nn.ReLU(inplace=True), nn.Conv2d(2 * channels, channels, 1)
        )

    def forward(self, x):
        x = x + self.position(x)
        batch, channels, height, width = x.shape
        depth = channels // self.heads
        qkv = self.qkv(self.norm_attention(x)).reshape(batch, 3, self.heads, depth, height * width)
        query, key, value = qkv.unbind(1)
        weights = torch.softmax(query.transpose(2, 3) @ key * depth**-0.5, -1)
        mixed = (value @ weights.transpose(2, 3)).reshape(batch, channels, height, width)
        x = x + self.project(mixed)
        return x + self.mlp(self.norm_mlp(x))


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class ShotNet(nn.Module):
    """RGB [N,3,S,S] in 0..1 (S a multiple of 32) to alpha [N,1,S,S] in 0..1.

    With `aux=True` it returns logits at full, 1/4 and 1/8 size, for the training loss.
    """

    ENCODER = (16, 32, 64, 128, 192)
    BLOCKS = (1, 1, 2, 1)
    DECODER = (16, 32, 64, 96)

    def __init__(self):
        super().__init__()
        enc, dec = self.ENCODER, self.DECODER
        self.stem = conv_norm_act(12, enc[0])
        self.encoder = nn.ModuleList(
            nn.Sequential(
                conv_norm_act(enc[i], enc[i + 1], 3, 2), *[Residual(enc[i + 1]) for _ in range(self.BLOCKS[i])]
            )
            for i in range(4)
        )
        self.context = nn.Sequential(Attention(enc[4]), Attention(enc[4]))
        # For decoder level i: `top` narrows what comes from below, `lateral` the skip, `decode` mixes.
        tops, skips = (dec[1], dec[2], dec[3], enc[4]), (enc[0] + 12, enc[1], enc[2], enc[3])
        self.top = nn.ModuleList(conv_norm_act(tops[i], dec[i], 1) for i in range(4))
        self.lateral = nn.ModuleList(conv_norm_act(skips[i], dec[i], 1) for i in range(4))
        depth = (2, 2, 1, 1)
        self.decode = nn.ModuleList(
            nn.Sequential(*[conv_norm_act(dec[i], dec[i]) for _ in range(depth[i])]) for i in range(4)
        )
        self.head = nn.Conv2d(dec[0], 4, 3, 1, 1)
        self.side_eighth, self.side_quarter = nn.Conv2d(dec[2], 1, 1), nn.Conv2d(dec[1], 1, 1)

    def features(self, rgb):
        """What the decoder makes of a picture, at 1/2, 1/4, 1/8 and 1/16 of its size."""
        x = F.pixel_unshuffle((rgb - 0.5) * 4.0, 2)
        half = self.stem(x)
        skips, y = [torch.cat([half, x], 1)], half
        for stage in self.encoder:
            y = stage(y)
            skips.append(y)
        y = self.context(skips.pop())
        levels = {}
        for i in (3, 2, 1, 0):
            y = self.decode[i](double(self.top[i](y)) + self.lateral[i](skips[i]))
            levels[i] = y
        return levels

    def forward(self, rgb, aux=False):
        levels = self.features(rgb)
        logits = F.pixel_shuffle(self.head(levels[0]), 2)
        if aux:
            return logits, self.side_quarter(levels[1]), self.side_eighth(levels[2])
        return torch.sigmoid(logits)
