"""How small pictures came to be: the ways of shrinking that the upscalers learn to undo.

Mostly clean downscaling by the usual kernels; some with the faint noise or JPEG of a shop's thumbnail.
The clean large picture is always the target, so the network also learns to take these faults away.
"""

import cv2
import numpy as np
from PIL import Image

KERNELS = {
    Image.Resampling.BOX: 0.45,
    Image.Resampling.BICUBIC: 0.2,
    Image.Resampling.LANCZOS: 0.2,
    Image.Resampling.HAMMING: 0.15,
}
NOISE_SHARE, LARGEST_NOISE = 0.15, 4 / 255
JPEG_SHARE = 0.2
JPEG_GRID = 8
"""A small patch must be this much larger than wanted, so that the JPEG grid can start anywhere in it."""


def shrink(patch, scale, rng):
    """The patch uint8 [sn,sn,3] made `scale` times smaller, nearly always clean: uint8 [n,n,3]."""
    kernel = list(KERNELS)[rng.choice(len(KERNELS), p=list(KERNELS.values()))]
    side = patch.shape[0] // scale
    small = np.asarray(Image.fromarray(patch).resize((side, side), kernel))
    if rng.random() < NOISE_SHARE:
        noise = rng.standard_normal(small.shape, np.float32) * np.float32(rng.uniform(0, LARGEST_NOISE) * 255)
        small = np.round(np.clip(small + noise, 0, 255)).astype(np.uint8)
    if rng.random() < JPEG_SHARE:
        _, file = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 97))])
        small = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]
    return small


def cut(small, large, scale, rng):
    """(small, large) without JPEG_GRID rows and columns of the small one, at the same random place in both."""
    y, x = rng.integers(JPEG_GRID, size=2)
    n = small.shape[0] - JPEG_GRID
    return small[y : y + n, x : x + n], large[scale * y : scale * (y + n), scale * x : scale * (x + n)]
