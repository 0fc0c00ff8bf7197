"""Weights on their way into a network, from a training's folder or an exported model, and into a file."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

LARGE = 256
"""Weights of at least so many values are worth storing in half precision."""


def halve(weights, nodes):
    """Stores large weights of a graph in half precision; the runtime widens them on loading, and computes as before."""
    for weight in weights:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= LARGE:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}/half"))
            nodes.insert(0, helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))


def from_onnx(path, names):
    """The state dict of parameters `names` (in the network's order) inside an exported file.

    The exporter keeps the names of nearly all of them; the few that it renames (slopes of PReLU) keep their order.
    """
    graph = onnx.load(path).graph
    stored = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    state = {name: stored.pop(name) for name in names if name in stored}
    renamed = [value.flatten() for name, value in stored.items() if name.startswith("onnx::PRelu")]
    return state | dict(zip((name for name in names if name not in state), renamed, strict=True))


def spread(weights, scale):
    """The last layer of an upscaler, its sub-pixels each repeated so that it enlarges `scale` times more."""
    rest = weights.shape[1:]
    side = round((weights.shape[0] // 3) ** 0.5)
    grid = weights.reshape(3, side, side, *rest)
    return grid.repeat_interleave(scale, 1).repeat_interleave(scale, 2).reshape(-1, *rest)


def start_from(net, path):
    """Loads `path` (.pt or .onnx) into `net`; an upscaler may start from one that enlarges less."""
    if path.endswith(".onnx"):
        state = from_onnx(path, list(net.state_dict()))
    else:
        state = torch.load(path, map_location="cpu")
    for name, value in net.state_dict().items():
        larger = value.shape[0] // state[name].shape[0]
        if larger > 1:
            state[name] = spread(state[name], round(larger**0.5))
    net.load_state_dict(state)
