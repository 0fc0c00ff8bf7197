"""Writes the eight-bit forms of compact models, and the records that make them what runs on a CPU.

    python ship_int8.py --backgrounds DIR --renders SHARDS compact-denoise compact-cutout ...

For every model `../compact/ID-int8.onnx` by `convert.py`, and `../registry/ID-int8.json`, which stands in for it on a CPU.
Ranges come from what was trained on: patches of the training backgrounds with the fault that the model is for (as
`report_cases.py` makes it), renders for what sees whole products. To be run again whenever the weights change; afterwards
`npx biome format --write models/registry`.
"""

import argparse
import functools
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from convert import convert
from feeds import feeds_of_photo
from prove import open_session
from report_cases import fault

HERE = Path(__file__).resolve().parent
COMPACT, REGISTRY = HERE.parent / "compact", HERE.parent / "registry"
sys.path.insert(0, str(HERE.parent / "training"))

from cutout.shards import Shards  # noqa: E402
from photographs import random_patches, training_pictures  # noqa: E402

PATCHES, PATCH, SEED = 24, 256, 1


def calibration(record, backgrounds, renders):
    """Pictures like those to come."""
    if record["size"]["policy"] == "stretch":
        shards = Shards([renders])
        chosen = np.random.default_rng(SEED).choice(len(shards), PATCHES, replace=False)
        return [composed(shards.product(index), shards.backdrop(index)) for index in chosen]
    return [fault(record, Image.fromarray(patch)) for patch in patches_of(backgrounds)]


@functools.cache
def patches_of(backgrounds):
    return random_patches(training_pictures(backgrounds), PATCHES, PATCH, np.random.default_rng(SEED))


def composed(product, backdrop):
    """fg + (1 - alpha) bg, as shards.py says."""
    clear = 1 - product[..., 3:] / 255
    return Image.fromarray(np.clip(product[..., :3] + clear * backdrop, 0, 255).round().astype(np.uint8))


def ship(name, backgrounds, renders):
    record = json.loads((REGISTRY / f"{name}.json").read_text())
    source, out = COMPACT / f"{name}.onnx", COMPACT / f"{name}-int8.onnx"
    session = open_session(str(source))
    pictures = calibration(record, backgrounds, renders)
    convert(str(source), str(out), "int8", [feeds_of_photo(session, record, picture) for picture in pictures])
    small = {key: value for key, value in record.items() if key not in ("default", "fourfold")}
    written = out.read_bytes()
    small["id"] = f"{name}-int8"
    small["description"] = f"{record['description'].rstrip('.')}; eight-bit form of {name}, for CPUs."
    facts = {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    small["files"] = [record["files"][0] | {"bundled": f"compact/{name}-int8.onnx"} | facts]
    small["cpu_form_of"] = name
    (REGISTRY / f"{name}-int8.json").write_text(json.dumps(small, indent=2, ensure_ascii=False) + "\n")
    print(f"{name}: {source.stat().st_size} bytes became {len(written)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="ID")
    parser.add_argument("--backgrounds", required=True, help="the photographs of models/training")
    parser.add_argument("--renders", required=True, help="a folder of shards that were trained on")
    given = parser.parse_args()
    for name in given.models:
        ship(name, given.backgrounds, given.renders)


if __name__ == "__main__":
    main()
