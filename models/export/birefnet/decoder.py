"""BiRefNet's decoder: bilateral reference at every level.

The inward reference is the image itself, cut into patches that are stacked as channels, so that no pixel is
lost at any level. The outward reference is a gate learned from the gradient of the target: it draws the
decoder to fine structure. Keys of the state dict are those of the published checkpoints, heads that only the
training uses included, so that one loads without leftovers.
"""

import torch
import torch.nn.functional as F
from torch import nn

from birefnet.deform import DeformableConv2d
from birefnet.swin import sides


def resize_to(x, like):
    return F.interpolate(x, size=sides(like)[2:], mode="bilinear", align_corners=True)


def image_patches(image, like, order):
    """Cuts the image into patches of the size of `like` and stacks them as channels, without losing a pixel."""
    count, channels, height, width = sides(image)
    _, _, patch_height, patch_width = sides(like)
    rows, columns = height // patch_height, width // patch_width
    patches = image.view(count, channels, rows, patch_height, columns, patch_width)
    # "channel": channel, row, column. "column": column, row, channel, as the network was before November 2024.
    axes = (0, 1, 2, 4, 3, 5) if order == "channel" else (0, 4, 2, 1, 3, 5)
    return patches.permute(*axes).reshape(count, -1, patch_height, patch_width)


class DeformableBranch(nn.Module):
    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.atrous_conv = DeformableConv2d(inputs, outputs, kernel)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.atrous_conv(x)))


class DeformableASPP(nn.Module):
    """Deformable convolutions of several sizes and the mean of the whole map, side by side."""

    def __init__(self, channels, planes):
        super().__init__()
        self.aspp1 = DeformableBranch(channels, planes, 1)
        self.aspp_deforms = nn.ModuleList(DeformableBranch(channels, planes, kernel) for kernel in (1, 3, 7))
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU()
        )
        self.conv1 = nn.Conv2d(5 * planes, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)

    def forward(self, x):
        mean = self.global_avg_pool(x).expand(-1, -1, *sides(x)[2:])
        branches = [self.aspp1(x), *(branch(x) for branch in self.aspp_deforms), mean]
        return F.relu(self.bn1(self.conv1(torch.cat(branches, 1))))


class DecoderBlock(nn.Module):
    def __init__(self, inputs, outputs, inner, planes):
        super().__init__()
        self.conv_in = nn.Conv2d(inputs, inner, 3, 1, 1)
        self.bn_in = nn.BatchNorm2d(inner)
        self.dec_att = DeformableASPP(inner, planes)
        self.conv_out = nn.Conv2d(inner, outputs, 3, 1, 1)
        self.bn_out = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.bn_out(self.conv_out(self.dec_att(F.relu(self.bn_in(self.conv_in(x))))))


class Lateral(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return self.conv(x)


class PatchConvs(nn.Module):
    def __init__(self, inputs, outputs, inner):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 3, 1, 1)
        self.conv_out = nn.Conv2d(inner, outputs, 3, 1, 1)

    def forward(self, x):
        return self.conv_out(self.conv1(x))


class Decoder(nn.Module):
    """The image and its maps at 1/4, 1/8, 1/16, 1/32 (channels from the deepest: c) to logits [N,1,H,W]."""

    def __init__(self, c, inner, planes, order):
        super().__init__()
        self.order = order
        patch_outputs = {5: c[0] // 8, 4: c[0] // 8, 3: c[1] // 8, 2: c[2] // 8, 1: c[3] // 8}
        for level, patches in {5: 1024, 4: 256, 3: 64, 2: 16, 1: 1}.items():
            self.add_module(f"ipt_blk{level}", PatchConvs(3 * patches, patch_outputs[level], inner))
        outputs = {4: c[1], 3: c[2], 2: c[3], 1: c[3] // 2}
        for level in (4, 3, 2, 1):
            inputs = c[4 - level] + patch_outputs[level + 1]
            self.add_module(f"decoder_block{level}", DecoderBlock(inputs, outputs[level], inner, planes))
        self.conv_out1 = nn.Sequential(nn.Conv2d(outputs[1] + patch_outputs[1], 1, 1))
        for level in (4, 3, 2):
            channels = outputs[level]
            self.add_module(f"lateral_block{level}", Lateral(channels))
            self.add_module(f"conv_ms_spvn_{level}", nn.Conv2d(channels, 1, 1))  # training only
            self.add_module(
                f"gdt_convs_{level}", nn.Sequential(nn.Conv2d(channels, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU())
            )
            self.add_module(f"gdt_convs_pred_{level}", nn.Sequential(nn.Conv2d(16, 1, 1)))  # training only
            self.add_module(f"gdt_convs_attn_{level}", nn.Sequential(nn.Conv2d(16, 1, 1)))

    def with_patches(self, x, image, level):
        patches = image_patches(image, x, self.order)
        return torch.cat((x, getattr(self, f"ipt_blk{level}")(patches)), 1)

    def gated(self, x, level):
        gradient = getattr(self, f"gdt_convs_{level}")(x)
        return x * torch.sigmoid(getattr(self, f"gdt_convs_attn_{level}")(gradient))

    def forward(self, image, maps):
        x = maps[3]
        for level in (4, 3, 2):
            x = getattr(self, f"decoder_block{level}")(self.with_patches(x, image, level + 1))
            finer = maps[level - 2]
            x = resize_to(self.gated(x, level), finer) + getattr(self, f"lateral_block{level}")(finer)
        x = resize_to(self.decoder_block1(self.with_patches(x, image, 2)), image)
        return self.conv_out1(self.with_patches(x, image, 1))
