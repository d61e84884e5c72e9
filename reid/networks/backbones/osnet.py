"""OSNet, a small backbone made for re-identification: every block looks at four scales at once and weighs them.

Source: Zhou et al., "Omni-scale feature learning for person re-identification", ICCV 2019 (arXiv:1905.00953). Layers
are named as in the weights that the authors publish, so that these load.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar

from torch import Tensor, nn

from reid.networks.activations import ACTIVATIONS, ActivationSetting, from_setting, replace_activations
from reid.networks.backbones.staged import StagedBackbone

# Channels after conv1 and after the rows conv2 to conv4, by width (table 1).
CHANNELS = {
    0.25: (16, 64, 96, 128),
    0.5: (32, 128, 192, 256),
    0.75: (48, 192, 288, 384),
    1.0: (64, 256, 384, 512),
}


def _named(**layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))


def _pointwise(channels: int, out: int, linear: bool = False) -> nn.Sequential:
    """1 x 1 convolution and normalisation; ``linear`` leaves out the activation."""
    rest = {} if linear else {"relu": nn.ReLU(inplace=True)}
    return _named(conv=nn.Conv2d(channels, out, 1, bias=False), bn=nn.BatchNorm2d(out), **rest)


def _lite3x3(channels: int) -> nn.Sequential:
    """Lite 3 x 3: across channels first (1 x 1), then over space within each (figure 3b)."""
    return _named(
        conv1=nn.Conv2d(channels, channels, 1, bias=False),
        conv2=nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        bn=nn.BatchNorm2d(channels),
        relu=nn.ReLU(inplace=True),
    )


class AggregationGate(nn.Module):
    """Weighs the channels of a stream by what is in it, with the same weights for every stream (equation 3)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, stream: Tensor) -> Tensor:
        """(B, C, h, w) -> the same, every channel times a number in 0..1."""
        pooled = stream.mean(dim=(2, 3), keepdim=True)
        return stream * self.fc2(self.relu(self.fc1(pooled))).sigmoid()


class OmniScaleBlock(nn.Module):
    """Residual bottleneck of four streams that see 3, 5, 7 and 9 pixels, added up through one gate (figure 4).

    Args:
        channels: of the input.
        out: of the result; a quarter of it in the streams.
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        middle = out // 4
        self.conv1 = _pointwise(channels, middle)
        self.conv2a = _lite3x3(middle)
        self.conv2b, self.conv2c, self.conv2d = (
            nn.Sequential(*(_lite3x3(middle) for _ in range(depth))) for depth in (2, 3, 4)
        )
        self.gate = AggregationGate(middle)
        self.conv3 = _pointwise(middle, out, linear=True)
        self.downsample = _pointwise(channels, out, linear=True) if channels != out else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, h, w) -> (B, out, h, w)."""
        entered = self.conv1(x)
        gated = [self.gate(stream(entered)) for stream in (self.conv2a, self.conv2b, self.conv2c, self.conv2d)]
        return self.relu(self.conv3(gated[0] + gated[1] + gated[2] + gated[3]) + self.downsample(x))


def _row(channels: int, out: int, halve: bool) -> nn.Sequential:
    """Two blocks, and if the map is halved a transition (table 1)."""
    layers: list[nn.Module] = [OmniScaleBlock(channels, out), OmniScaleBlock(out, out)]
    if halve:
        layers.append(nn.Sequential(_pointwise(out, out), nn.AvgPool2d(2, 2)))
    return nn.Sequential(*layers)


class OSNet(StagedBackbone):
    """OSNet without its fully connected layers; the map is H / 16 x W / 16.

    Six stages: conv1, its pool, conv2, conv3, conv4, conv5. With the layer of 512 that the authors put behind the map
    it has 2.2 million parameters at width 1.0 and 0.2 million at 0.25.

    Args:
        width: 0.25, 0.5, 0.75 or 1.0, the multiplier of all channels.
        activation: instead of ReLU, with which the published weights were trained; the gate's sigmoid stays.

    Raises:
        ValueError: if the width is none of these.
    """

    PARTS: ClassVar = {"activation": ACTIVATIONS}

    def __init__(self, width: float = 1.0, activation: ActivationSetting = "relu") -> None:
        if width not in CHANNELS:
            raise ValueError(f"osnet: width is {width}; use one of {', '.join(map(str, CHANNELS))}")
        c1, c2, c3, c4 = CHANNELS[width]
        stages = _named(
            conv1=_named(
                conv=nn.Conv2d(3, c1, 7, stride=2, padding=3, bias=False),
                bn=nn.BatchNorm2d(c1),
                relu=nn.ReLU(inplace=True),
            ),
            maxpool=nn.MaxPool2d(3, stride=2, padding=1),
            conv2=_row(c1, c2, halve=True),
            conv3=_row(c2, c3, halve=True),
            conv4=_row(c3, c4, halve=False),
            conv5=_pointwise(c4, c4),
        )
        for module in stages.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        if activation != "relu":
            name, args = from_setting(activation)
            replace_activations(stages, name, **args)
        super().__init__(stages, c4)
