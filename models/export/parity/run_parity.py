"""Compares Packshot's whole path with references written from the papers, on reduced networks and small photos.

    python -m parity.run_parity [--only MODEL] [--json] PHOTO...      (in models/export)

For every architecture: a network with few channels and random weights is exported, Packshot runs it through the record of the
registry with nothing changed in it but the size, and what enters the network, what it answers and the picture that comes of it
are compared with the reference. Then each fault is planted, and the comparison has to fail. Prints a line for each
architecture, with `--json` one for each comparison; ends with 1 when one failed that should hold, or held that should fail.
"""

import argparse
import copy
import itertools
import json
import sys
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image, ImageOps

from .cases import CASES
from .exports import bound, read_record, reduced_network, write_company, write_files
from .faults import FAULTS, broken_by
from .measure import Distance, distance, picture_of, read_answer, steps_apart, widest
from .networks.layers import double_weights
from .packshot import Packshot, Refused
from .reference import read_photo

#: Width and height that photos are cut to: upright, lying, and of odd sides; small enough that a reduced network works them in a
#: moment.
FRAMES = ((108, 144), (144, 96), (125, 131))
HEADING = f"{'':18} {'before':>7} {'network':>8} {'after':>6} {'whole':>6}   faults noticed by"


def main():
    given = parse_arguments()
    if not given.json:
        print(HEADING, flush=True)
    # The exporter warns of every size that it takes as a constant.
    warnings.simplefilter("ignore")
    # Networks this small gain nothing by a second thread, and lose much on a machine with other work.
    torch.set_num_threads(1)
    fine = True
    with tempfile.TemporaryDirectory(prefix="packshot-parity-") as temporary, Packshot() as packshot:
        frames = zip(given.photos, itertools.cycle(FRAMES))
        photos = [framed(photo, frame, Path(temporary) / f"{at}.png") for at, (photo, frame) in enumerate(frames)]
        for case in CASES:
            if given.only in (None, case.model):
                bench = Bench(case, packshot, Path(temporary) / case.model)
                found = bench.compare(photos)
                fine &= all(line["as_expected"] for line in found)
                print("\n".join(map(json.dumps, found)) if given.json else row(found), flush=True)
    sys.exit(0 if fine else 1)


class Bench:
    """Where one architecture is compared, without a fault and with each."""

    def __init__(self, case, packshot, folder):
        self.case, self.packshot, self.folder = case, packshot, folder
        self.network, self.record = reduced_network(case), read_record(case)
        self.weights = double_weights(self.network)
        self.files = self.export(self.network, "right")
        self.company = [] if case.company is None else [(case.company[0], write_company(case, folder))]

    def compare(self, photos):
        """A line for each comparison. That a fault spoils one photo is enough."""
        found = self.distance("none", self.record, self.files, photos)
        found.whole = max(self.whole_distance(photo, index) for index, photo in enumerate(photos))
        lines = [self.line("none", found, not found.apart())]
        for fault in FAULTS:
            network, record = copy.deepcopy(self.network), copy.deepcopy(self.record)
            network = fault.spoil(network, record, self.case)
            files = self.files if network is None else self.export(network, f"{fault.name} files")
            try:
                found = self.distance(fault.name, record, files, photos[:1], broken=broken_by(fault, self.case))
                lines.append(self.line(fault.name, found, found.apart() != ""))
            except Refused as refusal:
                # Only that the model is not what its record says is an answer; any other failure proves nothing.
                lines.append(self.line(fault.name, str(refusal), str(refusal).startswith("model_mismatch")))
        return lines

    def export(self, network, name):
        (self.folder / name).mkdir(parents=True)
        return write_files(self.case, network, self.folder / name)

    def distance(self, name, record, files, photos, broken=None):
        """Over all the photos. Raises Refused."""
        folder = self.folder / name
        folder.mkdir()
        records = [bound(*each, folder) for each in [(record, files), *self.company]]
        pipeline = self.case.pipeline | {"output": {"format": "png"}}
        outs = self.packshot.run(records, pipeline, photos, folder, broken)
        return widest(
            distance(self.case, self.weights, self.record, read_photo(photo), out) for photo, out in zip(photos, outs)
        )

    def whole_distance(self, photo, index):
        """Of the picture that Packshot has made without a fault, and that of the reference alone."""
        picture = picture_of(self.case, self.weights, read_photo(photo))
        return steps_apart(read_answer(self.case, self.folder / "none" / "out" / str(index)), picture)

    def line(self, fault, found, as_expected):
        found = asdict(found) if isinstance(found, Distance) else found
        return {"model": self.case.model, "fault": fault, "as_expected": as_expected, "found": found}


def row(lines):
    """One line of the table."""
    right, *faults = lines
    figures = Distance(**right["found"])
    noticed = ", ".join(f"{line['fault']}: {how_noticed(line)}" for line in faults)
    failed = "" if right["as_expected"] else "   DIFFERS"
    numbers = f"{figures.before:7.3f} {figures.network:8.1e} {figures.after:6} {figures.whole:6}"
    return f"{right['model']:18} {numbers}   {noticed}{failed}"


def how_noticed(line):
    if not line["as_expected"]:
        return "NOT NOTICED"
    return "refused" if isinstance(line["found"], str) else Distance(**line["found"]).apart()


def framed(path, frame, target):
    ImageOps.fit(Image.open(path).convert("RGB"), frame).save(target)
    return target


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument("--json", action="store_true", help="a line of JSON for every comparison")
    parser.add_argument("--only", choices=[case.model for case in CASES], metavar="MODEL")
    return parser.parse_args()


if __name__ == "__main__":
    main()
