"""ShadowFormer: removes the shadow that a mask marks.

Guo et al., "ShadowFormer: Global Context Helps Image Shadow Removal", AAAI 2023 (arXiv 2302.01650). A U of transformer
blocks; where pictures are small enough, attention works in windows and weighs pairs of pixels by whether one of them
lies in the shadow and the other does not. Keys of the state dict are those of the published checkpoints, one misspelt.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SHADOW_THRESHOLD = 0.1
SAME_SIDE_WEIGHT = 0.2
FORBIDDEN = -100.0


class ChannelAttentionBlock(nn.Module):
    """Two convolutions whose channels are weighed by their mean, and a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.CA = nn.Module()
        self.CA.conv_du = nn.Sequential(
            nn.Conv2d(channels, channels // 4, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(channels // 4, channels, 1, bias=False),
            nn.Sigmoid(),
        )
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.PReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        )

    def forward(self, x):
        answer = self.body(x)
        return x + answer * self.CA.conv_du(answer.mean((2, 3), keepdim=True))


class FeedForward(nn.Module):
    """LeFF: linear, depthwise convolution, linear."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.linear1 = nn.Sequential(nn.Linear(channels, hidden), nn.GELU())
        self.dwconv = nn.Sequential(nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden), nn.GELU())
        self.linear2 = nn.Sequential(nn.Linear(hidden, channels))

    def forward(self, x):
        """[1,H,W,C] to the same."""
        x = self.linear1(x).permute(0, 3, 1, 2)
        return self.linear2(self.dwconv(x).permute(0, 2, 3, 1))


def relative_positions(window):
    """For every pair of pixels of a window the row of the bias table, Int64 [window^2,window^2]."""
    rows, columns = np.divmod(np.arange(window * window), window)
    rows = rows[:, None] - rows[None, :] + window - 1
    columns = columns[:, None] - columns[None, :] + window - 1
    return torch.from_numpy(rows * (2 * window - 1) + columns)


def to_windows(x, window):
    """[1,H,W,C] to [windows,window^2,C]."""
    _, height, width, channels = x.shape
    x = x.reshape(height // window, window, width // window, window, channels)
    return x.permute(0, 2, 1, 3, 4).reshape(-1, window * window, channels)


def from_windows(windows, window, height, width):
    x = windows.reshape(height // window, width // window, window, window, -1)
    return x.permute(0, 2, 1, 3, 4).reshape(1, height, width, -1)


def split_by_the_roll(height, width, window, shift):
    """Which windows of a rolled picture hold pixels of its opposite edges, and which pixels those are: [windows,window^2]."""
    def side(length):
        zones = np.zeros(length)
        zones[length - window :] = 1
        zones[length - shift :] = 2
        return zones

    zones = 3 * side(height)[:, None] + side(width)[None, :]
    return to_windows(torch.from_numpy(zones.astype(np.float32))[None, :, :, None], window)[:, :, 0]


class ShadowInteractionAttention(nn.Module):
    """Window attention whose scores are weighed by the shadow mask: whole across its edge, a fifth within a side."""

    def __init__(self, channels, window, heads):
        super().__init__()
        self.heads, self.scale = heads, (channels // heads) ** -0.5
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("relative_position_index", relative_positions(window))
        self.qkv = nn.Module()
        self.qkv.to_q = nn.Linear(channels, channels)
        self.qkv.to_kv = nn.Linear(channels, 2 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x, shadow, zones):
        """x [windows,N,C], shadow [windows,N,1] in 0..1, zones [windows,N] or None."""
        windows, count, channels = x.shape
        split = (windows, count, self.heads, channels // self.heads)
        key, value = self.qkv.to_kv(x).chunk(2, dim=-1)
        query = self.qkv.to_q(x).reshape(split).transpose(1, 2) * self.scale
        scores = query @ key.reshape(split).permute(0, 2, 3, 1)

        dark = (shadow >= SHADOW_THRESHOLD).to(x.dtype)
        across = dark + dark.transpose(1, 2) - 2 * dark @ dark.transpose(1, 2)
        scores = scores * (SAME_SIDE_WEIGHT + (1 - SAME_SIDE_WEIGHT) * across)[:, None]
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()]
        scores = scores + bias.reshape(count, count, self.heads).permute(2, 0, 1)[None]
        if zones is not None:
            scores = scores + FORBIDDEN * (zones[:, :, None] != zones[:, None, :]).to(x.dtype)[:, None]
        answer = scores.softmax(-1) @ value.reshape(split).transpose(1, 2)
        return self.proj(answer.transpose(1, 2).reshape(windows, count, channels))


class Block(nn.Module):
    """A transformer block. Without `heads` it has channel attention only."""

    def __init__(self, channels, heads, window, shift):
        super().__init__()
        self.window, self.shift = window, shift
        self.norm1 = nn.LayerNorm(channels)
        if heads:
            self.attn = ShadowInteractionAttention(channels, window, heads)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = FeedForward(channels, 4 * channels)
        self.CAB = ChannelAttentionBlock(channels)

    def attend(self, x, mask):
        _, height, width, _ = x.shape
        mask, zones = mask.permute(0, 2, 3, 1), None
        if self.shift:
            x, mask = (torch.roll(t, (-self.shift, -self.shift), (1, 2)) for t in (x, mask))
            zones = split_by_the_roll(height, width, self.window, self.shift)
        answer = self.attn(to_windows(x, self.window), to_windows(mask, self.window), zones)
        x = from_windows(answer, self.window, height, width)
        return torch.roll(x, (self.shift, self.shift), (1, 2)) if self.shift else x

    def forward(self, x, mask):
        """x [1,H,W,C], mask [1,1,H,W]."""
        answer = self.norm1(x)
        if hasattr(self, "attn"):
            answer = self.attend(answer, mask)
        x = x + self.CAB(answer.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return x + self.mlp(self.norm2(x))


class Level(nn.Module):
    """Two blocks, the second on windows moved by half a window."""

    def __init__(self, channels, window, heads=0):
        super().__init__()
        self.blocks = nn.ModuleList([Block(channels, heads, window, shift) for shift in (0, window // 2)])

    def forward(self, x, mask):
        x = x.permute(0, 2, 3, 1)
        for block in self.blocks:
            x = block(x, mask)
        return x.permute(0, 3, 1, 2)


def wrapped(name, layer):
    """The layer under the name that the checkpoints give it."""
    module = nn.Module()
    setattr(module, name, nn.Sequential(layer))
    return module


class ShadowFormer(nn.Module):
    """rgb [1,3,H,W] in 0..1 and mask [1,1,H,W], 1 = shadow, to rgb, not clamped. Sides: multiples of 8 windows."""

    def __init__(self, channels=32, window=10):
        super().__init__()
        one, two, four, eight = channels, 2 * channels, 4 * channels, 8 * channels
        self.input_proj = wrapped("proj", nn.Conv2d(4, one, 3, padding=1))
        self.encoderlayer_0 = Level(one, window)
        self.dowsample_0 = wrapped("conv", nn.Conv2d(one, two, 4, stride=2, padding=1))
        self.encoderlayer_1 = Level(two, window)
        self.dowsample_1 = wrapped("conv", nn.Conv2d(two, four, 4, stride=2, padding=1))
        self.encoderlayer_2 = Level(four, window, heads=4)
        self.dowsample_2 = wrapped("conv", nn.Conv2d(four, eight, 4, stride=2, padding=1))
        self.conv = Level(eight, window, heads=16)
        self.upsample_0 = wrapped("deconv", nn.ConvTranspose2d(eight, four, 2, stride=2))
        self.decoderlayer_0 = Level(eight, window, heads=8)
        self.upsample_1 = wrapped("deconv", nn.ConvTranspose2d(eight, two, 2, stride=2))
        self.decoderlayer_1 = Level(four, window)
        self.upsample_2 = wrapped("deconv", nn.ConvTranspose2d(four, one, 2, stride=2))
        self.decoderlayer_2 = Level(two, window)
        self.output_proj = wrapped("proj", nn.Conv2d(two, 3, 3, padding=1))

    def forward(self, rgb, mask):
        half = F.max_pool2d(mask, 2)
        quarter = F.max_pool2d(half, 2)
        eighth = F.max_pool2d(quarter, 2)
        x0 = self.encoderlayer_0(F.leaky_relu(self.input_proj.proj(torch.cat((rgb, mask), 1))), mask)
        x1 = self.encoderlayer_1(self.dowsample_0.conv(x0), half)
        x2 = self.encoderlayer_2(self.dowsample_1.conv(x1), quarter)
        x = self.conv(self.dowsample_2.conv(x2), eighth)
        x = self.decoderlayer_0(torch.cat((self.upsample_0.deconv(x), x2), 1), quarter)
        x = self.decoderlayer_1(torch.cat((self.upsample_1.deconv(x), x1), 1), half)
        x = self.decoderlayer_2(torch.cat((self.upsample_2.deconv(x), x0), 1), mask)
        return self.output_proj.proj(x) + rgb
