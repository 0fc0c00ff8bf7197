"""Mattes and foreground colours as the field computes them, on made-up pictures: what Packshot's own code is held to.

    python -m parity.matting ../../packages/pipeline/fixtures/matting

writes, for each picture, photo, coarse mask, trimaps, closed-form alpha and foreground colours as PNG files. Run it in
models/export with pymatting 1.1.16 and opencv installed beside requirements.txt.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw
from pymatting import estimate_alpha_cf
from scipy.ndimage import binary_erosion

WIDTH, HEIGHT, FINER = 150, 110, 6


def rembg_trimap(mask, foreground=240, background=10, erode=10):
    """alpha_matting_cutout of rembg/bg.py."""
    structure = np.ones((erode, erode), np.uint8) if erode > 0 else None
    is_foreground = binary_erosion(mask > foreground, structure=structure)
    is_background = binary_erosion(mask < background, structure=structure, border_value=1)
    trimap = np.full(mask.shape, 128, np.uint8)
    trimap[is_foreground] = 255
    trimap[is_background] = 0
    return trimap


def band_trimap(mask):
    """A band of max(4, 0.8 % of the long side) along the edge, and whatever is in doubt, is unknown."""
    radius = int(np.clip(np.floor(0.008 * max(mask.shape) + 0.5), 4, 50))
    square = np.ones((2 * radius + 1,) * 2)
    trimap = np.full(mask.shape, 128, np.uint8)
    trimap[binary_erosion(mask >= 128, square, border_value=1)] = 255
    trimap[binary_erosion(mask < 128, square, border_value=1)] = 0
    trimap[(mask > 0.05 * 255) & (mask < 0.95 * 255)] = 128
    return trimap


def closed_form(photo, trimap):
    known = np.where(trimap == 128, 0.5, trimap / 255)
    return estimate_alpha_cf(photo / 255, known)


def blur_fusion(photo, alpha):
    """Two passes of Forte's blur fusion, windows of 90 and 6, 0..1."""

    def box(field, r):
        padded = np.pad(field, [(r // 2, r // 2 - 1)] * 2 + [(0, 0)], mode="reflect")
        sums = np.pad(padded, [(1, 0), (1, 0), (0, 0)]).cumsum(0).cumsum(1)
        mean = (sums[r:, r:] - sums[:-r, r:] - sums[r:, :-r] + sums[:-r, :-r]) / r**2
        assert np.abs(mean - cv2.blur(field, (r, r)).reshape(mean.shape)).max() < 1e-9
        return mean

    def one_pass(image, near, behind, a, r):
        b = box(a, r)
        near = box(near * a, r) / (b + 1e-5)
        behind = box(behind * (1 - a), r) / (1 - b + 1e-5)
        return np.clip(near + a * (image - a * near - (1 - a) * behind), 0, 1), behind

    image, a = photo / 255, alpha[..., None] / 255
    near, behind = one_pass(image, image, image, a, 90)
    return one_pass(image, near, behind, a, 6)[0]


def pictures():
    """Name, photo, true alpha: hair, a pane of glass, a leaf with holes."""
    size = (WIDTH * FINER, HEIGHT * FINER)
    random = np.random.default_rng(11)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    colours = {
        "hair": ((0.35 + 0.1 * y, 0.2 + 0.1 * x, 0.1 + 0 * x), (0.7 - 0.2 * y, 0.75 + 0.1 * x, 0.8 + 0.1 * np.sin(9 * x))),
        "glass": ((0.5 + 0.2 * y, 0.7 + 0 * x, 0.75 - 0.1 * x), (0.6 + 0.3 * np.sin(20 * x), 0.5 + 0 * x, 0.3 + 0.2 * y)),
        "leaf": ((0.2 + 0.1 * np.sin(30 * y), 0.5 + 0.1 * x, 0.15 + 0 * x), (0.3 + 0.5 * x, 0.6 - 0.3 * y, 0.4 + 0 * x)),
    }
    for name, (product, backdrop) in colours.items():
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        cx, cy = size[0] // 2, size[1] // 2
        if name == "hair":
            draw.ellipse([cx - 180, cy - 150, cx + 180, cy + 250], fill=255)
            for turn in np.linspace(0, 2 * np.pi, 60, endpoint=False):
                length = random.uniform(190, 300)
                bend = turn + random.uniform(-0.2, 0.2)
                ends = [(cx + 150 * np.cos(turn), cy + 150 * np.sin(turn)), (cx + length * np.cos(bend), cy + length * np.sin(bend))]
                draw.line(ends, fill=255, width=5)
        elif name == "glass":
            draw.rectangle([cx - 250, cy - 200, cx + 250, cy + 200], fill=255)
            draw.rectangle([cx - 120, cy - 120, cx + 120, cy + 120], fill=110)
        else:
            draw.ellipse([cx - 300, cy - 160, cx + 300, cy + 160], fill=255)
            for at in range(-3, 4):
                draw.ellipse([cx + at * 70 - 14, cy - 14, cx + at * 70 + 14, cy + 14], fill=0)
        alpha = np.asarray(mask.resize((WIDTH, HEIGHT), Image.BOX)) / 255
        mixed = np.stack([f * alpha + b * (1 - alpha) for f, b in zip(product, backdrop)], -1)
        photo = np.clip(mixed + random.normal(0, 0.01, mixed.shape), 0, 1)
        yield name, np.uint8(photo * 255 + 0.5), np.uint8(alpha * 255 + 0.5)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, photo, alpha in pictures():
        coarse = cv2.GaussianBlur(alpha, (0, 0), 2)
        # rembg's masks hug the picture's border at times; this one does.
        hugging = np.roll(coarse, -40, 0)
        trimap = band_trimap(coarse)
        files = {
            "photo": photo,
            "alpha": alpha,
            "coarse": coarse,
            "hugging": hugging,
            "trimap": trimap,
            "trimap-rembg": rembg_trimap(hugging),
            "trimap-rembg-cross": rembg_trimap(hugging, 200, 50, 0),
            "closed-form": np.uint8(closed_form(photo, trimap) * 255 + 0.5),
            "foreground": np.uint8(blur_fusion(photo, alpha) * 255 + 0.5),
        }
        for what, pixels in files.items():
            Image.fromarray(pixels).save(folder / f"{name}-{what}.png", optimize=True)
        print(name, "unknown:", int((trimap == 128).sum()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
