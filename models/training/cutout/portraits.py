"""Draws soft products that the renderer lacks: long hair under knitted hats, and furry animals, as shards.

    python -m cutout.portraits --backgrounds DIR --out SHARDS --count 900 --seed 500000

Thousands of strokes follow a field of directions, each with its own shade, on a canvas of twice the size that is
averaged down. Portraits stand in the frame as in photos: close, and mostly cut by its lower edge.
"""

import argparse

import cv2
import numpy as np

from cutout.backdrops import load_photographs, photo_crop
from cutout.shards import write_drawn

cv2.setNumThreads(1)

SHIFT = 4
"""Fractional bits of the coordinates that OpenCV draws with."""


def smooth_noise(rng, side, cells):
    """Smooth noise, mean 0, about -1..1, float32 [side,side]."""
    coarse = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def natural_colour(rng):
    """A colour of hair or fur, black to blond, brown, red or grey, float32 [3] in 0..1."""
    light = rng.uniform(0.06, 0.8)
    warmth = rng.choice([0.0, 0.15, 0.35, 0.6, 0.8])
    return np.float32([light * (1 + 0.4 * warmth), light * (1 - 0.5 * warmth), light * (1 - 0.9 * warmth)]).clip(0, 1)


def any_colour(rng):
    return rng.uniform(0.05, 0.95, 3).astype(np.float32) if rng.random() < 0.6 else natural_colour(rng)


class Canvas:
    """Premultiplied RGBA, uint8 [2S,2S,4]; every stroke is opaque and covers what is under it."""

    def __init__(self, size):
        self.side = 2 * size
        self.pixels = np.zeros((self.side, self.side, 4), np.uint8)

    def fill(self, outline, colour):
        """Fills an outline [n,2] with one colour [3] or a texture [2S,2S,3], in 0..1; returns the mask of 0..1."""
        mask = np.zeros((self.side, self.side), np.uint8)
        cv2.fillPoly(mask, [np.round(outline * 2**SHIFT).astype(np.int32)], 255, cv2.LINE_AA, SHIFT)
        weight = mask[..., None].astype(np.float32) / 255
        paint = np.concatenate([np.broadcast_to(colour, (self.side, self.side, 3)), np.ones_like(weight)], 2)
        self.pixels = (self.pixels * (1 - weight) + 255 * paint.clip(0, 1) * weight).astype(np.uint8)
        return weight[..., 0]

    def strokes(self, starts, angle, length, shades, width, bend=0.2, rng=None):
        """A stroke from each start [n,2]: `angle` [2S,2S] is the field it follows, `shades` [n,3] its colours."""
        points = [starts]
        wobble = rng.normal(0, bend, len(starts))
        for _ in range(5):
            x, y = np.clip(points[-1], 0, self.side - 1).astype(int).T
            turned = angle[y, x] + wobble
            points.append(points[-1] + np.stack([np.cos(turned), np.sin(turned)], 1) * (length / 5)[:, None])
        paths = np.round(np.stack(points, 1) * 2**SHIFT).astype(np.int32)
        colours = np.concatenate([shades.clip(0, 1) * 255, np.full((len(shades), 1), 255)], 1)
        for path, colour, thickness in zip(paths, colours.tolist(), width.tolist()):
            cv2.polylines(self.pixels, [path], False, colour, thickness, cv2.LINE_AA, SHIFT)

    def done(self, rng):
        """Lit from somewhere, and halved: premultiplied RGBA, uint8 [S,S,4]."""
        small = cv2.resize(self.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        light = np.exp(rng.uniform(0, 0.5) * smooth_noise(rng, small.shape[0], int(rng.integers(2, 5))))[..., None]
        lit = np.minimum(small[..., :3] * light, small[..., 3:])
        return np.concatenate([lit.astype(np.uint8), small[..., 3:]], 2)


def outline(rng, centre, radius_x, radius_y, rough=0.06, points=72):
    """A closed outline [n,2]: an ellipse whose radius wanders."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for wave in range(2, 7):
        reach += rng.normal(0, rough / wave**0.5) * np.sin(wave * turn + rng.uniform(0, 7))
    return np.stack([centre[0] + radius_x * reach * np.cos(turn), centre[1] + radius_y * reach * np.sin(turn)], 1)


def shoulders(rng, side, x, top, width):
    """A back or chest from `top` down past the frame's lower edge, outline [n,2]."""
    slope = rng.uniform(0.15, 0.4) * width
    neck = width * rng.uniform(0.12, 0.2)
    low = [(1.1 * width, 0.5 * side), (1.15 * width, 1.5 * side)]
    half = np.array([(neck, 0), (0.7 * width, 0.5 * slope), (width, slope), *low])
    both = np.concatenate([half, half[::-1] * [-1, 1]]) + [x, top]
    return both + rng.normal(0, 0.006 * side, both.shape)


def cloth(rng, side, photographs):
    """A fabric with folds, and weave, stripes, checks or a print, float32 [side,side,3]."""
    base = any_colour(rng)
    folds = smooth_noise(rng, side, int(rng.integers(3, 9))) + 0.5 * smooth_noise(rng, side, int(rng.integers(8, 30)))
    light = np.exp(rng.uniform(0.05, 0.35) * folds)[..., None]
    fabric = base * light
    kind = rng.random()
    if kind < 0.25:
        fabric = fabric * knit(rng, side)[..., None]
    elif kind < 0.5:
        yy, xx = np.mgrid[0:side, 0:side].astype(np.float32)
        step, turn = rng.uniform(10, 90), rng.uniform(0, np.pi)
        wave = np.sin((xx * np.cos(turn) + yy * np.sin(turn) + 15 * folds) * (2 * np.pi / step))
        other = any_colour(rng) * light
        fabric = np.where((wave > rng.uniform(-0.5, 0.7))[..., None], fabric, other)
    elif kind < 0.75:
        crop = photo_crop(rng, photographs, side).astype(np.float32) / 255
        fabric = crop * light if rng.random() < 0.4 else 0.6 * fabric + 0.4 * crop
    return fabric + rng.normal(0, 0.02, (side, side, 1)).astype(np.float32)


def knit(rng, side):
    """Light of knitwear, about 0.6..1.2 [side,side]: rows of stitches, ribs or cables."""
    yy, xx = np.mgrid[0:side, 0:side].astype(np.float32)
    bent = yy + rng.uniform(0, 0.25) * (xx - side / 2) ** 2 / side * rng.choice([-1, 1])
    rows, columns = rng.uniform(9, 34), rng.uniform(9, 34)
    stitch = np.sin(2 * np.pi * bent / rows + np.abs(np.sin(np.pi * xx / columns)) * rng.uniform(0, 3))
    rib = np.sin(2 * np.pi * xx / (columns * rng.integers(1, 4)))
    return 0.9 + 0.16 * stitch + 0.14 * rib + 0.05 * smooth_noise(rng, side, side // 12)


def hair(rng, canvas, x, top, width, length, colour):
    """Hair that falls from a crown at (x, top): a body, then strands by layers, then strays at the edge."""
    side = canvas.side
    drift = rng.normal(0, 0.18)
    fan, contrast = rng.uniform(0.1, 0.6), rng.uniform(0.04, 0.14)
    yy, xx = np.mgrid[0:side, 0:side].astype(np.float32)
    away = (xx - x) / max(width, 1)
    down = np.pi / 2 - drift - fan * away + rng.uniform(0.1, 0.5) * smooth_noise(rng, side, int(rng.integers(3, 9)))
    locks = smooth_noise(rng, side, int(rng.integers(6, 20)))
    body = outline(rng, (x - drift * length * 0.35, top + 0.5 * length), 0.85 * width, 0.5 * length, 0.05)
    canvas.fill(body, colour * (0.5 + 0.2 * locks[..., None]))
    for brightness, share, spread in ((0.6, 0.35, 0.9), (0.85, 0.35, 0.85), (1.1, 0.25, 0.8), (1.0, 0.05, 1.05)):
        count = int(share * rng.uniform(1500, 2800))
        starts = np.stack(
            [x + width * spread * rng.uniform(-1, 1, count), top + length * rng.beta(1.1, 1.4, count) * 0.9], 1
        )
        starts[:, 0] -= drift * (starts[:, 1] - top) * 0.7
        px, py = np.clip(starts, 0, side - 1).astype(int).T
        tone = brightness * (1 + 0.35 * locks[py, px] + rng.normal(0, contrast, count))
        shades = colour * tone[:, None].astype(np.float32) + rng.normal(0, 0.015, (count, 3))
        reach = length * rng.uniform(0.12, 0.4, count)
        canvas.strokes(starts, down, reach, shades, rng.integers(1, 4, count), rng.uniform(0.03, 0.2), rng)


def pompom(rng, canvas, centre, radius, colour):
    fur(rng, canvas, outline(rng, centre, radius, radius, 0.05), np.asarray(centre), colour, radius * 0.45, 900, 0)


def fur(rng, canvas, edge, centre, colour, length, count, pattern=0.5):
    """Fur on what `edge` [n,2] encloses: short strokes away from `centre`, patches of light and dark."""
    side, contrast = canvas.side, rng.uniform(0.1, 0.25)
    patches = smooth_noise(rng, side, int(rng.integers(3, 8))) * pattern
    mottle = smooth_noise(rng, side, side // 16) * 0.15
    tone = np.exp(patches + mottle)[..., None]
    inside = canvas.fill(edge, colour * tone * 0.8)
    yy, xx = np.mgrid[0:side, 0:side].astype(np.float32)
    field = np.arctan2(yy - centre[1], xx - centre[0]) + 0.6 * smooth_noise(rng, side, int(rng.integers(4, 12)))
    ys, xs = np.nonzero(inside > 0.5)
    if not len(ys):
        return
    chosen = rng.integers(len(ys), size=count)
    order = np.argsort(-np.hypot(xs[chosen] - centre[0], ys[chosen] - centre[1]))  # tips lie over what is farther
    starts = np.stack([xs[chosen], ys[chosen]], 1)[order].astype(np.float64)
    rows, columns = starts[:, 1].astype(int), starts[:, 0].astype(int)
    shades = colour * tone[rows, columns] * np.exp(rng.normal(0, contrast, (count, 1)))
    canvas.strokes(starts, field, length * rng.uniform(0.5, 1.3, count), shades, rng.integers(1, 4, count), 0.25, rng)


def long_haired(rng, canvas, photographs):
    """Someone seen from behind or from the side, long hair over the shoulders, mostly with a hat."""
    side = canvas.side
    x, radius = rng.uniform(0.3, 0.7) * side, rng.uniform(0.1, 0.3) * side
    top = rng.uniform(0.05, 0.3) * side
    chin = top + 2.4 * radius
    body = shoulders(rng, side, x, chin - 0.1 * radius, radius * rng.uniform(1.8, 3.2))
    canvas.fill(body, cloth(rng, side, photographs))
    colour = natural_colour(rng) if rng.random() < 0.85 else any_colour(rng)
    if rng.random() < 0.4:  # a face turned half away
        skin = np.float32([0.85, 0.62, 0.5]) * rng.uniform(0.3, 1.1)
        light = np.exp(0.2 * smooth_noise(rng, side, 4))[..., None]
        turn = rng.choice([-1, 1]) * radius * rng.uniform(0.2, 0.6)
        face = outline(rng, (x + turn, top + 1.3 * radius), 0.8 * radius, 1.1 * radius, 0.04)
        hair(rng, canvas, x - 0.3 * turn, top + 0.2 * radius, radius * 1.1, radius * rng.uniform(2.5, 7), colour)
        canvas.fill(face, skin * light)
        hair(rng, canvas, x - 0.9 * turn, top, radius * 0.9, radius * rng.uniform(2, 6), colour)
    else:
        hair(rng, canvas, x, top, radius * rng.uniform(0.9, 1.35), radius * rng.uniform(2.6, 8), colour)
    if rng.random() < 0.75:
        hat(rng, canvas, x, top, radius, photographs)


def hat(rng, canvas, x, top, radius, photographs):
    """A knitted cap, pompom or none, or one of cloth with a brim."""
    side, tilt = canvas.side, rng.normal(0, 0.15)
    turn = np.linspace(np.pi, 2 * np.pi, 40)
    wide, high = radius * rng.uniform(1.1, 1.35), radius * rng.uniform(1.0, 1.7)
    arch = np.stack([wide * np.cos(turn), high * np.sin(turn)], 1)
    foot = np.stack([np.linspace(wide, -wide, 20), 0.25 * radius * np.sin(np.linspace(0, np.pi, 20))], 1)
    rotation = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    place = np.array([x, top + radius * rng.uniform(0.8, 1.2)])
    knitted = rng.random() < 0.7
    colour = any_colour(rng)
    shape = smooth_noise(rng, side, 4)[..., None]
    yarn = colour * knit(rng, side)[..., None] * np.exp(0.2 * shape) if knitted else cloth(rng, side, photographs)
    if rng.random() < 0.5:
        middle = place + np.array([0, -high - 0.15 * radius]) @ rotation
        pompom(rng, canvas, middle, radius * rng.uniform(0.25, 0.5), any_colour(rng))
    canvas.fill(np.concatenate([arch, foot]) @ rotation + place, yarn)
    band = np.stack([np.linspace(-wide, wide, 20), 0.25 * radius * np.sin(np.linspace(0, np.pi, 20))], 1) * 1.04
    if rng.random() < 0.7:
        raised = band[::-1] - [0, radius * rng.uniform(0.25, 0.6)]
        canvas.fill(np.concatenate([band, raised]) @ rotation + place, yarn * rng.uniform(0.75, 1.2))


def animal(rng, canvas, photographs):
    """An animal's head and body in fur: ears, eyes, muzzle, whiskers; the body leaves the frame."""
    side = canvas.side
    centre = np.array([rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.45)]) * side
    radius = rng.uniform(0.1, 0.28) * side
    colour, length = natural_colour(rng), rng.uniform(0.02, 0.06) * side
    pattern, strokes = rng.uniform(0, 0.9), int(rng.uniform(3500, 6000))
    towards = np.array([rng.uniform(-0.6, 0.9), 1.0])
    body = outline(rng, centre + towards * radius * rng.uniform(2.2, 3.2), radius * rng.uniform(1.1, 1.9), radius * 2.4)
    fur(rng, canvas, body, centre - [0, radius], colour, length * 1.3, strokes, pattern)
    neck = outline(rng, centre + towards * radius * 0.9, radius * 0.95, radius * 1.3)
    fur(rng, canvas, neck, centre - [0, radius], colour, length, strokes // 3, pattern)
    spread, ear = rng.uniform(0.6, 1.0), rng.uniform(0.25, 0.55) * radius
    for sign in (-1, 1):
        tip = centre + [sign * spread * radius, -rng.uniform(0.3, 0.9) * radius]
        shape = outline(rng, tip, ear * rng.uniform(0.6, 1), ear * rng.uniform(0.8, 1.8))
        fur(rng, canvas, shape, centre, colour * rng.uniform(0.2, 1), length * 0.4, 500, 0.2)
    head = outline(rng, centre, radius, radius * rng.uniform(0.85, 1.25))
    fur(rng, canvas, head, centre + [0, 0.4 * radius], colour, length * 0.6, strokes // 2, pattern * 0.6)
    gaze = np.array([rng.normal(0, 0.25), rng.normal(0, 0.1)]) * radius
    if rng.random() < 0.5:
        for sign in (-1, 1):
            patch = outline(rng, centre + gaze + [sign * 0.42 * radius, -0.1 * radius], 0.28 * radius, 0.3 * radius)
            fur(rng, canvas, patch, centre, colour * rng.choice([0.2, 1.8]), length * 0.4, 400, 0.2)
    for sign in (-1, 1):
        eye = outline(rng, centre + gaze + [sign * 0.42 * radius, -0.12 * radius], 0.11 * radius, 0.12 * radius, 0.02)
        canvas.fill(eye, np.float32([0.06, 0.05, 0.04]))
        canvas.fill(eye.mean(0) + (eye - eye.mean(0)) * 0.25 - 0.03 * radius, np.ones(3, np.float32))
    muzzle = centre + gaze + [0, 0.5 * radius]
    fur(rng, canvas, outline(rng, muzzle, 0.4 * radius, 0.36 * radius), muzzle, colour * 1.25, length * 0.35, 500, 0.1)
    canvas.fill(outline(rng, muzzle, 0.14 * radius, 0.1 * radius, 0.02), np.float32([0.08, 0.06, 0.06]))
    whiskers = int(rng.integers(0, 14))
    level = np.full((side, side), 0.0)
    starts = muzzle + rng.normal(0, 0.2 * radius, (whiskers, 2))
    reach = rng.choice([-1, 1], whiskers) * radius * rng.uniform(0.7, 1.6, whiskers)
    shades = np.full((whiskers, 3), rng.choice([0.1, 0.9]))
    canvas.strokes(starts, level, reach, shades, np.ones(whiskers, int), 0.3, rng)


def portrait(rng, size, photographs):
    """(kind, premultiplied RGBA uint8 [S,S,4])."""
    kind = "long-haired" if rng.random() < 0.55 else "animal"
    canvas = Canvas(size)
    (long_haired if kind == "long-haired" else animal)(rng, canvas, photographs)
    return kind, canvas.done(rng)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--seed", type=int, default=500000)
    parser.add_argument("--size", type=int, default=384)
    args = parser.parse_args()
    photographs = load_photographs(args.backgrounds)

    def samples():
        for seed in range(args.seed, args.seed + args.count):
            rng = np.random.default_rng(seed)
            kind, picture = portrait(rng, args.size, photographs)
            backdrop = photo_crop(rng, photographs, args.size)
            blurred = cv2.GaussianBlur(backdrop, (0, 0), float(np.exp(rng.uniform(np.log(2), np.log(20)))))
            yield seed, kind, picture, blurred

    write_drawn(args.out, samples())


if __name__ == "__main__":
    main()
