"""Exports a ClickNet checkpoint as two ONNX files and checks them against torch.

    python -m click.export --weights RUN/ema.pt --size 384 --out ../compact/compact-click

Writes OUT-encoder.onnx and OUT-decoder.onnx. The encoder takes `image` float32 [1,3,S,S], 0..1 sRGB, and gives the
embeddings `fine`, `quarter`, `eighth` and `sixteenth`. The decoder takes them, `points` [objects,points,2] in pixels
of S, `labels` [objects,points] (1 on the object, 0 beside it, 2 and 3 the corners of a box), `previous_mask`
[1,1,256,256] and `has_previous_mask` [1]; it gives `masks`, logits [objects,1,256,256], and `scores` [objects,1].
"""

import argparse

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

from click.model import EIGHTH, FINE, QUARTER, SIXTEENTH, ClickNet
from click.prompts import NOTHING
from weights import halve

EMBEDDINGS = {"fine": (FINE, 2), "quarter": (QUARTER, 4), "eighth": (EIGHTH, 8), "sixteenth": (SIXTEENTH, 16)}
"""Channels of each, and how much smaller than the picture it is."""

TOLERANCE = 0.02
"""Of the largest difference to torch, as a share of the largest value: weights are stored in half precision."""

MASK_SIDE = 256
"""Of the masks that prompts of the product hold."""

FREE = {
    "points": {0: "objects", 1: "points"},
    "labels": {0: "objects", 1: "points"},
    "masks": {0: "objects"},
    "scores": {0: "objects"},
}


class Prompted(nn.Module):
    """The decoder for any number of objects and points, none included, on one picture."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, fine, quarter, eighth, sixteenth, points, labels, former, has_former):
        nothing = torch.zeros_like(labels.sum(1, keepdim=True))
        points = torch.cat([points, torch.stack([nothing, nothing], 2)], 1)
        labels = torch.cat([labels, nothing + NOTHING], 1)
        rows = nothing[:, :, None, None]
        embeddings = [part + rows for part in (fine, quarter, eighth, sixteenth)]
        logits, _, score = self.decoder(embeddings, points, labels, former + rows, has_former + nothing[:, 0])
        masks = F.interpolate(logits, size=(MASK_SIDE, MASK_SIDE), mode="bilinear", align_corners=False)
        return masks, torch.sigmoid(score)[:, None]


def write(network, example, path, inputs, outputs, free):
    names = {"input_names": inputs, "output_names": outputs, "dynamic_axes": free}
    torch.onnx.export(network, example, path, opset_version=17, dynamo=False, **names)
    model = onnx.load(path)
    halve(model.graph.initializer, model.graph.node)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def difference(path, feeds, expected):
    """The largest to torch, as a share of the largest value."""
    answers = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, feeds)
    return max(float(np.abs(a - b.numpy()).max() / np.abs(b.numpy()).max()) for a, b in zip(answers, expected))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--out", required=True, help="the files' path without `-encoder.onnx` and `-decoder.onnx`")
    args = parser.parse_args()

    net = ClickNet().eval()
    net.load_state_dict(torch.load(args.weights, map_location="cpu"))
    random = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, args.size, args.size, generator=random)
    encoder_path, decoder_path = f"{args.out}-encoder.onnx", f"{args.out}-decoder.onnx"
    decoder = Prompted(net.decoder).eval()
    names = [*EMBEDDINGS, "points", "labels", "previous_mask", "has_previous_mask"]
    with torch.no_grad():
        embeddings = net.encoder(picture)
        write(net.encoder, picture, encoder_path, ["image"], list(EMBEDDINGS), {})
        found = {"encoder": difference(encoder_path, {"image": picture.numpy()}, embeddings)}
        prompts = {
            "two objects": (torch.rand(2, 3, 2, generator=random) * args.size, torch.tensor([[1.0, 0, 1], [2, 3, 0]])),
            "a click": (torch.full((1, 1, 2), args.size / 2), torch.ones(1, 1)),
            "a mask alone": (torch.zeros(1, 0, 2), torch.zeros(1, 0)),
        }
        mask = torch.randn(1, 1, MASK_SIDE, MASK_SIDE, generator=random) * 5
        example = (*embeddings, *prompts["two objects"], mask, torch.ones(1))
        write(decoder, example, decoder_path, names, ["masks", "scores"], FREE)
        for kind, prompt in prompts.items():
            example = (*embeddings, *prompt, mask, torch.ones(1))
            feeds = {name: value.numpy() for name, value in zip(names, example)}
            found[kind] = difference(decoder_path, feeds, decoder(*example))
    figures = ", ".join(f"{kind} {value:.1e}" for kind, value in found.items())
    print(f"{args.out}: largest difference to torch: {figures}")
    if max(found.values()) > TOLERANCE:
        raise SystemExit("the exported network does not match torch")


if __name__ == "__main__":
    main()
