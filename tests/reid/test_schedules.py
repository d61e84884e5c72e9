"""Learning rates, compared with what they are by hand."""

from __future__ import annotations

import math

import pytest
import torch

from reid.training.loop_config import LoopConfig
from reid.training.optimizers import Steps
from reid.training.schedules import rate_factor


def by_hand(config: LoopConfig, steps: int) -> list[float]:
    """Step by step, epoch by epoch, without a formula for the whole."""
    rates, step, level = [], 0, 1.0
    total = config.epochs * steps
    for epoch in range(config.epochs):
        if epoch in config.milestones:
            level *= config.gamma
        for _ in range(steps):
            if step < config.warmup_steps:
                rate = (step + 1) / config.warmup_steps
            elif config.schedule == "cosine":
                angle = 180 * (step - config.warmup_steps) / (total - config.warmup_steps)
                rate = config.floor + (1 - config.floor) / 2 * (1 + math.cos(math.radians(angle)))
            else:
                rate = level
            rates.append(rate)
            step += 1
    return rates


@pytest.mark.parametrize("schedule", ["cosine", "step", "constant"])
@pytest.mark.parametrize("warmup", [0, 1, 5, 13])
@pytest.mark.parametrize(("epochs", "steps"), [(1, 1), (1, 20), (4, 7), (10, 3)])
def test_every_step_has_the_rate_it_should(schedule: str, warmup: int, epochs: int, steps: int) -> None:
    milestones = (1, 3, 9) if schedule == "step" else ()
    config = LoopConfig(
        epochs=epochs, schedule=schedule, warmup_steps=warmup, milestones=milestones, gamma=0.3, floor=0.05
    )
    rates = [rate_factor(config, step, steps) for step in range(epochs * steps)]
    if warmup < epochs * steps:
        assert rates == pytest.approx(by_hand(config, steps))
    assert all(0 < rate <= 1 for rate in rates)


def test_the_cosine_begins_at_the_top_and_ends_at_the_floor() -> None:
    config = LoopConfig(epochs=3, warmup_steps=10, floor=0.2)
    assert rate_factor(config, 9, 10) == rate_factor(config, 10, 10) == 1
    assert rate_factor(config, 20, 10) == pytest.approx(0.6)
    assert rate_factor(config, 30, 10) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({}, torch.optim.AdamW), ({"optimizer": "sgd", "momentum": 0.8, "nesterov": True}, torch.optim.SGD)],
)
def test_groups_keep_their_own_rate_and_decay(settings: dict[str, object], kind: type) -> None:
    one, two = (torch.nn.Parameter(torch.zeros(2)) for _ in range(2))
    groups = [{"params": [one]}, {"params": [two], "lr_scale": 3.0, "weight_decay": 0.0}]
    steps = Steps(groups, LoopConfig(weight_decay=0.01, **settings))
    assert type(steps.optimizer) is kind
    steps.set_rate(0.2)
    assert [group["lr"] for group in steps.optimizer.param_groups] == pytest.approx([0.2, 0.6])
    assert [group["weight_decay"] for group in steps.optimizer.param_groups] == [0.01, 0.0]
    assert groups[1]["lr_scale"] == 3.0  # the task's own groups are left as they were
    if settings:
        assert steps.optimizer.param_groups[0]["momentum"] == 0.8
        assert steps.optimizer.param_groups[0]["nesterov"]
