"""A checkpoint's weights by name, and the steps that all networks are made of."""

import torch
import torch.nn.functional as F


class Weights:
    """A state dict seen from one of its modules: `w / "body" / 0` is that module, `w["bias"]` one of its own tensors."""

    def __init__(self, values, at=""):
        self.values, self.at = values, at

    def __truediv__(self, name):
        return Weights(self.values, f"{self.at}{name}.")

    def __getitem__(self, name):
        return self.values[self.at + name]

    def __contains__(self, name):
        """Whether there is a module or a tensor of that name."""
        path = self.at + str(name)
        return path in self.values or any(key.startswith(f"{path}.") for key in self.values)

    def list(self):
        """The modules that are numbered from 0."""
        found = []
        while len(found) in self:
            found.append(self / len(found))
        return found


def double_weights(network):
    return Weights({name: values.double() for name, values in network.state_dict().items()})


def conv(x, w, **how):
    return F.conv2d(x, w["weight"], w["bias"] if "bias" in w else None, **how)


def linear(x, w):
    return x @ w["weight"].T + (w["bias"] if "bias" in w else 0)


def batch_norm(x, w, epsilon=1e-5):
    """With the statistics of the training."""
    mean, variance, scale, shift = (w[name].view(-1, 1, 1) for name in ("running_mean", "running_var", "weight", "bias"))
    return (x - mean) / torch.sqrt(variance + epsilon) * scale + shift


def layer_norm(x, w, epsilon=1e-5):
    """Over the last axis."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + epsilon) * w["weight"] + w["bias"]


def channel_norm(x, w, epsilon=1e-6):
    """Over the channels of every pixel of [1,C,H,W]."""
    return layer_norm(x.permute(0, 2, 3, 1), w, epsilon).permute(0, 3, 1, 2)


def attention(query, key, value, scale, bias=0):
    """[heads,N,C] each."""
    return ((query * scale) @ key.transpose(1, 2) + bias).softmax(-1) @ value


def heads_of(x, heads):
    """[N,C] to [heads,N,C/heads]."""
    return x.reshape(len(x), heads, -1).transpose(0, 1)


def joined(x):
    """The heads of [heads,N,C] side by side: [N,heads*C]."""
    return x.transpose(0, 1).reshape(x.shape[1], -1)


def stretched(x, height, width, corners=False):
    """Bilinear; `corners`: the outermost pixel centres stay where they are."""
    return F.interpolate(x, (height, width), mode="bilinear", align_corners=corners)


def stretched_like(x, other, corners=False):
    return stretched(x, *other.shape[2:], corners)
