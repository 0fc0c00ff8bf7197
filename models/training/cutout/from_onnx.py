"""Brings an exported ShotNet, or the shadow network made of it, back as a checkpoint to go on training from.

    python -m cutout.from_onnx --model ../compact/compact-cutout.onnx --data SHARDS --backgrounds DIR --out start.pt

The export folds each batch norm into its convolution. Here each gets back the mean and the variance that its
convolution has on training pictures, with the scale and the shift that undo them, so that the network computes
what the file computes and trains as before. The side heads, which the file lacks, start anew.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn

from cutout.backdrops import load_photographs
from cutout.model import ShotNet
from cutout.samples import Samples
from cutout.shards import Shards
from cutout.train import as_input
from shadow.model import GainNet

NETWORKS = {"cutout": ShotNet, "shadow": GainNet}


def folded_pairs(net, size):
    """[(convolution, its batch norm)] in the order in which the network runs them."""
    called, hooks = [], []
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
            hooks.append(module.register_forward_hook(lambda module, *_: called.append(module)))
    with torch.no_grad():
        net(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return [(conv, norm) for conv, norm in zip(called, called[1:]) if isinstance(conv, nn.Conv2d) and conv.bias is None]


def load_folded(net, graph, size):
    """Fills the network from the graph, its folded norms as plain additions; returns those norms."""
    stored = {
        tensor.name.removesuffix("/half"): torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        for tensor in graph.initializer
    }
    own = net.state_dict()
    net.load_state_dict({**own, **{name: value for name, value in stored.items() if name in own}})
    nameless = [n.input for n in graph.node if n.op_type == "Conv" and n.input[1] not in own]
    pairs = folded_pairs(net, size)
    if len(pairs) != len(nameless):
        raise SystemExit(f"{len(nameless)} folded convolutions in the file, {len(pairs)} in the network")
    with torch.no_grad():
        for (conv, norm), (_, weight, bias) in zip(pairs, nameless):
            conv.weight.copy_(stored[weight])
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1)
            norm.bias.copy_(stored[bias])
    return [norm for _, norm in pairs]


def unfold(net, norms, batches):
    """Gives each norm the statistics of its input over the batches, and the scale and shift that cancel them."""
    seen = {norm: [] for norm in norms}

    def watch(norm, inputs):
        values = inputs[0].double()
        seen[norm].append(torch.stack([values.mean((0, 2, 3)), (values**2).mean((0, 2, 3))]))

    hooks = [norm.register_forward_pre_hook(watch) for norm in norms]
    with torch.no_grad():
        for batch in batches:
            net(batch)
        for norm in norms:
            mean, square = torch.stack(seen[norm]).mean(0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_((square - mean**2).clamp(min=1e-6))
            norm.weight.copy_((norm.running_var + norm.eps).sqrt())
            norm.bias += norm.running_mean
    for hook in hooks:
        hook.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--network", choices=NETWORKS, default="cutout")
    parser.add_argument("--data", nargs="+", required=True, help="shard folders, for the statistics")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    graph = onnx.load(args.model).graph
    size = graph.input[0].type.tensor_type.shape.dim[-1].dim_value
    net = NETWORKS[args.network]().eval()
    norms = load_folded(net, graph, size)
    samples = Samples(Shards(args.data), load_photographs(args.backgrounds), size, seed=1)
    batches = [as_input(torch.stack([samples[16 * i + j][0] for j in range(16)])) for i in range(8)]
    unfold(net, norms, batches)

    session = onnxruntime.InferenceSession(args.model, providers=["CPUExecutionProvider"])
    difference = 0.0
    for picture in batches[0]:
        with torch.no_grad():
            found = net(picture[None]).numpy()
        expected = session.run(None, {"rgb": np.ascontiguousarray(picture[None].numpy())})[0]
        difference = max(difference, float(np.abs(found - expected).max()))
    print(f"{args.out}: largest difference to the file {difference:.1e}")
    if difference > 1e-3:
        raise SystemExit("the network does not compute what the file computes")
    torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()
