"""Scores the click cut-out: mean IoU after one click on the object's middle, after more by error, and after a box.

    python -m click.score --weights RUN/ema.pt --size 384 --renders VAL [--photos P --mattes M] [--sheet sheet.png]
    python -m click.score --encoder compact-click-encoder.onnx --decoder compact-click-decoder.onnx --renders VAL

Each next click is the middle of the largest wrong region, on the object or beside it. Of scenes each product is asked
for that training would ask for; of renders and photos, the product.
"""

import argparse

import cv2
import numpy as np
import onnxruntime
import torch

from cutout.score import load_references
from cutout.shards import Shards
from cutout.sheet import rendered

from click.model import ClickNet
from click.prompts import BOTTOM_RIGHT, TOP_LEFT, box_around, next_click

LONGEST = 640
"""Wrong regions are looked for, and IoU is taken, at this size or less."""


def squared(rgb, side):
    """A picture squeezed to a square, float32 [1,3,side,side] in 0..1."""
    filter = cv2.INTER_AREA if max(rgb.shape[:2]) > side else cv2.INTER_LINEAR
    square = cv2.resize(rgb, (side, side), interpolation=filter)
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None]).astype(np.float32) / 255


def by_torch(net, side):
    """encode(rgb) gives segment(points 0..1 [P,2], labels [P], former) that gives logits [H,W]."""

    def encode(rgb):
        with torch.no_grad():
            embeddings = net.encoder(torch.from_numpy(squared(rgb, side)).contiguous(memory_format=torch.channels_last))

        def segment(points, labels, former):
            known = former is not None
            mask = torch.from_numpy(former)[None, None] if known else torch.zeros(1, 1, side // 2, side // 2)
            points = torch.tensor(points, dtype=torch.float32)[None] * side
            labels = torch.tensor(labels, dtype=torch.float32)[None]
            with torch.no_grad():
                return net.decoder(embeddings, points, labels, mask, torch.full((1,), float(known)))[0][0, 0].numpy()

        return segment

    return encode


def by_files(encoder, decoder):
    """The same of the exported files."""
    providers = ["CPUExecutionProvider"]
    first, second = (onnxruntime.InferenceSession(path, providers=providers) for path in (encoder, decoder))
    side = first.get_inputs()[0].shape[-1]
    names = [port.name for port in first.get_outputs()]

    def encode(rgb):
        feeds = dict(zip(names, first.run(None, {"image": squared(rgb, side)})))

        def segment(points, labels, former):
            known = former is not None
            feeds["points"] = np.float32(points)[None] * side
            feeds["labels"] = np.float32(labels)[None]
            feeds["previous_mask"] = former[None, None] if known else np.zeros((1, 1, 256, 256), np.float32)
            feeds["has_previous_mask"] = np.float32([known])
            return second.run(["masks"], feeds)[0][0, 0]

        return segment

    return encode


def iou(guess, wanted):
    return (guess & wanted).sum() / max(1, (guess | wanted).sum())


def large(logits, wanted):
    return cv2.resize(logits, wanted.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0


def play(segment, wanted, clicks):
    """IoU after each click, and the clicks and the masks."""
    height, width = wanted.shape
    guess, former, prompt, scores, masks = np.zeros_like(wanted), None, [], [], []
    for _ in range(clicks):
        click = next_click(wanted, guess)
        if click is not None:
            prompt.append((click[0] / width, click[1] / height, click[2]))
        former = segment([one[:2] for one in prompt], [one[2] for one in prompt], former)
        guess = large(former, wanted)
        scores.append(iou(guess, wanted))
        masks.append(guess)
    return scores, prompt, masks


def boxed(segment, wanted):
    """IoU after the box around the object."""
    height, width = wanted.shape
    left, top, right, bottom = box_around(wanted) / [width, height, width, height]
    return iou(large(segment([(left, top), (right, bottom)], [TOP_LEFT, BOTTOM_RIGHT], None), wanted), wanted)


def validate(net, scenes):
    """Mean IoU after one, two and three clicks on the first product of each scene (picture, alphas), as tensors."""
    encode, scores = by_torch(net, scenes[0][0].shape[-1]), []
    for picture, alphas in scenes:
        scores.append(play(encode(picture.numpy().transpose(1, 2, 0)), alphas[0].numpy() > 127, 3)[0])
    return np.mean(scores, 0)


def of_renders(folder, most):
    """(name, rgb, wanted) of held-out renders."""
    shards = Shards([folder])
    for i in range(min(most, len(shards))):
        rgb, alpha = rendered(shards, i)
        if 0.005 < (alpha > 127).mean() < 0.95:
            yield f"render {i}", rgb, alpha > 127


def of_photos(photos, mattes):
    """(name, rgb, wanted) of photos, at most LONGEST pixels."""
    for reference in load_references(photos, mattes):
        scale = min(1, LONGEST / max(reference.rgb.shape[:2]))
        size = None if scale == 1 else dict(dsize=None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rgb, matte = (one if size is None else cv2.resize(one, **size) for one in (reference.rgb, reference.matte))
        yield reference.name, rgb, matte > 0.5


def drawn(rgb, wanted, prompt, masks, height=240):
    """The photo with its clicks, then on magenta the first answer, the last, and what is wanted."""
    shown = rgb.copy()
    radius = max(3, max(rgb.shape[:2]) // 60)
    for x, y, label in prompt:
        centre = int(x * rgb.shape[1]), int(y * rgb.shape[0])
        cv2.circle(shown, centre, radius, (0, 220, 0) if label else (230, 0, 0), -1)
    kept = [np.where(mask[..., None], rgb, np.uint8([255, 0, 255])) for mask in (masks[0], masks[-1], wanted)]
    cells = [shown, *kept]
    return np.concatenate([cv2.resize(cell, (height, height), interpolation=cv2.INTER_AREA) for cell in cells], 1)


def report(title, encode, cases, clicks, listed=False):
    """Prints the figures; returns a row of pictures a case."""
    scores, boxes, rows = [], [], []
    for name, rgb, wanted in cases:
        segment = encode(rgb)
        found, prompt, masks = play(segment, wanted, clicks)
        scores.append(found)
        boxes.append(boxed(segment, wanted))
        rows.append(drawn(rgb, wanted, prompt, masks))
        if listed:
            print(f"  {name}: " + " ".join(f"{x:.3f}" for x in found) + f", box {boxes[-1]:.3f}")
    figures = " ".join(f"{x:.3f}" for x in np.mean(scores, 0))
    print(f"{title}: {len(scores)} cases, IoU after 1..{clicks} clicks {figures}, after a box {np.mean(boxes):.3f}")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights")
    parser.add_argument("--size", type=int, default=384, help="side at which weights are run")
    parser.add_argument("--encoder")
    parser.add_argument("--decoder")
    parser.add_argument("--renders", nargs="*", default=[])
    parser.add_argument("--most", type=int, default=160, help="renders of each folder")
    parser.add_argument("--photos")
    parser.add_argument("--mattes")
    parser.add_argument("--clicks", type=int, default=3)
    parser.add_argument("--sheet", help="a picture of all photos, or of 40 renders where there are none")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.weights:
        net = ClickNet().to(memory_format=torch.channels_last).eval()
        net.load_state_dict(torch.load(args.weights, map_location="cpu"))
        encode = by_torch(net, args.size)
    else:
        encode = by_files(args.encoder, args.decoder)
    rows = []
    for folder in args.renders:
        rows = report(folder, encode, of_renders(folder, args.most), args.clicks)[:40]
    if args.photos:
        rows = report("photos", encode, of_photos(args.photos, args.mattes), args.clicks, listed=True)
    if args.sheet:
        half = (len(rows) + 1) // 2
        rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
        columns = [np.concatenate(part, 0) for part in (rows[:half], rows[half:])]
        cv2.imwrite(args.sheet, np.concatenate(columns, 1)[..., ::-1])


if __name__ == "__main__":
    main()
