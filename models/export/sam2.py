"""SAM 2.1 (Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024), from `transformers`, as two graphs.

The encoder runs once for a picture, the decoder once for every click. Ports are those of the public ONNX files; keys
of the state dict are those of the checkpoints for `transformers`.
"""

import torch
from torch import nn
from transformers import Sam2Config, Sam2HieraDetConfig, Sam2Model, Sam2VisionConfig

EMBEDDINGS = ("image_embeddings.0", "image_embeddings.1", "image_embeddings.2")
ENCODER_INPUTS = ("pixel_values",)
DECODER_INPUTS = (*EMBEDDINGS, "input_points", "input_labels", "input_boxes")
PREVIOUS_MASK = ("mask_input", "has_mask_input")
DECODER_OUTPUTS = ("iou_scores", "pred_masks", "object_score_logits")


class Encoder(nn.Module):
    """Float32 NCHW [1,3,1024,1024], normalised as ImageNet, to three maps: [1,32,256,256], [1,64,128,128], [1,256,64,64]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return tuple(self.model.get_image_embeddings(pixel_values))


class Decoder(nn.Module):
    """The maps and what was clicked to three masks for each of P objects, with an estimate of their quality.

    Points Float32 [1,P,N,2] and boxes Float32 [1,B,4] are in pixels of the 1024 x 1024 picture; labels Int64 [1,P,N]:
    1 object, 0 not the object, -1 and -10 as in the original. Boxes may be none (B = 0), or one for each object
    (B = P). With boxes alone the points are [1,1,0,2] and the labels [1,B,0].

    Without boxes the original ends the points with "not a point". This graph does so itself: add no such point.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, low, middle, high, points, labels, boxes, mask=None, has_mask=None):
        model = self.model
        sparse = torch.cat([self.embed_points(points, labels), self.embed_boxes(boxes, labels.shape[1])], 2)
        masks, scores, _, presence = model.mask_decoder(
            image_embeddings=high,
            image_positional_embeddings=model.get_image_wide_positional_embeddings(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=self.embed_mask(high, mask, has_mask),
            multimask_output=True,
            high_resolution_features=[low, middle],
        )
        return scores, masks, presence

    def embed_points(self, points, labels):
        return self.model.prompt_encoder._embed_points(points, labels, pad=False)

    def embed_boxes(self, boxes, objects):
        """[1,P,3,256]: two corners and "not a point" for each box; without boxes "not a point" alone, [1,P,1,256]."""
        prompt = self.model.prompt_encoder
        count = boxes.shape[1]
        corners = (boxes + 0.5).view(1, count, 2, 2)
        corners = prompt.shared_embedding(corners, (prompt.input_image_size, prompt.input_image_size))
        corners = corners + prompt.point_embed.weight[2:4]
        nothing = prompt.not_a_point_embed.weight
        corners = torch.cat([corners, nothing.expand(1, count, 1, -1)], 2)
        # A branch would be frozen by the trace. Rows of "not a point" behind the boxes are what is left without any.
        rows = torch.cat([corners, nothing.expand(1, objects, 3, -1)], 1)
        tokens = 1 + 2 * torch.clamp(torch.as_tensor(count), max=1)
        return rows[:, :objects, :tokens]

    def embed_mask(self, high, mask, has_mask):
        prompt = self.model.prompt_encoder
        none = prompt.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(1, -1, *high.shape[2:])
        if mask is None:
            return none
        return torch.where(has_mask.reshape(1, 1, 1, 1) > 0, prompt.mask_embed(mask), none)


def build(encoder, **rest):
    """`encoder` in the terms of Hiera; the rest of the network has one size, but for tests."""
    vision = Sam2VisionConfig(
        backbone_config=encoder,
        backbone_channel_list=encoder.embed_dim_per_stage[::-1],
        **rest.pop("vision", {}),
    )
    # The frequencies of the positions are a buffer with random numbers: from one seed, whoever builds it.
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = Sam2Model(Sam2Config(vision_config=vision, **rest)).eval()
    # Points and pixels have one and the same; checkpoints hold it twice.
    model.shared_image_embedding.positional_embedding.copy_(model.prompt_encoder.shared_embedding.positional_embedding)
    return model


def hiera(width, heads, blocks, whole, windows=(8, 4, 14, 7), background=(7, 7), **rest):
    """Hiera with `blocks` at each of four stages; blocks named in `whole` look at the whole picture."""
    return Sam2HieraDetConfig(
        hidden_size=width,
        num_attention_heads=heads,
        blocks_per_stage=list(blocks),
        embed_dim_per_stage=[width * 2**stage for stage in range(4)],
        num_attention_heads_per_stage=[heads * 2**stage for stage in range(4)],
        global_attention_blocks=list(whole),
        window_size_per_stage=list(windows),
        window_positional_embedding_background_size=list(background),
        **rest,
    )


def tiny():
    return build(hiera(96, 1, (1, 2, 7, 2), (5, 7, 9)))


def small():
    return build(hiera(96, 1, (1, 2, 11, 2), (7, 10, 13)))


def base_plus():
    return build(hiera(112, 2, (2, 3, 16, 3), (12, 16, 20), background=(14, 14)))


def large():
    return build(hiera(144, 2, (2, 6, 36, 4), (23, 33, 43), windows=(8, 4, 16, 8)))


def narrow(side=256):
    """The same network with few channels and blocks, for pictures of `side` pixels."""
    grid = side // 4
    return build(
        hiera(8, 1, (1, 2, 3, 2), (4,), image_size=[side, side]),
        vision={
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[grid, grid], [grid // 2, grid // 2], [grid // 4, grid // 4]],
        },
        prompt_encoder_config={"hidden_size": 32, "image_size": side},
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_attention_heads": 4,
            "iou_head_hidden_dim": 32,
        },
    )


MODELS = {
    "sam2.1-tiny": tiny,
    "sam2.1-small": small,
    "sam2.1-base-plus": base_plus,
    "sam2.1-large": large,
}
