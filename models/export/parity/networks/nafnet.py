"""NAFNet (Chen et al., "Simple Baselines for Image Restoration", 2022), with the plain, global channel attention."""

from torch.nn.functional import pixel_shuffle

from .layers import channel_norm, conv


def nafnet(w, rgb):
    """[1,3,H,W] to the same, sides multiples of 16."""
    x, skips = conv(rgb, w / "intro", padding=1), []
    for encoder, down in zip((w / "encoders").list(), (w / "downs").list()):
        x = blocks(x, encoder)
        skips.append(x)
        x = conv(x, down, stride=2)
    x = blocks(x, w / "middle_blks")
    for up, decoder in zip((w / "ups").list(), (w / "decoders").list()):
        x = blocks(pixel_shuffle(conv(x, up / 0), 2) + skips.pop(), decoder)
    return rgb + conv(x, w / "ending", padding=1)


def blocks(x, w):
    for block in w.list():
        y = conv(channel_norm(x, block / "norm1"), block / "conv1")
        y = simple_gate(conv(y, block / "conv2", padding=1, groups=y.shape[1]))
        y = y * conv(y.mean((2, 3), keepdim=True), block / "sca" / 1)
        x = x + block["beta"] * conv(y, block / "conv3")
        y = simple_gate(conv(channel_norm(x, block / "norm2"), block / "conv4"))
        x = x + block["gamma"] * conv(y, block / "conv5")
    return x


def simple_gate(x):
    half = x.shape[1] // 2
    return x[:, :half] * x[:, half:]
