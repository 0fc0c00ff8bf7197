"""Sharpens a cut-out by colour, without a graph cut.

The network knows roughly where the product is; the photo knows what colour it is. Histograms of both
sides, seeded by the network, vote on every pixel; a guided filter (He et al., "Guided Image Filtering",
2010) puts the vote back onto the photo's edges; a few rounds of this settle. The product does the same.
"""

import cv2
import numpy as np

WORK_SIZE = 360
BINS = 14
RADIUS, EPSILON = 6, 1e-3


def guided_coefficients(guide, target, radius, epsilon):
    """(slope [H,W,3], offset [H,W]) of the local linear model of `target` in the colours of `guide`."""

    def mean(x):
        return cv2.boxFilter(x, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_target = mean(guide), mean(target)
    covariance = mean(guide * target[..., None]) - mean_guide * mean_target[..., None]
    variance = np.empty((*guide.shape[:2], 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            product = mean(guide[..., i] * guide[..., j]) - mean_guide[..., i] * mean_guide[..., j]
            variance[..., i, j] = variance[..., j, i] = product
    variance += epsilon * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(variance, covariance[..., None])[..., 0].astype(np.float32)
    offset = mean_target - (slope * mean_guide).sum(-1)
    return mean(slope), mean(offset)


def guided_filter(guide, target, radius=RADIUS, epsilon=EPSILON):
    """`target` [H,W] smoothed, its edges drawn to those of `guide` [H,W,3], both float32 in 0..1."""
    slope, offset = guided_coefficients(guide, target, radius, epsilon)
    return (slope * guide).sum(-1) + offset


def colour_bins(guide):
    """The bin of each pixel in a BINS^3 histogram over Lab, int [H,W]."""
    lab = cv2.cvtColor(guide, cv2.COLOR_RGB2LAB)
    unit = np.stack([lab[..., 0] / 100, (lab[..., 1] + 90) / 180, (lab[..., 2] + 90) / 180], -1)
    level = (unit.clip(0, 0.999) * BINS).astype(int)
    return (level[..., 0] * BINS + level[..., 1]) * BINS + level[..., 2]


def smooth_histogram(bins, weights):
    """The weighted histogram, normalised, blurred by 0.8 bins in each of its three directions."""
    counts = np.bincount(bins.ravel(), weights.ravel(), BINS**3).astype(np.float32).reshape(BINS, BINS * BINS)
    counts = cv2.GaussianBlur(counts, (1, 5), sigmaX=0.01, sigmaY=0.8).reshape(BINS, BINS, BINS)
    counts = np.stack([cv2.GaussianBlur(plane, (0, 0), 0.8) for plane in counts]).ravel()
    return counts / counts.sum() + 1e-5


def colour_refine(rgb, alpha, strength=1.0, rounds=5):
    """Refined alpha float32 [H,W] of a photo uint8 [H,W,3] and the network's alpha of any size.

    `strength` weighs the colours' vote against the network's.
    """
    height, width = rgb.shape[:2]
    scale = min(1, WORK_SIZE / max(height, width))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    guide = small.astype(np.float32) / 255
    bins = colour_bins(guide)
    seed = cv2.resize(alpha, small.shape[1::-1]).clip(0.01, 0.99)
    belief = np.log(seed / (1 - seed)).clip(-3.5, 3.5)
    guess = seed
    for _ in range(rounds):
        inside = smooth_histogram(bins, guess * (guess > 0.5))
        outside = smooth_histogram(bins, (1 - guess) * (guess < 0.5))
        vote = np.log(inside / outside)[bins].clip(-4, 4)
        guess = 1 / (1 + np.exp(-(belief + strength * vote)))
        guess = guided_filter(guide, guess.astype(np.float32)).clip(0.01, 0.99)
    sharp = ((guess - 0.3) / 0.4).clip(0, 1)
    return cv2.resize(sharp.astype(np.float32), (width, height))
