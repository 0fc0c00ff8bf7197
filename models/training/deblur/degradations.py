"""The blurs that the deblurrer learns to undo, each as a kernel, on float32 patches [size,size,3] in 0..1.

Motion follows a random trajectory (after Boracchi and Foi, "Modeling the performance of image restoration from
motion blur", 2012, much simplified); defocus is a disc, as a round aperture makes it; Gaussian blur stands for
soft lenses and bad enlargements. Light adds up before the camera's tone curve, so kernels act on linear light
most of the time. Sharp patches teach the network to leave a good picture alone.
"""

import cv2
import numpy as np

from denoise.degradations import as_stored, normal, to_linear, to_srgb

SHARES = {"motion": 0.38, "defocus": 0.24, "gaussian": 0.2, "sharp": 0.18}
MARGIN = 16
"""A patch must be this much larger than wanted on every side, so that no border of the blur is seen."""

LARGEST_MOTION, LARGEST_DISC, LARGEST_SIGMA = 21, 5.0, 3.0


def motion_kernel(length, rng):
    """Where a shaking camera pointed during the exposure: a path of about `length` pixels, drawn with its weight."""
    steps, size = 64, 2 * MARGIN + 1
    direction, turn = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.02)
    path, position = [], np.zeros(2)
    for _ in range(steps):
        turn = 0.9 * turn + rng.normal(0, 0.04)
        direction += turn
        position = position + np.array([np.cos(direction), np.sin(direction)]) * length / steps
        path.append(position)
    path = np.array(path) - np.mean(path, axis=0)
    kernel = np.zeros((size, size), np.float32)
    for x, y in path + MARGIN:
        x0, y0 = int(np.clip(x, 0, size - 2)), int(np.clip(y, 0, size - 2))
        fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
        kernel[y0, x0] += (1 - fx) * (1 - fy)
        kernel[y0, x0 + 1] += fx * (1 - fy)
        kernel[y0 + 1, x0] += (1 - fx) * fy
        kernel[y0 + 1, x0 + 1] += fx * fy
    return kernel / kernel.sum()


def disc_kernel(radius):
    """A disc of `radius` pixels with a soft rim of one pixel."""
    y, x = np.mgrid[-MARGIN : MARGIN + 1, -MARGIN : MARGIN + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return kernel / kernel.sum()


def gaussian_kernel(sigma):
    line = np.exp(-0.5 * (np.arange(-MARGIN, MARGIN + 1) / sigma) ** 2)
    kernel = np.outer(line, line).astype(np.float32)
    return kernel / kernel.sum()


def blur(x, kernel, linear):
    """`x` blurred, its light added up in linear or in stored values; borders are the caller's to cut away."""
    source = to_linear(x) if linear else x
    blurred = cv2.filter2D(source.astype(np.float32), -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REFLECT)
    return to_srgb(np.clip(blurred, 0, 1)).astype(np.float32) if linear else blurred


def random_kernel(kind, rng):
    if kind == "motion":
        return motion_kernel(rng.uniform(3, LARGEST_MOTION), rng)
    if kind == "defocus":
        return disc_kernel(rng.uniform(0.7, LARGEST_DISC))
    return gaussian_kernel(rng.uniform(0.5, LARGEST_SIGMA))


def degrade(patch, rng):
    """(blurred, sharp) of a patch, MARGIN pixels smaller than it on each side."""
    kind = rng.choice(list(SHARES), p=list(SHARES.values()))
    bad = patch if kind == "sharp" else blur(patch, random_kernel(kind, rng), linear=rng.random() < 0.7)
    if kind != "sharp" or rng.random() < 0.3:
        bad = bad + normal(bad.shape, rng) * np.float32(rng.uniform(0, 3) / 255)
    if kind != "sharp" and rng.random() < 0.15:
        bad = jpeg(bad, int(rng.integers(75, 97)))
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    return as_stored(bad)[inner], patch[inner]


def jpeg(x, quality):
    stored = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    _, file = cv2.imencode(".jpg", stored[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def evaluation_kernels(index):
    """The three blurs of an evaluation patch: the same for every network, another path for every patch."""
    rng = np.random.default_rng(1000 + index)
    return {
        "motion": motion_kernel(9 + index % 5 * 2, rng),
        "defocus": disc_kernel(2 + index % 3),
        "gaussian": gaussian_kernel(1.2 + 0.3 * (index % 4)),
    }


def evaluation_blur(patch, kernel, index):
    """A patch [H,W,3] in 0..1 blurred in linear light, with noise of 1/255, stored in 8 bits."""
    rng = np.random.default_rng(2000 + index)
    return as_stored(blur(patch, kernel, linear=True) + normal(patch.shape, rng) * np.float32(1 / 255))
