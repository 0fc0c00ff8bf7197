"""Reads the renderer's shards.

A shard folder holds `fg.bin` (n x S x S x 4, the product alone, premultiplied display-space RGBA),
`bg.bin` (n x S x S x 3, the backdrop with the product's shadow) and `meta.jsonl`, rows bottom first as
WebGL reads them. The picture is fg.rgb + (1 - fg.a) * bg, exactly; either half may be swapped.
"""

import os

import numpy as np


class Shards:
    """All samples of several shard folders; a render still being written counts up to its last whole sample."""

    def __init__(self, folders, size=384):
        self.size = size
        self.samples = []
        for folder in folders:
            fg_path, bg_path = os.path.join(folder, "fg.bin"), os.path.join(folder, "bg.bin")
            count = min(os.path.getsize(bg_path) // (size * size * 3), os.path.getsize(fg_path) // (size * size * 4))
            fg = np.memmap(fg_path, np.uint8, "r", shape=(count, size, size, 4))
            bg = np.memmap(bg_path, np.uint8, "r", shape=(count, size, size, 3))
            self.samples += [(fg, bg, i) for i in range(count)]

    def __len__(self):
        return len(self.samples)

    def product(self, index):
        """Premultiplied RGBA, uint8 [S,S,4]."""
        fg, _, row = self.samples[index]
        return np.ascontiguousarray(fg[row, ::-1])

    def backdrop(self, index):
        """The backdrop with the product's shadow on it, uint8 [S,S,3]."""
        _, bg, row = self.samples[index]
        return np.ascontiguousarray(bg[row, ::-1])
