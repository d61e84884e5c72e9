"""What the people of a gallery look like, and search by it.

Attributes are read out of the language vectors that a gallery holds anyway, by the reader that lies beside the
encoder they were made with (`reid.attributes`): nothing of them is stored, and galleries from before there was a
reader can be asked as well.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import QueryError, SpaceMismatch
from pipeline.search import Answer, Searcher, check_place, check_question
from pipeline.types import LANGUAGE, AttributeFilter, Hit, Query, Space, Trait
from reid.attributes.reader import AttributeReader, ReadQuestion

if TYPE_CHECKING:
    from pipeline.gallery import Gallery

LIKELY = 0.5  # probability from which a person is told to have a thing
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


class Search(Protocol):
    """What answers a question: a Searcher, or one with a matcher."""

    def search(self, query: Query) -> Answer:
        """Find people."""


class AttributeSearch:
    """Searches among the people who look as was asked, and tells of every hit what the person looks like.

    Conditions on the same exclusive question, such as two colours of a coat, mean one or the other; all others must
    be met together. Where nothing but attributes is asked for, people are ranked by the product of the probabilities,
    as if one said nothing of another.

    Args:
        gallery: where to look.
        reader: of its language space.
        searcher: for what must be known of every answer.
        inner: answers words and pictures; None for the searcher itself.
    """

    def __init__(
        self, gallery: Gallery, reader: AttributeReader, searcher: Searcher, inner: Search | None = None
    ) -> None:
        self._gallery = gallery
        self._reader = reader
        self._searcher = searcher
        self._inner = inner or searcher
        self._space = Space(LANGUAGE, reader.space, reader.dim)

    def search(self, query: Query) -> Answer:
        """Find people.

        Raises:
            QueryError: if the reader does not know a question or an answer.
            ReidpipeError: as `Searcher.search`.
        """
        check_question(query)
        wanted = known_filters(query.attributes, self._reader)
        if query.text is None and not query.images:
            check_place(query, self._gallery)
            answer = self._by_attributes_alone(query, wanted)
        else:
            only = None
            if wanted:
                check_place(query, self._gallery)
                ids, merit = self._merit(query, wanted)
                only = tuple(ids[merit > 0].tolist())
            answer = self._inner.search(replace(query, only=only))
        return replace(answer, hits=self._described(answer.hits))

    def _by_attributes_alone(self, query: Query, wanted: Sequence[AttributeFilter]) -> Answer:
        ids, merit = self._merit(query, wanted)
        best = [place for place in np.lexsort((ids, -merit)) if merit[place] > 0][: query.top]
        tracklets = self._gallery.tracklets(ids[best].tolist())
        hits = tuple(
            Hit(rank, float(merit[place]), float(merit[place]), tracklet)
            for rank, (place, tracklet) in enumerate(zip(best, tracklets, strict=True), start=1)
        )
        return Answer(hits, notices=tuple(self._searcher.notices(query.window)))

    def _merit(self, query: Query, wanted: Sequence[AttributeFilter]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Ids (N,) of those whom cameras and times leave; probability (N,) that all is met, 0 where a bar is missed."""
        ids, vectors = self._gallery.candidates(self._space, cameras=query.cameras, window=query.window)
        read = self._reader.read(vectors)
        exclusive = {question.name: question for question in self._reader.questions if question.exclusive}
        met: dict[tuple[str, ...], tuple[NDArray[np.float64], float]] = {}
        for one in wanted:
            answers = next(q.answers for q in self._reader.questions if q.name == one.question)
            probability = read[one.question][:, answers.index(one.answer)].astype(np.float64)
            if one.without:
                met[one.question, "!=", one.answer] = 1 - probability, one.least
            elif one.question in exclusive:
                before, bar = met.get((one.question,), (np.zeros(len(ids)), one.least))
                met[(one.question,)] = before + probability, min(bar, one.least)
            else:
                met[one.question, one.answer] = probability, one.least
        merit = np.ones(len(ids))
        for probability, least in met.values():
            merit *= np.where(probability >= least, probability, 0)
        return ids, np.minimum(merit, 1)

    def _described(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        if not hits:
            return ()
        read = self._reader.read(self._gallery.vectors(self._space, [hit.tracklet.id for hit in hits]))
        told = [
            [trait for q in self._reader.questions for trait in _traits(q, read[q.name][i])] for i in range(len(hits))
        ]
        return tuple(replace(hit, traits=tuple(traits)) for hit, traits in zip(hits, told, strict=True))


def _traits(question: ReadQuestion, probabilities: NDArray[np.float32]) -> list[Trait]:
    """The best answer of an exclusive question, and all things that a person is likely to have."""
    chosen = [int(probabilities.argmax())] if question.exclusive else np.flatnonzero(probabilities >= LIKELY).tolist()
    return [
        Trait(question.name, question.answers[place], float(probabilities[place]))
        for place in chosen
        if question.answers[place] in question.offered
    ]


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


def check_space(reader: AttributeReader, gallery: Gallery) -> None:
    """See that a gallery holds vectors that a reader can read.

    Raises:
        SpaceMismatch: if it was made with another encoder, or without one for words.
    """
    held = gallery.spaces().get(LANGUAGE)
    if held is None or held.digest != reader.space:
        made = "without an encoder for words" if held is None else f"with the language encoder {held.digest}"
        raise SpaceMismatch(
            f"--attr: {gallery.path} was made {made}, attributes can be read for {reader.space}; ask with the encoder "
            "it was made with (--encoder), or ingest the footage into a new gallery"
        )


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def _spoken(word: str) -> str:
    return _plain(SYNONYMS.get(word.strip().lower(), word))
