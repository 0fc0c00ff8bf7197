"""ShadowFormer (Guo et al., "Global Context Helps Image Shadow Removal", AAAI 2023), windows of 10 pixels."""

import torch
from torch.nn.functional import conv_transpose2d, gelu, leaky_relu, max_pool2d, relu

from .layers import conv, heads_of, joined, layer_norm, linear
from .windows import in_windows, relative_bias

WINDOW = 10


def shadowformer(w, rgb, mask):
    """[1,3,H,W] and the shadow's mask [1,1,H,W], 0..1, to [1,3,H,W]; sides multiples of 80."""
    masks = [mask]
    for _ in range(3):
        masks.append(max_pool2d(masks[-1], 2))
    x = leaky_relu(conv(torch.cat((rgb, mask), 1), w / "input_proj" / "proj" / 0, padding=1))
    skips = []
    for level, heads in enumerate((0, 0, 4)):
        x = pair(x, masks[level], w / f"encoderlayer_{level}", heads)
        skips.append(x)
        x = conv(x, w / f"dowsample_{level}" / "conv" / 0, stride=2, padding=1)
    x = pair(x, masks[3], w / "conv", 16)
    for level, heads in enumerate((8, 0, 0)):
        up = w / f"upsample_{level}" / "deconv" / 0
        x = torch.cat((conv_transpose2d(x, up["weight"], up["bias"], stride=2), skips.pop()), 1)
        x = pair(x, masks[2 - level], w / f"decoderlayer_{level}", heads)
    return rgb + conv(x, w / "output_proj" / "proj" / 0, padding=1)


def pair(x, mask, w, heads):
    """Two blocks; the windows of the second lie half a window aside. Without `heads` there is no attention between pixels."""
    for block, shift in zip((w / "blocks").list(), (0, WINDOW // 2)):
        y = on_pixels(x, lambda t: layer_norm(t, block / "norm1"))
        if heads:
            y = on_pixels(y, lambda t: in_windows(t, WINDOW, shift, interaction(block / "attn", heads, mask[0, 0])))
        x = x + weigh_channels(y, block / "CAB")
        y = on_pixels(x, lambda t: gelu(linear(layer_norm(t, block / "norm2"), block / "mlp" / "linear1" / 0)))
        y = gelu(conv(y, block / "mlp" / "dwconv" / 0, padding=1, groups=y.shape[1]))
        x = x + on_pixels(y, lambda t: linear(t, block / "mlp" / "linear2" / 0))
    return x


def on_pixels(x, change):
    """[1,C,H,W] by way of [H,W,C]."""
    return change(x[0].permute(1, 2, 0)).permute(2, 0, 1)[None]


def interaction(w, heads, mask):
    """Attention that counts whole between light and shadow, and a fifth within either."""
    bias = relative_bias(w["relative_position_bias_table"], WINDOW)

    def attend(tokens, place, forbidden):
        dark = mask[place].flatten() >= 0.1
        across = torch.where(dark[:, None] != dark[None, :], 1.0, 0.2)
        query = heads_of(linear(tokens, w / "qkv" / "to_q"), heads)
        key, value = (heads_of(part, heads) for part in linear(tokens, w / "qkv" / "to_kv").chunk(2, 1))
        scores = query @ key.transpose(1, 2) * query.shape[2] ** -0.5 * across
        scores = scores + bias - 100.0 * forbidden
        return linear(joined(scores.softmax(-1) @ value), w / "proj")

    return attend


def weigh_channels(x, w):
    y = conv(x, w / "body" / 0, padding=1)
    y = conv(torch.where(y > 0, y, y * w["body.1.weight"]), w / "body" / 2, padding=1)
    squeezed = relu(conv(y.mean((2, 3), keepdim=True), w / "CA" / "conv_du" / 0))
    return x + y * torch.sigmoid(conv(squeezed, w / "CA" / "conv_du" / 2))
