"""Makes the attribute reader of an encoder: fit, calibrate, measure, choose what to offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid import checkpoint
from reid.attributes import people as whom
from reid.attributes.fitting import Doubles, Flags, softmax
from reid.attributes.judging import Figures, Row, judge, measure, not_offered
from reid.attributes.measuring import BestFigures, measure_best
from reid.attributes.people import Tracklets
from reid.attributes.questions import QUESTIONS, Question
from reid.attributes.reader import FILE, AttributeReader, ReadQuestion, write_reader
from reid.attributes.regression import fitted
from reid.attributes.vectors import picture_vectors
from reid.checkpoint import CheckpointError
from reid.data import datasets, described
from reid.data.attributes import NO, YES
from reid.types import ImageEncoder

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@contextmanager
def unwatched(what: str, total: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001 - a Watch
    """A Watch that shows nothing."""
    yield lambda _count: None


@dataclass(frozen=True, slots=True)
class Made:
    """A reader and what it is worth.

    Attributes:
        reader: of the questions of which an answer is offered.
        figures: on the people that it was calibrated by, each half of them by the other, and on those who are kept
            apart; all answers.
        elsewhere: set -> figures on people of other places.
        said: for the card.
    """

    reader: AttributeReader
    figures: Figures
    elsewhere: Mapping[str, Figures]
    said: Mapping[str, Any]


def make(
    encoder: ImageEncoder, card: Mapping[str, Any], data: Mapping[str, Path], seed: int, watch: Watch = unwatched
) -> Made:
    """Fit a reader to an encoder.

    Args:
        encoder: of pictures, of kind ``language``.
        card: of its checkpoint.
        data: ``market1501`` and/or ``peta``, ``kept_apart`` with ``cuhk01`` as for `reid.data.described.load`, and
            ``cache``, a folder for the vectors.
        seed: of tracklets, halves and bootstrap.
        watch: is told what is looked at, how many pictures there are, and then how many more are done.

    Raises:
        ValueError, FileNotFoundError: if data are missing or not what their loader expects.
    """
    kept = datasets.read_kept_apart(data["kept_apart"]) if "kept_apart" in data else {}
    everyone, left_out = described.load(data, kept)
    with watch("described people", len(everyone)) as advance:
        vectors = picture_vectors(encoder, everyone.samples, data.get("cache"), advance)
    mask, who = whom.never_seen(card, everyone.people, seed)
    fit = whom.tracklets(everyone.take(~mask), vectors[~mask], seed)
    held = whom.tracklets(everyone.take(mask), vectors[mask], seed)
    judges = None
    if (apart := whom.kept_apart(data, kept)) is not None:
        with watch("people kept apart", len(apart)) as advance:
            judges = whom.tracklets(apart, picture_vectors(encoder, apart.samples, data.get("cache"), advance), seed)
    reader, figures, ridges = _fit(encoder.space, fit, held, judges, seed)
    elsewhere = {}
    for name, people in whom.elsewhere(data).items():
        with watch(name, len(people)) as advance:
            there = picture_vectors(encoder, people.samples, data.get("cache"), advance)
        elsewhere[name] = measure(reader, whom.tracklets(people, there, seed), seed)
    said = {
        "fitted_to": f"{len(np.unique(fit.people))} people, {len(fit)} tracklets",
        "calibrated_by": f"{who}; {len(held)} tracklets",
        "measured_on": "the same, each half with the calibration of the other"
        + ("" if judges is None else f", and {len(np.unique(judges.people))} people of market1501 who are kept apart"),
        "left_out": left_out,
        "seed": seed,
        "use": "research use",
        "ridges": ridges,
        "figures_of": "percent, with 95 % bootstrap over people; the AP of chance is the prevalence",
        "figures": figures.as_said(),
        "not_offered": not_offered(figures.rows),
        "elsewhere": {name: there.as_said() for name, there in elsewhere.items()},
    }
    return Made(reader, figures, elsewhere, said)


def write(made: Made, folder: Path, command: str) -> None:
    """Put a reader into its encoder's checkpoint folder.

    Raises:
        CheckpointError: if the folder's space is not the reader's.
    """
    space = checkpoint.space_digest(checkpoint.read_card(folder))
    if space != made.reader.space:
        raise CheckpointError(f"{folder} is of the space {space}, the reader was fitted to {made.reader.space}")
    said = {"attribute_reader": {"command": command, **made.said}}
    checkpoint.add_beside(folder, FILE, lambda path: write_reader(made.reader, path), said)


def _fit(
    space: str, fit: Tracklets, held: Tracklets, judges: Tracklets | None, seed: int
) -> tuple[AttributeReader, Figures, dict[str, float]]:
    questions: dict[str, ReadQuestion] = {}
    weights: list[tuple[Doubles, Doubles]] = []
    rows: list[Row] = []
    best: dict[str, BestFigures] = {}
    ridges: dict[str, float] = {}
    everyone = held.and_(judges)
    for question in QUESTIONS:
        # a list of things is as many questions of two answers
        for name, answers, possible, all_possible in _parts(question, fit, everyone):
            if possible.all():
                rows += [Row(question.name, answer, None, "no labels to learn from") for answer in answers]
                continue
            found = fitted(fit, possible, held, all_possible[: len(held)], seed)
            strangers = everyone.vectors[len(held) :] @ found.matrix.T + found.offset
            probabilities = softmax(np.concatenate([found.held, strangers]))
            judged = judge(question, answers, probabilities, everyone, seed)
            rows += judged
            offered = frozenset(row.answer for row in judged if not row.refused)
            if question.exclusive and (right := measure_best(probabilities, all_possible, everyone.people, seed)):
                best[name] = right
            if offered:
                ridges[name] = found.ridge
                before = questions.get(question.name, ReadQuestion(question.name, (), frozenset(), question.exclusive))
                all_answers, all_offered = (*before.answers, *answers), before.offered | offered
                questions[question.name] = ReadQuestion(question.name, all_answers, all_offered, question.exclusive)
                weights.append(_rows(found.matrix, found.offset, question.exclusive))
    if not questions:
        raise ValueError("no attribute is found better than chance: the encoder tells none, or the people are too few")
    matrix, offset = (np.concatenate(parts).astype(np.float32) for parts in zip(*weights, strict=True))
    return AttributeReader(space, list(questions.values()), matrix, offset), Figures(tuple(rows), best), ridges


def _parts(question: Question, fit: Tracklets, others: Tracklets) -> Iterator[tuple[str, list[str], Flags, Flags]]:
    """Name, answers, and what is possible for both groups of people."""
    if question.exclusive:
        yield question.name, list(question.answers), question.possible(fit.labels), question.possible(others.labels)
        return
    told, others_told = question.told(fit.labels), question.told(others.labels)
    for place, answer in enumerate(question.answers):
        yield f"{question.name}={answer}", [answer], _yes_or_no(told[:, place]), _yes_or_no(others_told[:, place])


def _yes_or_no(told: NDArray[np.int8]) -> Flags:
    return np.stack([told != NO, told != YES], axis=1)


def _rows(matrix: Doubles, offset: Doubles, exclusive: bool) -> tuple[Doubles, Doubles]:
    """The rows of a reader: of a yes or no the difference alone."""
    return (matrix, offset) if exclusive else (matrix[:1] - matrix[1:], offset[:1] - offset[1:])
