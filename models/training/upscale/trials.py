"""Tries the training methods of the field on an upscaler, each with the same number of patches, and prints a table.

    python -m upscale.trials --backgrounds DIR --photos DIR --out RUN --scale 4 --steps 250 \\
        --init ../compact/compact-upscale.onnx --teacher ../compact/compact-upscale-x4.onnx

Short runs on one seed: they tell what pays at once, not what would pay in days.
"""

import argparse
import copy
import os

import numpy as np
import torch
from torch import nn

import trainer
from photographs import random_patches
from upscale.model import UpscaleNet
from upscale.train import arguments, batches, figures
from weights import start_from

SMALL = {"width": 16, "blocks": 3}
"""The student of the distillation: a fifth of the work."""


def loaded(scale, path):
    net = UpscaleNet(scale)
    start_from(net, path)
    return net.eval()


def with_teacher(make_batch, teacher, share):
    """Batches whose target is, by `share`, what the teacher answers."""

    def make():
        source, target = make_batch()
        with torch.no_grad():
            return source, target.lerp(teacher(source), share)

    return make


def without_a_block(net, score):
    """The net without the residual block that is missed least."""

    def without(index):
        pruned = copy.deepcopy(net)
        pruned.blocks = nn.Sequential(*[block for i, block in enumerate(net.blocks) if i != index])
        return pruned

    return max((without(index) for index in range(len(net.blocks))), key=score)


def without_small_weights(net, share):
    """The net with the smallest `share` of each convolution's weights at zero."""
    pruned = copy.deepcopy(net)
    with torch.no_grad():
        for module in pruned.modules():
            if isinstance(module, nn.Conv2d):
                weights = module.weight
                weights[weights.abs() < weights.abs().quantile(share)] = 0
    return pruned


def main():
    parser = arguments(__doc__)
    parser.add_argument("--teacher", required=True, help="a trained upscaler of this scale, .pt or .onnx")
    parser.set_defaults(steps=250, patch=48, batch=8)
    args, _, pictures, patches = trainer.begin(parser)
    teacher = loaded(args.scale, args.teacher)

    def report(net):
        return figures(net, patches)

    def trial(name, net, init=None, wrap=lambda make_batch: make_batch, **changes):
        given = argparse.Namespace(**{**vars(args), **changes, "init": init, "out": os.path.join(args.out, "trial")})
        torch.manual_seed(args.seed)
        make_batch = wrap(batches(given, np.random.default_rng(args.seed), pictures))
        print(f"| {name} | {report(trainer.train(net, make_batch, trainer.LOSSES[given.loss], report, given))} |", flush=True)

    def fresh(**size):
        torch.manual_seed(args.seed)
        return UpscaleNet(args.scale, **size)

    trial("from nothing", fresh())
    trial("transfer: from --init", fresh(), args.init)
    trial("the same, L1 + gradient loss", fresh(), args.init, loss="gradient")
    trial("the same, focal weighting of patches", fresh(), args.init, loss="focal")
    trial("the same, gradients of four batches a step", fresh(), args.init, accumulate=4, steps=args.steps // 4)
    trial("a small net from nothing", fresh(**SMALL))
    for share in (0.5, 1.0):
        trial(f"the small net, {share:.0%} of its target the teacher's", fresh(**SMALL),
              wrap=lambda make_batch, share=share: with_teacher(make_batch, teacher, share))  # fmt: skip
    print(f"| the teacher | {report(teacher)} |")
    for share in (0.3, 0.5, 0.7):
        print(f"| the teacher, {share:.0%} of its weights at zero | {report(without_small_weights(teacher, share))} |")
    rng = np.random.default_rng(args.seed)
    judge = [trainer.to_batch(random_patches(pictures, 1, 256, rng)) for _ in range(8)]
    pruned = without_a_block(teacher, lambda net: float(figures(net, judge).split()[0]))
    print(f"| the teacher without the block least missed | {report(pruned)} |", flush=True)
    trial("the same, trained on", pruned)


if __name__ == "__main__":
    main()
