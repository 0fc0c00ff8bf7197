"""Compares Packshot's whole path with a reference written from the papers, on reduced networks and small photos.

    python -m parity.run_parity [--only MODEL] [--registry FOLDER] PHOTO...      (in models/export)

For every case: the network with random weights is exported, Packshot runs it through the record of the registry with
nothing changed in it but the size, and the file it writes is compared with the reference. Then each planted fault is put
into the export or into the record, and the comparison has to fail. Prints a line of JSON for each; ends with 1 when a
comparison failed that should hold, or held that should fail.
"""

import argparse
import copy
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from architectures import ARCHITECTURES
from export import random_network, size_of, write

from .cases import CASES
from .faults import FAULTS
from .reference import read_photo

SEED = 7
LONG_SIDE = 200
ROOT = Path(__file__).resolve().parents[3]


def main():
    given = parse_arguments()
    if given.list:
        print("\n".join(case.model for case in CASES))
        return
    failures = 0
    with tempfile.TemporaryDirectory(prefix="packshot-parity-") as folder:
        photos = [shrink(path, Path(folder) / f"photo-{index}.png") for index, path in enumerate(given.photos)]
        for case in CASES:
            if given.only in (None, case.model):
                failures += not compare_case(case, photos, given.registry, Path(folder) / case.model)
    sys.exit(1 if failures else 0)


def compare_case(case, photos, registry, folder):
    """Whether the right export agrees with the reference and none of the faulty ones does."""
    architecture = ARCHITECTURES[case.model]
    network = random_network(architecture, SEED, small=True)
    expected = [case.reference(network, read_photo(photo)) for photo in photos]
    record = reduced_record(case, architecture, json.loads((registry / f"{case.model}.json").read_text()))
    right = differences(case, architecture, network, record, photos, expected, folder / "right")
    fine = report(case, "none", right, agrees=True)
    for fault in FAULTS:
        if not fault.applies(case):
            continue
        spoilt, spoilt_record = fault.spoil_network(copy.deepcopy(network), case), copy.deepcopy(record)
        fault.spoil_record(spoilt_record, case)
        answers = expected
        if fault.padding is not None:
            answers = [case.reference(network, read_photo(photo), padding=fault.padding) for photo in photos]
        found = differences(case, architecture, spoilt, spoilt_record, photos, answers, folder / fault.name)
        fine &= report(case, fault.name, found, agrees=False)
    return fine


def report(case, fault, found, *, agrees):
    """
    `found` is (mean, largest) in steps of 8 bits for every photo, or what Packshot said. Only its refusal of a model that
    does not match its record is an answer; any other failure is neither agreement nor a fault that was noticed.
    """
    tolerance = case.tolerance
    if isinstance(found, str):
        fine = not agrees and found.startswith("model_mismatch")
    else:
        fine = agrees == all(mean <= tolerance.mean and largest <= tolerance.largest for mean, largest in found)
    print(json.dumps({"model": case.model, "fault": fault, "as_expected": fine, "found": found}), flush=True)
    return fine


def differences(case, architecture, network, record, photos, expected, folder):
    """Exports, lets Packshot process the photos, and compares what it wrote."""
    folder.mkdir(parents=True)
    write(architecture, network.eval(), size_of(architecture, small=True), str(folder / "model.onnx"))
    content = (folder / "model.onnx").read_bytes()
    record["files"][0].update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    answers = process(case, record, case.parameters, photos, folder, "out")
    if isinstance(answers, str):
        return answers
    return [steps_apart(answer, picture) for answer, picture in zip(answers, expected)]


def process(case, record, parameters, photos, folder, out):
    """What Packshot writes for the photos with the model in `folder`, or what it says where it refuses."""
    (folder / "registry").mkdir(exist_ok=True)
    (folder / "registry" / f"{record['id']}.json").write_text(json.dumps(record))
    job = {
        "models": str(folder),
        "pipeline": {case.operation: {"model": record["id"], **parameters}, "output": {"format": "png"}},
        "photos": [str(photo) for photo in photos],
        "out": str(folder / out),
    }
    (folder / "job.json").write_text(json.dumps(job))
    runner = Path(__file__).parent / "run-packshot.mjs"
    run = subprocess.run(["node", runner, folder / "job.json"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        return run.stderr.strip()[-500:]
    return [np.asarray(Image.open(folder / out / str(index) / case.answer)) for index in range(len(photos))]


def steps_apart(answer, expected):
    if answer.shape != expected.shape:
        raise ValueError(f"Packshot answered {answer.shape}, the reference {expected.shape}")
    apart = np.abs(answer.astype(int) - expected)
    return round(float(apart.mean()), 4), int(apart.max())


def reduced_record(case, architecture, record):
    """The registry's record, for the file at hand and its size; what it says about pixels stays."""
    height, width = architecture.small_size
    graph = record["graphs"]["main"]
    for port in graph["inputs"] + graph["outputs"]:
        port["dims"] = [dim if axis < 2 or isinstance(dim, str) else side for axis, (dim, side) in sized(port, height, width)]
    file = {"role": "main", "path": "model.onnx", "bundled": "model.onnx"}
    licence = {"spdx": "Apache-2.0", "commercial": True}
    return record | {"files": [file], "licence": licence, "packs": [], "size": record["size"] | case.size}


def sized(port, height, width):
    return enumerate(zip(port["dims"], (None, None, height, width)))


def shrink(path, target):
    """A photo small enough that a reduced network works it in a moment."""
    photo = Image.open(path).convert("RGB")
    photo.thumbnail((LONG_SIDE, LONG_SIDE))
    photo.save(target)
    return target


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", metavar="PHOTO")
    parser.add_argument("--list", action="store_true", help="name the models, and end")
    parser.add_argument("--only", choices=[case.model for case in CASES], metavar="MODEL")
    parser.add_argument("--registry", type=Path, default=ROOT / "models" / "registry")
    return parser.parse_args()


if __name__ == "__main__":
    main()
