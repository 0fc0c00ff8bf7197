"""Backdrops to set a rendered product on: photographs, gradients, near-product colours, and clutter."""

import cv2
import numpy as np

from cutout.placement import scatter, warp
from photographs import read_rgb, training_paths


def load_photographs(backgrounds, side=1400):
    """The training backgrounds, longest side `side`; the held-out ones are left out."""
    photographs = []
    for path in training_paths(backgrounds):
        picture = read_rgb(path)
        scale = side / max(picture.shape[:2])
        photographs.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return photographs


def photo_crop(rng, photographs, size):
    """A random piece of a photograph, from an eighth of it to all of it, uint8 [size,size,3]."""
    photograph = photographs[rng.integers(len(photographs))]
    height, width = photograph.shape[:2]
    side = int(min(height, width) * np.exp(rng.uniform(np.log(0.12), 0)))
    crop_height = int(np.clip(side * rng.uniform(0.7, 1.4), 16, height))
    crop_width = int(np.clip(side, 16, width))
    y, x = rng.integers(height - crop_height + 1), rng.integers(width - crop_width + 1)
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    crop = cv2.resize(photograph[y : y + crop_height, x : x + crop_width], (size, size), interpolation=how)
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def gradient(rng, size):
    """A linear or round gradient between two colours, half of the time a light studio grey."""
    start, end = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    if rng.random() < 0.5:
        start = np.full(3, rng.uniform(140, 255)) + rng.normal(0, 6, 3)
        end = start * rng.uniform(0.6, 1.0)
    return blend(rng, size, start, end)


def near_product(rng, size, product):
    """A gradient close to the product's own mean colour: the white mug on the white table."""
    weight = product[..., 3].astype(np.float32)
    mean = product[..., :3].astype(np.float32).sum((0, 1)) * 255 / max(weight.sum(), 1)
    start = mean + rng.normal(0, 14, 3) + rng.normal(0, 22)
    return blend(rng, size, start, start * rng.uniform(0.75, 1.15))


def blend(rng, size, start, end):
    angle = rng.uniform(0, 2 * np.pi)
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    if rng.random() < 0.5:
        ramp = (xx * np.cos(angle) + yy * np.sin(angle)) * rng.uniform(0.5, 3) + 0.5
    else:
        ramp = np.hypot(xx - rng.uniform(-0.4, 0.4), yy - rng.uniform(-0.4, 0.4)) * rng.uniform(0.7, 2)
    return np.clip(start + (end - start) * np.clip(ramp, 0, 1)[..., None], 0, 255).astype(np.uint8)


def patchwork(rng, photographs, size):
    """A photograph with pieces of others pasted in: shelves, posters, windows, furniture, in short clutter."""
    picture = photo_crop(rng, photographs, size).copy()
    for _ in range(int(rng.integers(1, 6))):
        height, width = (int(size * np.exp(rng.uniform(np.log(0.1), np.log(0.8)))) for _ in range(2))
        y, x = int(rng.integers(-height // 2, size - height // 2)), int(rng.integers(-width // 2, size - width // 2))
        corners = np.float32([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
        corners += rng.normal(0, 0.04 * size * (rng.random() < 0.5), (4, 2))
        mask = np.zeros((size, size), np.uint8)
        cv2.fillConvexPoly(mask, corners.astype(np.int32), 255, cv2.LINE_AA)
        piece = photo_crop(rng, photographs, size) if rng.random() < 0.7 else gradient(rng, size)
        alpha = mask[..., None].astype(np.float32) / 255
        picture = (piece * alpha + picture * (1 - alpha)).astype(np.uint8)
    return picture


def any_backdrop(rng, photographs, size, until, near, other):
    """One kind of backdrop, float32 [size,size,3] in 0..1, chosen by a number in 0..1.

    `until` ends the shares of photographs, patchworks, gradients and colours near those of the product that `near()`
    gives (premultiplied RGBA); the rest is for `other()`.
    """
    kind = rng.random()
    if kind < until[0]:
        backdrop = photo_crop(rng, photographs, size)
    elif kind < until[1]:
        backdrop = patchwork(rng, photographs, size)
    elif kind < until[2]:
        backdrop = gradient(rng, size)
    elif kind < until[3]:
        backdrop = near_product(rng, size, near())
    else:
        backdrop = other()
    return backdrop.astype(np.float32) / 255


def backdrop_of_another(rng, shards, size):
    """Another shot's backdrop, with the orphaned shadow that a real table may carry, uint8 [size,size,3]."""
    other = shards.backdrop(int(rng.integers(len(shards))))
    return warp(other, scatter(rng, shards.size, size, 1.0, 1.8), size, cv2.BORDER_REFLECT_101)
