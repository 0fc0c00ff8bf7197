"""ViTMatte (Yao et al., 2024): a plain vision transformer, and convolutions that bring the detail back."""

import torch
from torch.nn.functional import gelu, interpolate, relu

from .layers import attention, batch_norm, channel_norm, conv, heads_of, joined, layer_norm, linear, stretched
from .windows import filled_up, in_windows

WINDOW = 14


def vitmatte(w, stacked, *, heads):
    """RGB and trimap [1,4,H,W] to alpha [1,1,H,W] in 0..1; sides multiples of 32. Every third layer sees the whole picture."""
    x = conv(stacked, w / "backbone" / "embeddings" / "projection", stride=16)[0].permute(1, 2, 0)
    x = x + positions(w["backbone.embeddings.position_embeddings"], *x.shape[:2])
    for number, layer in enumerate((w / "backbone" / "encoder" / "layer").list(), 1):
        x = transformer_layer(x, layer, heads, whole=number % 3 == 0)
    return detail(x.permute(2, 0, 1)[None], stacked, w / "decoder")


def positions(table, height, width):
    """The first row of the table belongs to a token that this network does without; the others are a square."""
    side = round((table.shape[1] - 1) ** 0.5)
    square = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    return interpolate(square, (height, width), mode="bicubic", align_corners=False)[0].permute(1, 2, 0)


def transformer_layer(x, w, heads, whole):
    height, width, _ = x.shape
    y = layer_norm(x, w / "norm1", 1e-6)
    if whole:
        x = x + attend(y.flatten(0, 1), w / "attention", heads, height, width).view(x.shape)
    else:
        one = lambda tokens, _place, _forbidden: attend(tokens, w / "attention", heads, WINDOW, WINDOW)
        x = x + in_windows(filled_up(y, WINDOW), WINDOW, 0, one)[:height, :width]
    x = x + linear(gelu(linear(layer_norm(x, w / "norm2", 1e-6), w / "mlp" / "fc1")), w / "mlp" / "fc2")
    return bottleneck(x.permute(2, 0, 1)[None], w / "residual")[0].permute(1, 2, 0) if whole else x


def attend(tokens, w, heads, height, width):
    """Scores know how far down and how far across a pixel lies, each from a table that the query is multiplied with."""
    query, key, value = (heads_of(part, heads) for part in linear(tokens, w / "qkv").chunk(3, 1))
    grid = query.view(heads, height, width, -1)
    down = torch.einsum("nhwc,hkc->nhwk", grid, distances(w["rel_pos_h"], height))
    across = torch.einsum("nhwc,wkc->nhwk", grid, distances(w["rel_pos_w"], width))
    bias = (down[..., :, None] + across[..., None, :]).reshape(heads, height * width, -1)
    return linear(joined(attention(query, key, value, query.shape[2] ** -0.5, bias)), w / "proj")


def distances(table, length):
    """[length,length,C]: of every pair along an axis. The table was made for another length: stretched."""
    table = interpolate(table.T[None], 2 * length - 1, mode="linear")[0].T
    at = torch.arange(length)
    return table[at[:, None] - at[None, :] + length - 1]


def bottleneck(x, w):
    y = gelu(channel_norm(conv(x, w / "conv1"), w / "norm1"))
    y = gelu(channel_norm(conv(y, w / "conv2", padding=1), w / "norm2"))
    return x + channel_norm(conv(y, w / "conv3"), w / "norm3")


def detail(x, stacked, w):
    maps = [stacked]
    for layer in (w / "convstream" / "convs").list():
        maps.append(unit(maps[-1], layer, stride=2))
    for block in (w / "fusion_blocks").list():
        larger = stretched(x, 2 * x.shape[2], 2 * x.shape[3])
        x = unit(torch.cat((maps.pop(), larger), 1), block / "conv", stride=1)
    head = w / "matting_head" / "matting_convs"
    x = relu(batch_norm(conv(x, head / 0, padding=1), head / 1))
    return torch.sigmoid(conv(x, head / 3))


def unit(x, w, stride):
    return relu(batch_norm(conv(x, w / "conv", stride=stride, padding=1), w / "batch_norm"))
