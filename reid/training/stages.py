"""A training in stages: which losses count in an epoch, and which parts of the network hold still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from torch import nn

from reid.training.faults import Fault, nearest
from reid.training.schema import Section


class Stage(Section):
    """Some epochs with the same losses.

    Attributes:
        epochs: how many; if the loop is told to run more or fewer in all, every stage grows or shrinks with it.
        losses: name -> weight and settings.
        still: parts of the network, such as ``image.backbone``, that do not learn.
    """

    epochs: int = Field(default=1, ge=1)
    losses: dict[str, dict[str, Any]]
    still: list[str] = Field(default_factory=list)


def stage_of(epoch: int, epochs: int, stages: Sequence[Mapping[str, Any]]) -> int:
    """Which stage an epoch belongs to.

    Args:
        epoch: from 0.
        epochs: of the whole run.
        stages: each with its ``epochs``.
    """
    planned, done = sum(int(stage["epochs"]) for stage in stages), 0
    for place, stage in enumerate(stages):
        done += int(stage["epochs"])
        if epoch * planned < done * epochs:
            return place
    return len(stages) - 1


def one_of_each(stages: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The losses of all stages with their settings, without the weights: a loss of two stages is one.

    Raises:
        Fault: if a loss is set differently in two stages.
    """
    found: dict[str, dict[str, Any]] = {}
    for place, stage in enumerate(stages):
        for name, given in stage["losses"].items():
            settings = {key: value for key, value in given.items() if key != "weight"}
            if found.setdefault(name, settings) != settings:
                raise Fault(f"stages.{place}.losses.{name}", "only its weight may differ from an earlier stage")
    return found


def parts_of(network: nn.Module, names: Sequence[str]) -> list[nn.Module]:
    """Parts of a network by name.

    Raises:
        Fault: if there is no such part.
    """
    found: list[nn.Module] = []
    for name in names:
        try:
            found.append(network.get_submodule(name))
        except AttributeError:
            known = [known for known, _ in network.named_modules() if known]
            raise Fault("still", f"the network has no part {name!r}{nearest(name, known)}") from None
    return found
