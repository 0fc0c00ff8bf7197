"""The compact deblurrer: the denoiser's network, wider and deeper, because blur spreads a pixel further than noise."""

from denoise.model import DenoiseNet


class DeblurNet(DenoiseNet):
    """RGB [N,3,H,W] in 0..1, sides multiples of 8, to the same in focus and at rest. Not clipped."""

    def __init__(self):
        super().__init__(width=20, encoder=(1, 1, 2), middle=5, decoder=(2, 1, 1))
