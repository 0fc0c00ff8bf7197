"""Exports a shadow checkpoint to ONNX and checks it against torch.

    python -m shadow.export --weights RUN/ema.pt --out ../compact/compact-shadow.onnx

The size is fixed (the attention reshape is traced): input `rgb` float32 [1,3,192,192], 0..1 sRGB, the photo squeezed;
output `gain` float32 [1,3,192,192], factors from 1 up. Weights are stored in half precision.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
import torch

from shadow.model import GainNet
from weights import halve


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--size", type=int, default=192)
    args = parser.parse_args()

    net = GainNet()
    net.load_state_dict(torch.load(args.weights, map_location="cpu"))
    net.eval()
    sample = torch.rand(1, 3, args.size, args.size, generator=torch.Generator().manual_seed(0))
    torch.onnx.export(
        net, sample, args.out, opset_version=17, input_names=["rgb"], output_names=["gain"], dynamo=False
    )
    model = onnx.load(args.out)
    halve(model.graph.initializer, model.graph.node)
    onnx.checker.check_model(model)
    onnx.save(model, args.out)
    session = onnxruntime.InferenceSession(args.out, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = net(sample).numpy()
    difference = float(np.abs(session.run(None, {"rgb": sample.numpy()})[0] - expected).max())
    print(f"{args.out}: largest difference to torch {difference:.1e}")
    if difference > 1e-3:
        raise SystemExit("the exported network does not match torch")


if __name__ == "__main__":
    main()
