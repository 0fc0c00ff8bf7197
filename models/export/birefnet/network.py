"""The whole of BiRefNet, and its published variants. Keys of the state dict are those of the public checkpoints."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import nn

from birefnet.decoder import Decoder, DecoderBlock, resize_to
from birefnet.swin import SWIN_L, SWIN_T, SwinSize, SwinTransformer, sides


@dataclass(frozen=True)
class Variant:
    """Facts of one published file. `size` is height, width; both multiples of 32."""

    encoder: SwinSize
    size: tuple[int, int]
    input: str = "input_image"
    output: str = "output_image"
    sigmoid: bool = False
    patches: str = "channel"
    inner: int = 64
    planes: int = 256


VARIANTS = {
    "birefnet-general": Variant(SWIN_L, (1024, 1024)),
    "birefnet-general-lite": Variant(SWIN_T, (1024, 1024)),
    # The training text says 2560 wide; the published graph is 2560 high.
    "birefnet-general-lite-2k": Variant(SWIN_T, (2560, 1440)),
    "birefnet-hr": Variant(SWIN_L, (2048, 2048)),
    "birefnet-general-512": Variant(SWIN_L, (512, 512)),
    "rmbg-2.0": Variant(SWIN_L, (1024, 1024), "pixel_values", "alphas", sigmoid=True, patches="column"),
}

BRANCHES = ("aspp1", "aspp_deforms.0", "aspp_deforms.1", "aspp_deforms.2")
BLOCKS = ("squeeze_module.0", *(f"decoder.decoder_block{level}" for level in (4, 3, 2, 1)))
OFFSETS = tuple(f"{block}.dec_att.{branch}.atrous_conv.offset_conv" for block in BLOCKS for branch in BRANCHES)
"""Which convolutions say where to look."""

SMALL = SwinSize(16, (2, 2, 2, 2), (1, 2, 4, 8), 4)


def narrow(variant, size=(128, 160)):
    """The same network with few channels, for comparing it with a reference in seconds."""
    return replace(variant, encoder=SMALL, size=size, inner=16, planes=24)


class BiRefNet(nn.Module):
    """RGB [N,3,H,W], normalised as ImageNet, to the logits of alpha (or alpha, if the variant says so) [N,1,H,W]."""

    def __init__(self, variant):
        super().__init__()
        self.sigmoid = variant.sigmoid
        # Maps of the image and of its half are stacked: twice the channels of the encoder, deepest first.
        channels = [2 * variant.encoder.width * 2**i for i in (3, 2, 1, 0)]
        self.bb = SwinTransformer(variant.encoder)
        self.squeeze_module = nn.Sequential(
            DecoderBlock(sum(channels), channels[0], variant.inner, variant.planes)
        )
        self.decoder = Decoder(channels, variant.inner, variant.planes, variant.patches)

    def forward(self, image):
        _, _, height, width = sides(image)
        half = F.interpolate(image, size=(height // 2, width // 2), mode="bilinear", align_corners=True)
        maps = [torch.cat((x, resize_to(y, x)), 1) for x, y in zip(self.bb(image), self.bb(half))]
        deepest = torch.cat([*(resize_to(x, maps[3]) for x in maps[:3]), maps[3]], 1)
        maps[3] = self.squeeze_module(deepest)
        logits = self.decoder(image, maps)
        return torch.sigmoid(logits) if self.sigmoid else logits
