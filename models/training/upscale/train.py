"""Trains the compact x2 upscaler on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m upscale.train --backgrounds DIR --photos DIR --out RUN --minutes 20
"""

import argparse

import numpy as np
import torch

import trainer
from photographs import evaluation_patches, halved, psnr, random_patches, training_pictures
from upscale.degradations import JPEG_GRID, halve
from upscale.model import UpscaleNet


def figures(net, patches):
    """PSNR in dB of the patches, halved by box filter and doubled again."""
    with torch.no_grad():
        return f"{np.mean([psnr(net(halved(patch)), patch) for patch in patches]):.2f} dB at x2"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trainer.add_arguments(parser, learning_rate=1e-3)
    parser.add_argument("--patch", type=int, default=64, help="side of the small patches")
    parser.add_argument("--batch", type=int, default=16)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(None if args.resume else args.seed)
    pictures = training_pictures(args.backgrounds)
    patches = evaluation_patches(args.backgrounds, args.photos)

    def make_batch():
        raw = random_patches(pictures, args.batch, 2 * (args.patch + JPEG_GRID), rng)
        small, large = zip(*(halve(patch, rng) for patch in raw))
        return tuple(torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).float() / 255 for x in (small, large))

    trainer.train(UpscaleNet(), make_batch, trainer.log_error, lambda net: figures(net, patches), args)


if __name__ == "__main__":
    main()
