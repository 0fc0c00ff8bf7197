"""Draws a contact sheet of rendered or augmented samples, to look at before believing any figure.

    python -m cutout.sheet --data SHARDS --out sheet.png [--backgrounds DIR]

Each picture stands over its alpha. With `--backgrounds` the samples are augmented as in training.
"""

import argparse

import cv2
import numpy as np

from cutout.backdrops import load_photographs
from cutout.samples import Samples
from cutout.shards import Shards

CELL = 192


def rendered(shards, index):
    """(picture uint8 [S,S,3], alpha uint8 [S,S]) as rendered."""
    product, backdrop = shards.product(index).astype(np.float32), shards.backdrop(index)
    picture = product[..., :3] + (1 - product[..., 3:] / 255) * backdrop
    return picture.clip(0, 255).astype(np.uint8), product[..., 3].astype(np.uint8)


def augmented(samples, index):
    picture, alpha = samples[index]
    return picture.numpy().transpose(1, 2, 0), alpha[0].numpy()


def cell(picture, alpha):
    both = np.concatenate([picture, np.repeat(alpha[..., None], 3, 2)], 0)
    return cv2.resize(both, (CELL, 2 * CELL), interpolation=cv2.INTER_AREA)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--backgrounds", help="augment with these, as in training")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--columns", type=int, default=8)
    args = parser.parse_args()
    shards = Shards(args.data)
    if args.backgrounds:
        samples = Samples(shards, load_photographs(args.backgrounds), 256, seed=3)
        cells = [cell(*augmented(samples, i)) for i in range(args.count)]
    else:
        cells = [cell(*rendered(shards, i)) for i in range(min(args.count, len(shards)))]
    while len(cells) % args.columns:
        cells.append(np.zeros_like(cells[0]))
    rows = [np.concatenate(cells[i : i + args.columns], 1) for i in range(0, len(cells), args.columns)]
    cv2.imwrite(args.out, np.concatenate(rows, 0)[..., ::-1])


if __name__ == "__main__":
    main()
