"""The photographs that train and judge the restoration networks, and the line between the two.

Everything in the photos folder and the five backgrounds named in held_out.json is for evaluation only.
"""

import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "held_out.json"), encoding="utf-8") as file:
    HELD_OUT = json.load(file)
"""Backgrounds that no network may see in training, in evaluation order."""

PATCH_SIZE = 256


def read_rgb(path, shrink=1):
    """Reads a picture as uint8 [H,W,3], made `shrink` times smaller by box filter."""
    image = Image.open(path).convert("RGB")
    if shrink > 1:
        image = image.resize((image.width // shrink, image.height // shrink), Image.Resampling.BOX)
    return np.asarray(image)


def training_paths(backgrounds):
    """Paths of the backgrounds that may be trained on, by name; fails if the held-out ones are not there.

    A folder without them is probably a renamed copy, and training on it would spoil every figure.
    """
    names = sorted(os.listdir(backgrounds))
    stems = {os.path.splitext(name)[0] for name in names}
    missing = [stem for stem in HELD_OUT if stem not in stems]
    if missing:
        raise SystemExit(f"{backgrounds} lacks the held-out backgrounds {missing}: is it the right folder?")
    return [os.path.join(backgrounds, n) for n in names if os.path.splitext(n)[0] not in HELD_OUT]


def training_pictures(backgrounds, shrinks=(2, 3)):
    """All training backgrounds as uint8 [H,W,3], each at several sizes, for grain of several scales."""
    return [read_rgb(path, shrink) for path in training_paths(backgrounds) for shrink in shrinks]


def random_patches(pictures, count, size, rng):
    """Random crops, flipped and transposed at random: uint8 [count,size,size,3]."""
    patches = np.empty((count, size, size, 3), np.uint8)
    for k in range(count):
        picture = pictures[rng.integers(len(pictures))]
        y = rng.integers(picture.shape[0] - size + 1)
        x = rng.integers(picture.shape[1] - size + 1)
        patch = picture[y : y + size, x : x + size]
        if rng.random() < 0.5:
            patch = patch[:, ::-1]
        if rng.random() < 0.5:
            patch = patch[::-1]
        if rng.random() < 0.5:
            patch = patch.transpose(1, 0, 2)
        patches[k] = patch
    return patches


def evaluation_patches(backgrounds, photos):
    """The 20 patches, float32 [1,3,H,W] in 0..1: HELD_OUT first, then the photos by name.

    Halved by box filter, centre crop of 256 x 256; of smaller photos the largest multiple of 8.
    """
    by_stem = {os.path.splitext(name)[0]: os.path.join(backgrounds, name) for name in os.listdir(backgrounds)}
    paths = [by_stem[stem] for stem in HELD_OUT]
    paths += [os.path.join(photos, name) for name in sorted(os.listdir(photos))]
    return [to_tensor(centre_crop(read_rgb(path, 2))) for path in paths]


def centre_crop(picture):
    height = min(PATCH_SIZE, picture.shape[0] // 8 * 8)
    width = min(PATCH_SIZE, picture.shape[1] // 8 * 8)
    y, x = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[y : y + height, x : x + width]


def to_tensor(picture):
    """A picture [H,W,3], uint8 or float32 in 0..1, to float32 [1,3,H,W] in 0..1."""
    tensor = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    return tensor / 255 if picture.dtype == np.uint8 else tensor


def to_array(patch):
    """float32 [1,3,H,W] to [H,W,3]."""
    return patch[0].permute(1, 2, 0).numpy()


def psnr(output, target):
    """Peak signal-to-noise ratio over RGB in dB, the output clipped to 0..1."""
    error = (output.clamp(0, 1) - target).square().mean().item()
    return float("inf") if error == 0 else -10 * np.log10(error)


def shrunk(patch, scale):
    """A patch [1,3,H,W] `scale` times smaller by box filter, an upscaler's evaluation input."""
    return F.avg_pool2d(patch, scale)


def add_gaussian_noise(patch, sigma, index):
    """Noise of `sigma` (in 1/255), not clipped, from a generator seeded with the patch's index."""
    generator = torch.Generator().manual_seed(index)
    return patch + torch.randn(patch.shape, generator=generator) * sigma / 255
