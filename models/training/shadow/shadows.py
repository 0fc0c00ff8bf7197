"""Shadows painted by code: how much light is left, float32 [S,S,3] in 0..1, 1 in full light.

The renderer's shadows are all cast by its one key light onto its own floors. These fall on any picture.
"""

import cv2
import numpy as np

from cutout.photography import blur


def ellipse(rng, size):
    mask = np.zeros((size, size), np.float32)
    centre = tuple(int(c) for c in rng.uniform(0, size, 2))
    axes = tuple(int(size * np.exp(rng.uniform(np.log(0.06), np.log(0.5)))) for _ in range(2))
    cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    return mask


def polygon(rng, size):
    """A star-shaped polygon with 3 to 9 corners: a hand, a shelf, a roof, leaves."""
    count = int(rng.integers(3, 10))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    reach = size * np.exp(rng.uniform(np.log(0.08), np.log(0.6))) * rng.uniform(0.4, 1, count)
    corners = rng.uniform(0, size, 2) + np.stack([np.cos(angles), np.sin(angles)], 1) * reach[:, None]
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 255, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def stripes(rng, size):
    """A venetian blind or a fence."""
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size
    angle = rng.uniform(0, np.pi)
    phase = (xx * np.cos(angle) + yy * np.sin(angle)) * rng.uniform(2, 12) + rng.uniform()
    return (phase % 1 < rng.uniform(0.25, 0.75)).astype(np.float32)


def half(rng, size):
    """Everything beyond one straight edge: the shadow of what stands outside the frame."""
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    return (xx * np.cos(angle) + yy * np.sin(angle) > rng.uniform(-0.3, 0.4)).astype(np.float32)


def cast(rng, alpha):
    """A product's alpha [S,S] laid onto the ground: sheared about its foot, flattened, longer or shorter than it."""
    size = alpha.shape[0]
    rows = np.nonzero(alpha.max(1) > 0.5)[0]
    foot = float(rows[-1]) if len(rows) else size * 0.8
    shear, flat = rng.uniform(-1.6, 1.6), rng.uniform(-0.5, 0.9)
    matrix = np.float32([[1, -shear, shear * foot], [0, flat, foot - flat * foot]])
    return cv2.warpAffine(alpha, matrix, (size, size), flags=cv2.INTER_LINEAR)


def contact(rng, alpha):
    """A product's alpha, shifted: what it takes from the wall behind or from the ground it stands on."""
    size = alpha.shape[0]
    shift = np.float32([[1, 0, rng.uniform(-0.1, 0.1) * size], [0, 1, rng.uniform(-0.04, 0.1) * size]])
    return cv2.warpAffine(alpha, shift, (size, size))


def foot(rng, alpha):
    """A flat ellipse under a product: the soft dark spot of a large lamp."""
    ys, xs = np.nonzero(alpha > 0.5)
    if len(ys) < 12:
        return ellipse(rng, alpha.shape[0])
    mask = np.zeros_like(alpha)
    width, depth = (xs.max() - xs.min()) * rng.uniform(0.35, 0.7), rng.uniform(0.02, 0.09) * alpha.shape[0]
    centre = (int(xs.mean()), int(ys.max() - depth * rng.uniform(-0.3, 0.6)))
    cv2.ellipse(mask, centre, (int(width) + 1, int(depth) + 1), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    return mask


def light_left(rng, masks, sharpest=0.5):
    """Light under some masks, each 1 in shadow: blurred from hard to very soft, of some depth, often bluish."""
    size = masks[0].shape[0]
    light = np.ones((size, size, 3), np.float32)
    for mask in masks:
        softness = float(np.exp(rng.uniform(np.log(sharpest), np.log(0.06 * size))))
        mask = blur(mask, softness)
        if rng.random() < 0.3:  # a sharp core in a soft surround, as near its caster
            mask = 0.5 * mask + 0.5 * blur(mask, 3 * softness)
        depth = rng.uniform(0.08, 0.75) * (1 + rng.normal(0, 0.06) * np.float32([1, 0.2, -0.8]))
        light *= 1 - mask[..., None] * np.clip(depth, 0, 0.85).astype(np.float32)
    return light
