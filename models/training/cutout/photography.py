"""What a camera, a light and a file do to a picture. All on float32 [H,W,C] in 0..1."""

import cv2
import numpy as np


def recolour(rng, picture, strength=1.0):
    """Random gain, gamma, saturation and contrast."""
    gain = np.exp(rng.normal(0, 0.18 * strength)) * np.exp(rng.normal(0, 0.07 * strength, 3))
    picture = np.clip(picture * gain.astype(np.float32), 0, 1)
    if rng.random() < 0.6:
        picture = picture ** np.float32(np.exp(rng.normal(0, 0.25 * strength)))
    if rng.random() < 0.6:
        grey = picture.mean(-1, keepdims=True)
        saturation = np.float32(rng.uniform(0.2 if strength > 0.9 else 0.6, 1.6))
        picture = np.clip(grey + (picture - grey) * saturation, 0, 1)
    if rng.random() < 0.3:
        contrast, lift = np.float32(rng.uniform(0.6, 1.5)), np.float32(0.5 + rng.uniform(-0.12, 0.12))
        picture = np.clip((picture - 0.5) * contrast + lift, 0, 1)
    return picture


def blur(picture, sigma):
    """Gaussian blur; a wide one runs on a smaller picture."""
    shrink = 4 if sigma > 6 else 2 if sigma > 2.5 else 1
    if shrink == 1:
        return cv2.GaussianBlur(picture, (0, 0), sigma)
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / shrink), (width, height))


def contact_shadow(rng, backdrop, alpha):
    """Darkens the backdrop under a blurred, shifted copy of the product's alpha [H,W]."""
    size = alpha.shape[0]
    shift = np.float32([[1, 0, rng.uniform(-0.12, 0.12) * size], [0, 1, rng.uniform(-0.01, 0.1) * size]])
    shadow = cv2.warpAffine(alpha, shift, (size, size), borderMode=cv2.BORDER_CONSTANT)
    shadow = blur(shadow, float(rng.uniform(0.01, 0.06) * size))
    return backdrop * (1 - shadow[..., None] * np.float32(rng.uniform(0.1, 0.7)))


def light_wrap(rng, colour, alpha, backdrop):
    """Tints the product with the light of the backdrop around it, as one room would."""
    mean = backdrop.mean((0, 1)) / max(float(backdrop.mean()), 0.05)
    tint = 1 + (mean - 1) * np.float32(rng.uniform(0.1, 0.6))
    return np.clip(colour * tint, 0, 1) * alpha


def photograph(rng, picture):
    """Exposure, softness, grain and JPEG of the finished picture: float in, uint8 [S,S,3] out."""
    picture = recolour(rng, np.clip(picture, 0, 1).astype(np.float32), 0.8)
    if rng.random() < 0.12:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.3)))
    if rng.random() < 0.35:
        channels = 3 if rng.random() < 0.6 else 1
        grain = rng.standard_normal((*picture.shape[:2], channels), np.float32)
        picture = picture + grain * np.float32(np.exp(rng.uniform(np.log(0.005), np.log(0.07))))
    if rng.random() < 0.05:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, 2)
    stored = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.4:
        _, file = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))])
        stored = cv2.imdecode(file, cv2.IMREAD_COLOR)
    return stored
