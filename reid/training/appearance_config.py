"""What a YAML of the task `appearance` may say beside what every training has."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from reid.data import datasets
from reid.training.criteria import CRITERIA
from reid.training.schema import Fault, Section, TrainingConfig, UnknownKey, check_losses


class DataSection(Section):
    """Which pictures; where they lie is told on the command line.

    Attributes:
        labelled: data sets whose people are classes.
        unlabelled: data sets that are only seen through a teacher's eyes.
        splits: data set -> split, ``train`` by default.
        judged: subsets of PETA that nobody learns from, to turn scores into probabilities.
    """

    labelled: tuple[str, ...] = Field(min_length=1)
    unlabelled: tuple[str, ...] = ()
    splits: dict[str, str] = Field(default={})
    judged: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        for key in ("labelled", "unlabelled", "splits"):
            for name in getattr(self, key):
                if name not in datasets.names():
                    raise UnknownKey(f"data.{key}", name, datasets.names(), what="data set")
        return self


class BatchSection(Section):
    """``people`` identities with ``pictures`` each, and ``unlabelled`` pictures beside them."""

    people: PositiveInt = 16
    pictures: PositiveInt = 4
    unlabelled: int = Field(default=0, ge=0)


class AppearanceConfig(TrainingConfig):
    """A training from pictures to vectors of persons.

    Attributes:
        data: which data sets.
        batch: how many pictures.
        losses: name in `reid.training.criteria.CRITERIA` -> ``weight`` (1) and settings of the criterion.
        weights: what the backbone starts from, a file or a checkpoint folder; ``--data backbone:PATH`` is stronger.
            Without either it starts from random weights, and nothing is frozen.
        new_lr: what is new learns this much faster than the backbone.
        keypoints: place the strips by ``--data keypoints:FILE.npz``, see `reidpipe keypoints`.
    """

    data: DataSection
    batch: BatchSection = BatchSection()
    losses: dict[str, dict[str, Any]]
    weights: str | None = None
    new_lr: float = Field(default=3.0, gt=0)
    keypoints: bool = False

    @field_validator("losses")
    @classmethod
    def _losses(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        check_losses(given, CRITERIA, given=("facts",))
        return given

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if "attributes" in self.losses and "market1501" not in self.data.labelled:
            raise Fault("losses.attributes", "needs market1501 among data.labelled, whose attributes are known")
        return self
