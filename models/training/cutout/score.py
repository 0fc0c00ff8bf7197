"""Photos with reference mattes, the scores of a cut-out against them, and the baseline to beat."""

import os
from dataclasses import dataclass

import cv2
import numpy as np

NETWORK_SIZE = 288
LARGEST_SIDE = 1280


@dataclass
class Reference:
    """A photo, uint8 [H,W,3], and another network's opinion of its matte, float32 [H,W] in 0..1."""

    name: str
    rgb: np.ndarray
    matte: np.ndarray


def load_references(photos, mattes):
    """All photos that have a matte, by name, at most LARGEST_SIDE pixels."""
    paths = {os.path.splitext(name)[0]: os.path.join(photos, name) for name in os.listdir(photos)}
    references = []
    for file in sorted(os.listdir(mattes)):
        name = os.path.splitext(file)[0]
        rgb = np.ascontiguousarray(cv2.imread(paths[name], cv2.IMREAD_COLOR)[..., ::-1])
        matte = cv2.imread(os.path.join(mattes, file), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        scale = LARGEST_SIDE / max(rgb.shape[:2])
        if scale < 1:
            rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        references.append(Reference(name, rgb, fit(matte, rgb)))
    return references


def fit(alpha, rgb):
    """Alpha at the size of the photo; averaged when it shrinks, else interpolated."""
    size = rgb.shape[1::-1]
    shrinks = alpha.shape[1] > size[0]
    return cv2.resize(alpha, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def score(alpha, matte):
    """(IoU at 0.5, mean absolute error)."""
    kept, wanted = alpha > 0.5, matte > 0.5
    return (kept & wanted).sum() / max(1, (kept | wanted).sum()), np.abs(alpha - matte).mean()


def network_input(rgb):
    """A photo squeezed to the network's square, float32 [1,3,288,288] in 0..1."""
    square = cv2.resize(rgb, (NETWORK_SIZE, NETWORK_SIZE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None]).astype(np.float32) / 255


def grabcut(rgb, margin=0.08, side=480):
    """OpenCV's GrabCut from a rectangle 8% in, five rounds, worked at 480 px: float32 [H,W]."""
    scale = min(1, side / max(rgb.shape[:2]))
    bgr = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1].copy()
    height, width = bgr.shape[:2]
    inner = 1 - 2 * margin
    box = (int(width * margin), int(height * margin), int(width * inner), int(height * inner))
    mask, models = np.zeros((height, width), np.uint8), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)
    cv2.grabCut(bgr, mask, box, *models, 5, cv2.GC_INIT_WITH_RECT)
    return cv2.resize((mask & 1).astype(np.float32), rgb.shape[1::-1])
