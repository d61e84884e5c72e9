"""What the people of a gallery look like, and search by it.

Attributes are read out of the language vectors that a gallery holds anyway, by the reader that lies beside the
encoder they were made with (`reid.attributes`): nothing of them is stored, and galleries from before there was a
reader can be asked as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.attribute_filters import known_filters, met_by
from pipeline.errors import SpaceMismatch
from pipeline.search import Answer, Searcher, check_place, check_question
from pipeline.types import LANGUAGE, AttributeFilter, Hit, Query, Space, Trait
from reid.attributes.reader import AttributeReader, ReadQuestion

if TYPE_CHECKING:
    from pipeline.gallery import Gallery

LIKELY = 0.5  # probability from which a person is told to have a thing


class Search(Protocol):
    """What answers a question: a Searcher, or one with a matcher."""

    def search(self, query: Query) -> Answer:
        """Find people."""


class AttributeSearch:
    """Searches among the people who look as was asked, and tells of every hit what the person looks like.

    Where nothing but attributes is asked for, people are ranked by the product of the probabilities, as if one said
    nothing of another.

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
            ids, merit, missed = self._merit(query, wanted)
            answer = self._by_attributes_alone(query, ids, merit)
        elif wanted:
            check_place(query, self._gallery)
            ids, merit, missed = self._merit(query, wanted)
            answer = self._inner.search(replace(query, only=tuple(ids[merit > 0].tolist())))
        else:
            answer, missed = self._inner.search(query), ()
        return replace(answer, hits=self._described(answer.hits), notices=(*answer.notices, *missed))

    def _by_attributes_alone(self, query: Query, ids: NDArray[np.int64], merit: NDArray[np.float64]) -> Answer:
        best = [place for place in np.lexsort((ids, -merit)) if merit[place] > 0][: query.top]
        tracklets = self._gallery.tracklets(ids[best].tolist())
        hits = tuple(
            Hit(rank, float(merit[place]), float(merit[place]), tracklet)
            for rank, (place, tracklet) in enumerate(zip(best, tracklets, strict=True), start=1)
        )
        return Answer(hits, notices=tuple(self._searcher.notices(query.window)))

    def _merit(
        self, query: Query, wanted: Sequence[AttributeFilter]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], tuple[str, ...]]:
        """Ids (N,) of those whom cameras and times leave; and of `met_by` how well they fit, and what nobody does."""
        ids, vectors = self._gallery.candidates(self._space, cameras=query.cameras, window=query.window)
        return ids, *met_by(wanted, self._reader, vectors)

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
