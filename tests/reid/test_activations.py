"""Activations and pools against hand formulas, their gradients against differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from reid.networks.activations import (
    ACTIVATIONS,
    ClippedReLU,
    Swish,
    build_activation,
    from_setting,
    replace_activations,
)
from reid.networks.pooling import build_pool


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


CASES: list[tuple[str, dict[str, Any], Callable[[float], float]]] = [
    ("sigmoid", {}, sigmoid),
    ("tanh", {}, lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))),
    ("relu", {}, lambda x: x if x > 0 else 0.0),
    ("clipped_relu", {}, lambda x: min(max(x, 0.0), 6.0)),
    ("clipped_relu", {"n": 1.5}, lambda x: min(max(x, 0.0), 1.5)),
    ("swish", {}, lambda x: x * sigmoid(x)),
    ("swish", {"beta": 2.5}, lambda x: x * sigmoid(2.5 * x)),
    ("swish", {"beta": 0.0}, lambda x: x / 2),
    ("mish", {}, lambda x: x * math.tanh(math.log(1 + math.exp(x)))),
]


@pytest.mark.parametrize(("name", "args", "formula"), CASES)
def test_values_and_gradients_are_those_of_the_formula(
    name: str, args: dict[str, Any], formula: Callable[[float], float]
) -> None:
    points = [-7.3, -2.0, -0.4, 0.3, 1.2, 2.7, 5.9, 6.4, 11.0]
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    y = build_activation(name, **args).double()(x)
    y.sum().backward()
    assert x.grad is not None
    for row, point in enumerate(points):
        assert float(y[row].detach()) == pytest.approx(formula(point), abs=1e-9)
        slope = (formula(point + 1e-5) - formula(point - 1e-5)) / 2e-5
        assert float(x.grad[row]) == pytest.approx(slope, abs=1e-6)


def test_every_activation_is_among_the_cases() -> None:
    assert {name for name, _, _ in CASES} == set(ACTIVATIONS)


def test_beta_of_swish_is_learnt() -> None:
    layer = Swish(beta=0.7).double()
    x = torch.tensor([-1.3, 0.4, 2.0], dtype=torch.float64)
    layer(x).sum().backward()
    # d/dbeta x s(beta x) = x^2 s (1 - s)
    expected = sum(v * v * sigmoid(0.7 * v) * (1 - sigmoid(0.7 * v)) for v in x.tolist())
    assert layer.beta.grad is not None
    assert float(layer.beta.grad) == pytest.approx(expected)
    held = Swish(beta=0.7, learnable=False)
    assert not held.beta.requires_grad
    assert "beta" in held.state_dict()


def network() -> nn.Module:
    inner = nn.Sequential(nn.Linear(3, 4), nn.ReLU6(), nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)))
    return nn.Sequential(inner, nn.Sigmoid(), nn.Linear(4, 2), nn.ReLU())


def test_every_relu_is_replaced_by_a_layer_of_its_own_and_nothing_else_is() -> None:
    changed = replace_activations(network(), "swish", beta=1.5)
    layers = [m for m in changed.modules() if isinstance(m, Swish)]
    assert len(layers) == 3
    assert len({id(m.beta) for m in layers}) == 3
    assert not [m for m in changed.modules() if isinstance(m, nn.ReLU | nn.ReLU6)]
    assert sum(isinstance(m, nn.Sigmoid) for m in changed.modules()) == 1
    assert sum(isinstance(m, nn.Linear) for m in changed.modules()) == 3
    assert changed(torch.randn(5, 3)).min() < 0  # ends in swish, not in ReLU


def test_replacing_keeps_the_names_of_weights() -> None:
    assert set(replace_activations(network(), "mish").state_dict()) == set(network().state_dict())


def test_arguments_arrive() -> None:
    changed = replace_activations(nn.Sequential(nn.ReLU()), "clipped_relu", n=2)
    assert isinstance(changed[0], ClippedReLU)
    assert changed[0].n == 2
    assert changed(torch.tensor([-1.0, 1.0, 9.0])).tolist() == [0, 1, 2]


def test_settings_are_a_name_or_a_mapping() -> None:
    assert from_setting("tanh") == ("tanh", {})
    assert from_setting({"name": "clipped_relu", "n": 3}) == ("clipped_relu", {"n": 3})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: build_activation("selu"), "activation 'selu' is unknown; use one of sigmoid, tanh"),
        (lambda: build_activation("clipped_relu", m=3), "activation 'clipped_relu': .*'m'"),
        (lambda: build_activation("clipped_relu", n=0), "must be above 0"),
        (lambda: from_setting({"n": 3}), "has no name"),
        (lambda: build_pool("sum"), "pool 'sum' is unknown; use one of average, max"),
    ],
)
def test_what_is_unknown_is_named(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 4, 2), (3, 2, 1, 5)])
def test_pools_equal_loops(shape: tuple[int, ...]) -> None:
    features = torch.randn(shape)
    average, largest = build_pool("average")(features), build_pool("max")(features)
    assert average.shape == largest.shape == shape[:2]
    for b in range(shape[0]):
        for c in range(shape[1]):
            values = [float(features[b, c, i, j]) for i in range(shape[2]) for j in range(shape[3])]
            assert float(average[b, c]) == pytest.approx(sum(values) / len(values), abs=1e-6)
            assert float(largest[b, c]) == max(values)
