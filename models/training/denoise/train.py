"""Trains the compact denoiser on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m denoise.train --backgrounds DIR --photos DIR --out RUN --minutes 35
"""

import argparse

import numpy as np
import torch

import trainer
from denoise.degradations import JPEG_GRID, degrade
from denoise.model import DenoiseNet
from photographs import add_gaussian_noise, evaluation_patches, psnr, random_patches, training_pictures


def figures(net, patches):
    """PSNR in dB at sigma 15, 25 and 50, and of clean patches against themselves."""
    with torch.no_grad():
        noisy = {
            sigma: np.mean([psnr(net(add_gaussian_noise(p, sigma, i)), p) for i, p in enumerate(patches)])
            for sigma in (15, 25, 50)
        }
        clean = np.mean([psnr(net(p), p) for p in patches])
    return " / ".join(f"{value:.2f}" for value in noisy.values()) + f" dB at 15/25/50, clean {clean:.2f} dB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trainer.add_arguments(parser, learning_rate=6e-4)
    parser.add_argument("--patch", type=int, default=128)
    parser.add_argument("--batch", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(None if args.resume else args.seed)
    pictures = training_pictures(args.backgrounds)
    patches = evaluation_patches(args.backgrounds, args.photos)

    def make_batch():
        raw = random_patches(pictures, args.batch, args.patch + JPEG_GRID, rng).astype(np.float32) / 255
        bad, clean = zip(*(degrade(patch, rng) for patch in raw))
        return tuple(torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2) for x in (bad, clean))

    trainer.train(DenoiseNet(), make_batch, trainer.log_error, lambda net: figures(net, patches), args)


if __name__ == "__main__":
    main()
