"""Cut-outs of what was pointed at, as the authors of SAM 2.1 make them."""

import numpy as np

from .reference import IMAGENET, normalise, resize, sampled, to_bytes

#: In pixels of any of the photos, and what it says: one belongs to the object, one does not.
POINTS = ((70, 80, 1), (12, 95, 0))
EMBEDDINGS = ("image_embeddings.0", "image_embeddings.1", "image_embeddings.2")


def cut_out_prompted(photo, model, *, side):
    """8-bit mask of the photo's size: the best of three, enlarged as logits, and squashed then."""
    height, width = photo.shape[:2]
    picture = resize(to_bytes(photo), side, side) / 255
    seen = yield f"{model}/encoder", {"pixel_values": normalise(picture, *IMAGENET)}
    prompt = np.array(POINTS, float)
    points = prompt[:, :2] / (width, height) * side
    found = yield (
        f"{model}/decoder",
        {
            **{name: seen[name] for name in EMBEDDINGS},
            "input_points": points[None, None],
            "input_labels": prompt[None, None, :, 2],
            "input_boxes": np.zeros((1, 0, 4)),
        },
    )
    logits = found["pred_masks"][0, 0, found["iou_scores"][0, 0].argmax()]
    return to_bytes(1 / (1 + np.exp(-sampled(logits, height, width))))
