"""Activation functions as settings: a name in a YAML becomes a layer, and takes the place of every ReLU of a network.

A saturating function (sigmoid, tanh) lets gradients fade in deep networks without normalisation, which is why the
networks here normalise before each activation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

ActivationName = Literal["sigmoid", "tanh", "relu", "clipped_relu", "swish", "mish"]
ActivationSetting = ActivationName | Mapping[str, Any]  # swish, or {name: clipped_relu, n: 6}


class ClippedReLU(nn.Module):
    """min(max(x, 0), n); n = 6 is ReLU6 (Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010).

    Args:
        n: the largest value, above 0.

    Raises:
        ValueError: if n is not above 0.
    """

    def __init__(self, n: float = 6.0) -> None:
        super().__init__()
        if n <= 0:
            raise ValueError(f"clipped_relu: n is {n}; it must be above 0")
        self.n = float(n)

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same."""
        return x.clamp(0, self.n)

    def extra_repr(self) -> str:
        """For print."""
        return f"n={self.n}"


class Swish(nn.Module):
    """x * sigmoid(beta * x) with a beta that is learnt (Ramachandran et al. 2017, arXiv:1710.05941, section 4).

    beta = 0 is half of the identity, beta = 1 is SiLU, a large beta comes near ReLU.

    Args:
        beta: where it starts.
        learnable: False holds it there.
    """

    def __init__(self, beta: float = 1.0, learnable: bool = True) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(float(beta)), requires_grad=learnable)

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same."""
        return x * torch.sigmoid(self.beta * x)


class Mish(nn.Module):
    """x * tanh(softplus(x)) (Misra 2019, arXiv:1908.08681, equation 1)."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same."""
        return nn.functional.mish(x)


ACTIVATIONS: dict[str, Callable[..., nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "clipped_relu": ClippedReLU,
    "swish": Swish,
    "mish": Mish,
}


def build_activation(name: str, **args: Any) -> nn.Module:
    """An activation layer by name; ``args`` are ``n`` of clipped_relu, ``beta`` and ``learnable`` of swish.

    Raises:
        ValueError: if there is none by that name, or if it has no such setting.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"activation {name!r} is unknown; use one of {', '.join(ACTIVATIONS)}")
    build = ACTIVATIONS[name]
    try:
        inspect.signature(build).bind(**args)
    except TypeError as error:
        raise ValueError(f"activation {name!r}: {error}") from None
    return build(**args)


def from_setting(setting: ActivationSetting) -> tuple[str, dict[str, Any]]:
    """A setting as name and arguments, for `build_activation` and `replace_activations`.

    Raises:
        ValueError: if a mapping has no ``name``.
    """
    if isinstance(setting, str):
        return setting, {}
    args = dict(setting)
    if "name" not in args:
        raise ValueError(f"activation {args} has no name; give a name, or for example {{name: clipped_relu, n: 6}}")
    return str(args.pop("name")), args


def replace_activations(module: nn.Module, name: str, **args: Any) -> nn.Module:
    """Put an activation in the place of every ReLU and ReLU6 below ``module``, in place.

    Every place gets a layer of its own, so that each learns its own beta. Other functions stay, such as the sigmoid
    of a gate, which is a weight between 0 and 1 and not an activation.

    Returns:
        ``module``.
    """
    for child_name, child in module.named_children():
        if isinstance(child, nn.ReLU | nn.ReLU6):
            setattr(module, child_name, build_activation(name, **args))
        else:
            replace_activations(child, name, **args)
    return module
