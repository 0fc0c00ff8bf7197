"""How poor small pictures came to be: the faults that the degraded sets of the upscalers learn to undo.

Second-order as in Real-ESRGAN (Wang et al., 2021): blur, resizing, noise and compression, and most of the time all of
it again, the second time down to the small size. Milder than there, for a shop's pictures were photos once. The target
is the large picture, a little sharpened as there too, so that the answer is crisp although errors are averaged.
"""

import cv2
import numpy as np

from denoise.degradations import as_stored, normal, sensor

SECOND_SHARE = 0.7
FILTERS = [cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]
SHARPEN_SIGMA, SHARPEN_AMOUNT = 1.5, 0.5


def soften(x, largest, rng):
    """Blur by a Gaussian of 0.1..largest pixels on two axes, turned at random."""
    long, short = rng.uniform(0.1, largest, 2)
    angle = rng.uniform(0, np.pi)
    reach = int(np.ceil(3 * largest))
    y, x_axis = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x_axis * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x_axis * np.sin(angle)
    kernel = np.exp(-0.5 * ((along / long) ** 2 + (across / short) ** 2)).astype(np.float32)
    return cv2.filter2D(x, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


def resize(x, side, rng):
    return cv2.resize(x, (side, side), interpolation=FILTERS[rng.integers(len(FILTERS))])


def add_noise(x, largest, rng):
    """Gaussian noise up to `largest` (in 1/255), of all channels alike or apart, or Poisson-Gaussian sensor noise."""
    kind = rng.random()
    if kind < 0.3:
        return sensor(np.clip(x, 0, 1), rng)
    if kind < 0.8:
        shape = x.shape if rng.random() < 0.6 else (*x.shape[:2], 1)
        return x + normal(shape, rng) * np.float32(rng.uniform(0, largest) / 255)
    return x


def compress(x, lowest, rng):
    """JPEG or, a quarter of the time, WebP of quality lowest..95."""
    kind, setting = (".webp", cv2.IMWRITE_WEBP_QUALITY) if rng.random() < 0.25 else (".jpg", cv2.IMWRITE_JPEG_QUALITY)
    return stored_as(x, kind, [setting, int(rng.integers(lowest, 96))])


def stored_as(x, kind, settings):
    """`x` [H,W,3] in 0..1 as it comes back from a file."""
    stored = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    _, file = cv2.imencode(kind, stored[..., ::-1], settings)
    return cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def degrade(patch, scale, rng):
    """The patch float32 [sn,sn,3] in 0..1 made `scale` times smaller and poor: float32 [n,n,3]."""
    n = patch.shape[0] // scale
    x = soften(patch, 0.5 * scale, rng)
    if rng.random() < SECOND_SHARE:
        x = resize(x, int(n * rng.uniform(0.8, scale)), rng)
        x = compress(add_noise(x, 10, rng), 50, rng)
        x = soften(x, 0.8, rng)
    x = add_noise(resize(x, n, rng), 12, rng)
    return compress(x, 40, rng) if rng.random() < 0.85 else as_stored(x)


def sharpened(patch):
    """The patch with its difference to a Gaussian blur added: the target."""
    soft = cv2.GaussianBlur(patch, (0, 0), SHARPEN_SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.clip(patch + SHARPEN_AMOUNT * (patch - soft), 0, 1)


def evaluation_degraded(patch, scale, index):
    """A patch [H,W,3] in 0..1 as a shop's bad source has it: soft, small, a little noisy, JPEG of quality 60."""
    soft = cv2.GaussianBlur(patch, (0, 0), 0.6 * scale)
    small = as_stored(cv2.resize(soft, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA))
    noise = np.random.default_rng(4000 + index).normal(0, 4 / 255, small.shape)
    return stored_as(small + noise, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 60])
