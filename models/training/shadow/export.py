"""Exports a shadow checkpoint to ONNX and checks it against torch.

    python -m shadow.export --weights RUN/ema.pt --out ../compact/compact-shadow.onnx

The size is fixed (the attention reshape is traced): input `rgb` float32 [1,3,192,192], 0..1 sRGB, the photo squeezed;
output `gain` float32 [1,3,192,192], factors from 1 up. Weights are stored in half precision.
"""

from cutout.export import export_square
from shadow.model import GainNet

if __name__ == "__main__":
    export_square(GainNet(), __doc__, 192, "gain", 1e-3, half=True)
