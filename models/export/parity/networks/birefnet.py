"""BiRefNet (Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation", 2024) on Swin."""

import torch
from torch.nn.functional import gelu, relu

from .layers import attention, batch_norm, conv, heads_of, joined, layer_norm, linear, stretched, stretched_like
from .windows import filled_up, in_windows, relative_bias


def birefnet(w, rgb, *, window, heads, patches="channel"):
    """
    Normalised [1,3,H,W] to the logits [1,1,H,W]; sides multiples of 32. `heads` of each of the four stages. `patches`: which
    comes first where the picture's patches are stacked, the channel or the patch's column.
    """
    height, width = rgb.shape[2:]
    whole = swin(w / "bb", rgb, window, heads)
    half = swin(w / "bb", stretched(rgb, height // 2, width // 2, corners=True), window, heads)
    x1, x2, x3, x4 = (torch.cat((a, stretched_like(b, a, corners=True)), 1) for a, b in zip(whole, half))
    context = [stretched_like(x, x4, corners=True) for x in (x1, x2, x3)]
    x = decoder_block(torch.cat((*context, x4), 1), w / "squeeze_module" / 0)
    return decode(w / "decoder", rgb, x, (x1, x2, x3), patches)


def decode(w, rgb, x, finer, patches):
    def beside_the_picture(x, number):
        block = w / f"ipt_blk{number}"
        stacked = stack_patches(rgb, x.shape[2], x.shape[3], patches)
        return torch.cat((x, conv(conv(stacked, block / "conv1", padding=1), block / "conv_out", padding=1)), 1)

    for number in (4, 3, 2):
        x = decoder_block(beside_the_picture(x, number + 1), w / f"decoder_block{number}")
        edges = relu(batch_norm(conv(x, w / f"gdt_convs_{number}" / 0, padding=1), w / f"gdt_convs_{number}" / 1))
        x = x * torch.sigmoid(conv(edges, w / f"gdt_convs_attn_{number}" / 0))
        beside = finer[number - 2]
        x = stretched_like(x, beside, corners=True) + conv(beside, w / f"lateral_block{number}" / "conv")
    x = decoder_block(beside_the_picture(x, 2), w / "decoder_block1")
    return conv(beside_the_picture(stretched_like(x, rgb, corners=True), 1), w / "conv_out1" / 0)


def stack_patches(rgb, height, width, first):
    """The picture cut into patches of height x width, each a group of channels."""
    tops, lefts = range(0, rgb.shape[2], height), range(0, rgb.shape[3], width)
    cut = lambda channel, top, left: rgb[:, channel, top : top + height, left : left + width]
    if first == "channel":
        return torch.stack([cut(c, top, left) for c in range(3) for top in tops for left in lefts], 1)
    return torch.stack([cut(c, top, left) for left in lefts for top in tops for c in range(3)], 1)


def decoder_block(x, w):
    x = several_scales(relu(batch_norm(conv(x, w / "conv_in", padding=1), w / "bn_in")), w / "dec_att")
    return batch_norm(conv(x, w / "conv_out", padding=1), w / "bn_out")


def several_scales(x, w):
    branches = [w / "aspp1", *(w / "aspp_deforms").list()]
    found = [relu(batch_norm(deformable(x, branch / "atrous_conv"), branch / "bn")) for branch in branches]
    mean = conv(x.mean((2, 3), keepdim=True), w / "global_avg_pool" / 1)
    found.append(relu(batch_norm(mean, w / "global_avg_pool" / 2)).expand(-1, -1, *x.shape[2:]))
    return relu(batch_norm(conv(torch.cat(found, 1), w / "conv1"), w / "bn1"))


def deformable(x, w):
    """Modulated deformable convolution (Zhu et al., 2019): every tap samples between four pixels, zero beyond the picture."""
    kernel = w["regular_conv.weight"]
    side = kernel.shape[2]
    height, width = x.shape[2:]
    offsets = conv(x, w / "offset_conv", padding=side // 2)[0]
    weights = 2 * torch.sigmoid(conv(x, w / "modulator_conv", padding=side // 2))[0]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    answer = 0
    for tap in range(side * side):
        down, across = divmod(tap, side)
        y = rows + down - side // 2 + offsets[2 * tap]
        z = columns + across - side // 2 + offsets[2 * tap + 1]
        sampled = between_pixels(x[0], y, z) * weights[tap]
        answer = answer + torch.einsum("oc,chw->ohw", kernel[:, :, down, across], sampled)
    return answer[None]


def between_pixels(picture, y, x):
    """[C,H,W] at the places y, x [H,W]."""
    _, height, width = picture.shape
    top, left = y.floor().long(), x.floor().long()
    found = 0
    for row in (top, top + 1):
        for column in (left, left + 1):
            share = (1 - (y - row).abs()) * (1 - (x - column).abs())
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            found = found + picture[:, row.clamp(0, height - 1), column.clamp(0, width - 1)] * (share * inside)
    return found


def swin(w, rgb, window, heads):
    """Swin Transformer (Liu et al., 2021): maps of 1/4, 1/8, 1/16 and 1/32 of the size, each normalised."""
    x = conv(rgb, w / "patch_embed" / "proj", stride=4)[0].permute(1, 2, 0)
    x, maps = layer_norm(x, w / "patch_embed" / "norm"), []
    for index, stage in enumerate((w / "layers").list()):
        for number, block in enumerate((stage / "blocks").list()):
            x = swin_block(x, block, window, number % 2 * (window // 2), heads[index])
        maps.append(layer_norm(x, w / f"norm{index}").permute(2, 0, 1)[None])
        if "downsample" in stage:
            x = filled_up(x, 2)
            merged = torch.cat((x[0::2, 0::2], x[1::2, 0::2], x[0::2, 1::2], x[1::2, 1::2]), 2)
            x = linear(layer_norm(merged, stage / "downsample" / "norm"), stage / "downsample" / "reduction")
    return maps


def swin_block(x, w, window, shift, heads):
    bias = relative_bias(w["attn.relative_position_bias_table"], window)

    def attend(tokens, _place, forbidden):
        query, key, value = (heads_of(part, heads) for part in linear(tokens, w / "attn" / "qkv").chunk(3, 1))
        answer = attention(query, key, value, query.shape[2] ** -0.5, bias - 100.0 * forbidden)
        return linear(joined(answer), w / "attn" / "proj")

    height, width, _ = x.shape
    y = in_windows(filled_up(layer_norm(x, w / "norm1"), window), window, shift, attend)
    x = x + y[:height, :width]
    return x + linear(gelu(linear(layer_norm(x, w / "norm2"), w / "mlp" / "fc1")), w / "mlp" / "fc2")
