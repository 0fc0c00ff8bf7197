"""Trains the compact deblurrer on a CPU.

    OMP_WAIT_POLICY=PASSIVE python -m deblur.train --backgrounds DIR --photos DIR --out RUN --minutes 90
"""

import numpy as np
import torch

import trainer
from deblur.degradations import MARGIN, degrade, evaluation_blur, evaluation_kernels
from deblur.model import DeblurNet
from photographs import evaluation_patches, psnr, random_patches, to_array, to_tensor


def evaluation_pairs(patches):
    """(kind, blurred, sharp) for every patch and kind of blur, the rim of each cut away by the caller."""
    pairs = []
    for index, patch in enumerate(patches):
        for kind, kernel in evaluation_kernels(index).items():
            pairs.append((kind, to_tensor(evaluation_blur(to_array(patch), kernel, index)), patch))
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


def main():
    args, rng, pictures, patches = trainer.begin(trainer.arguments(__doc__, learning_rate=7e-4, patch=128, batch=5))
    pairs = evaluation_pairs(patches)

    def make_batch():
        raw = random_patches(pictures, args.batch, args.patch + 2 * MARGIN, rng).astype(np.float32) / 255
        bad, sharp = zip(*(degrade(patch, rng) for patch in raw))
        return trainer.to_batch(bad), trainer.to_batch(sharp)

    trainer.train(DeblurNet(), make_batch, trainer.gradient_error, lambda net: figures(net, patches, pairs), args)


if __name__ == "__main__":
    main()
