"""Joins the cut-out network and its colour step to one ONNX graph of 1024 x 1024 pixels.

    python -m matte.cutout_1024 --cutout ../compact/compact-cutout.onnx --out ../compact/compact-cutout-1024.onnx

Input `rgb` float32 [1,3,1024,1024], 0..1 sRGB, the photo squeezed to the square; output `alpha` float32
[1,1,1024,1024], 0..1. Inside: shrink by area, cut out, let the colours vote, and carry the alpha to full size by the
fast guided filter. Large weights are stored in half precision and widened on loading; all arithmetic is fp32.
"""

import argparse
import io

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from torch import nn

from cutout.model import double
from matte.colour_vote import ColourVote, Guide
from weights import halve

SIDE, SMALL = 1024, 288
RADIUS, EPSILON = 2, 1e-4
"""Of the guided filter that finds the edge, at half the size."""
LOW, HIGH = 0.04, 0.96
"""What of its answer becomes 0 and 1: it never quite reaches its ends."""
OPSET = 17
TOLERANCE = 1e-3
"""Mean difference that half-precision weights may make."""


def area_weights(source, target):
    """[target,source]: how much of each source pixel lies in each target pixel, rows summing to 1."""
    edges = np.arange(target + 1) * source / target
    pixels = np.arange(source)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return torch.from_numpy((covered.clip(0) * target / source).astype(np.float32))


class Shrink(nn.Module):
    """RGB [1,3,1024,1024] to [1,3,288,288] by area: halved, and the rest by two matrices."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", area_weights(SIDE // 2, SMALL))

    def forward(self, rgb):
        return self.weights @ F.avg_pool2d(rgb, 2) @ self.weights.T


class Enlarge(nn.Module):
    """RGB [1,3,1024,1024] and the small alpha to the alpha along the picture's edges, [1,1,1024,1024]."""

    def forward(self, rgb, small):
        half = F.avg_pool2d(rgb, 2)
        target = F.interpolate(small, size=(SIDE // 2, SIDE // 2), mode="bilinear", align_corners=False)
        slope, offset = Guide(half, RADIUS, EPSILON).coefficients(target)
        alpha = (double(slope) * rgb).sum(1, keepdim=True) + double(offset)
        return ((alpha - LOW) / (HIGH - LOW)).clamp(0, 1)


class Assembly:
    """One graph made of whole models: each is laid in with names of its own, and its inputs are values laid before."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def lay(self, model, prefix, *inputs):
        """Lays a model in and returns the name of its output."""
        names = {value.name: given for value, given in zip(model.graph.input, inputs, strict=True)}

        def renamed(name):
            return names.get(name, f"{prefix}/{name}") if name else name

        for weights in model.graph.initializer:
            weights.name = renamed(weights.name)
            self.weights.append(weights)
        for node in model.graph.node:
            node.name = f"{prefix}/{node.name}"
            node.input[:] = [renamed(name) for name in node.input]
            node.output[:] = [renamed(name) for name in node.output]
            self.nodes.append(node)
        return renamed(model.graph.output[0].name)

    def model(self, output):
        """The whole as a model from `rgb` to `alpha`."""
        nodes = [*self.nodes, helper.make_node("Identity", [output], ["alpha"])]
        shapes = {"rgb": [1, 3, SIDE, SIDE], "alpha": [1, 1, SIDE, SIDE]}
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        graph = helper.make_graph(nodes, "cutout_1024", ends[:1], ends[1:], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def exported(module, *examples):
    """A torch module of fixed sizes as an ONNX model."""
    file = io.BytesIO()
    torch.onnx.export(module, examples, file, opset_version=OPSET, dynamo=False)
    return onnx.load_from_string(file.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutout", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    rgb, small = torch.rand(1, 3, SIDE, SIDE), torch.rand(1, 1, SMALL, SMALL)
    whole = Assembly()
    shrunk = whole.lay(exported(Shrink(), rgb), "shrink", "rgb")
    coarse = whole.lay(onnx.load(args.cutout), "cutout", shrunk)
    voted = whole.lay(exported(ColourVote(), rgb[..., :SMALL, :SMALL], small), "vote", shrunk, coarse)
    output = whole.lay(exported(Enlarge(), rgb, small), "enlarge", "rgb", voted)
    halve(whole.weights, whole.nodes)
    onnx.save(whole.model(output), args.out)
    onnx.checker.check_model(onnx.load(args.out))
    worst = difference(args)
    print(f"{args.out}: mean difference to its parts {worst:.1e}")
    if worst > TOLERANCE:
        raise SystemExit("the joined graph does not do what its parts do")


def made_up_picture():
    """A dark red disc on a light ground, float32 [1,3,1024,1024]."""
    along = torch.linspace(-1, 1, SIDE)
    disc = (torch.hypot(along[None], along[:, None]) < 0.5).float() * (0.8 + 0.2 * along)
    return torch.stack([0.9 - 0.4 * disc, 0.9 - 0.8 * disc, 0.85 - 0.7 * disc])[None]


def difference(args):
    """Mean, between the joined graph and its parts run one after the other, on a made-up picture."""

    def session(path):
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    rgb = made_up_picture()
    shrunk = Shrink()(rgb)
    small = session(args.cutout).run(None, {"rgb": shrunk.numpy()})[0]
    expected = Enlarge()(rgb, ColourVote()(shrunk, torch.from_numpy(small))).numpy()
    return float(np.abs(session(args.out).run(None, {"rgb": rgb.numpy()})[0] - expected).mean())


if __name__ == "__main__":
    main()
