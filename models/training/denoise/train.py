"""Trains the compact denoiser on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m denoise.train --backgrounds DIR --photos DIR --out RUN --minutes 35
"""

import numpy as np
import torch

import trainer
from denoise.degradations import JPEG_GRID, degrade
from denoise.model import DenoiseNet
from photographs import add_gaussian_noise, evaluation_patches, psnr, random_patches


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
    args, rng, pictures, patches = trainer.begin(trainer.arguments(__doc__, learning_rate=6e-4, patch=128, batch=5))

    def make_batch():
        raw = random_patches(pictures, args.batch, args.patch + JPEG_GRID, rng).astype(np.float32) / 255
        bad, clean = zip(*(degrade(patch, rng) for patch in raw))
        return trainer.to_batch(bad), trainer.to_batch(clean)

    trainer.train(DenoiseNet(), make_batch, trainer.log_error, lambda net: figures(net, patches), args)


if __name__ == "__main__":
    main()
