"""How small pictures came to be: the ways of halving that the upscaler learns to undo.

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
"""A patch must be 2 * JPEG_GRID larger than wanted, so that the JPEG grid can start anywhere in it."""


def halve(patch, rng):
    """(small, large) uint8 of a patch [2n+16,2n+16,3]: sides n and 2n, cut at the same random place."""
    kernel = list(KERNELS)[rng.choice(len(KERNELS), p=list(KERNELS.values()))]
    side = patch.shape[0] // 2
    small = np.asarray(Image.fromarray(patch).resize((side, side), kernel))
    if rng.random() < NOISE_SHARE:
        noise = rng.standard_normal(small.shape, np.float32) * np.float32(rng.uniform(0, LARGEST_NOISE) * 255)
        small = np.round(np.clip(small + noise, 0, 255)).astype(np.uint8)
    if rng.random() < JPEG_SHARE:
        _, file = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 97))])
        small = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1]
    y, x = rng.integers(JPEG_GRID, size=2)
    n = side - JPEG_GRID
    return small[y : y + n, x : x + n], patch[2 * y : 2 * (y + n), 2 * x : 2 * (x + n)]
