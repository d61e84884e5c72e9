"""Convolutional backbones that return a feature map, one per file."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from reid.networks.backbones.mobilenet import MobileNetV2
from reid.networks.backbones.osnet import OSNet
from reid.networks.backbones.resnet import ResNet50
from reid.networks.backbones.staged import StagedBackbone
from reid.networks.backbones.vgg import VGG16

BACKBONES: dict[str, type[StagedBackbone]] = {
    "mobilenet_v2": MobileNetV2,
    "osnet": OSNet,
    "resnet50": ResNet50,
    "vgg16": VGG16,
}
DEFAULT = "mobilenet_v2"

__all__ = [
    "BACKBONES",
    "DEFAULT",
    "VGG16",
    "MobileNetV2",
    "OSNet",
    "ResNet50",
    "StagedBackbone",
    "backbone_of",
    "build_backbone",
]


def build_backbone(name: str, **args: Any) -> StagedBackbone:
    """A backbone by name, with random weights.

    Raises:
        ValueError: if there is none by that name, or if it has no such setting; the nearest right one is named.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone {name!r} is unknown; use one of {', '.join(BACKBONES)}")
    settings = list(inspect.signature(BACKBONES[name]).parameters)
    for key in args:
        if key not in settings:
            near = difflib.get_close_matches(key, settings, 1)
            rest = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(settings)}"
            raise ValueError(f"backbone {name!r} has no setting {key!r}; {rest}")
    return BACKBONES[name](**args)


def backbone_of(setting: Mapping[str, Any] | None) -> StagedBackbone:
    """A backbone from a network's argument ``backbone``, such as ``{name: osnet, width: 0.25}``; None is the default.

    Raises:
        ValueError: as `build_backbone`.
    """
    args = {"name": DEFAULT} if setting is None else dict(setting)
    if "name" not in args:
        raise ValueError(f"backbone {args} has no name; use one of {', '.join(BACKBONES)}")
    return build_backbone(**args)
