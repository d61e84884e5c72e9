"""MobileNetV2, the small default backbone."""

from __future__ import annotations

from typing import ClassVar

from torchvision.models import mobilenet_v2

from reid.networks.activations import ACTIVATIONS, ActivationSetting, from_setting, replace_activations
from reid.networks.backbones.staged import StagedBackbone


class MobileNetV2(StagedBackbone):
    """MobileNetV2 without its classifier (Sandler et al., CVPR 2018, arXiv:1801.04381).

    The map is H / 16 x W / 16 with ``last_stride`` 1.

    Args:
        last_stride: stride of the last stage that halves the map; 1 keeps twice the rows, which pays in re-ID
            (Luo et al. 2019, arXiv:1903.07071).
        blocks: how many of torchvision's 19 stages are kept, counted from the stem.
        width: multiplier of the channels (the last 1,280 only grow by it); torchvision's weights are for 1.0.
        activation: instead of ReLU6, which None keeps; torchvision's weights were trained with that.
    """

    PARTS: ClassVar = {"activation": ACTIVATIONS}

    def __init__(
        self,
        last_stride: int = 1,
        blocks: int = 19,
        width: float = 1.0,
        activation: ActivationSetting | None = None,
    ) -> None:
        stages = mobilenet_v2(weights=None, width_mult=width).features[:blocks]
        if last_stride == 1 and blocks > 14:
            stages[14].conv[1][0].stride = (1, 1)
        if activation is not None:
            name, args = from_setting(activation)
            replace_activations(stages, name, **args)
        super().__init__(stages, int(stages[-1].out_channels))

    def own_name(self, published: str) -> str:
        """torchvision's ``features.0.0.weight`` is ``0.0.weight``."""
        return published.removeprefix("features.")
