"""What shadow removal is judged by, on pictures whose shadowless twin is known."""

import numpy as np

VISIBLE = 4 / 255
"""A pixel darkened by more, mean over the channels, lies in shadow."""


def errors(shadowed, clean, answer):
    """(share of the error that is left inside the shadow, mean change elsewhere) of float32 [H,W,3] pictures in 0..1.

    The first is None where less than half a percent of the picture lies in shadow.
    """
    inside = np.abs(clean - shadowed).mean(-1) > VISIBLE
    change = np.abs(answer - shadowed).mean(-1)
    elsewhere = float(change[~inside].mean()) if not inside.all() else 0.0
    if inside.mean() < 0.005:
        return None, elsewhere
    left = np.abs(answer - clean)[inside].sum() / np.abs(shadowed - clean)[inside].sum()
    return float(left), elsewhere


def summary(pairs):
    """Means over pictures, as a line."""
    left = [share for share, _ in pairs if share is not None]
    elsewhere = np.mean([change for _, change in pairs])
    worse = sum(share > 1 for share in left)
    return (
        f"error left in the shadow {np.mean(left):.3f} (median {np.median(left):.3f}, "
        f"{worse} of {len(left)} worse than before), change elsewhere {elsewhere * 255:.3f} / 255"
    )
