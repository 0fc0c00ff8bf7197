"""SAM 2.1 (Ravi et al., "Segment Anything in Images and Videos", 2024) for single pictures: encoder, and decoder of prompts."""

import math

import torch
from torch.nn.functional import conv_transpose2d, gelu, interpolate, max_pool2d, relu

from .layers import attention, channel_norm, conv, heads_of, joined, layer_norm, linear
from .realesrgan import repeated
from .windows import filled_up


def encode(w, rgb, *, blocks, heads, windows, whole):
    """
    Normalised [1,3,S,S] to maps of 1/4, 1/8 and 1/16 of the size. Hiera has `blocks` at each of four stages; those numbered in
    `whole` see the whole picture, the others windows.
    """
    maps = hiera(w / "vision_encoder" / "backbone", rgb, blocks, heads, windows, whole)
    neck = [conv(x, convolution) for x, convolution in zip(reversed(maps), (w / "vision_encoder" / "neck" / "convs").list())]
    deepest, deep, middle, fine = neck
    deep = deep + repeated(deepest, 2)
    memory = w["no_memory_embedding"].view(1, -1, 1, 1)
    return conv(fine, w / "mask_decoder" / "conv_s0"), conv(middle, w / "mask_decoder" / "conv_s1"), deep + memory


def hiera(w, rgb, blocks, heads, windows, whole):
    x = conv(rgb, w / "patch_embed" / "projection", stride=4, padding=3)[0].permute(1, 2, 0)
    x, maps, number = x + grid_positions(w, *x.shape[:2]), [], 0
    for stage, count in enumerate(blocks):
        for index in range(count):
            pools = stage > 0 and index == 0
            window = 0 if number in whole else windows[stage - 1 if pools else stage]
            x = hiera_block(x, w / "blocks" / number, window, heads * 2**stage, pools)
            number += 1
        maps.append(x.permute(2, 0, 1)[None])
    return maps


def grid_positions(w, height, width):
    """A coarse map stretched over the picture, and one of a window repeated."""
    whole = interpolate(w["pos_embed"], (height, width), mode="bicubic")[0]
    side = w["pos_embed_window"].shape[2]
    return (whole + w["pos_embed_window"][0].repeat(1, height // side, width // side)).permute(1, 2, 0)


def hiera_block(x, w, window, heads, pools):
    """A stage's first block halves the map: its queries are pooled within their window."""
    y = layer_norm(x, w / "layer_norm1", 1e-6)
    shortcut = halved(linear(y, w / "proj")) if pools else x
    height, width, _ = y.shape
    tall, wide = (window, window) if window else (height, width)
    full = filled_up(y, window) if window else y
    divisor = 2 if pools else 1
    answer = torch.zeros(full.shape[0] // divisor, full.shape[1] // divisor, shortcut.shape[2], dtype=x.dtype)
    for top in range(0, full.shape[0], tall):
        for left in range(0, full.shape[1], wide):
            part = attend_pooled(full[top : top + tall, left : left + wide], w / "attn", heads, pools)
            start, begin = top // divisor, left // divisor
            answer[start : start + part.shape[0], begin : begin + part.shape[1]] = part
    x = shortcut + answer[: shortcut.shape[0], : shortcut.shape[1]]
    y = gelu(linear(layer_norm(x, w / "layer_norm2", 1e-6), w / "mlp" / "proj_in"))
    return x + linear(y, w / "mlp" / "proj_out")


def attend_pooled(x, w, heads, pools):
    height, width, _ = x.shape
    query, key, value = linear(x, w / "qkv").chunk(3, 2)
    query = halved(query) if pools else query
    query, key, value = (heads_of(part, heads) for part in (query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1)))
    answer = joined(attention(query, key, value, query.shape[2] ** -0.5))
    return linear(answer, w / "proj").view(height // 2 if pools else height, width // 2 if pools else width, -1)


def halved(x):
    """[H,W,C], the greatest of every four."""
    return max_pool2d(x.permute(2, 0, 1), 2).permute(1, 2, 0)


def decode(w, fine, middle, deep, points, labels, *, side, heads):
    """
    The encoder's maps, one object's points [N,2] in pixels of the `side` x `side` picture and their labels [N], 1 on it and 0
    beside it, to three masks' logits [3,side/4,side/4], the estimate of how good each is [3], and the logit of there being an
    object at all [1].
    """
    prompt, decoder = w / "prompt_encoder", w / "mask_decoder"
    learned = [decoder["obj_score_token.weight"], decoder["iou_token.weight"], decoder["mask_tokens.weight"]]
    tokens = torch.cat((*learned, embed_points(prompt, points, labels, side)))
    size = deep.shape[2:]
    places = encode_places(prompt, grid_centres(*size))
    image = (deep + prompt["no_mask_embed.weight"].view(1, -1, 1, 1))[0].flatten(1).T
    tokens, image = two_way(decoder / "transformer", tokens, image, places, heads)

    x = image.T.view(1, -1, *size)
    x = gelu(channel_norm(twice_as_large(x, decoder / "upscale_conv1") + middle, decoder / "upscale_layer_norm"))
    x = gelu(twice_as_large(x, decoder / "upscale_conv2") + fine)[0]
    networks = (decoder / "output_hypernetworks_mlps").list()
    masks = [torch.einsum("c,chw->hw", perceptron(tokens[2 + i], networks[i]), x) for i in range(4)]
    scores = torch.sigmoid(perceptron(tokens[1], decoder / "iou_prediction_head"))
    # The first mask is for prompts that leave no doubt.
    return torch.stack(masks[1:]), scores[1:], perceptron(tokens[0], decoder / "pred_obj_score_head")


def embed_points(w, points, labels, side):
    """Without a box, one that is no point ends the list."""
    places = encode_places(w, (points + 0.5) / side)
    kinds = torch.stack([w["point_embed.weight"][int(label)] for label in labels])
    return torch.cat((places + kinds, w["not_a_point_embed.weight"]))


def encode_places(w, places):
    """[N,2] of 0..1, x before y, by random frequencies: [N,C]."""
    turns = 2 * math.pi * ((2 * places - 1) @ w["shared_embedding.positional_embedding"])
    return torch.cat((turns.sin(), turns.cos()), 1)


def grid_centres(height, width):
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack((x / width, y / height), 2).flatten(0, 1).double()


def two_way(w, tokens, image, places, heads):
    """Tokens look at each other and at the picture, and the picture at them, twice."""
    prompt = tokens
    for number, layer in enumerate((w / "layers").list()):
        if number == 0:
            tokens = look(tokens, tokens, tokens, layer / "self_attn", heads)
        else:
            tokens = tokens + look(tokens + prompt, tokens + prompt, tokens, layer / "self_attn", heads)
        tokens = layer_norm(tokens, layer / "layer_norm1")
        seen = look(tokens + prompt, image + places, image, layer / "cross_attn_token_to_image", heads)
        tokens = layer_norm(tokens + seen, layer / "layer_norm2")
        tokens = layer_norm(tokens + perceptron(tokens, layer / "mlp"), layer / "layer_norm3")
        seen = look(image + places, tokens + prompt, tokens, layer / "cross_attn_image_to_token", heads)
        image = layer_norm(image + seen, layer / "layer_norm4")
    seen = look(tokens + prompt, image + places, image, w / "final_attn_token_to_image", heads)
    return layer_norm(tokens + seen, w / "layer_norm_final_attn"), image


def look(query, key, value, w, heads):
    parts = ((query, "q_proj"), (key, "k_proj"), (value, "v_proj"))
    query, key, value = (heads_of(linear(x, w / name), heads) for x, name in parts)
    return linear(joined(attention(query, key, value, query.shape[2] ** -0.5)), w / "o_proj")


def perceptron(x, w):
    x = relu(linear(x, w / "proj_in"))
    for layer in (w / "layers").list() if "layers" in w else []:
        x = relu(linear(x, layer))
    return linear(x, w / "proj_out")


def twice_as_large(x, w):
    return conv_transpose2d(x, w["weight"], w["bias"], stride=2)
