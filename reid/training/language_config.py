"""What the configuration of a training that reads may say: the sections that its three tasks have in common."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import Field, field_validator

from reid.data.described import CROWDS
from reid.data.disturbance import CameraNoise
from reid.training.caption_batches import BatchSettings
from reid.training.schema import Section, TrainingConfig, UnknownKey, check_args


class WordsSection(Section):
    """Which words ship: so many of the most frequent ones, and all that have to do with people and clothes."""

    frequent: int = Field(default=5000, ge=0)


class CaptionConfig(TrainingConfig):
    """What `language`, `dual` and `pairwise` have in common.

    Attributes:
        weights: where the backbone starts from, see `load_pretrained`; `--data backbone:PATH` is stronger.
        words: how many.
        held_out: share of the people who are not trained on; scores become probabilities by them.
        batch: see `BatchSettings`.
        camera_noise: fields of `CameraNoise`; null for none.
        crowds: sets of people of whom nothing is told: ``first`` looks at the mean of a person's pictures, and what it
            sees is learnt from each of them, disturbed (noisy student, Xie et al. 2020, arXiv:1911.04252).
    """

    weights: str | None = None
    words: WordsSection = WordsSection()
    held_out: float = Field(default=0.06, ge=0, lt=1)
    batch: dict[str, int | float] = Field(default_factory=dict)
    camera_noise: dict[str, float] | None = None
    crowds: tuple[str, ...] = Field(default=(), strict=False)

    @field_validator("crowds")
    @classmethod
    def _crowds(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if name not in CROWDS:
                raise UnknownKey("crowds", name, CROWDS, what="set of a crowd")
        return given

    @field_validator("batch")
    @classmethod
    def _batch(cls, given: dict[str, Any]) -> dict[str, Any]:
        check_args(given, BatchSettings, "batch")
        return dataclasses.asdict(BatchSettings(**given))

    @field_validator("camera_noise")
    @classmethod
    def _noise(cls, given: dict[str, float] | None) -> dict[str, float] | None:
        if given is None:
            return None
        check_args(given, CameraNoise, "camera_noise")
        return dataclasses.asdict(CameraNoise(**given))


class LanguageLoss(Section):
    """Weights of the terms of task `language`.

    Attributes:
        seen: of the attributes of pictures.
        read: of the facts of sentences.
        near: how far a picture in a near colour contradicts a sentence.
        new_lr: what is new learns this much faster than the backbone.
    """

    seen: float = Field(default=2.0, ge=0)
    read: float = Field(default=4.0, ge=0)
    near: float = Field(default=0.5, ge=0, le=1)
    new_lr: float = Field(default=3.0, gt=0)


class LanguageConfig(CaptionConfig):
    """Task `language`, see configs/language.yaml."""

    camera_noise: dict[str, float] | None = Field(default={}, validate_default=True)
    loss: LanguageLoss = LanguageLoss()
