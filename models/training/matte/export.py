"""Exports a MatteNet checkpoint to ONNX and checks it against torch at several sizes.

    python -m matte.export --weights RUN/ema.pt --out ../compact/compact-matte.onnx

Input `pixel_values` float32 [1,4,H,W], sides of multiples of 32: RGB in -1..1 and the trimap in 0..1.
Output `alphas` float32 [1,1,H,W], 0..1.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
import torch

from matte.model import MatteNet


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    net = MatteNet()
    net.load_state_dict(torch.load(args.weights, map_location="cpu"))
    net.eval()
    torch.onnx.export(
        net, example(128, 96), args.out, opset_version=17, dynamo=False, input_names=["pixel_values"],
        output_names=["alphas"], dynamic_axes={name: {2: "height", 3: "width"} for name in ("pixel_values", "alphas")},
    )  # fmt: skip
    onnx.checker.check_model(onnx.load(args.out))
    session = onnxruntime.InferenceSession(args.out, providers=["CPUExecutionProvider"])
    worst = 0.0
    for height, width in ((64, 64), (128, 224), (384, 256)):
        entering = example(height, width)
        with torch.no_grad():
            expected = net(entering).numpy()
        worst = max(worst, float(np.abs(session.run(None, {"pixel_values": entering.numpy()})[0] - expected).max()))
    print(f"{args.out}: largest difference to torch {worst:.1e}")
    if worst > 1e-4:
        raise SystemExit("the exported network does not match torch")


def example(height, width):
    """Random colour under a trimap with all three values, float32 [1,4,height,width]."""
    generator = torch.Generator().manual_seed(height)
    colour = torch.rand(1, 3, height, width, generator=generator) * 2 - 1
    trimap = torch.linspace(0, 3, width).floor().clamp(0, 2).expand(1, 1, height, width) / 2
    return torch.cat([colour, trimap], 1)


if __name__ == "__main__":
    main()
