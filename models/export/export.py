"""Makes an ONNX file for Packshot from a public PyTorch checkpoint, or from random numbers.

    python export.py nafnet-gopro-w32 --checkpoint NAFNet-GoPro-width32.pth --out nafnet-gopro-w32.onnx
    python export.py realesr-general-x4v3 --checkpoint realesr-general-x4v3.pth \\
        --mix realesr-general-wdn-x4v3.pth --strength 0.5 --out general-dn-0.5.onnx
    python export.py isnet-general-use --random --seed 7 --out isnet.onnx

A file counts as exported when onnxruntime answers as PyTorch does, and the answer is finite, not constant, and depends
on the picture. `--small` makes the same architecture with few channels, for tests.
"""

import argparse
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import safetensors.torch
import torch

from architectures import ARCHITECTURES
from prove import open_session, parse_size, picture
from randomise import randomise, settle
from srvgg import mix

SETTLING_SIDE = 256
TOLERANCE = 1e-3


def read_checkpoint(path):
    """The state dict of a checkpoint: averaged weights where there are both, names without the prefixes of wrappers."""
    if path.endswith(".safetensors"):
        return safetensors.torch.load_file(path)
    content = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("params_ema", "params", "state_dict"):
        if key in content:
            content = content[key]
            break
    return {key.removeprefix("module.").removeprefix("_orig_mod."): values for key, values in content.items()}


def example_of(architecture, seed, size):
    """A seeded picture for every input, Float32 [1,channels,H,W], in the values that enter the graph."""
    least, greatest = architecture.values
    dims = [(1, channels, *size) for channels in architecture.inputs.values()]
    pictures = (picture(seed, dim) * (greatest - least) + least for dim in dims)
    return tuple(torch.from_numpy(values.astype(np.float32)) for values in pictures)


def random_network(architecture, seed, small):
    network = architecture.build(small)
    randomise(network, seed)
    height, width = size_of(architecture, small)
    if architecture.scale != 1 or architecture.free or architecture.any_size:
        height, width = min(height, SETTLING_SIDE // architecture.scale), min(width, SETTLING_SIDE // architecture.scale)
    heads = {head_name(network, name): level for name, level in architecture.heads.items()}
    settle(network, seed, heads, *example_of(architecture, seed, (height, width)))
    return network.eval()


def head_name(network, name):
    """Counted layers are fewer in a small network: there the head is the last one."""
    stem, _, index = name.rpartition(".")
    if not stem or not index.isdigit():
        return name
    return f"{stem}.{len(network.get_submodule(stem)) - 1}"


def size_of(architecture, small):
    return architecture.small_size if small else architecture.size


def trained_network(architecture, checkpoint, mixed_with, strength):
    state = read_checkpoint(checkpoint)
    if mixed_with is not None:
        state = mix(state, read_checkpoint(mixed_with), strength)
    network = architecture.build(False)
    network.load_state_dict(state)
    return network.eval()


def write(architecture, network, size, path):
    """Writes the graph; `size` is that of the graph, or of the trace where sizes are free."""
    free = {2: "height", 3: "width"}
    # The exporter refuses names that a published file has ("1959"): those are given afterwards.
    outputs = [name if not name.isdigit() else f"output_{name}" for name in architecture.outputs]
    names = [*architecture.inputs, *outputs]
    # Without no_grad the trace would keep every activation: 12 GB for BiRefNet.
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter warns of every size that it takes as a constant; where it may, the graph is meant to be fixed.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example_of(architecture, 1, size),
            path,
            input_names=list(architecture.inputs),
            output_names=outputs,
            dynamic_axes={name: free for name in names} if architecture.free else None,
            opset_version=architecture.opset,
            dynamo=False,
        )
    if outputs != list(architecture.outputs):
        rename_outputs(path, dict(zip(outputs, architecture.outputs)))


def rename_outputs(path, names):
    model = onnx.load(path)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for port in model.graph.output:
        port.name = names.get(port.name, port.name)
    onnx.save(model, path)


def compare(architecture, network, size, path):
    """Raises ValueError unless the file answers as the network does."""
    if architecture.free:
        # Another size than that of the trace, neither side a power of two.
        size = (size[0] // 2 + 16, size[1] // 2 + 32)
    example = example_of(architecture, 3, size)
    with torch.no_grad():
        expected = network(*example)
    expected = expected[0] if isinstance(expected, tuple) else expected
    feeds = {name: values.numpy() for name, values in zip(architecture.inputs, example)}
    (answer,) = open_session(path).run([architecture.outputs[0]], feeds)
    error = np.abs(answer - expected.numpy()).max() / np.abs(expected.numpy()).max()
    if not error < TOLERANCE:
        raise ValueError(f"{path}: onnxruntime and PyTorch differ by {error:.1e} of the largest value.")
    return float(error)


def export(name, path, *, small=False, seed=None, checkpoint=None, mixed_with=None, strength=0.5, size=None, load_only=False):
    """Writes the file and answers with what was found out about it."""
    architecture = ARCHITECTURES[name]
    if seed is None:
        network = trained_network(architecture, checkpoint, mixed_with, strength)
    else:
        network = random_network(architecture, seed, small)
    size = size or size_of(architecture, small)
    write(architecture, network, size, path)
    error = None if load_only else compare(architecture, network, size, path)
    parameters = sum(values.numel() for values in network.parameters())
    del network
    # In its own process, so that the memory it reports is that of running the file alone.
    text = subprocess.run(
        [
            sys.executable,
            Path(__file__).parent / "prove.py",
            path,
            f"--size={size[1]}x{size[0]}",
            *(["--load-only"] if load_only else []),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return {"name": name, "parameters": parameters, "error": error, **json.loads(text)}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architecture", choices=ARCHITECTURES, metavar="ARCHITECTURE", help=", ".join(ARCHITECTURES))
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", help="a public PyTorch checkpoint")
    source.add_argument("--random", action="store_true", help="no checkpoint: random weights from --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", metavar="CHECKPOINT", help="a second checkpoint to mix with the first")
    parser.add_argument("--strength", type=float, default=0.5, help="the share of the first checkpoint, 0..1")
    parser.add_argument("--small", action="store_true", help="with --random: few channels, small pictures")
    parser.add_argument("--size", type=parse_size, metavar="WIDTHxHEIGHT", help="of the graph, where it is fixed")
    parser.add_argument("--load-only", action="store_true", help="do not run it: for more memory than is here")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    if arguments.small and not arguments.random:
        parser.error("--small goes with --random")
    if not 0 <= arguments.strength <= 1:
        parser.error("--strength lies in 0..1")
    return arguments


def main():
    given = parse_arguments()
    facts = export(
        given.architecture,
        given.out,
        small=given.small,
        seed=given.seed if given.random else None,
        checkpoint=given.checkpoint,
        mixed_with=given.mix,
        strength=given.strength,
        size=given.size,
        load_only=given.load_only,
    )
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
