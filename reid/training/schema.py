"""What a training configuration may say. Every mistake is told in one line, before anything is loaded.

A task's own model (`reid.registry.SCHEMAS`) is a subclass of `TrainingConfig` that adds the sections which that task
knows; the sections are subclasses of `Section`. Values are checked as JSON would be: a list may become a tuple and a
string a path, but ``"5"`` is no number and ``true`` is no 1.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from reid import registry
from reid.data.transforms import Augmentation
from reid.training.faults import Fault, UnknownKey, check_args, fault_of, nearest
from reid.training.loop_config import LoopConfig

__all__ = ["Fault", "InputSection", "NetworkSection", "Section", "TrainingConfig", "UnknownKey", "check_args"]
__all__ += ["check_losses", "nearest", "schema_of", "validated"]


class Section(BaseModel):
    """A part of a configuration: unknown keys are refused, and types are not guessed at."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class NetworkSection(Section):
    """Which network, and with which arguments; see `reid.registry.NETWORKS`."""

    name: str
    args: dict[str, Any] = {}

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.name not in registry.NETWORKS and ":" not in self.name:
            raise UnknownKey("network.name", self.name, registry.NETWORKS, what="network")
        check_args(self.args, registry.resolve(registry.NETWORKS, self.name, "network"), "network.args")
        return self


class InputSection(Section):
    """Size in pixels of the pictures that the network sees."""

    height: int = Field(ge=16, le=2048)
    width: int = Field(ge=16, le=2048)


class TrainingConfig(Section):
    """What every training configuration has.

    Attributes:
        task: name in `reid.registry.TASKS`.
        network: which one, and its arguments.
        input: size of the pictures.
        frozen_stages: stages of the backbone that keep their weights.
        augmentation: fields of `reid.data.transforms.Augmentation`; shares and probabilities from 0 to 1.
        loop: see `LoopConfig`.
    """

    task: str
    network: NetworkSection
    input: InputSection
    frozen_stages: int = Field(default=0, ge=0)
    augmentation: dict[str, Any] = Field(default={}, validate_default=True)
    loop: LoopConfig = LoopConfig()

    @field_validator("augmentation")
    @classmethod
    def _augmentation(cls, given: dict[str, Any]) -> dict[str, Any]:
        check_args(given, Augmentation, "augmentation")
        for name, value in given.items():
            if isinstance(value, float | int) and not 0 <= value <= 1:
                raise Fault(f"augmentation.{name}", f"expected a share from 0 to 1, got {value}")
        return dataclasses.asdict(Augmentation(**given))


class LooseConfig(TrainingConfig):
    """For a task without a schema of its own: sections that are not known here are left to the task."""

    model_config = ConfigDict(extra="allow")


def schema_of(task: str) -> type[TrainingConfig]:
    """The model of a task's configuration.

    Raises:
        UnknownKey: if there is no such task.
    """
    if task not in registry.TASKS and ":" not in task:
        raise UnknownKey("task", task, registry.TASKS, what="task")
    if task not in registry.SCHEMAS:
        return LooseConfig
    found: type[TrainingConfig] = registry.resolve(registry.SCHEMAS, task, "schema")
    return found


def validated(content: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with its defaults filled in, as plain dicts, lists, strings and numbers.

    Raises:
        Fault: the first mistake; unknown keys come before wrong values, because they cause them.
    """
    if "task" not in content:
        close = nearest("task", [str(key) for key in content])
        raise Fault("task", f"is missing; use one of {', '.join(registry.TASKS)}{close}")
    if not isinstance(content["task"], str):
        raise Fault("task", f"expected a name, got {content['task']!r}")
    model = schema_of(content["task"])
    try:
        text = json.dumps(content, default=str)
    except (TypeError, ValueError):
        raise Fault("", "keys must be words, and nothing may contain itself") from None
    try:
        return model.model_validate_json(text).model_dump(mode="json")
    except ValidationError as error:
        raise fault_of(error, model, json.loads(text)) from None


def check_losses(
    losses: Mapping[str, Mapping[str, Any]],
    table: Mapping[str, Any],
    where: str = "losses",
    given: Collection[str] = (),
) -> None:
    """Check a section ``name -> {weight, settings...}`` against a table of criteria.

    Args:
        losses: the section.
        table: name -> class (or ``module:Class``) whose signature says which settings there are.
        where: of the section, for messages.
        given: parameters that the task itself fills in, which a configuration therefore must not.

    Raises:
        UnknownKey, Fault: for a loss or a setting that does not exist, or a weight that is no number from 0 up.
    """
    if not losses:
        raise Fault(where, f"names no loss; use one or more of {', '.join(table)}")
    for name, settings in losses.items():
        if name not in table:
            raise UnknownKey(f"{where}.{name}", name, table)
        weight = settings.get("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
            raise Fault(f"{where}.{name}.weight", f"expected a number from 0 up, got {weight!r}")
        criterion = table[name]
        if isinstance(criterion, str):
            criterion = registry.resolve(table, name, "loss")
        own = {key: value for key, value in settings.items() if key != "weight"}
        check_args(own, criterion, f"{where}.{name}", given=given, beside=("weight",))
