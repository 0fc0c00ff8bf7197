"""Trains the compact deblurrer on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m deblur.train --backgrounds DIR --photos DIR --out RUN --minutes 90
"""

import argparse

import numpy as np
import torch

import trainer
from deblur.degradations import MARGIN, degrade, evaluation_blur, evaluation_kernels
from deblur.model import DeblurNet
from photographs import evaluation_patches, psnr, random_patches, training_pictures


def evaluation_pairs(patches):
    """(kind, blurred, sharp) for every patch and kind of blur, the rim of each cut away by the caller."""
    pairs = []
    for index, patch in enumerate(patches):
        picture = patch[0].permute(1, 2, 0).numpy()
        for kind, kernel in evaluation_kernels(index).items():
            blurred = torch.from_numpy(evaluation_blur(picture, kernel, index)).permute(2, 0, 1)[None]
            pairs.append((kind, blurred, patch))
    return pairs


def figures(net, patches, pairs):
    """Gain in dB over the blurred input by kind of blur, and what sharp patches keep."""
    gains = {}
    with torch.no_grad():
        for kind, blurred, sharp in pairs:
            gain = psnr(net(blurred), sharp) - psnr(blurred, sharp)
            gains.setdefault(kind, []).append(gain)
        kept = np.mean([psnr(net(patch), patch) for patch in patches])
    means = {kind: np.mean(values) for kind, values in gains.items()}
    text = ", ".join(f"{kind} {value:+.2f}" for kind, value in means.items())
    return f"{text}, mean {np.mean(list(means.values())):+.2f} dB; sharp {kept:.2f} dB"


def loss_of(output, target):
    """Mean absolute error of the pixels and of their differences to the neighbours.

    The denoiser's loss, the error in dB, taught this network to copy: sharp patches have so much more of it to gain.
    """
    error = (output - target).abs().mean()
    for axis in (2, 3):
        error = error + (output.diff(dim=axis) - target.diff(dim=axis)).abs().mean()
    return error


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trainer.add_arguments(parser, learning_rate=7e-4)
    parser.add_argument("--patch", type=int, default=128)
    parser.add_argument("--batch", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(None if args.resume else args.seed)
    pictures = training_pictures(args.backgrounds)
    patches = evaluation_patches(args.backgrounds, args.photos)
    pairs = evaluation_pairs(patches)

    def make_batch():
        raw = random_patches(pictures, args.batch, args.patch + 2 * MARGIN, rng).astype(np.float32) / 255
        bad, sharp = zip(*(degrade(patch, rng) for patch in raw))
        return tuple(torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2) for x in (bad, sharp))

    trainer.train(DeblurNet(), make_batch, loss_of, lambda net: figures(net, patches, pairs), args)


if __name__ == "__main__":
    main()
