#!/bin/sh
# Makes .packshot/python, the Python that exports, converts and compares models, unless it is there already.
# PYTHON names another one to use instead.
set -eu
cd "$(dirname "$0")/../.."
test -z "${PYTHON:-}" || exit 0
wanted=models/export/requirements.txt
cmp -s "$wanted" .packshot/python/made-of.txt && exit 0
command -v python3 > /dev/null || { echo "Comparing models needs python3 (3.11 or newer) in the PATH." >&2; exit 1; }
python3 -m venv .packshot/python || { echo "python3 has no venv module: install python3-venv." >&2; exit 1; }
# PyTorch for the CPU is a tenth of the usual one; a machine that has its own package indexes keeps to them.
if test -z "$(.packshot/python/bin/pip config get global.extra-index-url 2> /dev/null || true)"; then
  export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:-https://download.pytorch.org/whl/cpu}"
fi
.packshot/python/bin/pip install --quiet -r "$wanted"
cp "$wanted" .packshot/python/made-of.txt
