"""Which answers are offered, and what a card says of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reid.attributes.measuring import AnswerFigures, BestFigures, Doubles, measure_answer, measure_best
from reid.attributes.people import Tracklets
from reid.attributes.questions import QUESTIONS, Question
from reid.attributes.reader import AttributeReader

FEWEST = 5  # people of whom an answer must be true, to tell whether it is found
LIFT = 0.1  # of the way from chance to perfection that average precision must have gone at least


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one answer: its figures, and why it is not offered ("" if it is)."""

    question: str
    answer: str
    figures: AnswerFigures | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures on some people: a row for each answer, and of exclusive questions those of the best answer."""

    rows: tuple[Row, ...]
    best: Mapping[str, BestFigures]

    def as_said(self) -> dict[str, str]:
        """One line for each: a card is read by people."""
        lines = {
            name: f"best answer right {f.accuracy}, ECE {f.ece}, {f.people} people" for name, f in self.best.items()
        }
        for row in self.rows:
            if (f := row.figures) is not None:
                chance = f"prevalence {100 * f.prevalence:.1f}"
                lines[f"{row.question}={row.answer}"] = f"AP {f.precision}, {chance}, ECE {f.ece}, {f.people} people"
        return lines


def judge(
    question: Question, answers: Sequence[str], probabilities: Doubles, of: Tracklets, seed: int
) -> tuple[Row, ...]:
    """The rows of some answers of a question, by their probabilities (N, K or more)."""
    told, order = question.told(of.labels), list(question.answers)
    rows = []
    for place, answer in enumerate(answers):
        figures = measure_answer(probabilities[:, place], told[:, order.index(answer)], of.people, seed)
        rows.append(Row(question.name, answer, figures, _refused(figures)))
    return tuple(rows)


def measure(reader: AttributeReader, of: Tracklets, seed: int) -> Figures:
    """The figures of a reader on some people."""
    rows: list[Row] = []
    best: dict[str, BestFigures] = {}
    asked = {question.name: question for question in QUESTIONS}
    read = reader.read(of.vectors)
    for known in reader.questions:
        question, probabilities = asked[known.name], read[known.name].astype(np.float64)
        rows += judge(question, known.answers, probabilities, of, seed)
        if known.exclusive:
            found = measure_best(probabilities, question.possible(of.labels), of.people, seed)
            best |= {} if found is None else {known.name: found}
    return Figures(tuple(rows), best)


def not_offered(rows: Sequence[Row]) -> dict[str, Any]:
    """Answer -> reason."""
    return {f"{row.question}={row.answer}": row.refused for row in rows if row.refused}


def _refused(figures: AnswerFigures | None) -> str:
    count = 0 if figures is None else figures.people
    if figures is None or count < FEWEST:
        return f"too few people to tell ({count})"
    if figures.gain.low <= 0 or figures.gain.value < LIFT * (1 - figures.prevalence):
        return "hardly better than chance"
    return ""
