"""Packshot's own pipeline, as a process that takes jobs; and what it recorded of its networks' runs."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]


class Refused(Exception):
    """What Packshot said instead of an answer; it begins with the error's code."""


@dataclass(frozen=True)
class Run:
    """One run of a graph, `model/role`; tensors by their names in it."""

    graph: str
    feeds: dict
    answers: dict


class Packshot:
    """Serves jobs one after the other; a context manager, at whose end the process ends."""

    def __enter__(self):
        script = Path(__file__).parent / "run-packshot.mjs"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(["node", script], cwd=ROOT, text=True, bufsize=1, **pipes)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def run(self, records, pipeline, photos, folder, broken=None):
        """
        Puts the photos through the pipeline, with a registry of these records whose files lie in `folder`. `broken`: with a
        fault in the pipeline, named as in run-packshot.mjs. Answers with a folder for each photo. Raises Refused.
        """
        (folder / "registry").mkdir(parents=True, exist_ok=True)
        for record in records:
            (folder / "registry" / f"{record['id']}.json").write_text(json.dumps(record))
        job = {"models": str(folder), "pipeline": pipeline, "out": str(folder / "out"), "broken": broken}
        (folder / "job.json").write_text(json.dumps(job | {"photos": [str(photo) for photo in photos]}))
        print(folder / "job.json", file=self.process.stdin)
        said = json.loads(self.process.stdout.readline() or '{"error": "the process of the pipeline ended"}')
        if "error" in said:
            raise Refused(said["error"])
        return [folder / "out" / str(index) for index in range(len(photos))]


def runs_in(folder):
    """What was recorded for a photo."""
    values = np.fromfile(folder / "runs.f32", np.float32)

    def tensors(places):
        return {name: values[at["at"] : at["at"] + int(np.prod(at["dims"]))].reshape(at["dims"]) for name, at in places.items()}

    found = json.loads((folder / "runs.json").read_text())
    return [Run(run["graph"], tensors(run["feeds"]), tensors(run["answers"])) for run in found]
