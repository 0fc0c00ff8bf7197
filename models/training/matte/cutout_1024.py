"""Joins the cut-out and the matting network to one ONNX graph of 1024 x 1024 pixels.

    python -m matte.cutout_1024 --cutout ../compact/compact-cutout.onnx --matte ../compact/compact-matte.onnx \\
        --out ../compact/compact-cutout-1024.onnx

Input `rgb` float32 [1,3,1024,1024], 0..1 sRGB, the photo squeezed to the square; output `alpha` float32
[1,1,1024,1024], 0..1. Inside: shrink by area, cut out, let the colours vote, enlarge, make a trimap of the doubtful
and the band along the edge, and solve it. Large weights are stored in half precision and widened on loading; all
arithmetic is fp32.
"""

import argparse
import io

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from matte.colour_vote import ColourVote

SIDE, SMALL = 1024, 288
RADIUS = 8
"""The band along the edge to either side: 0.8 % of the side, as in the product's trimap."""
SURE = 0.05
OPSET = 17
LARGE_WEIGHTS = 256
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


class OpenEdge(nn.Module):
    """RGB and the small alpha to colour and trimap [1,4,1024,1024] as the matting network takes them."""

    def forward(self, rgb, small):
        coarse = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        front, back = (coarse >= 0.5).float(), (coarse < 0.5).float()
        for _ in range(RADIUS // 2):  # squares of 5, one after the other, are one of 2 * RADIUS + 1
            front, back = -F.max_pool2d(-front, 5, 1, 2), -F.max_pool2d(-back, 5, 1, 2)
        sure = ((coarse <= SURE) | (coarse >= 1 - SURE)).float()
        return torch.cat([rgb * 2 - 1, 0.5 + 0.5 * sure * (front - back)], 1)


class Settle(nn.Module):
    """The solved alpha where the trimap is open, else what is known."""

    def forward(self, opened, solved):
        trimap = opened[:, 3:]
        return torch.where((trimap - 0.5).abs() < 0.25, solved, trimap)


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

    def halve(self):
        """Stores large weights in half precision, each behind a cast that the runtime folds away on loading."""
        for weights in self.weights:
            values = numpy_helper.to_array(weights)
            if values.dtype == np.float32 and values.size >= LARGE_WEIGHTS:
                name = weights.name
                weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}/half"))
                self.nodes.insert(0, helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))

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
    parser.add_argument("--matte", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    rgb, small, four = (torch.rand(1, channels, side, side) for channels, side in ((3, SIDE), (1, SMALL), (4, SIDE)))
    whole = Assembly()
    shrunk = whole.lay(exported(Shrink(), rgb), "shrink", "rgb")
    coarse = whole.lay(onnx.load(args.cutout), "cutout", shrunk)
    voted = whole.lay(exported(ColourVote(), rgb[..., :SMALL, :SMALL], small), "vote", shrunk, coarse)
    opened = whole.lay(exported(OpenEdge(), rgb, small), "edge", "rgb", voted)
    solved = whole.lay(onnx.load(args.matte), "matte", opened)
    output = whole.lay(exported(Settle(), four, four[:, :1]), "settle", opened, solved)
    whole.halve()
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
    opened = OpenEdge()(rgb, ColourVote()(shrunk, torch.from_numpy(small)))
    solved = session(args.matte).run(None, {"pixel_values": opened.numpy()})[0]
    expected = Settle()(opened, torch.from_numpy(solved)).numpy()
    return float(np.abs(session(args.out).run(None, {"rgb": rgb.numpy()})[0] - expected).mean())


if __name__ == "__main__":
    main()
