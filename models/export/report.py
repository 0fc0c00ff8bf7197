"""Speed and quality of a model's fp16 and int8 forms against itself, as a table in Markdown.

    python report.py --calibration PHOTOS --photos OTHER_PHOTOS MODEL.onnx=RECORD.json ...

Pictures are compared by PSNR (dB, answers in 0..1), masks by the overlap of their halves above 0.5 (IoU) and their mean
difference. Times are the median of five runs on two threads of this machine's CPU.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from convert import convert
from feeds import feeds_of_photo, photos_in, read_record
from prove import open_session

RUNS = 5
HEADER = "| model | form | MB | ms a run | against fp32 |\n|---|---|---|---|---|"


def rows(path, record, calibration, photos):
    original = open_session(path)
    batches = [feeds_of_photo(original, record, photo) for photo in photos]
    expected = [answer(original, record, feeds) for feeds in batches]
    yield row(record, "fp32", path, milliseconds(original, batches[0]), "")
    del original
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("fp16", "int8"):
            converted = str(Path(folder) / f"{kind}.onnx")
            convert(path, converted, kind, record, calibration)
            session = open_session(converted)
            found = [answer(session, record, feeds) for feeds in batches]
            yield row(record, kind, converted, milliseconds(session, batches[0]), quality(record, found, expected))


def row(record, form, path, duration, compared):
    return f"| `{record['id']}` | {form} | {Path(path).stat().st_size / 1e6:.1f} | {duration:.0f} | {compared} |"


def answer(session, record, feeds):
    """The first output as the pipeline would use it, 0..1."""
    values = session.run(None, feeds)[0]
    if record["graphs"]["main"]["outputs"][0].get("activation") == "sigmoid":
        return 1 / (1 + np.exp(-values))
    return np.clip(values, 0, 1)


def milliseconds(session, feeds):
    session.run(None, feeds)
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        session.run(None, feeds)
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1000


def quality(record, found, expected):
    if record["graphs"]["main"]["outputs"][0]["role"] == "image":
        return f"{np.mean([psnr(*pair) for pair in zip(found, expected)]):.1f} dB"
    apart = np.mean([np.abs(one - other).mean() for one, other in zip(found, expected)])
    return f"IoU {np.mean([overlap(*pair) for pair in zip(found, expected)]):.4f}, mean difference {apart:.4f}"


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
    given = parser.parse_args()
    print(HEADER)
    for pair in given.models:
        path, record = pair.split("=")
        for line in rows(path, read_record(record), photos_in(given.calibration), photos_in(given.photos)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
