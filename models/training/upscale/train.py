"""Trains a compact upscaler on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m upscale.train --backgrounds DIR --photos DIR --out RUN --scale 4 --minutes 20

`--degraded` trains the set for poor pictures, which are noisy, soft or compressed; it does best with `--loss gradient`.
"""

import numpy as np
import torch

import trainer
from photographs import psnr, random_patches, shrunk, to_array, to_tensor
from upscale.degradations import JPEG_GRID, cut, shrink
from upscale.degraded import degrade, evaluation_degraded, sharpened
from upscale.measures import blockiness, gradient_energies
from upscale.model import UpscaleNet


def figures(net, patches):
    """PSNR in dB of the patches, shrunk by box filter and enlarged again."""
    with torch.no_grad():
        return f"{np.mean([psnr(net(shrunk(p, net.scale)), p) for p in patches]):.2f} dB at x{net.scale}"


def degraded_figures(net, patches):
    """PSNR, gradient energies at edges and in flats, and blockiness at the input's size, of degraded patches."""
    rows = []
    for index, patch in enumerate(patches):
        picture = to_array(patch)
        with torch.no_grad():
            output = net(to_tensor(evaluation_degraded(picture, net.scale, index))).clamp(0, 1)
        energies = gradient_energies(to_array(output), picture)
        rows.append((psnr(output, patch), *energies, blockiness(to_array(shrunk(output, net.scale)))))
    error, edges, flats, blocks = np.mean(rows, 0)
    return f"{error:.2f} dB at x{net.scale} degraded, edges {edges:.1f}, flats {flats:.2f}, blockiness {blocks:.3f}"


def batches(args, rng, pictures):
    """A function that draws a batch of small and large patches, clean ones or degraded ones."""

    def make_pair(patch):
        if not args.degraded:
            return shrink(patch, args.scale, rng), patch
        large = patch.astype(np.float32) / 255
        return degrade(large, args.scale, rng), sharpened(large)

    def make_batch():
        raw = random_patches(pictures, args.batch, args.scale * (args.patch + JPEG_GRID), rng)
        small, large = zip(*(cut(*make_pair(patch), args.scale, rng) for patch in raw))
        return trainer.to_batch(small), trainer.to_batch(large)

    return make_batch


def arguments(description):
    parser = trainer.arguments(description, learning_rate=1e-3, patch=64, batch=16)
    parser.add_argument("--scale", type=int, choices=(2, 4), default=2)
    parser.add_argument("--degraded", action="store_true")
    parser.add_argument("--loss", choices=trainer.LOSSES, default="log")
    return parser


def main():
    args, rng, pictures, patches = trainer.begin(arguments(__doc__))
    report = degraded_figures if args.degraded else figures
    net, loss_of = UpscaleNet(args.scale), trainer.LOSSES[args.loss]
    trainer.train(net, batches(args, rng, pictures), loss_of, lambda net: report(net, patches), args)


if __name__ == "__main__":
    main()
