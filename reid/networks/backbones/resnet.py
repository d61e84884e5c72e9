"""ResNet-50, the backbone by which most published re-ID figures are measured."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar, Literal

from torch import nn
from torchvision.models import resnet50

from reid.networks.activations import ACTIVATIONS, ActivationSetting, from_setting, replace_activations
from reid.networks.backbones.staged import StagedBackbone

_STEM = ("conv1", "bn1")


class ResNet50(StagedBackbone):
    """ResNet-50 without its classifier (He et al., CVPR 2016, arXiv:1512.03385), 23.5 M parameters.

    Five stages: the stem, and the four rows of bottlenecks. The map is H / 16 x W / 16 with ``last_stride`` 1.

    Args:
        last_stride: stride of the last row; 1 keeps twice the rows of the map, which pays in re-ID (Luo et al. 2019,
            arXiv:1903.07071, section 3.4).
        activation: instead of ReLU, with which the published weights were trained; the three places of a bottleneck
            share one layer, as in torchvision.

    Raises:
        ValueError: if the stride is neither 1 nor 2.
    """

    PARTS: ClassVar = {"activation": ACTIVATIONS}

    def __init__(self, last_stride: Literal[1, 2] = 1, activation: ActivationSetting = "relu") -> None:
        if last_stride not in (1, 2):
            raise ValueError(f"resnet50: last_stride is {last_stride}; use 1 or 2")
        whole = resnet50(weights=None)
        if last_stride == 1:
            first = whole.layer4[0]
            first.conv2.stride = first.downsample[0].stride = (1, 1)
        stem = OrderedDict(conv1=whole.conv1, bn1=whole.bn1, relu=whole.relu, maxpool=whole.maxpool)
        rows = {f"layer{number}": whole.get_submodule(f"layer{number}") for number in range(1, 5)}
        stages = nn.Sequential(OrderedDict(stem=nn.Sequential(stem), **rows))
        if activation != "relu":
            name, args = from_setting(activation)
            replace_activations(stages, name, **args)
        super().__init__(stages, 2048)

    def own_name(self, published: str) -> str:
        """torchvision's ``conv1.weight`` is ``stem.conv1.weight``; the rows are called as there."""
        return f"stem.{published}" if published.split(".")[0] in _STEM else published
