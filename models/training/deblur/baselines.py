"""Wiener and Richardson-Lucy deconvolution with the known kernel, on the deblurrer's evaluation patches.

    python -m deblur.baselines --backgrounds DIR --photos DIR

Both get what no photo tells, the exact kernel, and work in linear light. Wiener: conj(H) Y / (|H|^2 + balance |D|^2) with
D the Laplacian (as scikit-image regularises it); Richardson-Lucy: x <- x * corr(k, y / conv(k, x)), from mid-grey.
"""

import argparse

import numpy as np
import torch

from deblur.degradations import evaluation_blur, evaluation_kernels
from denoise.degradations import to_linear, to_srgb
from photographs import evaluation_patches, psnr

RIM = 32


def transfer(kernel, shape):
    """The kernel's transfer function for pictures of `shape`, its centre at the origin."""
    padded = np.zeros(shape)
    padded[: kernel.shape[0], : kernel.shape[1]] = kernel
    return np.fft.fft2(np.roll(padded, [-(side // 2) for side in kernel.shape], (0, 1)))


def filtered(picture, response):
    return np.stack([np.real(np.fft.ifft2(response * np.fft.fft2(picture[..., c]))) for c in range(3)], -1)


def in_linear_light(blurred, deconvolve):
    rim = ((RIM, RIM), (RIM, RIM), (0, 0))
    result = deconvolve(np.pad(to_linear(blurred), rim, "reflect"))
    return to_srgb(np.clip(result[RIM:-RIM, RIM:-RIM], 0, 1))


def wiener(blurred, kernel, balance):
    def deconvolve(y):
        response = transfer(kernel, y.shape[:2])
        laplacian = transfer(np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], float), y.shape[:2])
        return filtered(y, np.conj(response) / (np.abs(response) ** 2 + balance * np.abs(laplacian) ** 2))

    return in_linear_light(blurred, deconvolve)


def richardson_lucy(blurred, kernel, steps):
    def deconvolve(y):
        response, x = transfer(kernel, y.shape[:2]), np.full_like(y, 0.5)
        for _ in range(steps):
            x = np.clip(x * filtered(y / np.maximum(filtered(x, response), 1e-6), np.conj(response)), 0, 1)
        return x

    return in_linear_light(blurred, deconvolve)


METHODS = {
    "Wiener 0.003": lambda y, k: wiener(y, k, 0.003),
    "Wiener 0.03": lambda y, k: wiener(y, k, 0.03),
    "Richardson-Lucy 10": lambda y, k: richardson_lucy(y, k, 10),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--photos", required=True)
    args = parser.parse_args()

    def tensor(picture):
        return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()

    gains = {}
    for index, patch in enumerate(evaluation_patches(args.backgrounds, args.photos)):
        picture = patch[0].permute(1, 2, 0).numpy()
        for kind, kernel in evaluation_kernels(index).items():
            blurred = evaluation_blur(picture, kernel, index)
            before = psnr(tensor(blurred), patch)
            for name, method in METHODS.items():
                gain = psnr(tensor(method(blurred, kernel)), patch) - before
                gains.setdefault(name, {}).setdefault(kind, []).append(gain)
    for name, by_kind in gains.items():
        print(name, ", ".join(f"{kind} {np.mean(values):+.2f} dB" for kind, values in by_kind.items()), flush=True)


if __name__ == "__main__":
    main()
