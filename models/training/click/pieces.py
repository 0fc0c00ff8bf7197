"""Products made of photographs: random shapes, cut out of the training backgrounds and joined.

    python -m click.pieces --backgrounds DIR --out SHARDS --count 600

They look like nothing, which is the point: what belongs together is told by edges, textures and the click alone.
They are written as the renderer writes its shards.
"""

import argparse
import os

import cv2
import numpy as np

from cutout.backdrops import gradient, load_photographs, photo_crop
from cutout.photography import recolour

SIDE = 384


def outline(rng, centre, radius):
    """A closed curve about `centre`, float [N,2]: an ellipse, a box or a wobbling round, stretched and turned."""
    kind, turn = rng.integers(3), rng.uniform(0, np.pi)
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    reach = np.ones(64)
    if kind == 1:
        reach = np.minimum(1 / np.maximum(np.abs(np.cos(angles)), 1e-3), 1 / np.maximum(np.abs(np.sin(angles)), 1e-3))
    if kind == 2:
        for wave in range(2, 7):
            reach = reach + rng.normal(0, 0.5 / wave) * np.cos(wave * angles + rng.uniform(0, 6.3))
        reach = np.clip(reach, 0.2, 2)
    curve = reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1) * radius
    curve *= np.exp([stretch := rng.uniform(-0.8, 0.8), -stretch])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return curve @ rotation + centre


def filled(curves):
    """Coverage of curves, holes where they overlap, float32 [SIDE,SIDE] in 0..1."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(curve * 16).astype(np.int32) for curve in curves], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


class Pieces:
    """Draws products of one to four parts, some with holes, some thin."""

    def __init__(self, photographs, seed):
        self.photographs, self.rng = photographs, np.random.default_rng(seed)

    def product(self):
        """Premultiplied RGBA, uint8 [SIDE,SIDE,4]."""
        rng = self.rng
        colour, alpha = np.zeros((SIDE, SIDE, 3), np.float32), np.zeros((SIDE, SIDE), np.float32)
        middle = np.full(2, SIDE / 2) + rng.uniform(-30, 30, 2)
        for _ in range(int(rng.integers(1, 5))):
            radius = float(np.exp(rng.uniform(np.log(22), np.log(110))))
            curves = [outline(rng, middle, radius)]
            if rng.random() < 0.2:
                curves.append(outline(rng, middle, radius * rng.uniform(0.3, 0.6)))
            cover = filled(curves)
            colour += (self.texture() - colour) * cover[..., None]
            alpha = np.maximum(alpha, cover)
            middle = middle + rng.normal(0, radius * 0.7, 2)
        return (np.dstack([colour * alpha[..., None], alpha]) * 255).astype(np.uint8)

    def backdrop(self):
        """A photograph or a gradient, uint8 [SIDE,SIDE,3]."""
        return gradient(self.rng, SIDE) if self.rng.random() < 0.5 else photo_crop(self.rng, self.photographs, SIDE)

    def texture(self):
        """A piece of a photograph, one colour, or one over the other, shaded: float32 [SIDE,SIDE,3] in 0..1."""
        weight = self.rng.choice((0, 0.15, 0.5, 1), p=(0.2, 0.3, 0.2, 0.3))
        piece = photo_crop(self.rng, self.photographs, SIDE).astype(np.float32) / 255
        plain = gradient(self.rng, SIDE).astype(np.float32) / 255
        return np.clip(recolour(self.rng, piece * weight + plain * (1 - weight)), 0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True, help="shard folder")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    pieces = Pieces(load_photographs(args.backgrounds), args.seed)
    paths = (os.path.join(args.out, name) for name in ("fg.bin", "bg.bin"))
    with open(next(paths), "wb") as products, open(next(paths), "wb") as backdrops:
        for _ in range(args.count):
            products.write(pieces.product()[::-1].tobytes())
            backdrops.write(pieces.backdrop()[::-1].tobytes())


if __name__ == "__main__":
    main()
