"""Averages the weights before and after a further training: what was learnt then, with less of what was forgotten.

    python -m cutout.blend --before start.pt --after RUN/ema.pt --data SHARDS --backgrounds DIR --out blend.pt

After Wortsman et al., "Robust fine-tuning of zero-shot models", 2022. Averaged weights have other activations than
either network, so the batch norms' statistics are measured anew on training pictures.
"""

import argparse

import torch
from torch import nn

from cutout.backdrops import load_photographs
from cutout.model import ShotNet
from cutout.samples import Samples
from cutout.shards import Shards
from cutout.train import as_input


def blended(before, after, share):
    """The state dict `share` of the way from one to the other."""
    return {
        name: value.lerp(after[name], share) if value.dtype.is_floating_point else after[name]
        for name, value in before.items()
    }


def measure_norms(net, batches):
    """Sets every batch norm's statistics to the mean over the batches."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True)
    parser.add_argument("--after", required=True)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--data", nargs="+", required=True, help="shard folders, for the statistics")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    before, after = (torch.load(path, map_location="cpu") for path in (args.before, args.after))
    net = ShotNet()
    net.load_state_dict(blended(before, after, args.share))
    samples = Samples(Shards(args.data), load_photographs(args.backgrounds), 256, seed=5)
    measure_norms(net, [as_input(torch.stack([samples[16 * i + j][0] for j in range(16)])) for i in range(8)])
    torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()
