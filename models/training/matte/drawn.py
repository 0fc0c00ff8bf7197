"""Draws products whose alpha is fine or part see-through into shards: hair, fur, spokes, nets, leaves, glass.

    python -m matte.drawn --backgrounds DIR --out SHARDS --count 1500 --seed 1

Each maker returns premultiplied RGBA float32 [S,S,4], drawn at twice the size and averaged down, so that a strand
thinner than a pixel has the alpha it covers. The folder is read like the renderer's; backdrops are photographs.
"""

import argparse

import cv2
import numpy as np

from cutout.backdrops import load_photographs, photo_crop
from cutout.shards import write_drawn

cv2.setNumThreads(1)

SHIFT = 4
"""Fractional bits of the coordinates that OpenCV draws with."""


def noise(rng, size, cells):
    """Smooth noise of about 0..1."""
    return cv2.resize(rng.random((cells, cells), np.float32), (size, size), interpolation=cv2.INTER_CUBIC)


class Layers:
    """Strokes laid over one another at twice the size: premultiplied colour, and alpha."""

    def __init__(self, size):
        self.side = 2 * size
        self.colour = np.zeros((self.side, self.side, 3), np.float32)
        self.alpha = np.zeros((self.side, self.side), np.float32)

    def lay(self, colour, mask, opacity=1.0):
        """`colour` (one, or one a pixel) over what is there, as far as `mask` uint8 [side,side] says."""
        x, y, width, height = cv2.boundingRect(mask)
        part = np.s_[y : y + height, x : x + width]
        weight = mask[part].astype(np.float32) * np.float32(opacity / 255)
        colour = colour[part] if np.ndim(colour) == 3 else np.asarray(colour, np.float32)
        self.colour[part] += (colour - self.colour[part]) * weight[..., None]
        self.alpha[part] += (1 - self.alpha[part]) * weight

    def stroke(self, paths, colour, width=1, opacity=1.0, closed=False):
        """Lines through points [n,2] in pixels of the layers."""
        mask = np.zeros((self.side, self.side), np.uint8)
        lines = [np.round(path * 2**SHIFT).astype(np.int32) for path in paths]
        cv2.polylines(mask, lines, closed, 255, width, cv2.LINE_AA, SHIFT)
        self.lay(colour, mask, opacity)

    def fill(self, path, colour, opacity=1.0):
        mask = np.zeros((self.side, self.side), np.uint8)
        cv2.fillPoly(mask, [np.round(path * 2**SHIFT).astype(np.int32)], 255, cv2.LINE_AA, SHIFT)
        self.lay(colour, mask, opacity)

    def done(self):
        return cv2.resize(np.dstack([self.colour, self.alpha]), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def blob(rng, centre, radius, rough=0.25, points=48):
    """A closed outline around `centre`: a circle whose radius wanders."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for wave in range(1, 6):
        reach += rng.normal(0, rough / (1 + wave)) * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    stretch = np.exp(rng.normal(0, 0.25))
    around = np.stack([np.cos(angle) * stretch, np.sin(angle) / stretch], 1)
    return (np.asarray(centre) + around * (radius * reach)[:, None]).astype(np.float32)


def texture(rng, photographs, side):
    """One colour with grain and light, or a piece of a photograph."""
    if rng.random() < 0.4:
        return photo_crop(rng, photographs, side).astype(np.float32) / 255
    light = 0.6 + 0.6 * noise(rng, side, 4) + 0.1 * noise(rng, side, side // 4)
    return np.clip(hue(rng) * light[..., None], 0, 1).astype(np.float32)


def hue(rng):
    """A colour: dark and light hair, greys, and anything."""
    if rng.random() < 0.5:
        return np.float32(rng.uniform(0.02, 0.9)) * np.float32([1, rng.uniform(0.6, 1), rng.uniform(0.3, 1)])
    return rng.random(3, np.float32)


def strand(rng, start, direction, length, curl, points=10):
    """A path from `start`: its direction turns by a random walk, all of one strand to one side."""
    turn = rng.normal(0, curl) + rng.normal(0, curl, points - 1)
    angle = direction + np.cumsum(turn / np.sqrt(points))
    steps = np.stack([np.cos(angle), np.sin(angle)], 1) * (length / (points - 1))
    return np.concatenate([start[None], start + np.cumsum(steps, 0)]).astype(np.float32)


def hair(rng, size, photographs):
    """A head, an animal or a hem, and strands that leave its edge in locks."""
    layers = Layers(size)
    side = layers.side
    centre = rng.uniform(0.1, 0.9, 2) * side
    outline = blob(rng, centre, rng.uniform(0.15, 0.5) * side)
    layers.fill(outline, texture(rng, photographs, side))
    base, fur = hue(rng), rng.random() < 0.4
    long = rng.uniform(0.03, 0.1) if fur else rng.uniform(0.12, 0.6)
    lean, curl = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.9)
    gravity = rng.random() < 0.5
    for _ in range(int(rng.integers(4, 10))):
        paths = []
        for _ in range(int(rng.integers(4, 12))):  # locks
            root = outline[rng.integers(len(outline))] * 0.95 + centre * 0.05
            away = np.arctan2(*(root - centre)[::-1])
            direction = (lean if gravity else away) + rng.normal(0, 0.35)
            for _ in range(int(rng.integers(4, 40 if fur else 16))):
                start = root + rng.normal(0, 0.025 * side, 2)
                length = long * side * rng.uniform(0.4, 1.2)
                paths.append(strand(rng, start, direction + rng.normal(0, 0.15), length, curl))
        shade = np.clip(base * np.exp(rng.normal(0, 0.25)) + rng.normal(0, 0.02, 3), 0, 1)
        layers.stroke(paths, shade, int(rng.choice([1, 1, 2, 3])), rng.uniform(0.4, 1))
    return layers.done()


def spokes(rng, size, photographs):
    """A wheel or fan: rim, hub and spokes, part of it in the frame."""
    layers = Layers(size)
    side, centre = layers.side, rng.uniform(0, 1, 2) * layers.side
    radius, stretch = rng.uniform(0.3, 1.0) * side, np.exp(rng.uniform(-0.7, 0.7, 2) * 0.5)
    count, phase, cross = int(rng.integers(8, 40)), rng.uniform(0, 7), rng.uniform(0, 0.6)
    angle = phase + np.arange(count) * 2 * np.pi / count
    sign = np.where(np.arange(count) % 2, cross, -cross)
    ends = centre + stretch * radius * np.stack([np.cos(angle), np.sin(angle)], 1)
    roots = centre + stretch * radius * 0.06 * np.stack([np.cos(angle + 4 * sign), np.sin(angle + 4 * sign)], 1)
    lit = texture(rng, photographs, side)
    layers.stroke([np.stack(pair).astype(np.float32) for pair in zip(roots, ends)], lit, int(rng.integers(1, 6)))
    turn = np.linspace(0, 2 * np.pi, 90)
    ring = np.stack([np.cos(turn), np.sin(turn)], 1) * stretch
    tyre = (centre + radius * ring).astype(np.float32)
    layers.stroke([tyre], texture(rng, photographs, side), int(rng.integers(3, 40)), closed=True)
    layers.fill((centre + radius * 0.08 * ring).astype(np.float32), hue(rng))
    return layers.done()


def net(rng, size, photographs):
    """Bars, wires, lace or knit: parallel lines one or two ways, bent a little, and a solid edge beside them."""
    layers = Layers(size)
    side, lit = layers.side, texture(rng, photographs, layers.side)
    bend = rng.normal(0, rng.choice([0, 0.01, 0.04]) * side)
    for direction in rng.uniform(0, np.pi) + np.array([0, np.pi / 2])[: int(rng.integers(1, 3))]:
        along = np.array([np.cos(direction), np.sin(direction)])
        across = np.array([-along[1], along[0]])
        gap = rng.uniform(0.015, 0.16) * side
        reach = np.linspace(-0.8, 0.8, 24)[:, None] * side
        wave = bend * np.sin(reach / side * rng.uniform(2, 12))
        offsets = np.arange(-0.8 * side, 0.8 * side, gap)
        paths = [(side / 2 + along * reach + across * (offset + wave)).astype(np.float32) for offset in offsets]
        layers.stroke(paths, lit, max(1, int(gap * rng.uniform(0.08, 0.5))), rng.uniform(0.7, 1))
    if rng.random() < 0.7:
        solid = blob(rng, rng.uniform(0, 1, 2) * side, rng.uniform(0.2, 0.5) * side)
        layers.fill(solid, texture(rng, photographs, side))
    mask = np.zeros((side, side), np.uint8)
    piece = blob(rng, rng.uniform(0.3, 0.7, 2) * side, rng.uniform(0.4, 0.8) * side)
    cv2.fillPoly(mask, [piece.astype(np.int32)], 1)
    layers.alpha *= mask
    layers.colour *= mask[..., None]
    return layers.done()


def leaves(rng, size, photographs):
    """Stems with leaves, flat shapes of many sizes with gaps between them."""
    layers = Layers(size)
    side, base = layers.side, hue(rng)
    for _ in range(int(rng.integers(2, 7))):
        stem = strand(rng, rng.uniform(0.1, 0.9, 2) * side, rng.uniform(0, 7), rng.uniform(0.3, 0.9) * side, 0.3)
        layers.stroke([stem], base * 0.6, int(rng.integers(1, 8)))
        for point in stem[2:]:
            for _ in range(int(rng.integers(1, 4))):
                shade = np.clip(base * np.exp(rng.normal(0, 0.3)) + rng.normal(0, 0.03, 3), 0, 1)
                reach = rng.uniform(0.01, 0.07) * side
                layers.fill(blob(rng, point + rng.normal(0, reach, 2), reach, 0.4, 16), shade)
    return layers.done()


def glass(rng, size, photographs):
    """A vessel or veil of part alpha: clear inside, denser towards its rim, with highlights."""
    layers = Layers(size)
    side = layers.side
    outline = blob(rng, rng.uniform(0.25, 0.75, 2) * side, rng.uniform(0.2, 0.45) * side, 0.15)
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    rim = np.exp(-depth / (rng.uniform(0.004, 0.03) * side))
    clear = rng.uniform(0.05, 0.5) * (0.6 + 0.8 * noise(rng, side, 3))
    density = np.clip(clear + (1 - clear) * rim * rng.uniform(0.3, 1), 0, 1).astype(np.float32)
    layers.lay(texture(rng, photographs, side), (density * mask * 255).astype(np.uint8))
    for _ in range(int(rng.integers(0, 4))):
        middle = outline[rng.integers(len(outline))] * 0.7 + outline.mean(0) * 0.3
        layers.fill(blob(rng, middle, rng.uniform(0.01, 0.06) * side), np.ones(3), rng.uniform(0.3, 1))
    if rng.random() < 0.4:
        solid = blob(rng, rng.uniform(0, 1, 2) * side, rng.uniform(0.1, 0.3) * side)
        layers.fill(solid, texture(rng, photographs, side))
    return layers.done()


MAKERS = {"hair": hair, "spokes": spokes, "net": net, "leaves": leaves, "glass": glass}
SHARES = {"hair": 0.4, "spokes": 0.17, "net": 0.15, "leaves": 0.1, "glass": 0.18}


def draw(rng, size, photographs, kind):
    """A drawn product, premultiplied RGBA float32 [S,S,4]; sometimes out of focus as a whole."""
    picture = MAKERS[kind](rng, size, photographs)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), float(np.exp(rng.uniform(np.log(0.5), np.log(4)))))
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=384)
    args = parser.parse_args()
    photographs = load_photographs(args.backgrounds)

    def samples():
        for index in range(args.count):
            rng = np.random.default_rng((args.seed, index))
            kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
            picture = np.round(draw(rng, args.size, photographs, kind) * 255).astype(np.uint8)
            yield index, kind, picture, photo_crop(rng, photographs, args.size)

    write_drawn(args.out, samples())


if __name__ == "__main__":
    main()
