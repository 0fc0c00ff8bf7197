"""Size, cost and quality of a model's fp16 and int8 forms beside itself, as a table in Markdown.

    python report.py --calibration PHOTOS --photos OTHER_PHOTOS [--mattes MATTES] MODEL.onnx=RECORD.json ...

Every form is given the same pictures: for denoising with noise of sigma 25, for deblurring blurred by 1.5 pixels, for
enlarging made smaller by box filter. Its answers are compared with those of fp32, and with what was right: pictures by PSNR
(dB, answers in 0..1), masks by the overlap of their halves above 0.5 (IoU) and their mean difference. The cost of a run is
what the cores of this machine worked for it, on two threads and a tile of the record's size, the median of five or more.
`--random` goes with random weights, of which nothing right can be expected.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from convert import convert
from feeds import feeds_of_photo, photos_in, read_record
from prove import feeds_of, open_session
from report_cases import case

RUNS = 5
ENOUGH_SECONDS = 2
HEADER = "| model | form | MB | core ms a run | against fp32 | against the truth |\n|---|---|---|---|---|---|"


def rows(path, record, calibration, cases):
    """`calibration`: pictures; `cases`: pairs of a picture and the right answer, or None."""
    original = open_session(path)
    batches = [feeds_of_photo(original, record, picture) for picture, _ in cases]
    ranges = [feeds_of_photo(original, record, picture) for picture in calibration]
    expected = [answer(original, record, feeds) for feeds in batches]
    truths = [truth for _, truth in cases]
    tile = feeds_of(original, 1, (record["size"].get("tile", 256),) * 2)
    yield row(record, "fp32", path, milliseconds(original, tile), "", quality(record, expected, truths))
    del original
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("fp16", "int8"):
            converted = str(Path(folder) / f"{kind}.onnx")
            convert(path, converted, kind, ranges)
            session = open_session(converted)
            found = [answer(session, record, feeds) for feeds in batches]
            compared = (quality(record, found, expected), quality(record, found, truths))
            yield row(record, kind, converted, milliseconds(session, tile), *compared)


def row(record, form, path, duration, *compared):
    cells = [f"`{record['id']}`", form, f"{Path(path).stat().st_size / 1e6:.1f}", f"{duration:.0f}", *compared]
    return f"| {' | '.join(cells)} |"


def answer(session, record, feeds):
    """The first output as the pipeline would use it, 0..1."""
    values = session.run(None, feeds)[0]
    if record["graphs"]["main"]["outputs"][0].get("activation") == "sigmoid":
        return 1 / (1 + np.exp(-values))
    return np.clip(values, 0, 1)


def milliseconds(session, feeds):
    """Of all threads together: other work on the machine does not count."""
    session.run(None, feeds)
    times = []
    while len(times) < RUNS or sum(times) < ENOUGH_SECONDS:
        started = time.process_time()
        session.run(None, feeds)
        times.append(time.process_time() - started)
    return float(np.median(times)) * 1000


def quality(record, found, expected):
    pairs = [(one, other) for one, other in zip(found, expected) if other is not None]
    if not pairs:
        return ""
    if record["graphs"]["main"]["outputs"][0]["role"] == "image":
        return f"{np.mean([psnr(*pair) for pair in pairs]):.2f} dB"
    apart = np.mean([np.abs(one - other).mean() for one, other in pairs])
    return f"IoU {np.mean([overlap(*pair) for pair in pairs]):.4f}, mean difference {apart:.4f}"


def psnr(found, expected):
    return -10 * np.log10(np.mean((found - expected) ** 2) + 1e-12)


def overlap(found, expected):
    one, other = found > 0.5, expected > 0.5
    return (one & other).sum() / max(1, (one | other).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx=RECORD.json")
    parser.add_argument("--calibration", required=True, help="photos that the ranges of int8 are taken from")
    parser.add_argument("--photos", required=True, help="other photos, on which the forms are compared")
    parser.add_argument("--mattes", help="the right cut-outs of photos, PNG of the same names")
    parser.add_argument("--random", action="store_true", help="the weights are random: nothing is right")
    given = parser.parse_args()
    print(HEADER)
    for pair in given.models:
        path, name = pair.split("=")
        record = read_record(name)
        calibration = [case(record, photo)[0] for photo in photos_in(given.calibration)]
        cases = [case(record, photo, given.mattes) for photo in photos_in(given.photos)]
        if given.random:
            cases = [(picture, None) for picture, _ in cases]
        for line in rows(path, record, calibration, cases):
            print(line, flush=True)


if __name__ == "__main__":
    main()
