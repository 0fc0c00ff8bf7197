"""Where a product stands in the frame: affine matrices from a rendered sample to a training picture."""

import cv2
import numpy as np


def extent(product):
    """(centre xy, extent as a share of the side, cut by the frame?) of premultiplied RGBA; None if empty."""
    alpha = product[..., 3]
    ys, xs = np.nonzero(alpha[::4, ::4] > 127)
    if len(ys) < 12:
        return None
    left, top, right, bottom = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) * 4.0
    at_border = sum(int((edge > 127).sum()) for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]))
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return centre, max(right - left, bottom - top) / alpha.shape[0], at_border > 8


def scatter(rng, source, size, smallest, largest, centre=None, shift=0.25, turn=12):
    """Scales by smallest..largest, stretches, turns, mirrors and shifts about `centre`."""
    scale = size / source * np.exp(rng.uniform(np.log(smallest), np.log(largest)))
    aspect = np.exp(rng.uniform(-0.32, 0.32))
    angle = np.deg2rad(rng.normal(0, turn / 2))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.diag([scale * aspect**0.5, scale / aspect**0.5])
    if rng.random() < 0.5:
        matrix[:, 0] *= -1
    start = np.full(2, source / 2) if centre is None else centre
    end = np.full(2, size / 2) + rng.uniform(-shift, shift, 2) * size
    return np.concatenate([matrix, (end - matrix @ start)[:, None]], 1).astype(np.float32)


def inside(rng, source, size):
    """Enlarges within the frame, so that a product cut by the frame stays cut by it.

    Moving it inwards instead would give it a straight false edge.
    """
    scale_x = np.exp(rng.uniform(0, 0.8 if rng.random() < 0.4 else 0.35)) * size / source
    scale_y = max(scale_x * np.exp(rng.uniform(-0.25, 0.25)), size / source)
    shift_x = -rng.uniform(0, scale_x * source - size)
    shift_y = -rng.uniform(0, scale_y * source - size)
    if rng.random() < 0.5:
        return np.float32([[-scale_x, 0, size - shift_x], [0, scale_y, shift_y]])
    return np.float32([[scale_x, 0, shift_x], [0, scale_y, shift_y]])


def warp(picture, matrix, size, border):
    return cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
