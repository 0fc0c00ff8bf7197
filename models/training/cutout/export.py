"""Exports a ShotNet checkpoint to ONNX and checks it against torch.

    python -m cutout.export --weights RUN/ema.pt --out ../compact/compact-cutout.onnx

The size is fixed (the attention reshape is traced): input `rgb` float32 [1,3,288,288], 0..1 sRGB;
output `alpha` float32 [1,1,288,288], 0..1.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
import torch

from cutout.model import ShotNet
from weights import halve


def export_square(net, description, size, output, tolerance, half=False):
    """The command line that exports a network on one square picture, `rgb` to `output`.

    With `half`, large weights are stored in half precision. SystemExit if an answer is farther than `tolerance` from
    torch's.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--size", type=int, default=size)
    args = parser.parse_args()

    net.load_state_dict(torch.load(args.weights, map_location="cpu"))
    net.eval()
    sample = torch.rand(1, 3, args.size, args.size, generator=torch.Generator().manual_seed(0))
    torch.onnx.export(
        net, sample, args.out, opset_version=17, input_names=["rgb"], output_names=[output], dynamo=False
    )
    if half:
        model = onnx.load(args.out)
        halve(model.graph.initializer, model.graph.node)
        onnx.save(model, args.out)
    onnx.checker.check_model(onnx.load(args.out))
    session = onnxruntime.InferenceSession(args.out, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = net(sample).numpy()
    difference = float(np.abs(session.run(None, {"rgb": sample.numpy()})[0] - expected).max())
    print(f"{args.out}: largest difference to torch {difference:.1e}")
    if difference > tolerance:
        raise SystemExit("the exported network does not match torch")


if __name__ == "__main__":
    export_square(ShotNet(), __doc__, 288, "alpha", 1e-4)
