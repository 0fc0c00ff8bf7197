"""What happens to a picture before and after a network, written as plainly as it can be said.

Nothing here is taken from Packshot's pipeline, and nothing is fast. Pictures are float64 arrays [H,W,C] in 0..1 where
nothing else is said.
"""

import numpy as np
from PIL import Image


def read_photo(path):
    """RGB in 0..1, [H,W,3]."""
    return np.asarray(Image.open(path).convert("RGB")).astype(np.float64) / 255


def to_bytes(values):
    """0..1 to the nearest of 256 steps; what lies outside is cut off."""
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def resize(picture, height, width):
    """
    8-bit pictures [H,W,3] or masks [H,W] at another size, the aspect not kept: by Pillow, as those resize who trained these
    networks and who serve them. Bilinear, and averaging where the picture gets smaller. Across first and then down: Pillow 13
    takes the cheaper order, and rounds differently then; its forerunners always took this one.
    """
    wide = Image.fromarray(picture).resize((width, picture.shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(wide.resize((width, height), Image.Resampling.BILINEAR))


def normalise(picture, mean, deviation):
    """[H,W,3] in 0..1 to a network's [1,3,H,W]."""
    values = (picture - np.asarray(mean)) / np.asarray(deviation)
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def stretch_to_extremes(alpha):
    span = alpha.max() - alpha.min()
    return (alpha - alpha.min()) / span if span > 0 else np.zeros_like(alpha)


def mirrored(length, start, count):
    """Indices of `count` pixels from `start` on along an axis that is mirrored at both ends, its end pixels not twice."""
    period = max(1, 2 * (length - 1))
    at = np.arange(start, start + count) % period
    return np.where(at < length, at, period - at)
