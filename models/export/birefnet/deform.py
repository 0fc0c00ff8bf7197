"""Modulated deformable convolution (Zhu et al., "Deformable ConvNets v2", CVPR 2019).

Exported as ONNX's own DeformConv, so that a runtime can use one kernel. The usual export spells the operator
out as thousands of gathers, which is very slow on a GPU and unsupported by several providers.
"""

import torch
import torch.nn.functional as F
from torch import nn


def deform_conv(x, offset, weight, mask, padding):
    """sum_k W_k · m_k(p) · x(p + p_k + d_k(p)), sampled bilinearly, zero outside. Stride 1, one group.

    x [N,C,H,W]; offset [N,2K,H,W] holds (dy, dx) for each kernel position, row by row; mask [N,K,H,W].
    """
    count, _, height, width = x.shape
    _, channels, kernel_h, kernel_w = weight.shape
    rows = torch.arange(height, dtype=x.dtype, device=x.device).view(1, height, 1) - padding
    columns = torch.arange(width, dtype=x.dtype, device=x.device).view(1, 1, width) - padding
    total = 0
    for position in range(kernel_h * kernel_w):
        row, column = divmod(position, kernel_w)
        y = rows + row + offset[:, 2 * position]
        x_at = columns + column + offset[:, 2 * position + 1]
        # grid_sample without align_corners has pixel centres at (2i + 1) / size - 1.
        grid = torch.stack(((2 * x_at + 1) / width - 1, (2 * y + 1) / height - 1), -1)
        sampled = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        modulated = (sampled * mask[:, position : position + 1]).reshape(count, channels, -1)
        total = total + weight[:, :, row, column] @ modulated
    return total.view(count, -1, height, width)


class NativeDeformConv(torch.autograd.Function):
    """`deform_conv` in torch, one DeformConv node in ONNX (opset 19)."""

    @staticmethod
    def forward(_ctx, x, offset, weight, mask, padding):
        if torch.onnx.is_in_onnx_export():
            # Tracing needs the shape alone; the values would cost most of the time of a true-size export.
            return x.new_zeros(offset.shape[0], weight.shape[0], *offset.shape[2:])
        return deform_conv(x, offset, weight, mask, padding)

    @staticmethod
    def symbolic(graph, x, offset, weight, mask, padding):
        outputs, _, *kernel = weight.type().sizes()
        bias = graph.op("Constant", value_t=torch.zeros(outputs))
        return graph.op(
            "DeformConv", x, weight, offset, bias, mask,
            kernel_shape_i=kernel, pads_i=[padding] * 4, strides_i=[1, 1], dilations_i=[1, 1],
            group_i=1, offset_group_i=1,
        )  # fmt: skip


class DeformableConv2d(nn.Module):
    """A convolution that learns where to look: offsets and weights of the samples come from the input itself."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.padding = kernel // 2
        self.offset_conv = nn.Conv2d(inputs, 2 * kernel * kernel, kernel, 1, self.padding)
        self.modulator_conv = nn.Conv2d(inputs, kernel * kernel, kernel, 1, self.padding)
        self.regular_conv = nn.Conv2d(inputs, outputs, kernel, 1, self.padding, bias=False)

    def forward(self, x):
        mask = 2 * torch.sigmoid(self.modulator_conv(x))
        return NativeDeformConv.apply(x, self.offset_conv(x), self.regular_conv.weight, mask, self.padding)
