"""ViTMatte (Yao et al., "Boosting Image Matting with Pre-trained Plain Vision Transformers", 2024), from `transformers`.

RGB normalised to -1..1 and the trimap 0..1, stacked to Float32 NCHW [1,4,H,W], to alpha 0..1. Sides are free, but must
be multiples of 32: whoever runs it pads. Keys of the state dict are those of the checkpoints for `transformers`.
"""

from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting


class ViTMatte(VitMatteForImageMatting):
    def forward(self, pixel_values):
        return super().forward(pixel_values).alphas


def vitmatte(width, heads):
    return build(width, heads, 12, VitMatteConfig().convstream_hidden_sizes, VitMatteConfig().fusion_hidden_sizes)


def small():
    return vitmatte(384, 6)


def base():
    return vitmatte(768, 12)


def narrow():
    """The same network with few channels and three layers, the last of them with global attention."""
    return build(24, 2, 3, (8, 12, 16), (24, 16, 12, 8))


def build(width, heads, layers, details, fusions):
    # Every third layer looks at the whole picture and ends in a convolution; the others look at windows.
    whole = list(range(2, layers, 3))
    backbone = VitDetConfig(
        num_channels=4,
        image_size=512,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        use_relative_position_embeddings=True,
        window_size=14,
        window_block_indices=[layer for layer in range(layers) if layer not in whole],
        residual_block_indices=whole,
        out_features=[f"stage{layers}"],
    )
    return ViTMatte(
        VitMatteConfig(
            backbone_config=backbone,
            hidden_size=width,
            convstream_hidden_sizes=list(details),
            fusion_hidden_sizes=list(fusions),
        )
    )
