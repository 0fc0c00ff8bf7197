"""The faults that the denoiser learns to undo, each on float32 patches [size,size,3] in 0..1.

The mixture leans on Gaussian noise, the only one with a published yardstick; sensor noise and JPEG are
what shop photos really have; clean patches teach it to leave a good picture alone.
"""

import cv2
import numpy as np

SHARES = {"gaussian": 0.5, "faint": 0.05, "sensor": 0.16, "jpeg": 0.24, "clean": 0.05}
JPEG_GRID = 8
"""A patch must be this much larger than wanted, so that the JPEG grid can start anywhere in it."""


def normal(shape, rng):
    return rng.standard_normal(shape, np.float32)


def as_stored(x):
    """What is left after clipping and rounding to 8 bits."""
    return np.round(np.clip(x, 0, 1) * 255).astype(np.float32) / 255


def gaussian(x, rng, largest=55):
    """White Gaussian noise of sigma 0..largest (in 1/255), sometimes clipped and rounded as in a file."""
    noisy = x + normal(x.shape, rng) * np.float32(rng.uniform(0, largest) / 255)
    return as_stored(noisy) if rng.random() < 0.35 else noisy


def to_linear(x):
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def to_srgb(x):
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def sensor(x, rng):
    """Shot and read noise in linear light, its variance rising with the signal; often a little blotchy.

    Interpolating the colours of a sensor's mosaic smears the noise over neighbours: hence the small blur.
    """
    linear = to_linear(x)
    shot = np.exp(rng.uniform(np.log(1e-4), np.log(1.2e-2)))
    read = np.exp(rng.uniform(np.log(3e-4), np.log(1e-2)))
    grain = normal(x.shape, rng)
    if rng.random() < 0.5:
        side = rng.uniform(0, 0.25)
        kernel = np.float32([side, 1 - 2 * side, side])
        grain = cv2.sepFilter2D(grain, -1, kernel, kernel) / float(np.square(kernel).sum())
    noisy = linear + grain * np.sqrt(shot * linear + read**2)
    return as_stored(to_srgb(np.clip(noisy, 0, 1)))


def jpeg(x, rng):
    """JPEG of quality 30..95, with and without colour subsampling, half of the time over faint noise."""
    if rng.random() < 0.5:
        x = x + normal(x.shape, rng) * np.float32(rng.uniform(0, 20) / 255)
    stored = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    full_colour = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if rng.random() < 0.4 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96)), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, full_colour]
    _, file = cv2.imencode(".jpg", stored[..., ::-1], options)
    return cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def degrade(patch, rng):
    """(degraded, clean) of a patch, JPEG_GRID pixels smaller than it on each axis."""
    fault = rng.choice(list(SHARES), p=list(SHARES.values()))
    if fault == "gaussian":
        bad = gaussian(patch, rng)
    elif fault == "faint":
        bad = gaussian(patch, rng, largest=4)
    elif fault == "sensor":
        bad = sensor(patch, rng)
    elif fault == "jpeg":
        bad = jpeg(patch, rng)
    else:
        bad = patch
    y, x = rng.integers(JPEG_GRID, size=2)
    bottom, right = patch.shape[0] - JPEG_GRID + y, patch.shape[1] - JPEG_GRID + x
    return bad[y:bottom, x:right].astype(np.float32), patch[y:bottom, x:right]
