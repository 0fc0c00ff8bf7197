"""Weights for an export without a checkpoint: the true network with random numbers in it.

Every parameter and every running statistic is drawn, none is zero and none is a default: a factor that training starts
at zero (NAFNet's beta and gamma) would otherwise hide half of the network from whoever compares two implementations.
Then the network is settled: the running statistics and the scale of the last layer follow what it really computes, so
that answers lie where those of trained weights lie, and neither die out nor saturate on the way through many layers.
"""

import torch
from torch import nn

JITTER = (0.8, 1.2)


class Draw:
    """Numbers from one seed."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, like, low, high):
        return torch.rand(like.shape, generator=self.generator) * (high - low) + low

    def normal(self, like, deviation):
        """Normal, kept away from zero."""
        values = torch.randn(like.shape, generator=self.generator) * deviation
        return torch.where(values >= 0, values + deviation / 100, values - deviation / 100)


def randomise(network, seed):
    """Fills the network in place. Depends on nothing but its shapes and the seed."""
    draw = Draw(seed)
    for module in network.modules():
        for name, values in module.named_parameters(recurse=False):
            values.data.copy_(parameter(draw, module, name, values))
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.copy_(draw.normal(module.running_mean, 0.1))
            module.running_var.copy_(draw.uniform(module.running_var, *JITTER))


def parameter(draw, module, name, values):
    if isinstance(module, nn.PReLU):
        return draw.uniform(values, 0.1, 0.3)
    if isinstance(module, nn.modules.batchnorm._BatchNorm) and name == "bias":
        # Mostly above zero, where ReLU lets pass: a deep random net that folds at zero in every layer is chaotic, and turns
        # the last bits of its input into its answer.
        return draw.uniform(values, 0.5, 1.5)
    if isinstance(module, (nn.modules.conv._ConvNd, nn.Linear)) and name == "weight":
        inputs = values.shape[0] if isinstance(module, nn.ConvTranspose2d) else values[0].numel()
        return draw.normal(values, (1.5 / inputs) ** 0.5)
    if name == "bias":
        return draw.normal(values, 0.05)
    if name == "weight" and values.dim() == 1:
        return draw.uniform(values, *JITTER)
    # Scales of residual branches, tables of positions, tokens.
    return draw.normal(values, 0.2)


def settle(network, seed, heads, *example):
    """
    One run on `example`, in which every batch normalisation takes the statistics it sees (each moved a little, so that
    none fits exactly), and a second in which each head in `heads`, a dict of module name to (mean, deviation), is scaled
    to answer with that mean and deviation.
    """
    draw = Draw(seed + 1)
    hooks = [
        module.register_forward_pre_hook(lambda module, inputs: observe(draw, module, inputs[0]))
        for module in network.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
    ]
    run_once(network, example, hooks)
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda module, inputs, answer, level=level: scale_to(module, answer, *level)
        )
        for name, level in heads.items()
    ]
    run_once(network, example, hooks)


def run_once(network, example, hooks):
    with torch.no_grad():
        network.eval()(*example)
    for hook in hooks:
        hook.remove()


def observe(draw, norm, x):
    if x.numel() == x.shape[1]:
        return  # The mean of a whole map: one value has no deviation, and what was drawn stays.
    others = [axis for axis in range(x.dim()) if axis != 1]
    deviation = x.std(others).clamp_min(1e-3)
    norm.running_mean.copy_(x.mean(others) + draw.normal(norm.running_mean, 0.1) * deviation)
    norm.running_var.copy_(deviation**2 * draw.uniform(norm.running_var, *JITTER))


def scale_to(head, answer, mean, deviation):
    """Answers with the head's corrected output, so that what follows sees it too."""
    factor = deviation / answer.std().clamp_min(1e-6)
    shift = mean - answer.mean() * factor
    head.weight.data.mul_(factor)
    head.bias.data.mul_(factor).add_(shift)
    return answer * factor + shift
