"""Scores matting on held-back products against guided filtering of the same trimap.

    python -m matte.score --validation SHARDS [SHARDS ...] --backgrounds DIR --model ../compact/compact-matte.onnx

The figure is the sum of absolute differences (SAD) to the exact alpha over the trimap's unknown pixels, known
ones as they are known. Two trimaps a picture: a band about the exact edge, and the product's own rule on an alpha
as coarse as its network's. Half of the products stand on the five backgrounds that nothing is trained on.
"""

import argparse
import json
import os
from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime

from cutout.colour_refine import guided_filter
from cutout.shards import Shards
from matte.samples import straight_colour
from matte.trimaps import from_coarse, from_exact
from photographs import HELD_OUT, read_rgb

GROUPS = {
    "hair and fur": {"hair", "animal", "mannequin", "hat", "person", "furry"},
    "spokes": {"spokes", "wheel", "umbrella"},
    "racks and nets": {"net", "rack", "chair", "ladder", "lamp", "whisk", "cable", "jewel"},
    "glass": {"glass", "glasses", "glassware"},
    "leaves": {"leaves", "plant"},
}
"""By words in the names of products; what has none of these is solid."""
SETTINGS = [(radius, epsilon) for radius in (4, 8, 16, 32) for epsilon in (1e-3, 1e-4, 1e-5, 1e-6)]
"""Of the guided filter: each is tried on a quarter of these very pictures, and the best is the one to beat."""


@dataclass
class Case:
    """A picture uint8 [H,W,3] with trimap, the coarse alpha behind it, and exact alpha, float32 [H,W] in 0..1."""

    group: str
    kind: str
    picture: np.ndarray
    trimap: np.ndarray
    coarse: np.ndarray
    alpha: np.ndarray


def group_of(names):
    for group, members in GROUPS.items():
        if members.intersection(" ".join(names).split()):
            return group
    return "solid"


def held_out_backdrops(backgrounds, size):
    """A middle piece of each held-out background, uint8 [size,size,3]."""
    paths = {os.path.splitext(name)[0]: os.path.join(backgrounds, name) for name in os.listdir(backgrounds)}
    pieces = []
    for stem in HELD_OUT:
        picture = read_rgb(paths[stem], 3)
        y, x = (picture.shape[0] - size) // 2, (picture.shape[1] - size) // 2
        pieces.append(picture[y : y + size, x : x + size])
    return pieces


def load_cases(folders, backgrounds, most):
    """The first `most` samples of each group in each folder, every one with both trimaps."""
    cases, size = [], 384
    backdrops = held_out_backdrops(backgrounds, size)
    for folder in folders:
        shards, counts = Shards([folder], size), dict.fromkeys([*GROUPS, "solid"], 0)
        with open(os.path.join(folder, "meta.jsonl"), encoding="utf-8") as file:
            names = [json.loads(line)["names"] for line in file]
        for index, group in enumerate(map(group_of, names[: len(shards)])):
            if counts[group] < most:
                counts[group] += 1
                own = None if index % 2 else backdrops[index // 2 % len(backdrops)]
                cases += make_cases(shards, index, group, own)
    return cases


def make_cases(shards, index, group, other):
    """The sample with its own backdrop, or with the `other` one, under two trimaps; none where nothing is open."""
    product = shards.product(index).astype(np.float32) / 255
    alpha, colour = product[..., 3], straight_colour(product[..., :3], product[..., 3])
    backdrop = shards.backdrop(index) if other is None else other
    weight = alpha[..., None]
    picture = np.round(255 * (colour * weight + (1 - weight) * backdrop / np.float32(255))).astype(np.uint8)
    coarse = cv2.resize(cv2.resize(alpha, (288, 288), interpolation=cv2.INTER_AREA), alpha.shape)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 3)
    trimaps = {"band": from_exact(alpha, 6, 10), "coarse": from_coarse(coarse, 5)}
    # What is known by the band is known to the filter too, so that it starts from no worse.
    starts = {"band": trimaps["band"], "coarse": coarse}
    return [
        Case(group, kind, picture, trimap, starts[kind], alpha)
        for kind, trimap in trimaps.items()
        if 0 < (trimap == 0.5).mean() and (trimap == 1).any() and (trimap == 0).any()
    ]


def sad(case, alpha):
    """Sum of absolute differences over the unknown pixels."""
    return float(np.abs(np.clip(alpha, 0, 1) - case.alpha)[case.trimap == 0.5].sum())


def guided(case, radius, epsilon):
    """Guided filtering of the coarse alpha, known pixels as they are known."""
    start = np.where(case.trimap == 0.5, case.coarse, case.trimap).astype(np.float32)
    return guided_filter(case.picture.astype(np.float32) / 255, start, radius, epsilon)


def network_input(picture, trimap):
    """uint8 [H,W,3] and float32 [H,W] to float32 [1,4,H,W]: colour in -1..1, the trimap in 0..1."""
    colour = picture.astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(np.dstack([colour, trimap]).transpose(2, 0, 1)[None], np.float32)


def total(cases, way):
    """{(kind, group): SAD in thousands} and the same over all groups of a kind."""
    sums = {}
    for case in cases:
        error = sad(case, way(case)) / 1000
        for key in ((case.kind, case.group), (case.kind, "all")):
            sums[key] = sums.get(key, 0.0) + error
    return sums


def best_guided(cases):
    """The sums of the guided filter and, for each kind of trimap, the setting that is best for it."""
    sums, best = {}, {}
    for kind in ("band", "coarse"):
        mine = [case for case in cases if case.kind == kind]
        best[kind] = min(SETTINGS, key=lambda setting: sum(sad(case, guided(case, *setting)) for case in mine[::4]))
        sums |= total(mine, lambda case: guided(case, *best[case.kind]))
    return sums, best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validation", nargs="+", required=True)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--most", type=int, default=24, help="pictures of a group in a folder")
    args = parser.parse_args()
    cases = load_cases(args.validation, args.backgrounds, args.most)
    session = onnxruntime.InferenceSession(args.model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def network(case):
        return session.run(None, {name: network_input(case.picture, case.trimap)})[0][0, 0]

    (filtered, best), ours = best_guided(cases), total(cases, network)
    print(f"{len(cases)} pictures; guided filter at its best: {best}\n")
    print("| trimap | group | pictures | guided filter | network | less |")
    print("|---|---|---|---|---|---|")
    for (kind, group), before in sorted(filtered.items()):
        count = sum(case.kind == kind and group in (case.group, "all") for case in cases)
        after = ours[kind, group]
        print(f"| {kind} | {group} | {count} | {before:.2f} | {after:.2f} | {1 - after / before:.0%} |")


if __name__ == "__main__":
    main()
