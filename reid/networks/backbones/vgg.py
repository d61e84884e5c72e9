"""VGG-16, the plain row of 3 x 3 convolutions that the first deep re-ID networks stood on."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar, Literal, get_args

from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from reid.networks.activations import ACTIVATIONS, ActivationSetting, from_setting, replace_activations
from reid.networks.backbones.staged import StagedBackbone

Pool = Literal["max", "average"]


class VGG16(StagedBackbone):
    """The 13 convolutions of VGG-16 (Simonyan and Zisserman 2015, arXiv:1409.1556, configuration D), 14.7 M parameters.

    Five stages, each ending with a pool that halves the map. The map is H / 16 x W / 16 with ``last_stride`` 1.

    Args:
        last_stride: 1 leaves out the last pool.
        pool: ``max`` as published, or ``average``.
        activation: instead of ReLU, with which the published weights were trained.
        batch_norm: batch normalisation after every convolution (Ioffe and Szegedy 2015, arXiv:1502.03167), which is
            torchvision's ``vgg16_bn``, with weights of its own. Without it, training from random weights is slow and
            may not start. Its statistics are those of the batch: with few pictures (below about 16; Wu and He 2018,
            arXiv:1803.08494, figure 1) they are noise, and the network behaves otherwise in evaluation, where the
            running ones are used, than it did in training; freeze the stages then, which holds their statistics too.

    Raises:
        ValueError: if the stride is neither 1 nor 2, or the pool is unknown.
    """

    PARTS: ClassVar = {"activation": ACTIVATIONS}

    def __init__(
        self,
        last_stride: Literal[1, 2] = 1,
        pool: Pool = "max",
        activation: ActivationSetting = "relu",
        batch_norm: bool = False,
    ) -> None:
        if last_stride not in (1, 2):
            raise ValueError(f"vgg16: last_stride is {last_stride}; use 1 or 2")
        if pool not in get_args(Pool):
            raise ValueError(f"vgg16: pool {pool!r} is unknown; use one of {', '.join(get_args(Pool))}")
        # Not torchvision's whole network: its classifier is eight times as large as what is kept.
        layers = make_layers(cfgs["D"], batch_norm)
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        blocks: list[OrderedDict[str, nn.Module]] = [OrderedDict()]
        # Layers keep torchvision's numbers, so that its weights are found by them.
        for number, layer in enumerate(layers):
            halves = isinstance(layer, nn.MaxPool2d)
            blocks[-1][str(number)] = nn.AvgPool2d(2, 2) if halves and pool == "average" else layer
            if halves:
                blocks.append(OrderedDict())
        blocks.pop()  # nothing comes after the last pool
        if last_stride == 1:
            blocks[-1].popitem()
        self._block = {layer: f"block{at}" for at, block in enumerate(blocks, 1) for layer in block}
        named: OrderedDict[str, nn.Module] = OrderedDict()
        for at, block in enumerate(blocks, 1):
            named[f"block{at}"] = nn.Sequential(block)
        stages = nn.Sequential(named)
        if activation != "relu":
            name, args = from_setting(activation)
            replace_activations(stages, name, **args)
        super().__init__(stages, 512)

    def own_name(self, published: str) -> str:
        """torchvision's ``features.5.weight`` is ``block2.5.weight``."""
        inside = published.removeprefix("features.")
        block = self._block.get(inside.split(".")[0]) if inside != published else None
        return published if block is None else f"{block}.{inside}"
