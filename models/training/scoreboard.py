"""Prints the figures of the compact models against their baselines as markdown tables.

    python -m scoreboard --backgrounds DIR --photos DIR --mattes DIR [--alphas DIR]

The models are the ONNX files themselves, run by onnxruntime. `--alphas` takes the alpha PNGs, named after
their photos, that the product wrote, and scores them beside the bare network's.
"""

import argparse
import os

import cv2
import numpy as np
import onnxruntime
import torch
from PIL import Image

from cutout.colour_refine import colour_refine
from cutout.score import fit, grabcut, load_references, network_input, score
from photographs import add_gaussian_noise, evaluation_patches, psnr, shrunk, to_tensor

COMPACT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compact")


class Model:
    """An ONNX file with one input and one output, called on float32 arrays."""

    def __init__(self, folder, name):
        path = os.path.join(folder, f"{name}.onnx")
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def __call__(self, array):
        return self.session.run(None, {"rgb": np.ascontiguousarray(array, np.float32)})[0]


def to_picture(patch):
    """float32 [1,3,H,W] in 0..1 to uint8 [H,W,3]."""
    return np.round(patch[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255).astype(np.uint8)


def print_table(title, columns, rows):
    print(f"\n### {title}\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, cells in rows:
        print(f"| {name} | " + " | ".join(cells) + " |")


def non_local_means(noisy):
    """OpenCV's non-local means at strength 20, windows of 7 and 21, on the picture as a file would hold it."""
    picture = cv2.fastNlMeansDenoisingColored(to_picture(noisy), None, 20, 20, 7, 21)
    return to_tensor(picture)


def jpeg(patch, quality):
    """The patch after JPEG, and what its file lost is the noise."""
    _, file = cv2.imencode(".jpg", to_picture(patch)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return to_tensor(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])


def score_denoise(model, patches):
    """PSNR in dB: Gaussian noise of sigma 15, 25, 50, JPEG of quality 40 and 75, and clean patches."""
    faults = {f"sigma {s}": (lambda p, i, s=s: add_gaussian_noise(p, s, i)) for s in (15, 25, 50)}
    faults |= {f"JPEG {q}": (lambda p, i, q=q: jpeg(p, q)) for q in (40, 75)}
    bad = {name: [fault(p, i) for i, p in enumerate(patches)] for name, fault in faults.items()}
    bad["clean"] = patches

    def mean(restore, name):
        return f"{np.mean([psnr(restore(b), p) for b, p in zip(bad[name], patches)]):.2f}"

    def compact(patch):
        return torch.from_numpy(model(patch.numpy()))

    before = [mean(lambda b: b, name) if name != "clean" else "same" for name in bad]
    means = [mean(non_local_means, name) if name == "sigma 25" else "" for name in bad]
    return list(bad), [
        ("input as it is", before),
        ("non-local means (OpenCV)", means),
        ("**compact-denoise**", [mean(compact, name) for name in bad]),
    ]


def score_upscale(model, patches):
    """PSNR in dB of patches halved by box filter and doubled again."""

    def pillow(kernel):
        def double(patch):
            small = Image.fromarray(to_picture(shrunk(patch, 2)))
            return to_tensor(np.asarray(small.resize((small.width * 2, small.height * 2), kernel)))

        return double

    ways = {
        "bicubic (Pillow)": pillow(Image.Resampling.BICUBIC),
        "Lanczos-3 (Pillow)": pillow(Image.Resampling.LANCZOS),
        "**compact-upscale**": lambda p: torch.from_numpy(model(to_tensor(to_picture(shrunk(p, 2))).numpy())),
    }
    return ["x2"], [(name, [f"{np.mean([psnr(way(p), p) for p in patches]):.2f}"]) for name, way in ways.items()]


def score_cutout(model, references, alphas):
    """IoU at 0.5 and mean absolute error, mean over the reference mattes."""
    bare = {r.name: model(network_input(r.rgb))[0, 0] for r in references}
    ways = {
        "GrabCut from a rectangle (OpenCV)": lambda r: grabcut(r.rgb),
        "compact-cutout, the network alone": lambda r: fit(bare[r.name], r.rgb),
        "**compact-cutout + colour_refine**": lambda r: colour_refine(r.rgb, bare[r.name]),
    }
    if alphas:
        ways["**compact-cutout through the product**"] = lambda r: read_alpha(alphas, r)
    rows = []
    for name, way in ways.items():
        overlap, error = np.mean([score(way(r), r.matte) for r in references], 0)
        rows.append((name, [f"{overlap:.3f}", f"{error:.3f}"]))
    return ["IoU", "MAE"], rows


def read_alpha(folder, reference):
    """The alpha that the product wrote for a photo; a matte as grey, or the last channel of a cut-out."""
    path = os.path.join(folder, f"{reference.name}.png")
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise SystemExit(f"no readable alpha {path}")
    image = image[..., -1] if image.ndim == 3 and image.shape[2] in (2, 4) else image
    image = image[..., 0] if image.ndim == 3 else image
    return fit(image.astype(np.float32) / np.iinfo(image.dtype).max, reference.rgb)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--mattes", required=True)
    parser.add_argument("--alphas", help="folder of <photo>.png, alphas that the product wrote")
    parser.add_argument("--models", default=COMPACT, help="folder of the ONNX files")
    args = parser.parse_args()

    patches = evaluation_patches(args.backgrounds, args.photos)
    references = load_references(args.photos, args.mattes)
    denoise, upscale, cutout = (Model(args.models, f"compact-{task}") for task in ("denoise", "upscale", "cutout"))
    print_table(f"Denoise: PSNR in dB, {len(patches)} patches", *score_denoise(denoise, patches))
    print_table(f"Upscale x2: PSNR in dB, {len(patches)} patches", *score_upscale(upscale, patches))
    print_table(f"Cut-out: {len(references)} photos", *score_cutout(cutout, references, args.alphas))


if __name__ == "__main__":
    main()
