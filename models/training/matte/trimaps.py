"""Trimaps for training and evaluation, float32 [H,W]: 0 backdrop, 0.5 unknown, 1 product."""

import cv2
import numpy as np

FRONT, BACK = 0.98, 0.02
"""Exact alphas above and below these are product and backdrop."""


def shrink(mask, radius):
    """A binary mask less `radius` pixels at its edge; the border of the picture is no edge."""
    if radius < 1:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)


def from_exact(alpha, inside, outside):
    """What the exact alpha is sure of, less `inside` pixels of the product and `outside` of the backdrop."""
    front = shrink((alpha > FRONT).astype(np.uint8), inside)
    back = shrink((alpha < BACK).astype(np.uint8), outside)
    return (0.5 + 0.5 * front - 0.5 * back).astype(np.float32)


def from_coarse(coarse, radius):
    """The product's own rule (`pixels/matting/trimap.ts`): a square band along the edge, and doubt wherever it is."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)

    def less(mask):
        return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)

    trimap = 0.5 + 0.5 * less(coarse >= 0.5) - 0.5 * less(coarse < 0.5)
    return np.where((coarse > 0.05) & (coarse < 0.95), 0.5, trimap).astype(np.float32)


def coarsened(rng, alpha):
    """An alpha as a small network would give it: blurred, bent out of place, pushed to its ends, unsure in places."""
    height, width = alpha.shape
    coarse = cv2.GaussianBlur(alpha, (0, 0), float(np.exp(rng.uniform(np.log(1), np.log(8)))))
    if rng.random() < 0.5:
        bend = rng.normal(0, rng.uniform(1, 5), (2, 5, 5)).astype(np.float32)
        shift = [cv2.resize(axis, (width, height), interpolation=cv2.INTER_CUBIC) for axis in bend]
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        coarse = cv2.remap(coarse, xx + shift[0], yy + shift[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.3:
        doubt = cv2.resize(rng.random((4, 4), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        coarse = coarse + (0.5 - coarse) * np.clip(3 * doubt - 2, 0, 1)
    gain = float(np.exp(rng.uniform(0, np.log(4))))
    return np.clip((coarse - 0.5) * gain + 0.5, 0, 1)


def random_trimap(rng, alpha):
    """A trimap of a kind met in practice for an exact alpha. It holds an unknown pixel whenever alpha has an edge."""
    kind = rng.random()
    if kind < 0.45:
        inside, outside = (int(np.exp(rng.uniform(0, np.log(22)))) for _ in range(2))
        trimap = from_exact(alpha, inside, outside)
    elif kind < 0.6:  # everything between spokes and strands is open too
        radius = int(rng.integers(4, 24))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        closed = cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REFLECT_101)
        opened = cv2.morphologyEx(alpha, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REFLECT_101)
        edge = int(rng.integers(1, 6))
        front = shrink((opened > FRONT).astype(np.uint8), edge)
        back = shrink((closed < BACK).astype(np.uint8), edge)
        trimap = (0.5 + 0.5 * front - 0.5 * back).astype(np.float32)
    else:
        trimap = from_coarse(coarsened(rng, alpha), int(np.exp(rng.uniform(np.log(3), np.log(14)))))
    if rng.random() < 0.15:  # a stroke of a brush
        at = [tuple(int(v) for v in rng.integers(0, alpha.shape[0], 2)) for _ in range(2)]
        cv2.line(trimap, *at, 0.5, int(rng.integers(6, 40)))
    return trimap
