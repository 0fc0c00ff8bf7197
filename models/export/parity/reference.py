"""What happens to a picture before and after a network, written as plainly as it can be said.

Nothing here is taken from Packshot's pipeline, and nothing is fast. Pictures are float64 arrays [H,W,C] in 0..1 where
nothing else is said.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CENTRED = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))


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
    return as_input((picture - np.asarray(mean)) / np.asarray(deviation))


def as_input(picture):
    """[H,W,C] to a network's [1,C,H,W]."""
    return picture.transpose(2, 0, 1)[None]


def as_picture(answer):
    """A network's [1,C,H,W] to [H,W,C]."""
    return answer[0].transpose(1, 2, 0)


def stretch_to_extremes(alpha):
    span = alpha.max() - alpha.min()
    return (alpha - alpha.min()) / span if span > 0 else np.zeros_like(alpha)


def mirrored(length, start, count):
    """Indices of `count` pixels from `start` on along an axis that is mirrored at both ends, its end pixels not twice."""
    period = max(1, 2 * (length - 1))
    at = np.arange(start, start + count) % period
    return np.where(at < length, at, period - at)


def sampled(plane, height, width):
    """[H,W] at another size, bilinear between pixel centres, without averaging."""
    rows, columns = (
        np.clip((np.arange(to) + 0.5) * have / to - 0.5, 0, have - 1) for have, to in zip(plane.shape, (height, width))
    )
    return ndimage.map_coordinates(plane, np.meshgrid(rows, columns, indexing="ij"), order=1)


def mean_around(plane, radius):
    """Over a square window; the picture is mirrored at its borders, its end pixels twice."""
    return ndimage.uniform_filter(plane, 2 * radius + 1, mode="reflect")


def guided_model(guide, target, radius, epsilon):
    """
    Guided filter (He, Sun, Tang 2010): the linear model of the guide's colours [H,W,3] that explains `target` [H,W] around each
    pixel, [H,W,4], the constant last.
    """
    means = np.stack([mean_around(guide[..., c], radius) for c in range(3)], -1)
    products = np.stack([[mean_around(guide[..., i] * guide[..., j], radius) for j in range(3)] for i in range(3)])
    spread = products.transpose(2, 3, 0, 1) - means[..., :, None] * means[..., None, :] + epsilon * np.eye(3)
    mean = mean_around(target, radius)
    together = np.stack([mean_around(guide[..., c] * target, radius) for c in range(3)], -1) - means * mean[..., None]
    slopes = np.linalg.solve(spread, together[..., None])[..., 0]
    model = np.concatenate([slopes, (mean - (slopes * means).sum(-1))[..., None]], -1)
    return np.stack([mean_around(model[..., k], radius) for k in range(4)], -1)


def guided(photo, model):
    """What a guided model says at the photo's size, which may be larger."""
    height, width = photo.shape[:2]
    model = np.stack([sampled(model[..., k], height, width) for k in range(4)], -1)
    return (model[..., :3] * photo).sum(-1) + model[..., 3]
