"""Trains restoration models again from recipe and seed, and holds the first points to those of the recorded curve.

    python -m retrain_check --backgrounds DIR --photos DIR --out RUN [compact-upscale-x4 ...]

`recipes.json` has for each model its command and the losses that its training printed first. On one thread and with the
same versions they repeat to the last digit; other processors round otherwise, hence the tolerance.
"""

import argparse
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPES = os.path.join(HERE, "recipes.json")
UNTIL = 40
TOLERANCE = 1e-3
"""Of the loss."""

LOSS = re.compile(r"^step (\d+), .* min, loss (-?[\d.]+)$", re.MULTILINE)


def first_points(recipe, backgrounds, photos, out):
    """{step: loss} of the recipe's first UNTIL steps."""
    command = [sys.executable, "-m", *recipe.split(), "--threads", "1", "--until", str(UNTIL)]
    command += ["--backgrounds", backgrounds, "--photos", photos, "--out", out]
    log = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {step: float(loss) for step, loss in LOSS.findall(log)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for folder in ("backgrounds", "photos", "out"):
        parser.add_argument(f"--{folder}", required=True)
    parser.add_argument("models", nargs="*", help="all by default")
    args = parser.parse_args()
    with open(RECIPES, encoding="utf-8") as file:
        recipes = json.load(file)
    apart = False
    for name in args.models or recipes:
        recorded = recipes[name]["loss"]
        found = first_points(recipes[name]["recipe"], args.backgrounds, args.photos, os.path.join(args.out, name))
        for step, loss in found.items():
            same = abs(loss - recorded[step]) <= TOLERANCE * abs(recorded[step])
            apart = apart or not same
            print(f"{name} step {step}: {loss:.4f}, recorded {recorded[step]:.4f}{'' if same else ' DIFFERS'}", flush=True)
    sys.exit(apart)


if __name__ == "__main__":
    main()
