"""Reads the renderer's shards.

A shard folder holds `fg.bin` (n x S x S x 4, the product alone, premultiplied display-space RGBA),
`bg.bin` (n x S x S x 3, the backdrop with the product's shadow), `clean.bin` (the same without the shadow; absent
in older shards) and `meta.jsonl`, rows bottom first as WebGL reads them. The picture is
fg.rgb + (1 - fg.a) * bg, exactly; either half may be swapped. The share of light that the shadow leaves is bg / clean.
"""

import json
import os

import numpy as np

CHANNELS = {"fg": 4, "bg": 3, "clean": 3}


class Shards:
    """All samples of several shard folders; a render still being written counts up to its last whole sample."""

    def __init__(self, folders, size=384):
        self.size = size
        self.samples = []
        for folder in folders:
            paths = {name: os.path.join(folder, f"{name}.bin") for name in CHANNELS}
            paths = {name: path for name, path in paths.items() if name != "clean" or os.path.exists(path)}
            count = min(os.path.getsize(path) // (size * size * CHANNELS[name]) for name, path in paths.items())
            passes = {
                name: np.memmap(path, np.uint8, "r", shape=(count, size, size, CHANNELS[name]))
                for name, path in paths.items()
            }
            self.samples += [(passes, i) for i in range(count)]

    def __len__(self):
        return len(self.samples)

    def product(self, index):
        """Premultiplied RGBA, uint8 [S,S,4]."""
        return self._upright(index, "fg")

    def backdrop(self, index):
        """The backdrop with the product's shadow on it, uint8 [S,S,3]."""
        return self._upright(index, "bg")

    def clean(self, index):
        """The backdrop without the product's shadow, uint8 [S,S,3]; KeyError if the shard was rendered without."""
        return self._upright(index, "clean")

    def _upright(self, index, name):
        passes, row = self.samples[index]
        return np.ascontiguousarray(passes[name][row, ::-1])


def write_drawn(folder, samples):
    """Writes a shard folder of (seed, name, premultiplied RGBA uint8 [S,S,4], backdrop uint8 [S,S,3]), without shadows."""
    os.makedirs(folder, exist_ok=True)
    with (
        open(os.path.join(folder, "fg.bin"), "wb") as products,
        open(os.path.join(folder, "bg.bin"), "wb") as backdrops,
        open(os.path.join(folder, "meta.jsonl"), "w", encoding="utf-8") as meta,
    ):
        for seed, name, product, backdrop in samples:
            products.write(product[::-1].tobytes())
            backdrops.write(backdrop[::-1].tobytes())
            meta.write(json.dumps({"seed": seed, "kind": "drawn", "names": [name]}) + "\n")
