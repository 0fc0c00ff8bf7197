"""Runs an ONNX file as a user of it would, and says what it is.

    python prove.py model.onnx

Loads it, feeds it two seeded pictures, and refuses it when an answer is not finite, is one constant, or is the same
for both. Prints its ports, the time of a warm run, and the peak memory of this process. Free dimensions are taken as
64 pixels; `--size 256x256` says otherwise.
"""

import argparse
import json
import re
import time
from pathlib import Path

import numpy as np
import onnxruntime

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64}


def open_session(path, threads=2):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Without what onnxruntime keeps for the next run: the peak is then what this one needs.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Threads that wait do not count as work: what a run costs is then seen on a busy machine too.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feeds_of(session, seed, free):
    """A picture for every input: smooth shapes with some noise on them, 0..1. `free`: (height, width) where the graph has none."""
    feeds = {}
    for port in session.get_inputs():
        dims = [1 if axis < 2 else free[axis - 2] for axis in range(len(port.shape))]
        dims = [given if isinstance(given, int) else dim for given, dim in zip(port.shape, dims)]
        feeds[port.name] = picture(seed, dims).astype(TYPES[port.type])
    return feeds


def picture(seed, dims):
    random = np.random.default_rng(seed)
    _, channels, height, width = dims
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        np.sin(x * random.uniform(0.01, 0.2) + y * random.uniform(0.01, 0.2) + random.uniform(0, 6))
        for _ in range(channels)
    ]
    values = 0.5 + 0.35 * np.stack(waves) + random.normal(0, 0.04, (channels, height, width))
    return np.clip(values, 0, 1)[None]


def ports(path):
    """Names and shapes of a file that is loaded but not run: for graphs that need more memory than this machine has."""
    started = time.perf_counter()
    session = open_session(path)
    return {
        "inputs": {port.name: port.shape for port in session.get_inputs()},
        "outputs": {port.name: port.shape for port in session.get_outputs()},
        "load_seconds": round(time.perf_counter() - started, 2),
        "peak_mb": peak_mb(),
    }


def peak_mb():
    """Of this process since it began. (`getrusage` also counts the process that started it, before this one took over.)"""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def prove(path, free=(64, 64)):
    """The facts as a dict. Raises ValueError for a file that does not compute."""
    started = time.perf_counter()
    session = open_session(path)
    loaded = time.perf_counter() - started
    feeds = feeds_of(session, 1, free)
    first = session.run(None, feeds)
    started = time.perf_counter()
    session.run(None, feeds)
    seconds = time.perf_counter() - started
    second = session.run(None, feeds_of(session, 2, free))
    for port, one, other in zip(session.get_outputs(), first, second):
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            raise ValueError(f"{path}: {port.name} is not finite.")
        if one.std() < 1e-4 or other.std() < 1e-4:
            raise ValueError(f"{path}: {port.name} is one constant.")
        if np.abs(one - other).mean() < 1e-4:
            raise ValueError(f"{path}: {port.name} does not depend on the picture.")
    return {
        "inputs": {name: list(value.shape) for name, value in feeds.items()},
        "outputs": {port.name: list(value.shape) for port, value in zip(session.get_outputs(), first)},
        "mean": round(float(first[0].mean()), 4),
        "deviation": round(float(first[0].std()), 4),
        "load_seconds": round(loaded, 2),
        "run_seconds": round(seconds, 3),
        "peak_mb": peak_mb(),
    }


def parse_size(text):
    """`WIDTHxHEIGHT` to (height, width)."""
    width, height = (int(side) for side in text.split("x"))
    return height, width


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("--size", type=parse_size, default=(64, 64), metavar="WIDTHxHEIGHT")
    arguments.add_argument("--load-only", action="store_true", help="do not run it")
    given = arguments.parse_args()
    print(json.dumps(ports(given.model) if given.load_only else prove(given.model, given.size)))
