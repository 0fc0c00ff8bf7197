"""Exports a restoration network to ONNX and proves what its contract promises.

    python -m export_restoration denoise --weights RUN/ema.pt --out ../compact/compact-denoise.onnx

Checked before it counts as exported: the file matches torch at several sizes, and a picture worked in
tiles that overlap by the receptive radius equals the picture worked whole.
"""

import argparse
import hashlib

import numpy as np
import onnx
import onnxruntime
import torch

from deblur.model import DeblurNet
from denoise.model import DenoiseNet
from upscale.model import UpscaleNet
from weights import start_from

NETWORKS = {
    "denoise": (DenoiseNet, "denoised", 1),
    "deblur": (DeblurNet, "deblurred", 1),
    "upscale-x2": (lambda: UpscaleNet(2), "upscaled", 2),
    "upscale-x4": (lambda: UpscaleNet(4), "upscaled", 4),
}
"""For each network how it is built, the name of its output, and how much larger its output is than its input."""

TOLERANCE = 1e-4


def receptive_radius(net, scale):
    """How many input pixels away, on either axis, an output pixel still looks.

    Measured as the reach of the gradient, for every phase of the pixel against the network's own grid.
    """
    size, radius = 256, 0
    for phase in range(net.MULTIPLE * scale):
        rgb = torch.rand(1, 3, size, size, dtype=torch.float64, requires_grad=True)
        at = size // 2 * scale + phase
        net(rgb)[0, :, at, at].sum().backward()
        touched = rgb.grad.abs().amax((0, 1))
        for axis in (0, 1):
            reached = touched.amax(axis).nonzero().flatten()
            radius = max(radius, at // scale - reached.min().item(), reached.max().item() - at // scale)
    return radius


def tile_overlap(radius, multiple):
    """The radius rounded up to the network's grid, on which every tile has to start."""
    return -(-radius // multiple) * multiple


def run_tiled(run, rgb, scale, core, overlap):
    """Works rgb [1,3,H,W] in tiles of `core` pixels plus `overlap` on every side that is not a border."""
    _, _, height, width = rgb.shape
    result = np.empty((1, 3, height * scale, width * scale), np.float32)
    for y in range(0, height, core):
        for x in range(0, width, core):
            top, left = max(0, y - overlap), max(0, x - overlap)
            bottom, right = min(height, y + core), min(width, x + core)
            tile = run(rgb[:, :, top : min(height, bottom + overlap), left : min(width, right + overlap)])
            inner = tile[:, :, (y - top) * scale : (bottom - top) * scale, (x - left) * scale : (right - left) * scale]
            result[:, :, y * scale : bottom * scale, x * scale : right * scale] = inner
    return result


def export(net, path, output):
    axes = {"rgb": {2: "height", 3: "width"}, output: {2: f"{output}_height", 3: f"{output}_width"}}
    torch.onnx.export(
        net, torch.rand(1, 3, 128, 96), path, opset_version=17, input_names=["rgb"], output_names=[output],
        dynamic_axes=axes, dynamo=False,
    )  # fmt: skip
    onnx.checker.check_model(onnx.load(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    build, output, scale = NETWORKS[args.network]
    net = build()
    start_from(net, args.weights)
    net.eval()
    export(net, args.out, output)
    session = onnxruntime.InferenceSession(args.out, providers=["CPUExecutionProvider"])

    def run(rgb):
        return session.run(None, {"rgb": np.ascontiguousarray(rgb)})[0]

    worst = 0.0
    for height, width in ((64, 64), (128, 200), (256, 144)):
        rgb = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))
        with torch.no_grad():
            worst = max(worst, float(np.abs(run(rgb.numpy()) - net(rgb).numpy()).max()))
    radius = receptive_radius(net.double(), scale)
    overlap = tile_overlap(radius, net.MULTIPLE)
    picture = np.random.default_rng(0).random((1, 3, 384, 512), np.float32)
    whole = run(picture)
    tiled = float(np.abs(run_tiled(run, picture, scale, 128, overlap) - whole).max())
    with open(args.out, "rb") as file:
        content = file.read()
    print(f"{args.out}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    print(f"largest difference to torch {worst:.1e}")
    print(f"receptive radius {radius} px, tile overlap {overlap} px, largest difference of tiles {tiled:.1e}")
    if max(worst, tiled) > TOLERANCE:
        raise SystemExit("the exported network does not keep its contract")


if __name__ == "__main__":
    main()
