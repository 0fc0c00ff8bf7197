"""Attention within windows, window by window."""

import torch


def in_windows(x, window, shift, attend):
    """
    [H,W,C] to [H,W,C], sides multiples of `window`. The windows of a picture that is rolled by `shift` hold pixels of its
    opposite edges: these do not see each other. `attend` gets the tokens [N,C] of a window, where its pixels lie, and which
    pairs of them are forbidden [N,N], and answers [N,C].
    """
    height, width, _ = x.shape
    answer = torch.empty_like(x)
    for top in range(0, height, window):
        for left in range(0, width, window):
            rows, columns = (torch.arange(start, start + window) + shift for start in (top, left))
            side = (2 * (rows >= height)[:, None] + (columns >= width)[None, :]).flatten()
            place = torch.meshgrid(rows % height, columns % width, indexing="ij")
            tokens = attend(x[place].flatten(0, 1), place, side[:, None] != side[None, :])
            answer[place] = tokens.view(window, window, -1)
    return answer


def filled_up(x, window):
    """[H,W,C] with zeros on the right and below, up to whole windows."""
    height, width, channels = x.shape
    full = torch.zeros(height + -height % window, width + -width % window, channels, dtype=x.dtype)
    full[:height, :width] = x
    return full


def relative_bias(table, window):
    """From the table [(2*window-1)^2,heads] the bias of every pair of a window's pixels, [heads,N,N]."""
    rows, columns = (axis.flatten() for axis in torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij"))
    down = rows[:, None] - rows[None, :] + window - 1
    across = columns[:, None] - columns[None, :] + window - 1
    return table[down * (2 * window - 1) + across].permute(2, 0, 1)
