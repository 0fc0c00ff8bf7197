"""Prompts: as maps for the network, and made up for training and scoring from the mask that is wanted."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F

REACHES = (0.015, 0.06, 0.25)
"""How far a click is seen on its maps, as shares of the picture's side."""

MAPS = 2 * len(REACHES) + 2
"""Clicks on the object and beside it at each reach, the box, and the former answer."""

BESIDE, ON, TOP_LEFT, BOTTOM_RIGHT, NOTHING = 0, 1, 2, 3, -1
"""Labels of points, those of SAM (Kirillov et al., "Segment Anything", 2023)."""


def centres(cells, like):
    """Centres of a row of cells, 0..1."""
    return (torch.arange(cells, dtype=like.dtype, device=like.device) + 0.5) / cells


def sampling_weights(points, cells):
    """How much each cell of a grid counts for points [N,P,2] in 0..1: [N,P,cells*cells], sum 1, some 1.5 cells wide."""
    across = torch.exp(-0.8 * ((centres(cells, points) - points[..., :1]) * cells).square())
    down = torch.exp(-0.8 * ((centres(cells, points) - points[..., 1:]) * cells).square())
    weights = (down[..., :, None] * across[..., None, :]).flatten(2)
    return weights / (weights.sum(2, keepdim=True) + 1e-6)


def prompt_maps(points, labels, side, cells, former, has_former):
    """Points [N,P,2] in pixels of `side`, labels [N,P], former logits [N,1,H,W], presence [N]: [N,MAPS,cells,cells].

    Clicks fall from 1 to 0 with their distance; the box is 1 inside, -1 outside, 0 without; the former answer -1..1.
    """
    points = points / side
    x = centres(cells, points)[None, None, None, :] - points[..., 0, None, None]
    y = centres(cells, points)[None, None, :, None] - points[..., 1, None, None]
    square = x * x + y * y
    drawn = []
    for label in (ON, BESIDE):
        nearest = (square + 1e3 * (labels != label).to(square.dtype)[..., None, None]).amin(1, keepdim=True)
        drawn += [torch.exp(-nearest / (2 * reach * reach)) for reach in REACHES]
    first = (labels == TOP_LEFT).to(square.dtype)[..., None, None]
    last = (labels == BOTTOM_RIGHT).to(square.dtype)[..., None, None]
    edge = torch.minimum((torch.minimum(x, y) * first).sum(1), (torch.minimum(-x, -y) * last).sum(1))
    box = torch.tanh(edge * cells) * first.sum(1)
    shrunk = F.interpolate(former, size=(cells, cells), mode="bilinear", align_corners=False)
    known = torch.tanh(shrunk / 4) * has_former[:, None, None, None]
    return torch.cat([*drawn, box[:, None], known], 1)


def largest_region(wrong):
    """The largest connected region of a boolean mask [H,W], as uint8 with a border of one pixel; None if empty."""
    count, regions, facts, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8), connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    return np.pad((regions == largest).astype(np.uint8), 1)


def middle(region):
    """The pixel (x, y) of a region with a border that is farthest from its edge."""
    depth = cv2.distanceTransform(region, cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x) - 0.5, float(y) - 0.5


def anywhere(rng, region):
    """A pixel (x, y) of a region with a border, likelier the farther from its edge, and none at the very edge."""
    depth = cv2.distanceTransform(region, cv2.DIST_L2, 3)
    ys, xs = np.nonzero(depth > 0.35 * depth.max())
    chosen = int(rng.integers(len(ys)))
    return float(xs[chosen]) - 0.5, float(ys[chosen]) - 0.5


def next_click(wanted, guess, rng=None):
    """(x, y, label) in the largest wrong region: at its middle, or with `rng` anywhere in it; None if all is right.

    `wanted` and `guess` are boolean [H,W]. Coordinates are in pixels, centres at .5.
    """
    region = largest_region(wanted & ~guess), largest_region(guess & ~wanted)
    areas = [0 if one is None else int(one.sum()) for one in region]
    if not any(areas):
        return None
    missed = areas[0] >= areas[1]
    chosen = region[0 if missed else 1]
    x, y = middle(chosen) if rng is None or rng.random() < 0.5 else anywhere(rng, chosen)
    return x, y, ON if missed else BESIDE


def box_around(wanted, rng=None):
    """(left, top, right, bottom) of a mask, with `rng` each side off by up to a tenth."""
    ys, xs = np.nonzero(wanted)
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float64)
    if rng is not None:
        size = np.array([box[2] - box[0], box[3] - box[1]] * 2)
        box += size * rng.normal(0, 0.04, 4).clip(-0.1, 0.1)
    height, width = wanted.shape
    return box.clip(0, [width, height, width, height])
