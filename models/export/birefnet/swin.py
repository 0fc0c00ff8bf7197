"""Swin Transformer encoder (Liu et al., ICCV 2021) that gives a feature map from each of its four stages.

Keys of the state dict are those of the published Swin and BiRefNet checkpoints. Sizes are fixed when it is
traced: the windows of a map whose side is no multiple of the window are filled with zeros on the right and
below, as in the dense-prediction form of the network.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class SwinSize:
    width: int
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    window: int


SWIN_T = SwinSize(96, (2, 2, 6, 2), (3, 6, 12, 24), 7)
SWIN_L = SwinSize(192, (2, 2, 18, 2), (6, 12, 24, 48), 12)


def sides(x):
    """The shape as plain numbers, so that a trace holds constants instead of computing shapes at run time."""
    return [int(side) for side in x.shape]


def to_windows(x, window):
    """[N,H,W,C] to [N · windows, window², C]; H and W are multiples of the window."""
    count, height, width, channels = sides(x)
    x = x.view(count, height // window, window, width // window, window, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, channels)


def from_windows(windows, window, height, width):
    channels = sides(windows)[-1]
    x = windows.view(-1, height // window, width // window, window, window, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, channels)


def seam_regions(height, width, window):
    """For each window of a map rolled by half a window, which region each of its places came from."""
    regions = np.zeros((height, width), np.float32)
    edges = (slice(0, -window), slice(-window, -(window // 2)), slice(-(window // 2), None))
    for row, rows in enumerate(edges):
        for column, columns in enumerate(edges):
            regions[rows, columns] = 3 * row + column
    regions = regions.reshape(height // window, window, width // window, window)
    return torch.from_numpy(regions.transpose(0, 2, 1, 3).reshape(-1, window * window).copy())


def relative_position_index(window):
    places = np.stack(np.meshgrid(np.arange(window), np.arange(window), indexing="ij")).reshape(2, -1)
    away = places[:, :, None] - places[:, None, :] + window - 1
    return torch.from_numpy(away[0] * (2 * window - 1) + away[1])


class WindowAttention(nn.Module):
    def __init__(self, channels, heads, window):
        super().__init__()
        self.heads, self.scale = heads, (channels // heads) ** -0.5
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("relative_position_index", relative_position_index(window))
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x, mask):
        count, places, channels = sides(x)
        qkv = self.qkv(x).view(count, places, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        bias = self.relative_position_bias_table[self.relative_position_index.view(-1)]
        scores = (query * self.scale) @ key.transpose(-2, -1)
        scores = scores + bias.view(places, places, self.heads).permute(2, 0, 1)
        if mask is not None:
            windows = sides(mask)[0]
            scores = scores.view(count // windows, windows, self.heads, places, places) + mask[:, None]
            scores = scores.view(count, self.heads, places, places)
        mixed = torch.softmax(scores, -1) @ value
        return self.proj(mixed.transpose(1, 2).reshape(count, places, channels))


class Mlp(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, channels, heads, window, shift):
        super().__init__()
        self.window, self.shift = window, shift
        self.norm1 = nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads, window)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels)

    def forward(self, x, mask):
        _, height, width, _ = sides(x)
        window, shift = self.window, self.shift
        y = F.pad(self.norm1(x), (0, 0, 0, -width % window, 0, -height % window))
        full_height, full_width = sides(y)[1:3]
        if shift:
            y = torch.roll(y, (-shift, -shift), (1, 2))
        y = self.attn(to_windows(y, window), mask if shift else None)
        y = from_windows(y, window, full_height, full_width)
        if shift:
            y = torch.roll(y, (shift, shift), (1, 2))
        x = x + y[:, :height, :width]
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    """Halves the map: four neighbours become one place of twice the channels."""

    def __init__(self, channels):
        super().__init__()
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)
        self.norm = nn.LayerNorm(4 * channels)

    def forward(self, x):
        _, height, width, _ = sides(x)
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        left, right = x[:, :, 0::2], x[:, :, 1::2]
        return self.reduction(self.norm(torch.cat([left[:, 0::2], left[:, 1::2], right[:, 0::2], right[:, 1::2]], -1)))


class Stage(nn.Module):
    def __init__(self, channels, depth, heads, window, merges):
        super().__init__()
        self.window = window
        self.blocks = nn.ModuleList(Block(channels, heads, window, (i % 2) * (window // 2)) for i in range(depth))
        self.downsample = PatchMerging(channels) if merges else None

    def forward(self, x):
        height, width = (side + -side % self.window for side in sides(x)[1:3])
        regions = seam_regions(height, width, self.window).to(x.device)
        # Kept as comparison, not as a stored table: at 2048² the table alone would be 160 MB.
        mask = (regions[:, None, :] != regions[:, :, None]).to(x.dtype) * -100.0
        for block in self.blocks:
            x = block(x, mask)
        return x, self.downsample(x) if self.downsample else x


class PatchEmbed(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.proj = nn.Conv2d(3, channels, 4, 4)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x):
        return self.norm(self.proj(x).permute(0, 2, 3, 1))


class SwinTransformer(nn.Module):
    """[N,3,H,W] to maps of 1/4, 1/8, 1/16 and 1/32 of the size, with width · (1, 2, 4, 8) channels."""

    def __init__(self, size):
        super().__init__()
        channels = [size.width * 2**i for i in range(4)]
        self.patch_embed = PatchEmbed(size.width)
        self.layers = nn.ModuleList(
            Stage(channels[i], size.depths[i], size.heads[i], size.window, i < 3) for i in range(4)
        )
        for i in range(4):
            self.add_module(f"norm{i}", nn.LayerNorm(channels[i]))

    def forward(self, x):
        x, maps = self.patch_embed(x), []
        for i, stage in enumerate(self.layers):
            out, x = stage(x)
            maps.append(getattr(self, f"norm{i}")(out).permute(0, 3, 1, 2))
        return maps
