"""Conditions on what people look like: in whose words they are, and who meets them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import QueryError
from pipeline.types import AttributeFilter, Floats
from reid.attributes.reader import AttributeReader

# other words for the answers, as people say them
SYNONYMS = {
    "gray": "grey",
    "woman": "female",
    "man": "male",
    "tshirt": "t-shirt",
    "pants": "trousers",
    "rucksack": "backpack",
    "handbag": "hand bag",
    "purse": "hand bag",
    "cap": "hat",
    "blond": "blonde",
}


def met_by(
    wanted: Sequence[AttributeFilter], reader: AttributeReader, vectors: Floats
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """How probable it is of each vector that all conditions are met.

    Conditions on the same exclusive question, such as two colours of a coat, mean one or the other; all others must be
    met together.

    Args:
        wanted: as `known_filters` gives them.
        reader: of the vectors.
        vectors: (N, D).

    Returns:
        (N,) the product of the probabilities, 0 where one misses its bar; and a remark on every bar that all miss.
    """
    read = reader.read(vectors)
    questions = {question.name: question for question in reader.questions}
    chances: dict[tuple[str, ...], NDArray[np.float64]] = {}
    bars: dict[tuple[str, ...], list[AttributeFilter]] = {}
    for one in wanted:
        question = questions[one.question]
        chance = read[one.question][:, question.answers.index(one.answer)].astype(np.float64)
        either = question.exclusive and not one.without
        key: tuple[str, ...] = (one.question,) if either else (one.question, one.answer, "!=" if one.without else "=")
        chances[key] = chances.get(key, 0) + chance if either else 1 - chance if one.without else chance
        bars.setdefault(key, []).append(one)
    merit = np.ones(len(vectors))
    missed = []
    for key, chance in chances.items():
        least = min(one.least for one in bars[key])
        merit *= np.where(chance >= least, np.minimum(chance, 1), 0)
        if len(chance) and chance.max() < least:
            names = " or ".join(map(str, bars[key]))
            missed.append(f"nobody reaches {names}: the most probable has {chance.max():.2f}")
    return merit, tuple(missed)


def known_filters(filters: Sequence[AttributeFilter], reader: AttributeReader) -> tuple[AttributeFilter, ...]:
    """The conditions in the reader's own words.

    Raises:
        QueryError: if a question or an answer is unknown; the message names the nearest that is known.
    """
    return tuple(_known(one, reader) for one in filters)


def _known(one: AttributeFilter, reader: AttributeReader) -> AttributeFilter:
    offered = {
        q.name: {_plain(answer): answer for answer in q.answers if answer in q.offered} for q in reader.questions
    }
    names = {_plain(name): name for name in offered}
    name = names.get(_plain(one.question))
    if name is None:
        close = difflib.get_close_matches(_plain(one.question), names, 1, 0.7)
        homes = [f"{q}={a}" for q, answers in offered.items() for p, a in answers.items() if p == _spoken(one.question)]
        if close:
            hint = f"did you mean {names[close[0]]!r}?"
        elif homes:
            hint = f"did you mean --attr {homes[0]!r}?"
        else:
            hint = "known: " + ", ".join(offered)
        raise QueryError(f"--attr {one}: no attribute {one.question!r}; {hint}")
    answer = offered[name].get(_spoken(one.answer))
    if answer is None:
        close = difflib.get_close_matches(_spoken(one.answer), offered[name], 1, 0.6)
        known = ", ".join(offered[name].values())
        hint = f"did you mean {offered[name][close[0]]!r}?" if close else f"it knows {known}"
        raise QueryError(f"--attr {one}: {name!r} has no answer {one.answer!r}; {hint}")
    return replace(one, question=name, answer=answer)


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def _spoken(word: str) -> str:
    return _plain(SYNONYMS.get(word.strip().lower(), word))
