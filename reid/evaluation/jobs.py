"""From names of checkpoints and data sets to measurements that are ready to be made, whatever kind a checkpoint is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reid import registry
from reid.checkpoint import CheckpointError, read_card
from reid.data.degradation import DEGRADATIONS
from reid.data.keypoints import KeypointStore
from reid.evaluation import histogram, measure
from reid.evaluation.captions import CaptionTrial
from reid.evaluation.figures import Figures
from reid.evaluation.matchers import Shortlist, measure_matcher
from reid.evaluation.protocols import Trial
from reid.evaluation.report import about_card
from reid.evaluation.reranking import Reranking
from reid.evaluation.robustness import measure_robustness
from reid.types import ImageEncoder

# Data sets that hold pictures of another one, by which a card names its training data.
_CONTAINS = {"cuhk03_labeled": "cuhk03", "cuhk03_detected": "cuhk03"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    Attributes:
        runtime: `auto`, `torch` or `openvino`.
        batch: pictures at a time.
        keypoints: to place strips by; None for equal strips.
        rerank: also rank picture searches by k-reciprocal neighbours.
        shortlist: a matcher judges only so many pictures of each sentence; None for all.
        first: folder of the encoders that make the short list; None for the weights that ship.
        robust: also measure picture searches with degraded queries.
        typed: networks are given sentences as they stand, without `reid.reading`.
    """

    runtime: str = "auto"
    batch: int = 64
    keypoints: KeypointStore | None = None
    rerank: bool = False
    shortlist: int | None = None
    first: Path | None = None
    robust: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A measurement that is ready to be made.

    Attributes:
        label: what the checkpoint is called.
        about: what it is; name -> text.
        name: the data set.
        size: how many encodings or judgements `work` tells of.
        work: makes the measurement, telling its argument how many of them were just done.
    """

    label: str
    about: Mapping[str, str]
    name: str
    size: int
    work: Callable[[measure.Step], list[Figures]] = field(compare=False)


def jobs(
    checkpoints: Sequence[Path], trials: Sequence[Trial], captions: Sequence[CaptionTrial], settings: Settings
) -> list[Job]:
    """Every checkpoint on every data set.

    Args:
        checkpoints: folders, or `histogram`; without any the weights that ship are measured.
        trials: picture searches.
        captions: sentence searches.
        settings: how.

    Raises:
        CheckpointError: if a folder is no sound checkpoint, or cannot do what is asked of it.
    """
    if not checkpoints:
        made = _Subject(registry.default_weights("appearance"), "appearance", settings).picture_jobs(trials)
        return made + _Subject(registry.default_weights("language"), "language", settings).caption_jobs(captions)
    made = []
    for folder, label in zip(checkpoints, labels(checkpoints), strict=True):
        subject = _Subject(folder, label, settings)
        made += subject.picture_jobs(trials) + subject.caption_jobs(captions)
    return made


def labels(checkpoints: Sequence[Path]) -> list[str]:
    """A short name for each: its folder's, or the folder above where that is just `checkpoint`; the path if not unique.

    A path that is given twice is told apart by its number.
    """
    short = [path.resolve().parent.name if path.resolve().name == "checkpoint" else path.name for path in checkpoints]
    short = [name or path.resolve().name for name, path in zip(short, checkpoints, strict=True)]
    full = [name if short.count(name) == 1 else str(path) for name, path in zip(short, checkpoints, strict=True)]
    seen: Counter[str] = Counter()
    unique = []
    for name in full:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


class _Subject:
    """One checkpoint, opened only as far as it is measured."""

    def __init__(self, folder: Path, label: str, settings: Settings) -> None:
        self._folder, self._label, self._settings = folder, label, settings
        self._card: dict[str, Any] | None = None if self._is_histogram else read_card(folder)
        self._about = (
            {"kind": "a colour histogram, nothing is learnt"} if self._card is None else about_card(self._card)
        )

    @property
    def _is_histogram(self) -> bool:
        return str(self._folder) == histogram.NAME

    @property
    def _kind(self) -> str:
        return histogram.NAME if self._card is None else str(self._card["kind"])

    def picture_jobs(self, trials: Sequence[Trial]) -> list[Job]:
        if not trials:
            return []
        if self._kind == "matcher":
            raise CheckpointError(
                f"{self._folder} judges sentences with pictures: measure it on --captions, not --data"
            )
        encoder = self._picture_encoder()

        def job(trial: Trial) -> Job:
            def work(on_step: measure.Step) -> list[Figures]:
                encoded = measure.encode_trial(
                    encoder, trial, batch=self._settings.batch, on_step=on_step, keypoints=self._settings.keypoints
                )
                found = [measure.figures_of(trial, encoded)]
                if self._settings.rerank:
                    found.append(measure.figures_of(trial, encoded, rerank=Reranking()))
                if self._settings.robust:
                    found += measure_robustness(encoder, trial, encoded, batch=self._settings.batch, on_step=on_step)
                return [self._warned(figures) for figures in found]

            times = 1 + len(DEGRADATIONS) * self._settings.robust
            return Job(self._label, self._about, trial.name, times * len(trial.query) + len(trial.gallery), work)

        return [job(trial) for trial in trials]

    def caption_jobs(self, trials: Sequence[CaptionTrial]) -> list[Job]:
        if not trials:
            return []
        if self._kind == "matcher":
            return [self._matcher_job(trial) for trial in trials]
        encode = self._caption_encoder(self._folder)

        def job(trial: CaptionTrial) -> Job:
            def work(on_step: measure.Step) -> list[Figures]:
                encoded = encode(trial, on_step)
                return [measure.caption_figures(trial, encoded), measure.person_figures(trial, encoded)]

            return Job(self._label, self._about, trial.name, len(trial.captions) + len(trial.gallery), work)

        return [job(trial) for trial in trials]

    def _matcher_job(self, trial: CaptionTrial) -> Job:
        matcher = registry.open_matcher(self._folder, runtime=self._settings.runtime, typed=self._settings.typed)
        best = self._settings.shortlist
        if best is None:
            return Job(
                self._label,
                self._about,
                trial.name,
                len(trial.gallery),
                lambda on_step: [measure_matcher(matcher, trial, batch=self._settings.batch, on_step=on_step)],
            )
        encode = self._caption_encoder(self._settings.first or registry.default_weights("language"))

        def work(on_step: measure.Step) -> list[Figures]:
            encoded = encode(trial, on_step)
            shortlist = Shortlist(encoded.queries @ encoded.vectors.T, best)
            return [measure_matcher(matcher, trial, shortlist, on_step=on_step)]

        return Job(self._label, self._about, trial.name, len(trial.captions) + 2 * len(trial.gallery), work)

    def _caption_encoder(self, folder: Path) -> Callable[[CaptionTrial, measure.Step], measure.Encoded]:
        if str(folder) == histogram.NAME:
            raise CheckpointError("histogram understands no sentences: measure it on --data, not --captions")
        texts = registry.open_text_encoder(folder, runtime=self._settings.runtime, typed=self._settings.typed)
        pictures = self._picture_encoder(folder)

        def encode(trial: CaptionTrial, on_step: measure.Step) -> measure.Encoded:
            return measure.encode_captions(
                texts,
                pictures,
                trial,
                batch=self._settings.batch,
                on_step=on_step,
                keypoints=self._settings.keypoints,
            )

        return encode

    def _picture_encoder(self, folder: Path | None = None) -> ImageEncoder:
        align = "none" if self._settings.keypoints is None else "pose"
        if folder is None and self._is_histogram:
            if align == "pose":
                raise CheckpointError("histogram has no strips that keypoints could place")
            return histogram.HistogramEncoder()
        return registry.open_encoder(folder or self._folder, runtime=self._settings.runtime, align=align)

    def _warned(self, figures: Figures) -> Figures:
        """With a notice if the checkpoint learnt from pictures that it is measured on."""
        source = _CONTAINS.get(figures.name)
        if self._card is None or source is None or source not in dict(self._card.get("data") or {}):
            return figures
        notice = (
            f"{figures.name}: {self._label} was trained on {source}, which shares people with it: too good to be true"
        )
        return replace(figures, notices=(*figures.notices, notice))
