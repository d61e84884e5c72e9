"""What every backbone here is: a row of stages, of which the first may be held fixed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from torch import Tensor, nn

from reid.networks.activations import Swish
from reid.networks.backbones.published import read_published


class StagedBackbone(nn.Module):
    """A convolutional network without its classifier, cut into stages.

    Args:
        stages: in the order in which they run; the first is the stem.
        channels: of the last stage's output.

    Attributes:
        frozen: how many of the first stages are held fixed.
        skip: how many of the first stages the caller has run already, see `reid.training.stem`.
    """

    def __init__(self, stages: nn.Sequential, channels: int) -> None:
        super().__init__()
        self.stages = stages
        self.channels = channels
        self.frozen = 0
        self.skip = 0

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, channels, h, w)."""
        return self.stages[self.skip :](images)

    def freeze(self, stages: int) -> None:
        """Hold the first ``stages`` fixed, their batch statistics included.

        Raises:
            ValueError: if there are not so many.
        """
        if not 0 <= stages <= len(self.stages):
            raise ValueError(f"{stages} frozen stages were asked for; {type(self).__name__} has {len(self.stages)}")
        self.stages[:stages].requires_grad_(False)
        self.frozen = stages

    def train(self, mode: bool = True) -> Self:
        """As in nn.Module, but frozen stages stay in evaluation mode."""
        super().train(mode)
        self.stages[: self.frozen].eval()
        return self

    def own_name(self, published: str) -> str:
        """How a tensor of the published weights is called below ``stages``; a classifier's name is not found there."""
        return published

    def load_imagenet(self, path: Path) -> None:
        """Load published weights (.pth or .safetensors); what comes after the feature map is left out.

        Raises:
            ValueError: if the file cannot be read or holds the weights of another network.
        """
        self.load_named({self.own_name(name): tensor for name, tensor in read_published(path).items()}, path)

    def load_named(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """Load tensors named as below ``stages``; ``path`` is for the message.

        Files from before 2018 lack the batch counters, published ones the betas of swish: both stay as they are.

        Raises:
            ValueError: if one is missing or has another shape.
        """
        wanted = self.stages.state_dict()
        optional = {name for name in wanted if name.endswith("num_batches_tracked")}
        optional |= {f"{name}.beta" for name, module in self.stages.named_modules() if isinstance(module, Swish)}
        what, hint = type(self).__name__, "give its weights, or set network.args.backbone to the network of the file"
        for name, tensor in wanted.items():
            if name not in tensors and name not in optional:
                raise ValueError(f"{path} does not hold the backbone that is asked for, {what}: no {name!r}; {hint}")
            if name in tensors and tensors[name].shape != tensor.shape:
                shapes = f"{name!r} is {tuple(tensors[name].shape)} there, {tuple(tensor.shape)} here"
                raise ValueError(f"{path} does not hold the backbone that is asked for, {what}: {shapes}; {hint}")
        self.stages.load_state_dict({name: tensors.get(name, own) for name, own in wanted.items()})
